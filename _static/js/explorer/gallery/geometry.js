// @ts-check
/** Where cells lie in a grid that is longer than a browser lets an element be. No DOM. */

export const LONGEST = 8_000_000; // px of the scrolled element; browsers cut off at 16 or 33 million

/**
 * @typedef {{count: number, columns: number, lines: number, size: number, pitch: number, height: number, real: number,
 *   view: number}} Grid `size`: px of a cell's edge; `pitch`: px from line to line; `height`: px of all lines; `real`: px of
 *   the element that stands for them; `view`: px that are seen at a time
 */

/**
 * Lay cells out so that they fill the width.
 * @param {{count: number, width: number, view: number, wanted: number, gap: number, caption: number}} how px
 * @returns {Grid}
 */
export function layOut({ count, width, view, wanted, gap, caption }) {
  const columns = Math.max(1, Math.floor((width + gap) / (wanted + gap)));
  const size = Math.max(1, Math.floor((width - gap * (columns - 1)) / columns));
  const lines = Math.ceil(count / columns);
  const pitch = size + caption + gap;
  const height = Math.max(0, lines * pitch - gap);
  return { count, columns, lines, size, pitch, height, real: Math.min(height, LONGEST), view };
}

/** Where the view begins among all lines. @param {Grid} grid @param {number} scrolled px of the element @returns {number} px */
export function topOf(grid, scrolled) {
  const [far, near] = [grid.height - grid.view, grid.real - grid.view];
  return near > 0 ? (Math.min(Math.max(scrolled, 0), near) * far) / near : 0;
}

/** How far the element has to be scrolled. @param {Grid} grid @param {number} top px among all lines @returns {number} px */
export function scrolledFor(grid, top) {
  const [far, near] = [grid.height - grid.view, grid.real - grid.view];
  return far > 0 ? (Math.min(Math.max(top, 0), far) * near) / far : 0;
}

/** Lines that are seen, and some beside them. @param {Grid} grid @param {number} top px @param {number} [beside] lines @returns {[number, number]} */
export function seen(grid, top, beside = 2) {
  const first = Math.max(0, Math.floor(top / grid.pitch) - beside);
  return [first, Math.min(grid.lines, Math.ceil((top + grid.view) / grid.pitch) + beside)];
}

/** The least movement after which a line is seen whole. @param {Grid} grid @param {number} top px @param {number} line @returns {number} px */
export function reveal(grid, top, line) {
  const [start, end] = [line * grid.pitch, (line + 1) * grid.pitch];
  if (start < top || grid.pitch > grid.view) return start;
  return end > top + grid.view ? end - grid.view : top;
}

/**
 * Where a key leads from a cell; null where it is none of the grid's.
 * @param {Grid} grid @param {number} at number of the cell @param {string} key @param {boolean} all with Control: all cells
 * @returns {number | null}
 */
export function moved(grid, at, key, all = false) {
  const last = grid.count - 1;
  const start = at - (at % grid.columns);
  const page = Math.max(1, Math.floor(grid.view / grid.pitch)) * grid.columns;
  const column = (/** @type {number} */ to) => (to < 0 ? at % grid.columns : to > last ? lastIn(grid, at % grid.columns) : to);
  switch (key) {
    case "ArrowRight": return Math.min(last, at + 1);
    case "ArrowLeft": return Math.max(0, at - 1);
    case "ArrowDown": return at + grid.columns > last ? at : at + grid.columns;
    case "ArrowUp": return at < grid.columns ? at : at - grid.columns;
    case "PageDown": return column(at + page);
    case "PageUp": return column(at - page);
    case "Home": return all ? 0 : start;
    case "End": return all ? last : Math.min(last, start + grid.columns - 1);
    default: return null;
  }
}

/** The last cell of a column. @param {Grid} grid @param {number} column */
function lastIn(grid, column) {
  const at = (grid.lines - 1) * grid.columns + column;
  return at < grid.count ? at : Math.max(column, at - grid.columns);
}
