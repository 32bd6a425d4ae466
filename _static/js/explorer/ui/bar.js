// @ts-check
// The line above map and pictures: how many patches, by which filters, and how they are shown.
import { el, fill, icon } from "./dom.js";
import { createChips } from "./chips.js";
import { isEmpty } from "./edit.js";
import { number } from "./format.js";

/** @typedef {"map" | "both" | "gallery" | "together"} ViewName */

/** @type {[ViewName, string][]} */
const VIEWS = [["map", "Map"], ["both", "Both"], ["gallery", "Pictures"], ["together", "Label pairs"]];

/**
 * @param {HTMLElement} host
 * @param {any} manifest
 * @param {{fits: Record<ViewName, boolean>, onSelect: (selection: any) => void, onView: (view: ViewName) => void, onFilters: () => void}} how
 */
export function createBar(host, manifest, { fits, onSelect, onView, onFilters }) {
  const chips = createChips(manifest, { onSelect });
  const count = el("strong", { id: "ds-x-count" }, number(manifest.rows));
  const whole = el("span", {});
  const meter = el("span", { class: "ds-x-meter", "aria-hidden": "true" }, el("span", {}));
  const badge = el("span", { class: "ds-x-badge", hidden: true });
  const filters = el("button", { type: "button", class: "ds-x-button ds-x-drawer-only", id: "ds-x-open-filters", "aria-controls": "ds-x-filters", "aria-expanded": "false", onclick: onFilters },
    icon("filter"), "Filters", badge);
  const buttons = VIEWS.filter(([name]) => fits[name]).map(([name, text]) => el("button", {
    type: "button", "data-view": name, "aria-pressed": "false", onclick: () => onView(name),
  }, text));
  fill(host,
    el("div", { class: "ds-x-bar-line" },
      filters,
      el("p", { class: "ds-x-total" }, count, whole, meter),
      el("div", { class: "ds-x-switch", role: "group", "aria-label": "Show as" }, ...buttons)),
    chips.node);
  return { update, showView, filters, destroy: () => host.replaceChildren() };

  /** @param {any} selection @param {any} result null while it is counted */
  function update(selection, result) {
    chips.update(selection);
    const filtered = !isEmpty(selection);
    const conditions = chips.node.querySelectorAll(".ds-x-chip").length;
    badge.hidden = !conditions;
    badge.textContent = String(conditions);
    host.classList.toggle("ds-x-counting", !result);
    if (!result) return;
    count.textContent = number(result.count);
    whole.textContent = filtered ? ` of ${number(manifest.rows)} patches` : manifest.rows === 1 ? " patch" : " patches";
    meter.hidden = !filtered;
    meter.style.setProperty("--ds-x-bar", String(manifest.rows ? result.count / manifest.rows : 0));
  }

  /** @param {string} view */
  function showView(view) {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
}
