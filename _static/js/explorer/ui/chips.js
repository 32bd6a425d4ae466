// @ts-check
// Every condition of the selection as a chip that takes it away.
import { el, fill, icon } from "./dom.js";
import { conditions } from "./edit.js";

const SAID = { any: "", all: "all of", none: "none of" };

/**
 * @param {any} manifest
 * @param {{onSelect: (selection: any) => void}} how
 */
export function createChips(manifest, { onSelect }) {
  const list = el("ul", { class: "ds-x-chips", "aria-label": "Active filters" });
  return { node: list, update };

  /** @param {any} selection */
  function update(selection) {
    const found = conditions(selection, manifest.columns);
    const old = Array.from(list.querySelectorAll("button"));
    const focused = old.indexOf(/** @type {any} */ (document.activeElement));
    fill(list, ...found.map((condition) => {
      const { column, id, role, title, text, without } = condition;
      const asked = SAID[/** @type {keyof typeof SAID} */ (role)];
      return el("li", {}, el("button", {
        type: "button", class: `ds-x-chip ds-x-chip-${role}`, "data-condition": id, "data-column": column,
        title: "Remove this filter", onclick: () => onSelect(without),
      }, el("span", { class: "ds-x-sr" }, "Remove the filter "), el("span", { class: "ds-x-chip-title" }, asked ? `${title}, ${asked}` : title), " ", el("span", { class: "ds-x-chip-text" }, text), icon("close")));
    }), found.length > 1
      ? el("li", {}, el("button", { type: "button", class: "ds-x-clear", id: "ds-x-clear", onclick: () => onSelect({}) }, "Clear all"))
      : null);
    list.hidden = !found.length;
    // Whoever removes chips by keyboard goes on with the next one.
    if (focused >= 0) {
      const now = Array.from(list.querySelectorAll("button"));
      (now[Math.min(focused, now.length - 1)] ?? document.getElementById("ds-x-main"))?.focus();
    }
  }
}
