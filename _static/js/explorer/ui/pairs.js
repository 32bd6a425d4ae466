// @ts-check
// Which labels occur together in the selection: a table whose cells are shaded by how often.
import { el, fill } from "./dom.js";
import { counted, number } from "./format.js";

const MOST = 20; // classes that fit a page
const STEPS = 6;

/**
 * @param {HTMLElement} host
 * @param {any} manifest
 * @param {{onPick: (keys: string[]) => void}} how
 */
export function createPairs(host, manifest, { onPick }) {
  const terms = manifest.columns.find((/** @type {any} */ column) => column.name === "labels")?.terms ?? [];
  return { update, destroy: () => host.replaceChildren() };

  /** @param {any} result of select */
  function update(result) {
    const pairs = result?.pairs;
    if (!pairs) return void fill(host, el("p", { class: "ds-x-note ds-x-centre" }, "Counting the labels\u2026"));
    const width = pairs.terms.length;
    const at = (/** @type {number} */ row, /** @type {number} */ column) => pairs.values[row * width + column];
    const places = pairs.terms.map((/** @type {number} */ _, /** @type {number} */ place) => place);
    const order = places.filter((/** @type {number} */ place) => at(place, place) > 0);
    order.sort((/** @type {number} */ a, /** @type {number} */ b) => at(b, b) - at(a, a) || a - b);
    const shown = order.slice(0, MOST);
    if (!shown.length) return void fill(host, el("p", { class: "ds-x-note ds-x-centre" }, "No patch of the selection has a label."));
    const name = (/** @type {number} */ place) => terms[pairs.terms[place]].name;
    const key = (/** @type {number} */ place) => terms[pairs.terms[place]].key;
    const head = el("tr", {}, el("th", { scope: "col" }, "Of the patches with"), el("th", { scope: "col", class: "ds-x-number" }, "Patches"),
      ...shown.map((/** @type {number} */ place) => el("th", { scope: "col", class: "ds-x-turned" }, el("span", { title: name(place) }, name(place)))));
    const rows = shown.map((/** @type {number} */ row) => el("tr", {},
      el("th", { scope: "row" }, name(row)), el("td", { class: "ds-x-number" }, number(at(row, row))),
      ...shown.map((/** @type {number} */ column) => cell(row, column))));
    fill(host,
      el("div", { class: "ds-x-pairs-text" },
        el("h2", {}, "Labels that occur together"),
        el("p", { class: "ds-x-note" }, "Each row: of the selected patches with this label, how many percent also have the label of the column. Press a cell to filter for both."
          + (order.length > MOST ? ` The ${MOST} most frequent of ${order.length} labels.` : ""))),
      el("div", { class: "ds-x-scroll", tabindex: 0, role: "region", "aria-label": "Table of label pairs" },
        el("table", { class: "ds-x-table ds-x-heat" }, el("thead", {}, head), el("tbody", {}, ...rows))));

    /** @param {number} row @param {number} column */
    function cell(row, column) {
      if (row === column) return el("td", { class: "ds-x-self" });
      const count = at(row, column);
      const part = count / at(row, row);
      const step = count ? Math.min(STEPS, 1 + Math.floor(part * STEPS)) : 0;
      const percent = part < 0.005 ? "<1" : String(Math.round(100 * part));
      const said = `${percent} % of ${name(row)} also have ${name(column)}: ${counted(count, "patch", "patches")}`;
      return el("td", { class: `ds-step-${step}` }, el("button", {
        type: "button", title: said, "aria-label": said, disabled: count === 0, onclick: () => onPick([key(row), key(column)]),
      }, count ? percent : ""));
    }
  }
}
