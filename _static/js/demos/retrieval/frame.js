// @ts-check
// The parts of the demo and where each stands.
import { el, fill } from "../../explorer/ui/dom.js";

/** @param {HTMLElement} stage */
export function createFrame(stage) {
  const make = (/** @type {string} */ name, /** @type {Record<string, any>} */ attributes = {}) => el("div", { class: `ds-d-${name}`, ...attributes });
  const [query, picker, own, only, choices, results, marks, map, steps] = [
    make("query"), make("picker"), make("own-place"), make("only-place"), make("choices"), make("results"), make("marks-place", { tabindex: -1 }), make("map"), make("steps"),
  ];
  const headline = el("h3", { class: "ds-d-headline", tabindex: -1 });
  const found = el("div", { class: "ds-d-outcome", hidden: true },
    el("section", { class: "ds-d-list", "aria-label": "Similar patches" }, headline, marks, results),
    el("div", { class: "ds-d-beside" },
      el("section", { class: "ds-d-map-place", "aria-label": "Map" }, map),
      el("section", { class: "ds-d-steps-place", "aria-label": "How they were found" }, steps)));
  const root = el("div", { class: "ds-d-r" },
    el("div", { class: "ds-d-ask-place" }, query, el("div", { class: "ds-d-controls" }, picker, choices, own)), only, found);
  fill(stage, root);
  return {
    query, picker, own, only, choices, results, marks, map, steps,
    /** @param {boolean} is there is something to show */
    asked: (is) => (found.hidden = !is),
    /** @param {string} text */
    headline: (text) => (headline.textContent = text),
    /** @param {boolean} is */
    busy: (is) => found.setAttribute("aria-busy", String(is)),
    /** Who has chosen a result goes on with what it gave. */
    top() {
      headline.focus({ preventScroll: true });
      root.scrollIntoView({ block: "start" });
    },
  };
}
