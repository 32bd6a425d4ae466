// @ts-check
/** Which rows lie in a box, and which lie beside a row. */
/** @import {Box, Group, Places} from "./types.js" */

const METRES = 111195; // of a degree of a great circle on a sphere of 6,371 km

/**
 * Mark the rows outside of a box, edges being inside; rows without position are outside.
 * @param {Places} places @param {Box} box @returns {Uint8Array} 1 = outside
 */
export function outsideBox({ lon, lat }, [west, south, east, north]) {
  const outside = new Uint8Array(lon.length).fill(1);
  const crosses = west > east;
  for (let row = 0; row < lon.length; row++) {
    const y = lat[row];
    if (!(y >= south && y <= north)) continue; // also false for NaN
    const x = lon[row];
    if (crosses ? x >= west || x <= east : x >= west && x <= east) outside[row] = 0;
  }
  return outside;
}

/**
 * Rows at the place of a row (centres within a quarter of its shorter side), and its neighbours (within 1.6 longer sides).
 * @param {Places} places @param {Group[]} groups @param {number} row
 * @returns {{same: Uint32Array, neighbours: Uint32Array}} nearest first, equal distances by row
 */
export function near({ lon, lat, group }, groups, row) {
  const own = groups[group[row]];
  if (own === undefined || own.none || Number.isNaN(lon[row])) {
    return { same: new Uint32Array(), neighbours: new Uint32Array() };
  }
  const reach = (1.6 * Math.max(...own.metres)) / METRES; // degrees of a great circle
  const limit = Math.min(...own.metres) / 4 / METRES;
  const narrow = Math.cos((lat[row] * Math.PI) / 180);
  /** @type {[number, number][]} */
  const found = [];
  for (let other = 0; other < lon.length; other++) {
    const dy = lat[other] - lat[row];
    if (!(Math.abs(dy) <= reach) || other === row) continue;
    const turn = Math.abs(lon[other] - lon[row]);
    const distance = Math.hypot(Math.min(turn, 360 - turn) * narrow, dy);
    if (distance <= reach) found.push([distance, other]);
  }
  found.sort((one, two) => one[0] - two[0] || one[1] - two[1]);
  const rowsOf = (/** @type {[number, number][]} */ pairs) => Uint32Array.from(pairs, (pair) => pair[1]);
  return {
    same: rowsOf(found.filter(([distance]) => distance <= limit)),
    neighbours: rowsOf(found.filter(([distance]) => distance > limit)),
  };
}
