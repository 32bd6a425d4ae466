// @ts-check
/** What the map looks at: one view, its limits, jumps and slides. */
import { createMotion } from "./motion.js";
import { clamped, fitted } from "./view.js";

/** @typedef {import("./types.js").View} View @typedef {import("./types.js").Bounds} Bounds */
/** @typedef {ReturnType<typeof createCamera>} Camera */

const MOST_ZOOM = 18;
/** Levels that the map can zoom out from the whole data set. */
const OUT = 1;

/** @param {Bounds} home the whole data set, world @param {() => void} changed */
export function createCamera(home, changed) {
  /** @type {View} */
  let view = { x: 0.5, y: 0.5, zoom: 0, width: 0, height: 0 };
  /** @type {((view: View) => View) | null} what to look at as soon as the map has a size */
  let wanted = (sized) => fitted(sized, home);
  const [dx, dy] = [(home.east - home.west) / 2, (home.south - home.north) / 2];
  const bounds = {
    west: home.west - dx,
    east: home.east + dx,
    north: Math.max(0, home.north - dy),
    south: Math.min(1, home.south + dy),
  };
  const limit = (/** @type {View} */ next) =>
    clamped(next, { bounds, minZoom: fitted(next, home).zoom - OUT, maxZoom: MOST_ZOOM });
  const motion = createMotion(show);

  /** @param {View} next */
  function show(next) {
    view = limit(next);
    changed();
  }

  const camera = {
    get view() {
      return view;
    },
    /** Where a slide under way ends, else the view. */
    get goal() {
      return motion.goal ?? view;
    },
    stop: () => motion.stop(),
    /** A zoom that the limits allow; zooming around a point needs it before. @param {number} zoom */
    zoomWithin: (zoom) => limit({ ...view, zoom }).zoom,
    /** @param {(view: View) => View} to */
    jump(to) {
      if (!view.width) wanted = to;
      else {
        motion.stop();
        show(to(view));
      }
    },
    /** Slides from where the last slide ends, so that keys pressed quickly add up. @param {(goal: View) => View} to */
    slide(to) {
      if (view.width) motion.slide(view, limit(to(camera.goal)));
      else wanted = to;
    },
    home: () => camera.slide((from) => fitted(from, home)),
    /** @param {number} width CSS pixels @param {number} height */
    resize(width, height) {
      const to = wanted ?? ((/** @type {View} */ sized) => sized);
      wanted = null;
      view = { ...view, width, height };
      motion.stop();
      show(to(view));
    },
  };
  return camera;
}
