// @ts-check
/** Find rows near a point: rows sorted by the cells of a grid over the data, built once. Pure. */

/** @typedef {import("./types.js").Bounds} Bounds */
/** @typedef {{bounds: Bounds, columns: number, lines: number, starts: Uint32Array, rows: Uint32Array}} GridIndex
 *   the rows of cell c are rows[starts[c]..starts[c + 1]], ascending */

const ROWS_PER_CELL = 8;
const MOST_CELLS = 1 << 18;

/** @param {Float32Array} x local, NaN is left out @param {Float32Array} y @param {Bounds} bounds of all @returns {GridIndex} */
export function buildIndex(x, y, bounds) {
  const across = Math.max(bounds.east - bounds.west, 1e-9);
  const down = Math.max(bounds.south - bounds.north, 1e-9);
  const wanted = Math.max(1, Math.min(MOST_CELLS, x.length / ROWS_PER_CELL));
  const columns = Math.max(1, Math.min(4096, Math.round(Math.sqrt((wanted * across) / down))));
  const lines = Math.max(1, Math.min(4096, Math.round(wanted / columns)));
  const [sx, sy] = [columns / across, lines / down];
  const cells = new Int32Array(x.length);
  const starts = new Uint32Array(columns * lines + 1);
  for (let row = 0; row < x.length; row++) {
    const cx = Math.min(columns - 1, Math.max(0, Math.floor((x[row] - bounds.west) * sx)));
    const cy = Math.min(lines - 1, Math.max(0, Math.floor((y[row] - bounds.north) * sy)));
    const cell = x[row] === x[row] ? cy * columns + cx : -1;
    cells[row] = cell;
    if (cell >= 0) starts[cell + 1]++;
  }
  for (let cell = 0; cell < columns * lines; cell++) starts[cell + 1] += starts[cell];
  const rows = new Uint32Array(starts[columns * lines]);
  const next = starts.slice();
  for (let row = 0; row < x.length; row++) if (cells[row] >= 0) rows[next[cells[row]]++] = row;
  return { bounds, columns, lines, starts, rows };
}

/** The rows whose centres lie in a rectangle, edges included. @param {GridIndex} index @param {Float32Array} x
 *  @param {Float32Array} y @param {Bounds} within local @returns {number[]} by cell, then ascending */
export function rowsWithin(index, x, y, within) {
  const { bounds, columns, lines, starts, rows } = index;
  const [sx, sy] = [
    columns / Math.max(bounds.east - bounds.west, 1e-9), lines / Math.max(bounds.south - bounds.north, 1e-9),
  ];
  const columnOf = (/** @type {number} */ at) => Math.min(columns - 1, Math.max(0, Math.floor((at - bounds.west) * sx)));
  const lineOf = (/** @type {number} */ at) => Math.min(lines - 1, Math.max(0, Math.floor((at - bounds.north) * sy)));
  const [left, right] = [columnOf(within.west), columnOf(within.east)];
  const [top, bottom] = [lineOf(within.north), lineOf(within.south)];
  /** @type {number[]} */
  const found = [];
  for (let line = top; line <= bottom; line++) {
    for (let at = starts[line * columns + left]; at < starts[line * columns + right + 1]; at++) {
      const row = rows[at];
      const px = x[row];
      const py = y[row];
      if (px >= within.west && px <= within.east && py >= within.north && py <= within.south) found.push(row);
    }
  }
  return found;
}
