// @ts-check
/** Patches per cell of a grid that is fixed to the world, so that it does not swim when the map moves. Pure. */
import { worldPixels } from "./mercator.js";

/** @typedef {import("./types.js").Bounds} Bounds */
/** @typedef {{size: number, west: number, north: number, columns: number, lines: number}} CellGrid
 *   size of a cell, and the north-west corner, in the world */

/** The least width of a cell on the screen, CSS pixels; it is at most twice as wide. */
const LEAST = 8;
/** Colours of a palette. */
export const STEPS = 6;

/**
 * The grid over a view. Its cells hold whole patches, or their centres would make a pattern of their own.
 * @param {number} zoom @param {Bounds} bounds world @param {number} patch size of a patch in the world @returns {CellGrid}
 */
export function gridOver(zoom, bounds, patch) {
  const least = Math.max(LEAST / worldPixels(zoom), 2 * patch);
  const size = 2 ** Math.ceil(Math.log2(least));
  const [left, top] = [Math.floor(bounds.west / size), Math.floor(bounds.north / size)];
  const columns = Math.floor(bounds.east / size) - left + 1;
  const lines = Math.floor(bounds.south / size) - top + 1;
  return { size, west: left * size, north: top * size, columns, lines };
}

/**
 * Count rows by cell.
 * @param {CellGrid} grid @param {Float32Array} x local @param {Float32Array} y @param {number[]} centre world of local 0
 * @param {{start: Uint32Array, end: Uint32Array}} blocks @param {Uint32Array} visible
 * @param {Uint8Array | null} mask @param {Uint8Array | null} [other] a second mask that must hold too
 * @returns {Uint32Array} lines * columns, row-major
 */
export function countCells(grid, x, y, centre, blocks, visible, mask, other = null) {
  const { columns, lines } = grid;
  const scale = 1 / grid.size;
  const [dx, dy] = [(centre[0] - grid.west) * scale, (centre[1] - grid.north) * scale];
  const counts = new Uint32Array(columns * lines);
  for (const block of visible) {
    for (let row = blocks.start[block]; row < blocks.end[block]; row++) {
      if ((mask && !mask[row]) || (other && !other[row])) continue;
      const cx = x[row] * scale + dx;
      const cy = y[row] * scale + dy;
      if (cx >= 0 && cy >= 0 && cx < columns && cy < lines) counts[(cy | 0) * columns + (cx | 0)]++;
    }
  }
  return counts;
}

/** @param {Uint8Array | null} mask @param {Uint8Array | null} other @param {number} rows @returns {number} rows that meet both */
export function countBoth(mask, other, rows) {
  let count = 0;
  for (let row = 0; row < rows; row++) if ((!mask || mask[row]) && (!other || other[row])) count++;
  return count;
}

/**
 * The share of all of a that lies in a cell, less the share of all of b.
 * @param {Uint32Array} a counts by cell @param {Uint32Array} b @param {number} allA of the data set @param {number} allB
 * @returns {Float64Array} NaN where neither has a patch
 */
export function shareDifference(a, b, allA, allB) {
  return Float64Array.from(a, (count, cell) =>
    count || b[cell] ? (allA ? count / allA : 0) - (allB ? b[cell] / allB : 0) : NaN);
}

/** @param {number} value above 0 @returns {number} the next number up of 1, 1.5, 2, 3, 5, 7 times a power of ten */
export function niceAbove(value) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const step = [1, 1.5, 2, 3, 5, 7, 10].find((one) => one * power >= value * (1 - 1e-9)) ?? 10;
  return Number((step * power).toPrecision(3));
}

/** Upper ends of classes of counts: 1, then growing by a factor. @param {number} most highest count
 *  @returns {number[]} rising whole numbers, at most six, the last at least `most`; none without a count */
export function countBreaks(most) {
  if (most < 1) return [];
  if (most <= STEPS) return Array.from({ length: most }, (_, step) => step + 1);
  const ends = [];
  for (let step = 1; step <= STEPS; step++) {
    const end = Math.ceil(niceAbove(most ** (step / STEPS)));
    if (!ends.length || end > ends[ends.length - 1]) ends.push(end);
  }
  return ends;
}

/** Upper ends of classes of the size of differences, finer near zero. @param {number} most largest size
 *  @returns {number[]} rising, at most six, the last at least `most` */
export function differenceBreaks(most) {
  if (!(most > 0)) return [];
  const ends = [];
  for (let step = 1; step <= STEPS; step++) {
    const end = niceAbove(most * (step / STEPS) ** 2);
    if (!ends.length || end > ends[ends.length - 1]) ends.push(end);
  }
  return ends;
}
