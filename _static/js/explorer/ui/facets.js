// @ts-check
// The panel of filters: one facet for each column of the manifest, and where and what it is called.
import { el, fill, icon } from "./dom.js";
import { createDates } from "./facet-dates.js";
import { createList } from "./facet-list.js";
import { createPlace } from "./facet-place.js";
import { createText } from "./facet-text.js";
import { number } from "./format.js";

const OPEN = new Set(["labels", "split", "season", "date"]); // the others are folded, unless they filter

/**
 * @param {HTMLElement} host
 * @param {any} manifest
 * @param {{onSelect: (selection: any, how?: {step: boolean}) => void, onTool: (tool: "box" | "lasso") => void, onClose: () => void}} how
 */
export function createFacets(host, manifest, { onSelect, onTool, onClose }) {
  const text = createText({ onSelect });
  const columns = manifest.columns.filter((/** @type {any} */ column) => column.kind !== "day" || column.values.length);
  const facets = columns.map((/** @type {any} */ column) => {
    const how = { open: OPEN.has(column.name), onSelect };
    return { name: column.name, facet: column.kind === "day" ? createDates(column, how) : createList(column, how) };
  });
  const place = manifest.positions ? createPlace({ open: false, onSelect, onTool }) : null;
  const done = el("button", { type: "button", class: "ds-x-icon-button ds-x-drawer-only", "aria-label": "Close the filters", onclick: onClose }, icon("close"));
  const show = el("button", { type: "button", class: "ds-x-button ds-x-button-strong ds-x-drawer-only ds-x-show", onclick: onClose });
  fill(host,
    el("div", { class: "ds-x-filters-head" }, el("p", { class: "ds-x-filters-title" }, "Filters"), done),
    text.node, ...facets.map((/** @type {any} */ each) => each.facet.node), ...(place ? [place.node] : []), show);
  let first = true;
  return { update, destroy: () => host.replaceChildren() };

  /** @param {any} selection @param {any} result null while counts are not there */
  function update(selection, result) {
    text.update(selection);
    place?.update(selection);
    for (const { name, facet } of facets) {
      if (first && selection.filters?.[name]) facet.show(true);
      facet.update(selection, result);
    }
    if (first && place && (selection.box || selection.lasso)) place.show(true);
    first = false;
    show.textContent = result ? `Show ${number(result.count)} patches` : "Show the patches";
  }
}
