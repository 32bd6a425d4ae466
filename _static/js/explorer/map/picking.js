// @ts-check
/** Which patches are meant by a point on the screen. Pure. */
import { rowsWithin } from "./gridindex.js";
import { toWorld } from "./view.js";
import { worldPixels } from "./mercator.js";
import { fillCorners, hasGrid, quadHolds } from "./quads.js";

/** @typedef {import("./types.js").View} View @typedef {import("./types.js").Positions} Positions */

/**
 * The patches at a point: those whose footprint holds it, else all at the place of the nearest centre.
 * Patches outside the selection are given only where it has none. By distance of the centre, then by row.
 * @param {View} view @param {number} px CSS pixels @param {number} py
 * @param {Positions} positions @param {Float32Array} x local, unwrapped
 * @param {import("./gridindex.js").GridIndex} index @param {Uint8Array | null} mask
 * @param {number} patch size of the widest patch in the world @param {number} reach CSS pixels from the nearest centre
 * @returns {number[]} rows; none when nothing is near
 */
export function pickAt(view, px, py, positions, x, index, mask, patch, reach) {
  const { y, centre } = positions;
  const [wx, wy] = toWorld(view, px, py);
  const [lx, ly] = [wx - centre[0], wy - centre[1]];
  // The corner of a patch that is turned on the map is further from its centre than half its size.
  const turned = patch * 0.75;
  const miss = reach / worldPixels(view.zoom);
  const radius = Math.max(miss, turned);
  const all = rowsWithin(index, x, y, { west: lx - radius, east: lx + radius, north: ly - radius, south: ly + radius });
  const far = (/** @type {number} */ row) => (x[row] - lx) ** 2 + (y[row] - ly) ** 2;
  const corners = new Float64Array(8);
  const inside = mask ? all.filter((row) => mask[row]) : all;
  const found = atPoint(inside);
  return found.length || inside.length === all.length ? found : atPoint(all);

  /** @param {number[]} rows @returns {number[]} */
  function atPoint(rows) {
    const holding = rows.filter((row) => far(row) <= turned * turned && holds(row));
    // From afar thousands are near, so they are not sorted to find the nearest.
    const nearest = rows.reduce((best, row) => (best < 0 || far(row) < far(best) ? row : best), -1);
    if (!holding.length && (nearest < 0 || far(nearest) > miss * miss)) return [];
    // Centres closer than a tenth of a patch are one place; coordinates of two dates may differ by rounding.
    const place = (patch / 10) ** 2;
    const same = (/** @type {number} */ row) => (x[row] - x[nearest]) ** 2 + (y[row] - y[nearest]) ** 2 <= place;
    return (holding.length ? holding : rows.filter(same)).sort((one, two) => far(one) - far(two) || one - two);
  }

  /** @param {number} row */
  function holds(row) {
    const grid = positions.groups[positions.group[row]];
    if (!hasGrid(grid)) return false;
    fillCorners(grid, positions.gx[row], positions.gy[row], x[row] + centre[0], corners);
    return quadHolds(corners, wx, wy);
  }
}
