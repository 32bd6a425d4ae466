// @ts-check
/** Patches on a 2D canvas: points painted into an image, footprints as paths, cells as a small image made larger. */
import { worldPixels } from "./mercator.js";
import { findSpots, paintPoints, paintSpots, smallestOf } from "./raster.js";

/** @typedef {import("./types.js").Frame} Frame */

/** Footprints that are drawn as paths at once; beyond it, upright squares. */
export const MOST_PATHS = 2000;

/** @param {HTMLCanvasElement} canvas */
export function createCanvasLayer(canvas) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const small = document.createElement("canvas");
  const smallContext = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d"));
  /** @type {{shown: ImageData, pixels: Uint32Array, all: Uint32Array} | null} `all` ends with pixels that are not shown */
  let image = null;
  // While the map stands still, a change of the selection paints the selected patches alone, over all the others.
  let [place, scheduled] = ["", 0];
  /** @type {{pixels: Uint32Array, spots: import("./raster.js").Spots | null} | null} */
  let others = null;

  /** @param {number} width @param {number} height */
  function imageOf(width, height) {
    if (image?.shown.width === width && image.shown.height === height) return image;
    const all = new Uint32Array(width * (height + 1) + 2);
    const pixels = all.subarray(0, width * height);
    const shown = new ImageData(new Uint8ClampedArray(all.buffer, 0, pixels.byteLength), width, height);
    image = { shown, pixels, all };
    return image;
  }

  function clear() {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
  }

  /** @param {Frame} frame */
  function drawPoints({ view, ratio, x, y, centre, state, lut, blocks, visible }) {
    const { width, height } = canvas;
    const { shown, pixels, all } = imageOf(width, height);
    const scale = worldPixels(view.zoom) * ratio;
    const dx = (centre[0] - view.x) * scale + width / 2;
    const dy = (centre[1] - view.y) * scale + height / 2;
    const smallest = smallestOf(x.length) * ratio;
    const paint = (/** @type {Uint32Array} */ out, /** @type {Uint32Array} */ colours) =>
      paintPoints({ out, width, height }, x, y, state, colours, blocks, visible, { scale, dx, dy }, smallest);
    const before = place;
    place = [width, height, scale, dx, dy, lut[0]].join();
    if (place !== before) forget();
    if (others) pixels.set(others.pixels);
    else pixels.fill(0);
    if (others?.spots) paintSpots(all, width, others.spots, state, lut);
    else paint(pixels, others ? Uint32Array.of(0, ...lut.subarray(1)) : lut);
    context.putImageData(shown, 0, 0);
    // The first change does not wait for it.
    if (place === before && !others && !scheduled) {
      scheduled = window.setTimeout(() => {
        const made = new Uint32Array(width * height);
        paint(made, new Uint32Array(lut.length).fill(lut[0]));
        others = { pixels: made, spots: findSpots({ width, height }, x, y, blocks, visible, { scale, dx, dy }, smallest) };
      });
    }
  }

  function forget() {
    clearTimeout(scheduled);
    [others, scheduled] = [null, 0];
  }

  /** @param {Frame} frame */
  function drawQuads({ ratio, lut, quads }) {
    if (!quads) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const bytes = new Uint8Array(lut.buffer, lut.byteOffset);
    // Neighbours in the list mostly share a colour; one path for them all is drawn at once.
    for (let from = 0, to = 0; from < quads.count; from = to) {
      const state = quads.state[from];
      context.beginPath();
      for (to = from; to < quads.count && quads.state[to] === state && to - from < 2000; to++) {
        const c = quads.corners.subarray(8 * to, 8 * to + 8);
        context.moveTo(c[0], c[1]);
        for (let at = 2; at < 8; at += 2) context.lineTo(c[at], c[at + 1]);
        context.closePath();
      }
      const [r, g, b, a] = bytes.subarray(4 * state, 4 * state + 4);
      context.fillStyle = `rgb(${r} ${g} ${b} / ${a / 510})`;
      // Neighbours share an edge, which is drawn twice; outside the selection that would be too strong.
      context.strokeStyle = `rgb(${r} ${g} ${b} / ${state ? a / 255 : a / 765})`;
      context.fill();
      context.stroke();
    }
  }

  return {
    /** @param {Frame} frame */
    draw(frame) {
      if (!frame.quads) return drawPoints(frame);
      clear();
      drawQuads(frame);
    },
    /** @param {import("./types.js").View} view @param {number} ratio @param {import("./cells.js").CellGrid} grid
     *  @param {(out: Uint32Array) => void} paint fills one pixel per cell */
    drawCells(view, ratio, grid, paint) {
      clear();
      [small.width, small.height] = [grid.columns, grid.lines];
      const cells = smallContext.createImageData(grid.columns, grid.lines);
      paint(new Uint32Array(cells.data.buffer));
      smallContext.putImageData(cells, 0, 0);
      const scale = worldPixels(view.zoom) * ratio;
      const left = (grid.west - view.x) * scale + canvas.width / 2;
      const top = (grid.north - view.y) * scale + canvas.height / 2;
      context.imageSmoothingEnabled = false;
      context.drawImage(small, left, top, grid.columns * grid.size * scale, grid.lines * grid.size * scale);
    },
    clear,
  };
}
