// @ts-check
/** The footprints in a view as screen coordinates: those outside the selection first, so that the others cover them. Pure. */
import { worldPixels } from "./mercator.js";
import { fillCorners, hasGrid } from "./quads.js";

/** @typedef {import("./types.js").View} View @typedef {import("./types.js").Positions} Positions */
/** @typedef {import("./blocks.js").Blocks} Blocks */
/** @typedef {{count: number, corners: Float32Array, state: Uint16Array, rows: Uint32Array}} QuadList
 *   eight CSS pixels, a colour and a row for each */

/**
 * @param {View} view @param {Positions} positions @param {Float32Array} x local, unwrapped
 * @param {Blocks} blocks @param {Uint32Array} visible @param {Uint16Array} state colour by row, 0 is outside the selection
 * @param {number} most beyond it, they cost more than they show
 * @returns {QuadList | null} null when there are more, or a group without polynomials has patches in the view
 */
export function listQuads(view, positions, x, blocks, visible, state, most) {
  const { y, centre, groups, group, gx, gy } = positions;
  const scale = worldPixels(view.zoom);
  const cx = view.x - centre[0];
  const cy = view.y - centre[1];
  /** @type {number[]} */
  const faint = [];
  /** @type {number[]} */
  const chosen = [];
  for (const block of visible) {
    const dx = view.width / 2 / scale + blocks.width[block];
    const dy = view.height / 2 / scale + blocks.height[block];
    for (let row = blocks.start[block]; row < blocks.end[block]; row++) {
      if (Math.abs(x[row] - cx) < dx && Math.abs(y[row] - cy) < dy) (state[row] ? chosen : faint).push(row);
    }
    if (faint.length + chosen.length > most) return null;
  }
  const rows = Uint32Array.from(faint.concat(chosen));
  const corners = new Float32Array(8 * rows.length);
  const world = new Float64Array(8);
  let count = 0;
  for (const row of rows) {
    const grid = groups[group[row]];
    if (!hasGrid(grid)) return null;
    fillCorners(grid, gx[row], gy[row], x[row] + centre[0], world);
    for (let at = 0; at < 8; at += 2) {
      corners[8 * count + at] = (world[at] - view.x) * scale + view.width / 2;
      corners[8 * count + at + 1] = (world[at + 1] - view.y) * scale + view.height / 2;
    }
    count++;
  }
  return { count, corners, state: Uint16Array.from(rows, (row) => state[row]), rows };
}
