// @ts-check
/** Where the map looks: screen and world, moves, and the view that holds an extent. Pure; views are not changed. */
import { latOf, lonOf, normalLon, TILE, worldPixels, worldX, worldY } from "./mercator.js";

/** @typedef {import("./types.js").View} View @typedef {import("./types.js").Bounds} Bounds */
/** @typedef {import("./types.js").Extent} Extent @typedef {import("./types.js").Place} Place */
/** @typedef {{bounds: Bounds, minZoom: number, maxZoom: number}} Limits */

/** @param {View} view @param {number} x @param {number} y @returns {[number, number]} CSS pixels from the top left */
export function toScreen(view, x, y) {
  const scale = worldPixels(view.zoom);
  return [(x - view.x) * scale + view.width / 2, (y - view.y) * scale + view.height / 2];
}

/** @param {View} view @param {number} px @param {number} py @returns {[number, number]} world */
export function toWorld(view, px, py) {
  const scale = worldPixels(view.zoom);
  return [(px - view.width / 2) / scale + view.x, (py - view.height / 2) / scale + view.y];
}

/** @param {View} view @param {number} [margin] CSS pixels around @returns {Bounds} world */
export function boundsOf(view, margin = 0) {
  const [west, north] = toWorld(view, -margin, -margin);
  const [east, south] = toWorld(view, view.width + margin, view.height + margin);
  return { west, north, east, south };
}

/** Keep the centre within bounds and the zoom between its limits. @param {View} view @param {Limits} limits */
export function clamped(view, { bounds, minZoom, maxZoom }) {
  const within = (/** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) =>
    Math.max(low, Math.min(high, value));
  return {
    ...view,
    zoom: within(view.zoom, minZoom, maxZoom),
    x: within(view.x, bounds.west, bounds.east),
    y: within(view.y, bounds.north, bounds.south),
  };
}

/** Move what is seen by pixels: a drag to the right is positive. @param {View} view @param {number} dx @param {number} dy */
export function panned(view, dx, dy) {
  const scale = worldPixels(view.zoom);
  return { ...view, x: view.x - dx / scale, y: view.y - dy / scale };
}

/** Change the zoom so that what lies under a pixel stays there. @param {View} view @param {number} zoom
 *  @param {number} px @param {number} py @returns {View} */
export function zoomedAround(view, zoom, px, py) {
  const [x, y] = toWorld(view, px, py);
  const scale = worldPixels(zoom);
  return { ...view, zoom, x: x - (px - view.width / 2) / scale, y: y - (py - view.height / 2) / scale };
}

/** @param {Extent | number[]} extent @param {(lon: number, lat: number) => [number, number]} [place] to the world
 *  @returns {Bounds} world; east lies in the next turn where the extent crosses 180 */
export function extentBounds(extent, place = (lon, lat) => [worldX(lon), worldY(lat)]) {
  const [west, north] = place(extent[0], extent[3]);
  const [right, south] = place(extent[2], extent[1]);
  return { west, east: right < west ? right + 1 : right, north, south };
}

/** The view that holds bounds with a padding. @param {View} view its size counts @param {Bounds} bounds world
 *  @param {{padding?: number, maxZoom?: number}} [options] @returns {View} */
export function fitted(view, bounds, { padding = 24, maxZoom = 14 } = {}) {
  const across = Math.max(bounds.east - bounds.west, 1e-12);
  const down = Math.max(bounds.south - bounds.north, 1e-12);
  const width = Math.max(view.width - 2 * padding, 1);
  const height = Math.max(view.height - 2 * padding, 1);
  const zoom = Math.min(maxZoom, Math.log2(Math.min(width / across, height / down) / TILE));
  return { ...view, zoom, x: (bounds.west + bounds.east) / 2, y: (bounds.north + bounds.south) / 2 };
}

/** @param {View} view @returns {Place} */
export function placeOf(view) {
  return { lon: normalLon(lonOf(view.x)), lat: latOf(view.y), zoom: view.zoom };
}

/** @param {View} view @param {Place} place @param {number} near world x whose turn is taken @returns {View} */
export function viewAt(view, { lon, lat, zoom }, near) {
  const x = worldX(lon);
  return { ...view, zoom, x: x + Math.round(near - x), y: worldY(lat) };
}

/** Between two views, for an animation: the zoom evenly, the centre so that it moves evenly on the screen.
 *  @param {View} from @param {View} to @param {number} part 0..1 @returns {View} */
export function between(from, to, part) {
  if (part >= 1) return to;
  const zoom = from.zoom + (to.zoom - from.zoom) * part;
  const whole = 2 ** (from.zoom - to.zoom) - 1;
  const moved = Math.abs(whole) < 1e-9 ? part : (2 ** (from.zoom - zoom) - 1) / whole;
  return { ...to, zoom, x: from.x + (to.x - from.x) * moved, y: from.y + (to.y - from.y) * moved };
}
