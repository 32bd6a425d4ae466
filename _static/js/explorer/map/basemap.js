// @ts-check
/** Land and borders below the data, drawn on a 2D canvas in the colours of the tokens. */
import { worldPixels, worldX, worldY } from "./mercator.js";
import { boundsOf } from "./view.js";

/** @typedef {import("./types.js").View} View @typedef {import("./types.js").Bounds} Bounds */
/** @typedef {{path: Path2D, bounds: Bounds}} Piece its path is relative to the centre, its bounds are in the world */
/** @typedef {{land: Piece[], borders: Piece[], centre: number[]}} Ground */

/** @param {import("./types.js").Basemap | null | undefined} basemap @param {number[]} centre world @returns {Ground} */
export function makeGround(basemap, centre) {
  return {
    land: (basemap?.land ?? []).map((rings) => piece(rings, centre, true)),
    borders: (basemap?.borders ?? []).map((line) => piece([line], centre, false)),
    centre,
  };
}

/** @param {number[][][]} lines @param {number[]} centre @param {boolean} closed @returns {Piece} */
function piece(lines, centre, closed) {
  const path = new Path2D();
  const bounds = { west: Infinity, east: -Infinity, north: Infinity, south: -Infinity };
  for (const line of lines) {
    line.forEach(([lon, lat], i) => {
      const [x, y] = [worldX(lon), worldY(lat)];
      bounds.west = Math.min(bounds.west, x);
      bounds.east = Math.max(bounds.east, x);
      bounds.north = Math.min(bounds.north, y);
      bounds.south = Math.max(bounds.south, y);
      if (i) path.lineTo((x - centre[0]) * UNIT, (y - centre[1]) * UNIT);
      else path.moveTo((x - centre[0]) * UNIT, (y - centre[1]) * UNIT);
    });
    if (closed) path.closePath();
  }
  return { path, bounds };
}

/** Paths are in units of which the world has this many: lengths near 1 keep the canvas's own arithmetic exact. */
const UNIT = 4096;

/**
 * @param {CanvasRenderingContext2D} context @param {Ground} ground @param {View} view @param {number} ratio device pixels each
 * @param {(name: string) => string} css
 */
export function drawGround(context, ground, view, ratio, css) {
  const scale = worldPixels(view.zoom) * ratio;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = css("--ds-sea");
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  const seen = boundsOf(view, 2);
  context.lineJoin = "round";
  context.lineWidth = (0.75 * ratio * UNIT) / scale;
  for (let turn = Math.floor(seen.west) - 1; turn <= Math.floor(seen.east) + 1; turn++) {
    const dx = (ground.centre[0] + turn - view.x) * scale + (view.width * ratio) / 2;
    const dy = (ground.centre[1] - view.y) * scale + (view.height * ratio) / 2;
    context.setTransform(scale / UNIT, 0, 0, scale / UNIT, dx, dy);
    const visible = (/** @type {Piece} */ { bounds: { west, east, north, south } }) =>
      west + turn < seen.east && east + turn > seen.west && north < seen.south && south > seen.north;
    context.fillStyle = css("--ds-land");
    context.strokeStyle = css("--ds-coast");
    for (const { path } of ground.land.filter(visible)) {
      context.fill(path, "evenodd");
      context.stroke(path);
    }
    context.strokeStyle = css("--ds-border");
    for (const { path } of ground.borders.filter(visible)) context.stroke(path);
  }
}
