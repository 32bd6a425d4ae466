// @ts-check
/** Where a place of the earth lies on the map. No DOM. */

const TILE = 256; // CSS px of the globe at zoom 0

/**
 * @param {number} lon degrees @param {number} lat degrees @param {{lon: number, lat: number, zoom: number}} view its middle
 * @param {number} width px @param {number} height px
 * @returns {[number, number]} px from the upper left corner; across the antimeridian the shorter way
 */
export function placed(lon, lat, view, width, height) {
  const scale = TILE * 2 ** view.zoom;
  let x = (lon - view.lon) / 360;
  x -= Math.round(x);
  return [width / 2 + x * scale, height / 2 + (mercator(lat) - mercator(view.lat)) * scale];
}

/** World y, 0 in the north, by the spherical Mercator projection. @param {number} lat degrees */
function mercator(lat) {
  return 0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI);
}
