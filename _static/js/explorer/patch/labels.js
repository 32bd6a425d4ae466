// @ts-check
/** Where classes stand in their nomenclature. No DOM. */

/**
 * @param {import("../core/types.js").Term[]} terms @param {string} name of a class
 * @returns {import("../core/types.js").Term[]} from the highest level to the class itself
 */
export function pathOf(terms, name) {
  /** @type {import("../core/types.js").Term[]} */
  const path = [];
  let term = terms.find((one) => one.level === 0 && one.name === name);
  while (term && !path.includes(term)) {
    path.unshift(term);
    term = typeof term.parent === "number" ? terms[term.parent] : undefined;
  }
  return path;
}
