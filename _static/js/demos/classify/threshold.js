// @ts-check
// The threshold, and how good the decisions of the whole test set are with it.
import { el, fill } from "../../explorer/ui/dom.js";
import { counted, number } from "../../explorer/ui/format.js";
import { createCurve } from "./curve.js";
import { averagePrecision, column, decide, summarise } from "./metrics.js";
/** @import {ModelEntry, TestSet} from "./types.js" */

const AVERAGES = /** @type {const} */ ([
  ["micro", "All decisions together (micro)"], ["macro", "Mean over classes (macro)"], ["samples", "Mean over patches (samples)"],
]);
const MEASURES = /** @type {const} */ (["precision", "recall", "f1", "f2"]);
const NAMES = ["Precision", "Recall", "F1", "F2"];

/** @param {HTMLElement} host @param {{onChange: () => void}} how */
export function createThreshold(host, { onChange }) {
  const slider = el("input", { type: "range", min: 0, max: 1, step: 0.01, class: "ds-d-slider", "aria-label": "Threshold", oninput: soon });
  const shown = el("output", { class: "ds-d-threshold-value" });
  const reset = el("button", { type: "button", class: "ds-d-button", onclick: () => set(model.threshold) });
  const curve = createCurve();
  const body = el("tbody", {});
  const rule = el("p", { class: "ds-d-note" });
  const each = el("tbody", {});
  const fold = el("details", { class: "ds-d-fold", ontoggle: drawEach }, el("summary", {}, "Each class"),
    el("div", { class: "ds-d-scroll", tabindex: "0", role: "region", "aria-label": "Measures of each class" }, el("table", { class: "ds-d-table" }, el("caption", { class: "ds-d-sr" }, "Measures of each class at this threshold"), head("Class", "Patches", "Given", ...NAMES, "AP"), each)));
  host.append(
    el("div", { class: "ds-d-tools" }, el("label", { class: "ds-d-labelled ds-d-grow" }, el("span", {}, "Threshold"), slider), shown, reset),
    el("div", { class: "ds-d-scroll", tabindex: "0", role: "region", "aria-label": "Measures" }, el("table", { class: "ds-d-table" }, el("caption", { class: "ds-d-sr" }, "Measures of the test set at this threshold"), head("Average"), body)),
    curve.node, rule, fold);
  /** @type {ModelEntry} */
  let model;
  /** @type {TestSet} */
  let test;
  /** @type {Uint8Array} */
  let given;
  /** @type {import("./metrics.js").Summary} */
  let summary;
  /** @type {number[] | null} average precision of each class; sorting takes its time, so it waits until one looks */
  let precisions = null;
  let asked = 0;

  return {
    value: () => Number(slider.value),
    decided: () => given,
    /** @param {ModelEntry} next @param {TestSet} set */
    show(next, set) {
      [model, test] = [next, set];
      precisions = null;
      slider.value = String(model.threshold);
      reset.textContent = `Back to ${Number(model.threshold.toFixed(2))}`;
      curve.show(test, model.activation === "softmax");
      draw();
    },
  };

  /** @param {number} value */
  function set(value) {
    slider.value = String(value);
    soon();
  }

  /** Once for each picture of the screen, however fast the hand is. */
  function soon() {
    shown.textContent = Number(slider.value).toFixed(2);
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => {
      draw();
      onChange();
    });
  }

  function draw() {
    const value = Number(slider.value);
    const single = model.activation === "softmax";
    given = decide(test, value, single);
    summary = summarise(test, given);
    shown.textContent = value.toFixed(2);
    const counts = given.reduce((sum, one) => sum + one, 0);
    fill(body, ...AVERAGES.map(([key, title]) => el("tr", {}, el("th", { scope: "row" }, title), ...MEASURES.map((one) => el("td", { "data-value": summary[key][one] }, summary[key][one].toFixed(3))))));
    rule.textContent = `${single ? "The class with the highest score is given, if it reaches the threshold" : "Every class whose score reaches the threshold is given"}: ${counted(counts, "label", "labels")} for ${counted(test.n, "patch", "patches")}. A value that would divide by zero counts as 0.`;
    drawEach();
    curve.mark(value, summary.micro);
  }

  function drawEach() {
    if (!fold.open) return;
    precisions ??= model.classes.map((_, at) => averagePrecision(column(test.truth, test.classes, at), column(test.scores, test.classes, at)));
    const found = precisions;
    const order = model.classes.map((_, at) => at).sort((a, b) => summary.classes[b].support - summary.classes[a].support || a - b);
    fill(each, ...order.map((at) => {
      const one = summary.classes[at];
      return el("tr", {}, el("th", { scope: "row" }, model.classes[at]), el("td", {}, number(one.support)), el("td", {}, number(one.given)),
        ...MEASURES.map((key) => el("td", { "data-value": one[key] }, one[key].toFixed(3))), el("td", { "data-value": found[at] }, found[at].toFixed(3)));
    }));
  }
}

/** @param {string} first @param {string[]} others */
function head(first, ...others) {
  return el("thead", {}, el("tr", {}, ...[first, ...(others.length ? others : NAMES)].map((name) => el("th", { scope: "col" }, name))));
}
