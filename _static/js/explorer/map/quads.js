// @ts-check
/** The true footprint of a patch, from the cubic polynomials of its group. Pure. */
import { worldX, worldY } from "./mercator.js";

/** @typedef {import("./types.js").Group} Group */
/** @typedef {Required<Pick<Group, "scale" | "lon" | "lat" | "size">>} Grid a group whose rows have footprints */

/** @param {Group | undefined} group @returns {group is Group & Grid} */
export function hasGrid(group) {
  return !!(group && group.scale && group.lon && group.lat && group.size);
}

/** Evaluate a cubic from left to right. @param {number[]} c ten coefficients @param {number} u @param {number} v */
export function cubic(c, u, v) {
  const uu = u * u;
  const uv = u * v;
  const vv = v * v;
  return c[0] + c[1] * u + c[2] * v + c[3] * uu + c[4] * uv + c[5] * vv
    + c[6] * (uu * u) + c[7] * (uu * v) + c[8] * (u * vv) + c[9] * (vv * v);
}

/**
 * The corners of a patch in the world: north west, north east, south east, south west, as x, y pairs.
 * @param {Grid} grid @param {number} gx centre in the grid's own steps, east @param {number} gy north
 * @param {number} near world x whose turn is taken @param {Float64Array | number[]} corners eight numbers, filled
 */
export function fillCorners(grid, gx, gy, near, corners) {
  const [su, ou, sv, ov] = grid.scale;
  const [dx, dy] = [grid.size[0] / 2, grid.size[1] / 2];
  for (let corner = 0; corner < 4; corner++) {
    const u = (corner === 0 || corner === 3 ? gx - dx : gx + dx) * su + ou;
    const v = (corner < 2 ? gy + dy : gy - dy) * sv + ov;
    const x = worldX(cubic(grid.lon, u, v));
    corners[2 * corner] = x + Math.round(near - x);
    corners[2 * corner + 1] = worldY(cubic(grid.lat, u, v));
  }
}

/** Whether a quad holds a point, by the even-odd rule. @param {ArrayLike<number>} corners x, y pairs
 *  @param {number} x @param {number} y */
export function quadHolds(corners, x, y) {
  let inside = false;
  for (let i = 0, j = 3; i < 4; j = i++) {
    const [xi, yi, xj, yj] = [corners[2 * i], corners[2 * i + 1], corners[2 * j], corners[2 * j + 1]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
