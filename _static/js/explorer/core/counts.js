// @ts-check
/** Count the options of every column over the rows that meet everything but the column's own filter. */
/** @import {Selector} from "./select.js" */
/** @import {Codes, Column, Manifest, Tally} from "./types.js" */

/**
 * @param {Selector} selector @param {number} count rows selected
 * @returns {Tally}
 */
export function countAll(selector, count) {
  const { columns, words, list, bits } = selector;
  // Counting the smaller side, selected rows or others, halves the worst case.
  const fewer = count * 2 <= words.length;
  const listed = fewer ? listSelected(words, list) : listOthers(words, list);
  const singles = listSingles(words, list, ownBits(bits));
  /** @type {[string, Uint32Array][]} */
  const counts = [];
  /** @type {[string, number][]} */
  const missing = [];
  /** @type {[string, number][]} */
  const bases = [];
  let pairs = null;
  for (const [name, { codes, sets, totals }] of columns) {
    const rows = new Uint32Array(totals.length);
    countListed(codes, list, listed, rows);
    if (!fewer) for (let code = 0; code < rows.length; code++) rows[code] = totals[code] - rows[code];
    if (sets && name === "labels") pairs = sets.pairs(rows, selector.paired);
    const own = bits.get(`any ${name}`);
    bases.push([name, count + (own ? countOwn(codes, words, own.bit, list, singles, rows) : 0)]);
    missing.push([name, rows[rows.length - 1]]);
    counts.push([name, sets ? sets.termCounts(rows) : rows.slice(0, -1)]);
  }
  const { fromEntries } = Object; // which makes even a column called __proto__ a property like others
  return { counts: fromEntries(counts), missing: fromEntries(missing), bases: fromEntries(bases), pairs };
}

/** The counts of the whole data set, which the manifest has. @param {Manifest} manifest @returns {Tally} */
export function wholeTally(manifest) {
  /** @template T @param {(column: Column) => T} value */
  const each = (value) => Object.fromEntries(manifest.columns.map((column) => [column.name, value(column)]));
  return {
    counts: each((column) => Uint32Array.from(column.counts)),
    missing: each((column) => column.missing),
    bases: each(() => manifest.rows),
    pairs: null,
  };
}

/** @param {Int32Array} words @param {Uint32Array} list @returns {number} length */
export function listSelected(words, list) {
  let length = 0;
  for (let row = 0; row < words.length; row++) if (words[row] === 0) list[length++] = row;
  return length;
}

/** @param {Int32Array} words @param {Uint32Array} list @returns {number} length */
function listOthers(words, list) {
  let length = 0;
  for (let row = 0; row < words.length; row++) if (words[row] !== 0) list[length++] = row;
  return length;
}

/** @param {Codes} codes @param {Uint32Array} list @param {number} length @param {Uint32Array} rows of each code, added to */
function countListed(codes, list, length, rows) {
  for (let at = 0; at < length; at++) rows[codes[list[at]]]++;
}

/** @param {Selector["bits"]} bits */
function ownBits(bits) {
  let own = 0;
  for (const [key, { bit }] of bits) if (key.startsWith("any ")) own |= bit;
  return own;
}

/**
 * List the rows that fail a single condition, one of `own`. They fill the list from its end; there is room, because they
 * are neither selected nor more than the others.
 * @param {Int32Array} words @param {Uint32Array} list @param {number} own @returns {number} where they start
 */
function listSingles(words, list, own) {
  let start = words.length;
  if (own === 0) return start;
  for (let row = 0; row < words.length; row++) {
    const word = words[row];
    if (word !== 0 && (word & own) === word && (word & (word - 1)) === 0) list[--start] = row;
  }
  return start;
}

/**
 * Add the rows that fail this one condition alone.
 * @param {Codes} codes @param {Int32Array} words @param {number} bit @param {Uint32Array} list @param {number} start of
 *   single failures in the list @param {Uint32Array} rows of each code, added to
 */
function countOwn(codes, words, bit, list, start, rows) {
  let count = 0;
  for (let at = start; at < list.length; at++) {
    const row = list[at];
    if (words[row] === bit) {
      rows[codes[row]]++;
      count++;
    }
  }
  return count;
}
