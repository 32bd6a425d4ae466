// @ts-check
/** Which rows lie in a ring, by the even-odd rule; a grid of cells spares most rows a look at the edges. */
/** @import {Pair, Places} from "./types.js" */

const CELLS = 512; // along each side of the ring's extent
const [OUTSIDE, INSIDE, MIXED] = [0, 1, 2];

/** @typedef {{bounds: number[], cells: Uint8Array, edges: Float64Array[]}} Grid `edges`: xi, yi, xj, yj by row of cells */

/**
 * Mark the rows outside of a ring; rows without position are outside.
 * @param {Places} places @param {Pair[]} ring @returns {Uint8Array} 1 = outside
 */
export function outsideLasso({ lon, lat }, ring) {
  const outside = new Uint8Array(lon.length).fill(1);
  const [xs, ys] = [ring.map((corner) => corner[0]), ring.map((corner) => corner[1])];
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  if (!(high > low)) return outside;
  // A little wider, because a crossing may be rounded to beyond the corners.
  const [left, right] = [Math.min(...xs) - 1e-9, Math.max(...xs) + 1e-9];
  const { cells, edges } = gridOf(ring, [left, right, low, high]);
  for (let row = 0; row < lon.length; row++) {
    const x = lon[row];
    const y = lat[row];
    if (!(y >= low && y <= high && x >= left && x <= right)) continue; // also false for NaN
    const band = cellOf(y, low, high);
    const state = cells[band * CELLS + cellOf(x, left, right)];
    if (state === INSIDE || (state === MIXED && crossings(edges[band], x, y))) outside[row] = 0;
  }
  return outside;
}

/** Falls nowhere as the value grows, so nothing between two values gets a cell beyond theirs. @param {number} value @param {number} low @param {number} high */
const cellOf = (value, low, high) => Math.min(CELLS - 1, Math.floor(((value - low) / (high - low)) * CELLS));

/** Whether a ray to the east crosses an odd number of edges: the rule itself. @param {Float64Array} edges @param {number} x @param {number} y */
function crossings(edges, x, y) {
  let inside = false;
  for (let at = 0; at < edges.length; at += 4) {
    const yi = edges[at + 1];
    const yj = edges[at + 3];
    if (yi > y !== yj > y && x < ((edges[at + 2] - edges[at]) * (y - yi)) / (yj - yi) + edges[at]) inside = !inside;
  }
  return inside;
}

/** @param {Pair[]} ring @param {number[]} bounds left, right, low, high */
function gridOf(ring, [left, right, low, high]) {
  const cells = new Uint8Array(CELLS * CELLS);
  /** @type {number[][]} */
  const edges = Array.from({ length: CELLS }, () => []);
  const height = (high - low) / CELLS;
  ring.forEach(([xi, yi], index) => {
    const [xj, yj] = ring[(index || ring.length) - 1];
    const last = cellOf(Math.max(yi, yj), low, high);
    for (let band = cellOf(Math.min(yi, yj), low, high); band <= last; band++) {
      edges[band].push(xi, yi, xj, yj);
      // Where the edge runs in this band, and a cell more on each side: rounding is a million times less than a cell.
      const at = (/** @type {number} */ y) => {
        const part = yi === yj ? 0 : Math.max(0, Math.min(1, (y - yi) / (yj - yi)));
        return xi + (xj - xi) * part;
      };
      const ends = yi === yj ? [xi, xj] : [at(low + band * height), at(low + (band + 1) * height)];
      const from = Math.max(0, cellOf(Math.min(...ends), left, right) - 1);
      const to = Math.min(CELLS - 1, cellOf(Math.max(...ends), left, right) + 1);
      cells.fill(MIXED, band * CELLS + from, band * CELLS + to + 1);
    }
  });
  const packed = edges.map((list) => Float64Array.from(list));
  const width = (right - left) / CELLS;
  packed.forEach((list, band) => {
    let state = MIXED;
    for (let column = 0; column < CELLS; column++) {
      const cell = band * CELLS + column;
      if (cells[cell] !== MIXED) {
        // All cells up to the next edge are on the same side as the first one.
        if (state === MIXED) state = crossings(list, left + (column + 0.5) * width, low + (band + 0.5) * height) ? INSIDE : OUTSIDE;
        cells[cell] = state;
      } else state = MIXED;
    }
  });
  return { cells, edges: packed };
}
