// @ts-check
/**
 * Columns that are counted together. Country follows from the tile and season from the day, so few of the combinations
 * of values that could be do occur: to count these and to add them up costs one pass over the rows for all columns.
 */
/** @import {Codes} from "./types.js" */

/**
 * @typedef {{name: string, codes: Codes, size: number}} Part a column and how many codes it has
 * @typedef {{name: string, size: number, place: Uint32Array | null}} Member its code in each combination; null: that is the code
 * @typedef {{codes: Codes, size: number, members: Member[]}} Joint one code of each row, which stands for a combination
 */

const MOST = 1 << 14; // combinations, whose counts a processor has at hand
const ROOM = 1 << 22; // places in the table that finds them

/** Join columns, those with the fewest codes first, as long as few combinations occur. @param {Part[]} parts @returns {Joint[]} */
export function joined(parts) {
  /** @type {Joint[]} */
  const joints = [];
  for (const { name, codes, size } of [...parts].sort((a, b) => a.size - b.size)) {
    /** @type {Joint} */
    const own = { codes, size, members: [{ name, size, place: null }] };
    const at = joints.findIndex((joint) => {
      const both = combine(joint, own);
      return both !== null && Object.assign(joint, both);
    });
    if (at < 0) joints.push(own);
  }
  return joints;
}

/** @param {Joint} one @param {Joint} other @returns {Joint | null} null where too many combinations occur */
function combine(one, other) {
  if (one.size * other.size > ROOM) return null;
  const numbers = new Uint16Array(one.size * other.size); // 0: not seen
  const found = new Uint32Array(MOST);
  const codes = new Uint16Array(one.codes.length);
  let size = 0;
  for (let row = 0; row < codes.length; row++) {
    const both = one.codes[row] * other.size + other.codes[row];
    let number = numbers[both];
    if (number === 0) {
      if (size === MOST) return null;
      found[size] = both;
      number = numbers[both] = ++size;
    }
    codes[row] = number - 1;
  }
  const combinations = found.subarray(0, size);
  const firsts = combinations.map((both) => Math.floor(both / other.size));
  const seconds = combinations.map((both) => both % other.size);
  return { codes, size, members: [...placed(one.members, firsts), ...placed(other.members, seconds)] };
}

/** @param {Member[]} members @param {Uint32Array} codes of their joint in each new combination @returns {Member[]} */
const placed = (members, codes) =>
  members.map(({ name, size, place }) => ({ name, size, place: place ? codes.map((code) => place[code]) : codes }));

/** Rows of each code of a column. @param {Member} member @param {Uint32Array} rows of each combination */
export function addUp({ size, place }, rows) {
  if (place === null) return rows.slice();
  const sums = new Uint32Array(size);
  for (let at = 0; at < rows.length; at++) sums[place[at]] += rows[at];
  return sums;
}
