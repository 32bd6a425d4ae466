// @ts-check
/**
 * Count the options of every column over the rows that meet everything but the column's own filter.
 *
 * Each row has a place to be counted in: the first one if it is selected, one of a column's own if that column's filter
 * is all that it fails, and else the last. Then one pass counts codes by place, without a branch for the processor to
 * guess wrong: which rows a reader selects follows no pattern.
 */
import { addUp } from "./joint.js";
/** @import {Selector} from "./select.js" */
/** @import {SetTerms} from "./sets.js" */
/** @import {Codes, Column, Manifest, Result, Tally} from "./types.js" */

/** @typedef {{rows: Uint32Array, places: Uint8Array, length: number}} Listed rows of a block, and the place of each */

const BLOCK = 8192; // rows that go through all steps together, while they are in the processor's cache

/** @param {Selector} selector @returns {Tally & Pick<Result, "count" | "mask">} */
export function countAll(selector) {
  const { columns, words, bits } = selector;
  const { own, places, last } = placesOf(bits);
  const joints = selector.joints().map((joint) => {
    const starts = Uint32Array.from({ length: last + 1 }, (_, place) => place * joint.size);
    return { ...joint, starts, rows: new Uint32Array((last + 1) * joint.size) };
  });
  const mask = new Uint8Array(words.length);
  const listed = { rows: new Uint32Array(BLOCK), places: new Uint8Array(BLOCK), length: 0 };
  let count = 0;
  for (let from = 0; from < words.length; from += BLOCK) {
    count += sortRows(words, from, Math.min(words.length, from + BLOCK), places, last, mask, listed);
    for (const { codes, starts, rows } of joints) countCodes(codes, listed, starts, rows);
  }
  /** @type {Map<string, {rows: Uint32Array, base: number}>} */
  const found = new Map();
  let pairs = null;
  for (const { size, members, rows } of joints) {
    for (const member of members) {
      const { name } = member;
      const sums = addUp(member, rows.subarray(0, size));
      if (name === "labels") pairs = columns.get(name)?.sets?.pairs(sums, selector.paired) ?? null;
      const place = own.get(name);
      let base = count;
      if (place !== undefined) {
        addUp(member, rows.subarray(place * size, (place + 1) * size)).forEach((more, code) => {
          sums[code] += more;
          base += more;
        });
      }
      found.set(name, { rows: sums, base });
    }
  }
  /** @template T @param {(rows: Uint32Array, base: number, sets: SetTerms | null) => T} value */
  const each = (value) =>
    Object.fromEntries([...columns].map(([name, { sets }]) => {
      const { rows, base } = /** @type {{rows: Uint32Array, base: number}} */ (found.get(name));
      return [name, value(rows, base, sets)];
    }));
  return {
    count, mask, pairs,
    counts: each((rows, _, sets) => (sets ? sets.termCounts(rows) : rows.slice(0, -1))),
    missing: each((rows) => rows[rows.length - 1]),
    bases: each((_, base) => base),
  };
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

/** @param {Int32Array} words @param {Uint32Array} list of as many as are selected, filled */
export function listSelected(words, list) {
  let length = 0;
  for (let row = 0; row < words.length; row++) if (words[row] === 0) list[length++] = row;
}

/**
 * @param {Selector["bits"]} bits
 * @returns {{own: Map<string, number>, places: Uint8Array, last: number}} the place of each column that filters, and that
 *   of rows by the bit that they fail, from 1 on; 0: none, 63: several
 */
function placesOf(bits) {
  /** @type {Map<string, number>} */
  const own = new Map();
  const places = new Uint8Array(64);
  for (const [key, { bit }] of bits) {
    if (!key.startsWith("any ")) continue;
    own.set(key.slice("any ".length), own.size + 1);
    places[32 - Math.clz32(bit)] = own.size;
  }
  const last = own.size + 1;
  for (let kind = 1; kind < places.length; kind++) if (places[kind] === 0) places[kind] = last;
  return { own, places, last };
}

/**
 * List the rows of a block that count somewhere, and mark those that are selected.
 * @param {Int32Array} words @param {number} from @param {number} to @param {Uint8Array} places @param {number} last
 * @param {Uint8Array} mask @param {Listed} listed filled @returns {number} how many are selected
 */
function sortRows(words, from, to, places, last, mask, listed) {
  const { rows, places: of } = listed;
  let [length, count] = [0, 0];
  for (let row = from; row < to; row++) {
    const word = words[row];
    const more = word & (word - 1); // without its lowest bit
    const place = places[(32 - Math.clz32(word)) | (((more | -more) >> 31) & 63)];
    const selected = (place - 1) >>> 31; // 1 where the place is 0
    mask[row] = selected;
    count += selected;
    of[length] = place;
    rows[length] = row;
    length += (place - last) >>> 31; // the next one takes the place of one that counts nowhere
  }
  listed.length = length;
  return count;
}

/**
 * @param {Codes} codes @param {Listed} listed @param {Uint32Array} starts of each place
 * @param {Uint32Array} counts of each place and code, added to
 */
function countCodes(codes, { rows, places, length }, starts, counts) {
  for (let at = 0; at < length; at++) counts[starts[places[at]] + codes[rows[at]]]++;
}
