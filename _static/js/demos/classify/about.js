// @ts-check
// Which model it is, what it was trained on, and how its test set is made; with a choice where there are several.
import { el, fill } from "../../explorer/ui/dom.js";
import { counted } from "../../explorer/ui/format.js";
/** @import {ModelEntry, TestSet} from "./types.js" */

/** @param {HTMLElement} host @param {ModelEntry[]} models @param {{onModel: (model: ModelEntry) => void}} how */
export function createAbout(host, models, { onModel }) {
  const select = el("select", { class: "ds-d-field", onchange: () => onModel(models[select.selectedIndex]) }, ...models.map(({ name, title }) => el("option", { value: name }, title)));
  const line = el("p", { class: "ds-d-note" });
  const list = el("dl", { class: "ds-d-facts" });
  const choice = models.length > 1
    ? el("label", { class: "ds-d-labelled" }, el("span", {}, "Model"), select)
    : el("p", { class: "ds-d-model" }, models[0].title);
  host.append(choice, line, el("details", { class: "ds-d-fold" }, el("summary", {}, "How it was trained"), list));
  return {
    /** @param {ModelEntry} model @param {TestSet} test */
    show(model, test) {
      select.value = model.name;
      const { bands, size } = model.input;
      const kind = model.activation === "sigmoid" ? "any number of labels" : "one label";
      line.textContent = `Reads ${counted(bands.length, "band", "bands")} of ${size[1]} \u00d7 ${size[0]} pixels (${bands.join(", ")}) and gives ${kind} of ${counted(model.classes.length, "class", "classes")}. ${test.n ? `Tested on ${counted(test.n, "patch", "patches")} that it was not trained on.` : "It has no stored scores of a test set."}`;
      fill(list, ...factsOf(model).map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))));
    },
  };
}

/** @param {ModelEntry} model @returns {[string, string][]} */
function factsOf({ provenance, training, parity, quantised }) {
  /** @type {[string, string][]} */
  const facts = [];
  const add = (/** @type {string} */ key, /** @type {unknown} */ value) => {
    if (/(^|, )(name|title|parity)$/.test(key)) return; // said elsewhere
    if (typeof value === "string" || typeof value === "number") facts.push([worded(key), typeof value === "number" ? String(Number(value.toPrecision(4))) : value]);
    else if (Array.isArray(value) && value.every((one) => typeof one === "string")) facts.push([worded(key), value.join("; ")]);
    else if (value && typeof value === "object" && !Array.isArray(value)) for (const [inner, one] of Object.entries(value)) add(`${key}, ${inner}`, one);
  };
  for (const [key, value] of Object.entries({ ...training, ...provenance })) add(key, value);
  if (typeof parity === "number") facts.push(["Largest difference of a score, ONNX against training", parity.toExponential(1)]);
  if (quantised) facts.push(["Numbers of the model", "8 bits (quantised)"]);
  return facts;
}

/** @param {string} key of the provenance */
const worded = (key) => key === "sha256" ? "SHA-256 of the model" : key.charAt(0).toUpperCase() + key.slice(1).replaceAll("_", " ");
