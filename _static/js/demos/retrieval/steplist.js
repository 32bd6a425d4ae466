// @ts-check
// How the results were found, step by step, with the descriptor drawn as bars.
import { el, fill } from "../../explorer/ui/dom.js";
import { explained } from "./explained.js";
import { spark } from "./spark.js";

/** @param {HTMLElement} host @param {number} rows of the data set */
export function createStepList(host, rows) {
  return {
    /** @param {import("./session.js").Outcome} outcome */
    show(outcome) {
      const steps = explained(outcome, rows);
      const { vector, more, less } = outcome;
      const name = more.length || less.length ? "The moved descriptor" : "The descriptor";
      fill(host,
        el("h3", { class: "ds-d-headline" }, "How they were found"),
        vector ? el("figure", { class: "ds-d-spark-figure" }, spark(vector, `${name}, ${vector.length} numbers as bars`), el("figcaption", { class: "ds-d-note" }, `${name}: ${vector.length} numbers, above or below zero.`)) : null,
        el("ol", { class: "ds-d-step-list" }, ...steps.map(({ title, text }) => el("li", {}, el("strong", {}, title), " ", text))));
    },
  };
}
