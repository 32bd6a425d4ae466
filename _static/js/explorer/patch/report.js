// @ts-check
/** The address of a prefilled issue about a patch. No DOM. */

const LONGEST = 6000; // letters of an address that servers take
const FORM = "patch.yml"; // in .github/ISSUE_TEMPLATE/

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
  const known = [
    `Patch: ${code(id)}`, `Data set: ${code(`${title} (${fingerprint})`)}`, `Page: ${link}`,
    ...(labels.length ? [`Labels: ${labels.map(code).join(", ")}`] : []), ...files.map((file) => `File: ${code(file)}`),
  ].join("\n");
  const body = `What is wrong with this patch?\n\n\n---\n${known}`;
  const heading = `Patch ${id}`.slice(0, 200);
  const gitlab = /(^|\.)gitlab\./.test(base.hostname);
  // "dsdocs init" writes a form with the fields "patch" and "about"; a repository without it takes the body instead.
  const [path, first, rest] = gitlab
    ? ["/-/issues/new", [["issue[title]", heading]], [["issue[description]", body]]]
    : ["/issues/new", [["title", heading], ["template", FORM]], [["patch", code(id)], ["about", known], ["body", body]]];
  const query = new URLSearchParams([...first, ...rest]).toString();
  return `${home}${path}?${query.length > LONGEST ? new URLSearchParams(first) : query}`;
}

/** Text that Markdown leaves as it is. @param {string} text */
function code(text) {
  const line = text.replace(/\s+/g, " ");
  const longest = Math.max(0, ...Array.from(line.matchAll(/`+/g), (run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  return longest ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`;
}
