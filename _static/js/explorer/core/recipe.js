// @ts-check
/** A selection as recipe.toml, in the same bytes as Python writes it. */
/** @import {Filter, Manifest, Selection} from "./types.js" */

const HEAD = "# A selection of patches. To make the list again: dsdocs subset recipe.toml --archive ARCHIVE --out list.csv";
const PARTS = /** @type {const} */ (["any", "all", "none", "from", "to"]);

/**
 * @param {Manifest} manifest @param {Selection} selection in normal form @param {number} count rows selected
 * @returns {string} TOML
 */
export function recipeText(manifest, selection, count) {
  const lines = [HEAD, "format = 1", `dataset = ${text(manifest.title)}`, `fingerprint = ${text(manifest.fingerprint)}`];
  lines.push(`patches = ${count}`, "", "[select]");
  const { filters = {}, box, lasso } = selection;
  if (box) lines.push(`box = ${numbers(box)}`);
  if (lasso) lines.push(`lasso = [${lasso.map(numbers).join(", ")}]`);
  if (selection.text) lines.push(`text = ${text(selection.text)}`);
  for (const { name } of manifest.columns) {
    // Not filters[name]: a column may be called toString.
    if (Object.hasOwn(filters, name)) lines.push("", `[select.filters.${key(name)}]`, ...filterLines(filters[name]));
  }
  return `${lines.join("\n")}\n`;
}

/** @param {Filter} filter */
function filterLines(filter) {
  const lines = PARTS.flatMap((part) => {
    const value = filter[part];
    if (value === undefined) return [];
    return [`${part} = ${typeof value === "string" ? text(value) : `[${value.map(text).join(", ")}]`}`];
  });
  return filter.missing ? [...lines, "missing = true"] : lines;
}

/** @param {string} name */
const key = (name) => (/^[A-Za-z0-9_-]+$/.test(name) ? name : text(name));

/** Strings of JSON are those of TOML, but for DEL. @param {string} value */
const text = (value) => JSON.stringify(value).replace(/\x7f/g, "\\u007f");

/** @param {number[]} values rounded */
const numbers = (values) => `[${values.map((value) => value.toFixed(5)).join(", ")}]`;
