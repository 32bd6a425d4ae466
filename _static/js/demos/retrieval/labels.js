// @ts-check
/** Labels as chips; those that a result shares with the query have a tick and a frame, and are a list of their own. */
import { el } from "../../explorer/ui/dom.js";
import { compared } from "./common.js";

/** @param {string[] | null | undefined} labels @param {string[] | null} [asked] labels of the query; null: these are its own */
export function labelChips(labels, asked = null) {
  if (labels === undefined) return null; // the data set has none at all
  if (!labels?.length) return el("p", { class: "ds-d-note" }, "No labels");
  const { labels: all, shared } = compared(asked, labels);
  const list = (/** @type {string} */ kind, /** @type {string} */ name, /** @type {any[]} */ items) => (items.length ? el("ul", { class: kind, role: "list", "aria-label": name, title: kind === "ds-d-others" ? items.map((one) => one.name).join(", ") : null }, ...items.map(item)) : null);
  if (!asked) return list("ds-d-chips", "Labels", all);
  return el("div", { class: "ds-d-labels" }, list("ds-d-chips", "Labels in common", all.slice(0, shared)), list("ds-d-others", shared ? "Other labels" : "Labels", all.slice(shared)));
}

/** @param {{name: string, common: boolean}} label */
function item({ name, common }) {
  return el("li", { class: common ? "ds-d-chip ds-d-common" : "ds-d-chip" }, common ? el("span", { "aria-hidden": "true" }, "\u2713\u00a0") : null, name);
}
