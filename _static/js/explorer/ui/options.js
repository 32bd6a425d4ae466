// @ts-check
// What a facet offers, in the order in which it is shown. No DOM.
import { folded } from "./format.js";

/**
 * @typedef {object} Option
 * @property {string} key what the selection names
 * @property {string} name
 * @property {number} index place in the column's values or terms, and so in the counts
 * @property {number} depth 0 at the top
 * @property {number} parent place of the option above in the list, -1 at the top
 * @property {boolean} group whether there are options below
 * @property {number} total patches of the whole data set
 */

/**
 * What a column's values, or terms, are called. @param {any} column of the manifest
 * @returns {{key: string, name: string}[]} in the order of the counts
 */
export function namesOf(column) {
  if (column.terms) return column.terms;
  return column.values.map((/** @type {string} */ key, /** @type {number} */ at) => ({ key, name: column.titles?.[at] ?? key }));
}

/** @param {any} column @param {string} key @returns {string} as a reader knows it */
export function nameOf(column, key) {
  return namesOf(column).find((each) => each.key === key)?.name ?? key;
}

/** @param {any} column of the manifest, a category or a set @returns {Option[]} a group before its members */
export function optionsOf(column) {
  if (column.kind !== "set") {
    return namesOf(column).map(({ key, name }, index) => (
      { key, name, index, depth: 0, parent: -1, group: false, total: column.counts[index] }
    ));
  }
  const terms = column.terms;
  /** @type {Map<number, number[]>} */
  const below = new Map();
  terms.forEach((/** @type {any} */ term, /** @type {number} */ index) => {
    const parent = Number.isInteger(term.parent) && term.parent !== index ? term.parent : -1;
    below.set(parent, [...(below.get(parent) ?? []), index]);
  });
  /** @type {Option[]} */
  const options = [];
  /** @param {number} index @param {number} depth @param {number} parent */
  const add = (index, depth, parent) => {
    const place = options.length;
    const members = below.get(index) ?? [];
    const { key, name } = terms[index];
    options.push({ key, name, index, depth, parent, group: members.length > 0, total: column.counts[index] });
    for (const member of members) add(only(member), depth + 1, place);
  };
  for (const index of below.get(-1) ?? []) add(only(index), 0, -1);
  return options;

  /** A group with one member of its own name says nothing that the member does not. @param {number} index @returns {number} */
  function only(index) {
    const members = below.get(index) ?? [];
    const same = members.length === 1 && folded(terms[members[0]].name) === folded(terms[index].name);
    return same ? only(members[0]) : index;
  }
}

/**
 * Which options to show: those asked for always, those above them too.
 * @param {Option[]} options @param {{search: string, open: Set<string>, most: number, kept: (option: Option) => boolean}} how
 * @returns {{shown: Option[], more: number}} more: how many the limit hides
 */
export function visible(options, { search, open, most, kept }) {
  const wanted = folded(search.trim());
  const within = new Set();
  options.forEach((option, place) => {
    if (wanted ? folded(option.name).includes(wanted) : isOpen(option) || kept(option)) {
      for (let at = place; at >= 0; at = options[at].parent) within.add(at);
    }
  });
  let room = wanted ? Infinity : most;
  let more = 0;
  const shown = options.filter((option, place) => {
    if (!within.has(place)) return false;
    room -= 1;
    if (room >= 0 || kept(option)) return true;
    more += 1;
    return false;
  });
  return { shown, more };

  /** @param {Option} option */
  function isOpen(option) {
    for (let at = option.parent; at >= 0; at = options[at].parent) if (!open.has(options[at].key)) return false;
    return true;
  }
}
