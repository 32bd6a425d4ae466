// @ts-check
/** Python code that loads one patch, from a template of the manifest. No DOM. */

/** Text as a Python string literal, as repr() writes it. @param {string} text */
export function literal(text) {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let inside = "";
  for (const letter of text) {
    const code = /** @type {number} */ (letter.codePointAt(0));
    if (letter === "\\" || letter === quote) inside += `\\${letter}`;
    else if (letter === "\n") inside += "\\n";
    else if (letter === "\r") inside += "\\r";
    else if (letter === "\t") inside += "\\t";
    else if (code < 32 || code === 127) inside += `\\x${code.toString(16).padStart(2, "0")}`;
    else if (/[\p{C}\p{Z}]/u.test(letter) && letter !== " ") inside += escaped(code);
    else inside += letter;
  }
  return `${quote}${inside}${quote}`;
}

/** @param {number} code of a letter that cannot be printed */
function escaped(code) {
  if (code < 256) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 65536 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

/** A path as literals, one for each folder, which Python joins. @param {string} path */
export function literals(path) {
  const parts = path.split("/");
  return parts.map((part, at) => `    ${literal(at < parts.length - 1 ? `${part}/` : part)}`).join("\n");
}

/**
 * @param {{templates: Record<string, string>, assets: Record<string, {bands: string[]}>}} loading of the manifest
 * @param {string} asset @param {string} href path in the archive; {band} where each band is a file
 * @param {number[] | null} window first column, first row, width, height; null: all of the file
 * @returns {string}
 */
export function snippet({ templates, assets }, asset, href, window) {
  const slash = href.lastIndexOf("/");
  const [folder, file] = slash < 0 ? ["", href] : [href.slice(0, slash), href.slice(slash + 1)];
  const bands = literal((assets[asset]?.bands ?? []).join(" "));
  if (href.includes("{band}")) {
    const own = file === `${folder.slice(folder.lastIndexOf("/") + 1)}_{band}.tif`;
    return filled(templates[own ? "folder" : "path"], { folder: literals(folder), path: literals(href), bands });
  }
  const kind = /\.tiff?$/i.test(href) ? "raster" : "picture";
  if (!window) return filled(templates[kind], { path: literals(href) });
  const [x, y, width, height] = window;
  const tuple = (/** @type {number[]} */ values) => `(${values.join(", ")})`;
  return filled(templates[`${kind}-part`], { path: literals(href), window: tuple(window), box: tuple([x, y, x + width, y + height]) });
}

/** @param {string} template @param {Record<string, string>} parts */
function filled(template, parts) {
  // One pass: a path may hold what looks like a place of the template.
  return template.replace(/@(\w+)@/g, (place, name) => parts[name] ?? place);
}
