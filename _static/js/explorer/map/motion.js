// @ts-check
/** A slide from one view to another, unless the reader wants no motion. */
import { between } from "./view.js";

/** @typedef {import("./types.js").View} View */

const MILLISECONDS = 220;

/** @param {(view: View) => void} show */
export function createMotion(show) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let running = 0;
  /** @type {View | null} */
  let goal = null;

  return {
    /** Where a slide under way ends, so that the next key press goes on from there. @returns {View | null} */
    get goal() {
      return goal;
    },
    stop() {
      cancelAnimationFrame(running);
      goal = null;
    },
    /** @param {View} from @param {View} to */
    slide(from, to) {
      this.stop();
      if (calm.matches) return show(to);
      const began = performance.now();
      goal = to;
      const step = (/** @type {number} */ now) => {
        const part = Math.max(0, Math.min(1, (now - began) / MILLISECONDS));
        if (part < 1) running = requestAnimationFrame(step);
        else goal = null;
        show(between(from, to, 1 - (1 - part) ** 2));
      };
      running = requestAnimationFrame(step);
    },
  };
}
