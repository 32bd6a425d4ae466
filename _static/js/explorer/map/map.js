// @ts-check
/**
 * The map of the explorer: patches over land and borders, without a tile server.
 *
 * Events of `on(name, listener)`: move (place); pick (row, rows: all patches there); hover (row or null, rows);
 * box ([w, s, e, n]); lasso ([[lon, lat], ...]); tool (name); legend (Legend); drawn ({milliseconds, renderer}).
 */
import { createCamera } from "./camera.js";
import { createControl } from "./control.js";
import { createEvents } from "./events.js";
import { createModel } from "./model.js";
import { createPainter } from "./painter.js";
import { createScale } from "./scale.js";
import { createStage, watchSize } from "./stage.js";
import { watchTheme } from "./theme.js";
import { extentBounds, fitted, placeOf, viewAt } from "./view.js";

/** @typedef {import("./types.js").Basemap} Basemap @typedef {import("./types.js").Colours} Colours */

/**
 * @param {HTMLElement} host an element with a size; the map fills it
 * @param {{positions: import("./types.js").Positions, extent?: number[] | null, basemap?: Basemap | null,
 *   titles?: Partial<import("./stage.js").Titles>, renderer?: "auto" | "webgl2" | "canvas"}} options
 *   `extent` counts where no row has a footprint; "auto" takes WebGL2 where the hardware does it
 */
export function createMap(host, { positions, extent = null, basemap = null, titles = {}, renderer = "auto" }) {
  const { on, emit } = createEvents();
  const model = createModel(positions, extent);
  const stage = createStage(host, titles);
  const painter = createPainter(stage, model, basemap, renderer);
  const showScale = createScale(stage.root);
  const camera = createCamera(model.home, () => redraw({ ground: true, data: true, moved: true }));
  const control = createControl(stage, camera, model, emit, () => redraw());
  let [ratio, frame, legend, source] = [1, 0, "", basemap?.source ?? ""];
  let waiting = { ground: false, data: false, moved: false, marks: false };
  /** @type {number | null} */
  let highlighted = null;
  /** @type {import("./types.js").Shape} */
  let shape = {};

  /** @param {{ground?: boolean, data?: boolean, moved?: boolean}} [what] marks are drawn anew as well */
  function redraw({ ground = false, data = false, moved = false } = {}) {
    waiting = { ground: waiting.ground || ground, data: waiting.data || data, moved: waiting.moved || moved, marks: true };
    if (!frame) frame = requestAnimationFrame(draw);
  }

  function draw() {
    const began = performance.now();
    const { ground, data, moved, marks } = waiting;
    const { view } = camera;
    frame = 0;
    if (!view.width) return;
    if (moved) control.moved();
    waiting = { ground: false, data: false, moved: false, marks: false };
    if (ground) painter.ground(view, ratio);
    if (data) {
      const found = painter.data(view, ratio);
      if (legend !== (legend = JSON.stringify(found))) emit("legend", found);
    }
    const rings = [{ row: control.hovered, strong: false }, { row: highlighted, strong: true }];
    if (marks) painter.marks(view, ratio, { rings, shape, tool: control.tools.line, cross: control.cross });
    showScale(view.zoom, view.y);
    if (moved) emit("move", placeOf(view));
    if (data) emit("drawn", { milliseconds: performance.now() - began, renderer: painter.renderer });
  }

  const endings = [
    watchSize(stage, (width, height, density) => {
      ratio = density;
      camera.resize(width, height);
    }),
    watchTheme(() => {
      painter.recolour();
      redraw({ ground: true, data: true });
    }),
    control.destroy,
    camera.stop,
    painter.destroy,
    () => cancelAnimationFrame(frame),
    () => stage.root.remove(),
  ];
  painter.onlost = () => redraw({ data: true });

  return {
    on,
    /** @param {Uint8Array | null} mask by row, not copied; null: all are selected */
    setMask(mask) {
      model.setMask(mask);
      // At once, for it is what a reader waits for: in the next frame the counts are drawn beside it.
      cancelAnimationFrame(frame);
      waiting.data = true;
      draw();
    },
    /** @param {Colours | null} colours null: one colour for all */
    setColours(colours) {
      model.setColours(colours);
      painter.recolour();
      redraw({ data: true });
    },
    /** @param {import("./types.js").Mode} mode `a` and `b` count within the selection */
    setMode(mode) {
      model.mode = mode;
      redraw({ data: true });
    },
    /** @param {Basemap | null} given for a base map that comes after the first view */
    setBasemap(given) {
      source = given?.source ?? "";
      painter.setBasemap(given);
      redraw({ ground: true });
    },
    /** Show the outlines of the selection's own box and lasso. @param {import("./types.js").Shape} given */
    setShape(given) {
      if (JSON.stringify(given) === JSON.stringify(shape)) return;
      shape = given;
      redraw();
    },
    /** @param {import("./types.js").Place} place */
    setView: (place) => camera.jump((view) => viewAt(view, place, (model.home.west + model.home.east) / 2)),
    /** @returns {import("./types.js").Place} */
    getView: () => placeOf(camera.view),
    /** @param {number[] | Uint32Array} [target] a plain array of four is an extent, all else holds rows; none: all data */
    fit(target) {
      if (!target) return camera.home();
      const isExtent = Array.isArray(target) && target.length === 4;
      const bounds = isExtent ? extentBounds(target, model.place) : model.boundsOfRows(target);
      if (bounds) camera.slide((view) => fitted(view, bounds));
    },
    /** @param {number | null} row gets a ring */
    highlight(row) {
      highlighted = row;
      redraw();
    },
    /** @param {import("./types.js").ToolName} name */
    tool: (name) => control.tools.choose(name),
    /** Where the base map is from; empty without one. */
    get attribution() {
      return source;
    },
    get renderer() {
      return painter.renderer;
    },
    destroy: () => endings.forEach((end) => end()),
  };
}
