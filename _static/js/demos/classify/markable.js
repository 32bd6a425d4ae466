// @ts-check
// Patches that can be marked as examples or as counter-examples; those that are marked stay in sight.
import { drawCell } from "../../explorer/gallery/source.js";
import { el, fill } from "../../explorer/ui/dom.js";
/** @import {Tile} from "../core/tiles.js" */

/**
 * @param {import("../../explorer/gallery/source.js").Pictures} pictures @param {{onChange: () => void}} how
 */
export function createMarkable(pictures, { onChange }) {
  const node = el("ul", { class: "ds-d-tiles ds-d-markable", "aria-label": "Patches to mark" });
  /** @type {Map<number, boolean>} by key: true for an example, false for a counter-example */
  const marks = new Map();
  /** @type {Map<number, {item: HTMLElement, draw: () => void}>} */
  const items = new Map();

  return {
    node,
    marks: () => marks,
    /** Show these, and keep those that are marked. @param {Tile[]} tiles @param {(key: number) => string} say */
    show(tiles, say) {
      for (const [key] of items) if (!marks.has(key)) items.delete(key);
      for (const tile of tiles) if (!items.has(tile.key)) items.set(tile.key, make(tile, say(tile.key)));
      fill(node, ...[...items.values()].map(({ item }) => item));
    },
    /** @param {Tile} tile @param {string} words */
    add(tile, words) {
      if (!items.has(tile.key)) items.set(tile.key, make(tile, words));
      const held = /** @type {{item: HTMLElement}} */ (items.get(tile.key)).item;
      node.prepend(held);
      held.querySelector("button")?.focus();
    },
    /** Mark all that are shown. @param {(key: number) => boolean | null} is */
    mark(is) {
      for (const [key, { draw }] of items) {
        const found = is(key);
        if (found !== null) marks.set(key, found);
        draw();
      }
      onChange();
    },
    forget() {
      marks.clear();
      items.clear();
    },
  };

  /** @param {Tile} tile @param {string} words */
  function make({ key, row }, words) {
    const canvas = el("canvas", { width: 64, height: 64, role: "img", "aria-label": words, title: words });
    pictures.cell(null, row).then((cell) => cell && drawCell(canvas, cell), () => {});
    const button = (/** @type {boolean} */ is, /** @type {string} */ sign, /** @type {string} */ name) =>
      el("button", { type: "button", class: "ds-d-mark", title: name, "aria-label": `${name}: ${words}`, onclick: () => toggle(is) }, sign);
    const [yes, no] = [button(true, "+", "Example"), button(false, "\u2212", "Counter-example")];
    const item = el("li", { class: "ds-d-tile ds-d-tile-marks" }, canvas, el("span", { class: "ds-d-tile-words", "aria-hidden": "true" }, words), el("span", { class: "ds-d-mark-pair" }, yes, no));
    const draw = () => {
      yes.setAttribute("aria-pressed", String(marks.get(key) === true));
      no.setAttribute("aria-pressed", String(marks.get(key) === false));
      item.dataset.mark = marks.has(key) ? (marks.get(key) ? "yes" : "no") : "";
    };
    const toggle = (/** @type {boolean} */ is) => {
      if (marks.get(key) === is) marks.delete(key);
      else marks.set(key, is);
      draw();
      onChange();
    };
    draw();
    return { item, draw };
  }
}
