// @ts-check
/** Draws what has changed, at most once a frame, and decides by whom: WebGL2, or an image on a canvas. */
import { drawGround, makeGround } from "./basemap.js";
import { widestPatch } from "./blocks.js";
import { countBoth, countCells, gridOver, shareDifference } from "./cells.js";
import { createCanvasLayer, MOST_PATHS } from "./layer_canvas.js";
import { createGlLayer, MOST_QUADS } from "./layer_gl.js";
import { worldPixels } from "./mercator.js";
import { drawMarks } from "./overlay.js";
import { densitySteps, differenceSteps, paintCells, pointColours } from "./palette.js";
import { listQuads } from "./quadlist.js";
import { SMALLEST } from "./raster.js";
import { metresPerPixel } from "./scale.js";
import { readTheme } from "./theme.js";
import { boundsOf } from "./view.js";

/** @typedef {import("./types.js").View} View @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Legend} Legend */

/** From this width on, CSS pixels, a patch is drawn with its true outline. */
const NEAR = 8;

/** @param {import("./stage.js").Stage} stage @param {Model} model @param {import("./types.js").Basemap | null} basemap
 *  @param {"auto" | "webgl2" | "canvas"} wanted */
export function createPainter(stage, model, basemap, wanted) {
  let webgl = wanted !== "canvas";
  const ground = /** @type {CanvasRenderingContext2D} */ (stage.ground.getContext("2d", { alpha: false }));
  const marks = /** @type {CanvasRenderingContext2D} */ (stage.marks.getContext("2d"));
  const raster = createCanvasLayer(stage.raster);
  let land = makeGround(basemap, model.centre);
  let theme = readTheme(stage.root);
  let lut = pointColours(theme.rgba, model.colours?.palette ?? null);
  /** @type {ReturnType<typeof createGlLayer>} */
  let gl = null;

  /** Made when first needed: from afar all is an image, and a context takes time. @param {number} ratio */
  function glLayer(ratio) {
    if (gl || !webgl) return gl;
    const canvas = stage.addPoints();
    canvas.width = Math.round(stage.stage.clientWidth * ratio);
    canvas.height = Math.round(stage.stage.clientHeight * ratio);
    canvas.addEventListener("webglcontextlost", () => painter.lost());
    try {
      gl = createGlLayer(canvas, model.x, model.y, model.state.length, wanted === "auto");
    } catch (error) {
      console.warn(error);
    }
    if (!gl) painter.lost();
    return gl;
  }

  /** @param {View} view @param {Uint32Array} visible @param {number} patch @param {number} ratio @returns {Legend} */
  function cells(view, visible, patch, ratio) {
    const { x, y, centre, blocks, mask, mode: { mode, a = null, b = null } } = model;
    const grid = gridOver(view.zoom, boundsOf(view), patch);
    const count = (/** @type {Uint8Array | null} */ other) => countCells(grid, x, y, centre, blocks, visible, mask, other);
    const signed = mode === "difference";
    const values = signed
      ? shareDifference(count(a), count(b), countBoth(mask, a, x.length), countBoth(mask, b, x.length))
      : count(null);
    const steps = values instanceof Float64Array ? differenceSteps(values) : densitySteps(values);
    raster.drawCells(view, ratio, grid, (out) => paintCells(values, steps, theme.rgba, signed, out));
    const cellMetres = metresPerPixel(view.zoom, view.y) * grid.size * worldPixels(view.zoom);
    return { mode, cellMetres, steps: steps.map((step) => ({ ...step, colour: theme.css(step.colour) })) };
  }

  const painter = {
    /** @type {"webgl2" | "canvas"} who drew last */
    renderer: /** @type {"webgl2" | "canvas"} */ ("canvas"),
    /** called when WebGL is gone */ onlost: () => {},
    lost() {
      if (!webgl) return;
      webgl = false;
      gl = null;
      stage.removePoints();
      painter.onlost();
    },
    /** @param {import("./types.js").Basemap | null} given */
    setBasemap(given) {
      land = makeGround(given, model.centre);
    },
    recolour() {
      theme = readTheme(stage.root);
      lut = pointColours(theme.rgba, model.colours?.palette ?? null);
    },
    /** @param {View} view @param {number} ratio */
    ground: (view, ratio) => drawGround(ground, land, view, ratio, theme.css),
    /** @param {View} view @param {number} ratio @param {import("./overlay.js").Marks} given */
    marks: (view, ratio, given) => drawMarks(marks, view, ratio, model, given, theme.css),
    /** @param {View} view @param {number} ratio @returns {Legend} */
    data(view, ratio) {
      const visible = model.visible(view);
      const patch = widestPatch(model.blocks, visible);
      if (model.mode.mode !== "points") {
        if (stage.points) stage.points.hidden = true;
        painter.renderer = "canvas";
        return cells(view, visible, patch, ratio);
      }
      const size = patch * worldPixels(view.zoom);
      const { x, y, centre, state, stateVersion, blocks, positions } = model;
      const layer = size > SMALLEST ? glLayer(ratio) : null;
      const most = layer ? MOST_QUADS : MOST_PATHS;
      const quads = size > NEAR ? listQuads(view, positions, x, blocks, visible, state, most) : null;
      const frame = { view, ratio, x, y, centre, state, stateVersion, lut, blocks, visible, quads };
      if (stage.points) stage.points.hidden = !layer;
      if (layer) raster.clear();
      (layer ?? raster).draw(frame);
      painter.renderer = layer ? "webgl2" : "canvas";
      return { mode: "points", cellMetres: 0, steps: [] };
    },
    destroy: () => gl?.destroy(),
  };
  return painter;
}
