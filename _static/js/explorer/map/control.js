// @ts-check
/** What a reader's hand does on the map: mouse, touch, keys, tools and buttons become moves and events. */
import { listen } from "./gestures.js";
import { actOf } from "./keys.js";
import { boxOf, lassoOf, thinned } from "./lasso.js";
import { createTools } from "./tools.js";
import { panned, toWorld, zoomedAround } from "./view.js";

const MOST_POINTS = 120; // of a lasso, which stands in the address of the page
const REACH = 6; // CSS pixels that a mouse may miss a patch
const KEY_REACH = 40; // CSS pixels that Enter looks around the middle

/** @typedef {[number, number]} Point CSS pixels */

/**
 * @param {import("./stage.js").Stage} stage @param {import("./camera.js").Camera} camera
 * @param {import("./model.js").Model} model @param {(name: string, ...values: any[]) => void} emit
 * @param {() => void} redraw the marks
 */
export function createControl(stage, camera, model, emit, redraw) {
  /** @type {number | null} */
  let hovered = null;
  /** @type {Point | null} */
  let pointer = null;

  const tools = createTools({
    redraw,
    changed(name) {
      stage.stage.dataset.tool = name;
      emit("tool", name);
    },
    done(name, points) {
      const line = name === "box" ? points : thinned(points, MOST_POINTS);
      const world = line.map(([px, py]) => toWorld(camera.view, px, py));
      emit(name, name === "box" ? boxOf(world[0], world[world.length - 1]) : lassoOf(world));
    },
  });

  /** @param {number[]} rows */
  function hover(rows) {
    const row = rows[0] ?? null;
    if (row === hovered) return;
    hovered = row;
    redraw();
    emit("hover", row, rows);
  }

  /** @param {Point} at @param {number} reach */
  function pick(at, reach) {
    const rows = model.pick(camera.view, ...at, reach);
    if (rows.length) emit("pick", rows[0], rows);
  }

  /** @param {KeyboardEvent} event */
  function keydown(event) {
    const { width, height } = camera.view;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const act = tools.key(event.key, event.shiftKey, width, height) ? {} : actOf(event.key, event.shiftKey);
    if (!act) return;
    event.preventDefault();
    pointer = null;
    const { pan, zoom, home } = act;
    if (pan) camera.slide((from) => panned(from, ...pan));
    if (zoom) camera.slide((from) => ({ ...from, zoom: from.zoom + zoom }));
    if (home) camera.home();
    // What lies in the middle of where the map will be is told at once.
    if (pan || zoom || home) hover(model.pick(camera.goal, width / 2, height / 2, KEY_REACH));
    if (act.pick) pick([width / 2, height / 2], KEY_REACH);
  }

  const stopGestures = listen(stage.stage, {
    begin: (at) => (camera.stop(), tools.begin(at)),
    draw: tools.drag,
    drop: tools.drop,
    cancel: tools.cancel,
    pan: (dx, dy) => camera.jump((view) => panned(view, dx, dy)),
    zoom: (levels, at) => camera.jump((view) => zoomedAround(view, camera.zoomWithin(view.zoom + levels), ...at)),
    hover(at) {
      pointer = tools.name === "pan" ? at : null;
      hover(pointer ? model.pick(camera.view, ...pointer, REACH) : []);
    },
    click: pick,
  });
  stage.stage.addEventListener("keydown", keydown);
  for (const name of ["focus", "blur"]) stage.stage.addEventListener(name, redraw);
  const zoom = (/** @type {number} */ by) => () => camera.slide((from) => ({ ...from, zoom: from.zoom + by }));
  stage.buttons.in.addEventListener("click", zoom(1));
  stage.buttons.out.addEventListener("click", zoom(-1));
  stage.buttons.home.addEventListener("click", camera.home);

  return {
    tools,
    /** @returns {number | null} */
    get hovered() {
      return hovered;
    },
    /** Where a crosshair is: a tool's, or the middle while the keyboard has the map. @returns {Point | null} */
    get cross() {
      const { width, height } = camera.view;
      return tools.cursor ?? (stage.stage.matches(":focus-visible") ? [width / 2, height / 2] : null);
    },
    /** The map has moved under the pointer. */
    moved() {
      if (pointer) hover(model.pick(camera.view, ...pointer, REACH));
    },
    destroy: stopGestures,
  };
}
