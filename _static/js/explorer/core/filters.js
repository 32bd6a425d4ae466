// @ts-check
/** What a selection means: its normal form, and which codes of a column it refuses. */
/** @import {SetTerms} from "./sets.js" */
/** @import {Box, Column, Filter, Manifest, Pair, Selection, Term} from "./types.js" */

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const LISTS = /** @type {const} */ (["any", "all", "none"]);

/** A selection names something that the data set does not have. */
export class SelectionError extends Error {
  /** @param {string[]} unknown */
  constructor(unknown) {
    super(unknown.join("; "));
    this.name = "SelectionError";
    this.unknown = unknown;
  }
}

/** The one rounding of coordinates in a selection, as Python's. @param {number} value degrees */
export const round5 = (value) => Math.floor(value * 1e5 + 0.5) / 1e5;

/** Words of a search text; blanks are those of ASCII, because Python and browsers differ on others. @param {string} text */
export const wordsOf = (text) => text.split(/[ \t\n\r\f\v]+/).filter((word) => word !== "");

/** What filters of a column choose from: its values, or the keys of its terms. @param {Column} column */
export const optionsOf = (column) =>
  column.kind === "set" ? /** @type {Term[]} */ (column.terms).map((term) => term.key) : (column.values ?? []);

/**
 * Bring a selection into its one normal form, without what the data set does not have.
 * @param {Manifest} manifest @param {Selection} selection
 * @returns {{selection: Selection, unknown: string[]}} `unknown`: what was left out, in words
 */
export function checkSelection(manifest, selection) {
  /** @type {string[]} */
  const unknown = [];
  /** @type {Selection} */
  const normal = {};
  const given = new Map(Object.entries(selection.filters ?? {}));
  /** @type {[string, Filter][]} */
  const filters = [];
  for (const column of manifest.columns) {
    const filter = normalFilter(column, given.get(column.name) ?? {}, unknown);
    if (Object.keys(filter).length > 0) filters.push([column.name, filter]);
    given.delete(column.name);
  }
  for (const name of given.keys()) unknown.push(`'${name}' is not a column of this data set`);
  // fromEntries, because it makes even a column called __proto__ a property like others.
  if (filters.length > 0) normal.filters = Object.fromEntries(filters);
  if (selection.box) normal.box = /** @type {Box} */ (selection.box.map(round5));
  if (selection.lasso) normal.lasso = selection.lasso.map(([lon, lat]) => /** @type {Pair} */ ([round5(lon), round5(lat)]));
  const words = wordsOf(selection.text ?? "");
  if (words.length > 0) normal.text = words.join(" ");
  return { selection: normal, unknown };
}

/** @param {Manifest} manifest @param {Selection} selection @returns {Selection} */
export function normalise(manifest, selection) {
  const checked = checkSelection(manifest, selection);
  if (checked.unknown.length > 0) throw new SelectionError(checked.unknown);
  return checked.selection;
}

/** @param {Column} column @param {Filter} filter @param {string[]} unknown @returns {Filter} */
function normalFilter(column, filter, unknown) {
  /** @type {Filter} */
  const normal = {};
  if (column.kind === "day") {
    for (const part of /** @type {const} */ (["from", "to"])) {
      const day = filter[part];
      if (!day) continue;
      if (DAY.test(day)) normal[part] = day;
      else unknown.push(`${column.name}: '${day}' is not a day such as 2017-06-13`);
    }
  } else {
    const places = new Map(optionsOf(column).map((option, index) => [option, index]));
    for (const part of column.kind === "set" ? LISTS : LISTS.slice(0, 1)) {
      const wanted = [...new Set(filter[part] ?? [])];
      const known = wanted.filter((value) => places.has(value));
      const others = wanted.filter((value) => !places.has(value));
      unknown.push(...others.map((value) => `${column.name}: '${value}' is not in this data set`));
      known.sort((one, other) => Number(places.get(one)) - Number(places.get(other)));
      if (known.length > 0) normal[part] = known;
    }
  }
  if (filter.missing) normal.missing = true;
  return normal;
}

/**
 * Which codes of a category or day column a filter in normal form refuses; the last code means missing.
 * @param {Column} column @param {Filter} filter
 */
export function refusedValues(column, filter) {
  const values = /** @type {string[]} */ (column.values);
  const refused = new Uint8Array(values.length + 1).fill(1);
  if (filter.any) {
    const wanted = new Set(filter.any);
    values.forEach((value, code) => wanted.has(value) && (refused[code] = 0));
  }
  if (filter.from || filter.to) {
    const { from = "", to } = filter;
    values.forEach((day, code) => day >= from && (!to || day <= to) && (refused[code] = 0));
  }
  if (filter.missing) refused[values.length] = 0;
  return refused;
}

/**
 * Which sets `any` and `missing` of a filter in normal form refuse; the last code is that of rows without a set.
 * @param {SetTerms} sets @param {Filter} filter
 */
export function refusedAny(sets, { any = [], missing }) {
  const refused = Uint8Array.from(sets.hits(any), (count) => (count > 0 ? 0 : 1));
  refused[sets.size] = missing ? 0 : 1;
  return refused;
}

/** Which sets `all` and `none` refuse; a row without a set has none, and not all. @param {SetTerms} sets @param {Filter} filter */
export function refusedRest(sets, { all = [], none = [] }) {
  const unwanted = sets.hits(none);
  return Uint8Array.from(sets.hits(all), (count, code) => (count < all.length || unwanted[code] > 0 ? 1 : 0));
}
