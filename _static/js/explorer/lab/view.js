// @ts-check
/** A picture with a crosshair that pointer and arrow keys move. */
/** @import {Picture} from "./render.js" */
import { el } from "../ui/dom.js";

const FAR = 10; // px that an arrow key moves with Shift
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {{onPoint: (x: number, y: number) => void}} options called with the share of width and height, 0 to 1, of the
 *   middle of the pixel that was chosen
 */
export function createView({ onPoint }) {
  const canvas = el("canvas", { class: "ds-x-lab-canvas", "aria-hidden": "true" });
  const cross = el("span", { class: "ds-x-lab-cross", "aria-hidden": "true" });
  const stage = el("div", { class: "ds-x-lab-stage", tabindex: "0", role: "application" }, canvas, cross);
  const caption = el("figcaption", { class: "ds-x-lab-name" });
  const note = el("p", { class: "ds-x-note" });
  const readout = el("p", { class: "ds-x-lab-value", "aria-live": "polite" });
  const node = el("figure", { class: "ds-x-lab-view" }, caption, stage, note, readout);
  let [x, y, width, height] = [0, 0, 1, 1];

  /** @param {number} column @param {number} row */
  function choose(column, row) {
    const inside = (/** @type {number} */ at, /** @type {number} */ size) => Math.min(Math.max(at, 0), size - 1);
    onPoint((inside(column, width) + 0.5) / width, (inside(row, height) + 0.5) / height);
  }
  /** @param {PointerEvent} event */
  function point(event) {
    const box = stage.getBoundingClientRect();
    choose(
      Math.floor(((event.clientX - box.left) / box.width) * width),
      Math.floor(((event.clientY - box.top) / box.height) * height),
    );
  }
  stage.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    point(event);
  });
  stage.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (stage.hasPointerCapture(event.pointerId)) point(event);
  });
  stage.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? FAR : 1;
    if (event.key in ARROWS) {
      const [along, down] = ARROWS[event.key];
      choose(x + along * step, y + down * step);
    } else if (event.key === "Home") choose(0, 0);
    else if (event.key === "End") choose(width - 1, height - 1);
    else return;
    event.preventDefault();
  });

  return {
    node,
    /** @param {Picture} picture @param {string} shown what it shows, in words */
    draw({ patch, pixels, missing }, shown) {
      [width, height] = [patch.width, patch.height];
      caption.textContent = patch.id;
      stage.setAttribute("aria-label", `${patch.id}: ${shown}. Arrow keys move the crosshair, with Shift by ${FAR} pixels.`);
      stage.style.aspectRatio = `${width} / ${height}`;
      note.textContent = missing.length ? `This patch has no ${missing.join(", ")}.` : "";
      note.hidden = !missing.length;
      [canvas.width, canvas.height] = [width, height];
      if (pixels) canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
    },
    /** @param {number} along share of the width @param {number} down share of the height @returns {[number, number]} pixel */
    mark(along, down) {
      [x, y] = [Math.min(Math.floor(along * width), width - 1), Math.min(Math.floor(down * height), height - 1)];
      cross.style.left = `${((x + 0.5) / width) * 100}%`;
      cross.style.top = `${((y + 0.5) / height) * 100}%`;
      return [x, y];
    },
    /** @param {string} text */
    say(text) {
      if (readout.textContent !== text) readout.textContent = text;
    },
  };
}
