// @ts-check
/** What people have found wrong with a patch. No DOM. */

/** @typedef {{what: string, date: string, text: string, status: string, since?: string, reporter?: string, link?: string}} Erratum */

/**
 * In a few words, that a patch has errata.
 * @param {any} about as `describe` has it @returns {string} empty where it has none that still holds
 */
export function errataWords(about) {
  const kinds = Array.isArray(about?.errata) ? about.errata : [];
  const names = kinds.map((/** @type {string} */ kind) => kind.split(":")[0].toLowerCase());
  return names.length ? `Erratum: ${names.join(", ")}` : "";
}

/**
 * The errata of a patch, those that still hold first, in the order of the file otherwise.
 * @param {unknown} file the parsed file: lists by patch @param {string} id
 * @returns {Erratum[]}
 */
export function errataOf(file, id) {
  const own = typeof file === "object" && file !== null && Object.hasOwn(file, id) ? /** @type {any} */ (file)[id] : [];
  const stands = (/** @type {Erratum} */ one) => one.status === "open" || one.status === "confirmed";
  return [...own.filter(stands), ...own.filter((/** @type {Erratum} */ one) => !stands(one))];
}

/** What is said of an erratum below its text. @param {Erratum} erratum @returns {string} */
export function saidOf({ status, date, since, reporter }) {
  return [status, `reported ${date}${reporter ? ` by ${reporter}` : ""}`, since ? `seen in version ${since}` : ""].filter(Boolean).join("; ");
}

/** An address that may be followed; null: it is none of the web. @param {string | undefined} link */
export function followable(link) {
  try {
    const url = new URL(link ?? "");
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}
