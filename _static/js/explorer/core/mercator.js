// @ts-check
/** From degrees to the plane that the map draws. */
/** @import {Group, Places, Positions} from "./types.js" */

/** Web Mercator of the whole world in 0..1, y to the south. @param {number} lon @param {number} lat @returns {[number, number]} */
export function mercator(lon, lat) {
  const limited = Math.max(-85.0511287798066, Math.min(85.0511287798066, lat));
  return [0.5 + lon / 360, 0.5 - Math.log(Math.tan(Math.PI / 4 + (limited * Math.PI) / 360)) / (2 * Math.PI)];
}

/**
 * Project places for drawing; 32 bits are fine to a metre because they count from the centre of the extent.
 * @param {Places} places @param {Group[]} groups @param {[number, number, number, number] | null} extent
 * @returns {Positions}
 */
export function project(places, groups, extent) {
  const [west, south, east, north] = extent ?? [-180, -85, 180, 85];
  const [left, bottom] = mercator(west, south);
  const [right, top] = mercator(west > east ? east + 360 : east, north);
  /** @type {[number, number]} */
  const centre = [((left + right) / 2) % 1, (bottom + top) / 2];
  const { lon, lat } = places;
  const [x, y] = [new Float32Array(lon.length), new Float32Array(lon.length)];
  for (let row = 0; row < lon.length; row++) {
    const [mx, my] = mercator(lon[row], lat[row]);
    const dx = mx - centre[0];
    x[row] = dx - Math.round(dx);
    y[row] = my - centre[1];
  }
  return { ...places, x, y, centre, groups };
}
