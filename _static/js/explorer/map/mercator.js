// @ts-check
/** Web Mercator (EPSG:3857) between degrees and the world square of 0..1. Pure. */

/** The latitude where the world square ends: atan(sinh(pi)). */
export const LIMIT = 85.0511287798066;
/** Metres around the equator of the sphere that Web Mercator uses, 2 * pi * 6378137. */
export const AROUND = 40075016.68557849;
/** Pixels of the world at zoom 0. */
export const TILE = 256;

/** @param {number} lon */
export function worldX(lon) {
  return lon / 360 + 0.5;
}

/** @param {number} lat clamped to the square */
export function worldY(lat) {
  const sine = Math.sin((Math.max(-LIMIT, Math.min(LIMIT, lat)) * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

/** @param {number} x @returns {number} degrees, in another turn beyond 180 */
export function lonOf(x) {
  return (x - 0.5) * 360;
}

/** @param {number} y */
export function latOf(y) {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
}

/** @param {number} lon any turn @returns {number} from -180 to 180; 180 stays 180 */
export function normalLon(lon) {
  return lon >= -180 && lon <= 180 ? lon : lon - 360 * Math.floor((lon + 180) / 360);
}

/** What a length in metres at a latitude is in the world square. @param {number} metres @param {number} lat */
export function worldLength(metres, lat) {
  return metres / (AROUND * Math.cos((Math.max(-LIMIT, Math.min(LIMIT, lat)) * Math.PI) / 180));
}

/** @param {number} zoom @returns {number} pixels of the world */
export function worldPixels(zoom) {
  return TILE * 2 ** zoom;
}

/** @param {number} value @returns {number} as a selection has it: five decimals, and no minus zero */
export function rounded(value) {
  return Math.round(value * 1e5) / 1e5 + 0;
}
