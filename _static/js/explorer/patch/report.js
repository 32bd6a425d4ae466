// @ts-check
/** The address of a prefilled issue about a patch. No DOM. */

const LONGEST = 6000; // letters of an address that servers take

/**
 * @param {string | null} repository address of the site's repository; null: there is none
 * @param {{title: string, fingerprint: string, id: string, link: string, labels: string[], files: string[]}} about
 * @returns {string | null}
 */
export function issueAddress(repository, { title, fingerprint, id, link, labels, files }) {
  if (!repository) return null;
  let base;
  try {
    base = new URL(repository);
  } catch {
    return null;
  }
  if (base.protocol !== "https:" && base.protocol !== "http:") return null;
  const home = `${base.origin}${base.pathname.replace(/(\.git)?\/*$/, "")}`;
  const lines = [
    "What is wrong with this patch?", "", "", "---",
    `Patch: ${code(id)}`, `Data set: ${code(`${title} (${fingerprint})`)}`, `Page: ${link}`,
    labels.length ? `Labels: ${labels.map(code).join(", ")}` : "", ...files.map((file) => `File: ${code(file)}`),
  ];
  const body = lines.filter((line, at) => line !== "" || at < 3).join("\n");
  const gitlab = /(^|\.)gitlab\./.test(base.hostname);
  const [path, names] = gitlab ? ["/-/issues/new", ["issue[title]", "issue[description]"]] : ["/issues/new", ["title", "body"]];
  const query = new URLSearchParams([[names[0], `Patch ${id}`.slice(0, 200)], [names[1], body]]).toString();
  return query.length > LONGEST ? `${home}${path}?${new URLSearchParams([[names[0], `Patch ${id}`.slice(0, 200)]])}` : `${home}${path}?${query}`;
}

/** Text that Markdown leaves as it is. @param {string} text */
function code(text) {
  const line = text.replace(/\s+/g, " ");
  const longest = Math.max(0, ...Array.from(line.matchAll(/`+/g), (run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  return longest ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`;
}
