// @ts-check
// Which band of the file is which band of the model: a list of choices, with known orders to take all at once.
import { el, fill } from "../../explorer/ui/dom.js";
import { ordersFor, placesIn } from "./bands.js";
/** @import {Input, Raster, Sensor} from "./types.js" */

/** @param {{onChange: () => void}} how */
export function createBandTable({ onChange }) {
  const order = el("select", { class: "ds-d-field" });
  const orders = el("label", { class: "ds-d-labelled" }, el("span", {}, "Known order"), order);
  const list = el("div", { class: "ds-d-bands" });
  const summary = el("summary", {}, "Bands");
  const details = el("details", { class: "ds-d-fold" }, summary, orders, list);
  /** @type {HTMLSelectElement[]} */
  let selects = [];

  return {
    node: details,
    /** @returns {(number | null)[]} band of the file, from 0, for each of the model */
    places: () => selects.map(({ value }) => (value === "" ? null : Number(value))),
    /** @param {Raster} raster @param {Input} input @param {Sensor | undefined} sensor @param {import("./bands.js").Mapping} mapping */
    show(raster, input, sensor, mapping) {
      const options = raster.bands.map(({ name }, at) => [String(at), name ? `${at + 1}: ${name}` : `Band ${at + 1}`]);
      selects = input.bands.map((_, at) => {
        const select = el("select", { class: "ds-d-field", onchange: onChange }, el("option", { value: "" }, "not chosen"),
          ...options.map(([value, text]) => el("option", { value }, text)));
        select.value = mapping.places[at] === null ? "" : String(mapping.places[at]);
        return select;
      });
      fill(list, ...input.bands.map((name, at) => {
        const about = sensor?.bands.find((band) => band.name === name)?.description;
        return el("label", { class: "ds-d-labelled" }, el("span", {}, about ? `${name}, ${about.toLowerCase()}` : name), selects[at]);
      }));
      const known = ordersFor(raster.bands.length, input.bands);
      orders.hidden = !known.length;
      fill(order, el("option", { value: "" }, "choose\u2026"), ...known.map(({ title }, at) => el("option", { value: at }, title)));
      order.onchange = () => {
        const chosen = known[Number(order.value)];
        if (order.value === "" || !chosen) return;
        placesIn(chosen, input.bands).forEach((place, at) => (selects[at].value = String(place)));
        onChange();
      };
      summary.textContent = `Bands: ${mapping.places.filter((place) => place !== null).length} of ${input.bands.length} found`;
      details.open = !mapping.fits;
    },
  };
}
