// @ts-check
/**
 * Recomputes measures of scores while a slider scales them; without it the table of a few factors stands as it is.
 *
 * A classic script, because a browser loads no module from file://. The definitions are those of dsdocs.metrics.
 */
(function () {
  "use strict";

  /** @typedef {number[][]} Cells rows of one value for each label; one row for each sample */
  /** @typedef {"micro" | "macro" | "samples"} Average */

  /** @param {number[]} values */
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  /** @param {number[]} values */
  const mean = (values) => sum(values) / values.length;

  /**
   * Rows that one value each is computed from: all cells, a label, or a sample.
   * @param {Cells} cells
   * @param {Average} average
   * @returns {Cells}
   */
  function arranged(cells, average) {
    if (average === "micro") return [cells.flat()];
    return average === "samples" ? cells : cells[0].map((_, label) => cells.map((row) => row[label]));
  }

  /**
   * Average precision of one list; equal scores are one threshold, a list without a positive counts as 0.
   * @param {number[]} truth
   * @param {number[]} scores
   */
  function oneList(truth, scores) {
    const order = truth.map((_, index) => index).sort((a, b) => scores[b] - scores[a]);
    const positives = sum(truth);
    let hits = 0;
    let before = 0;
    let total = 0;
    order.forEach((index, rank) => {
      hits += truth[index];
      const last = rank + 1 === order.length || scores[order[rank + 1]] !== scores[index];
      if (!last) return;
      total += ((hits - before) * hits) / (rank + 1);
      before = hits;
    });
    return positives ? total / positives : 0;
  }

  /** @param {Cells} truth @param {Cells} scores @param {Average} average */
  function averagePrecision(truth, scores, average) {
    const values = arranged(scores, average);
    return mean(arranged(truth, average).map((row, place) => oneList(row, values[place])));
  }

  /** @param {number} part @param {number} whole */
  const ratio = (part, whole) => (whole ? part / whole : 0);

  /**
   * Precision, recall and F of decisions; what would divide by zero is 0.
   * @param {Cells} truth
   * @param {Cells} given
   * @param {Average} average
   * @param {number} beta
   */
  function precisionRecallF(truth, given, average, beta) {
    const predicted = arranged(given, average);
    const rows = arranged(truth, average).map((row, place) => ({
      hits: sum(row.map((value, index) => value * predicted[place][index])),
      right: sum(row),
      given: sum(predicted[place]),
    }));
    return {
      precision: mean(rows.map((row) => ratio(row.hits, row.given))),
      recall: mean(rows.map((row) => ratio(row.hits, row.right))),
      f: mean(rows.map((row) => ratio((1 + beta ** 2) * row.hits, beta ** 2 * row.right + row.given))),
    };
  }

  /** @param {Cells} truth @param {Cells} given */
  function hammingLoss(truth, given) {
    return mean(truth.flatMap((row, place) => row.map((value, label) => Number(value !== given[place][label]))));
  }

  /**
   * Every measure of scores at a threshold, by the name that the table gives it.
   * @param {Cells} truth
   * @param {Cells} scores
   * @param {number} threshold
   * @returns {Record<string, number>}
   */
  function measures(truth, scores, threshold) {
    const given = scores.map((row) => row.map((score) => Number(score >= threshold)));
    const micro = precisionRecallF(truth, given, "micro", 1);
    return {
      "AP, micro": averagePrecision(truth, scores, "micro"),
      "AP, macro": averagePrecision(truth, scores, "macro"),
      "AP, samples": averagePrecision(truth, scores, "samples"),
      "Precision, micro": micro.precision,
      "Recall, micro": micro.recall,
      "F1, micro": micro.f,
      "F1, macro": precisionRecallF(truth, given, "macro", 1).f,
      "F1, samples": precisionRecallF(truth, given, "samples", 1).f,
      "F2, micro": precisionRecallF(truth, given, "micro", 2).f,
      "Hamming loss": hammingLoss(truth, given),
    };
  }

  /** @param {number} value with three digits */
  const shown = (value) => value.toFixed(3);

  /**
   * A change for a reader: nothing where the digits that are shown do not change.
   * @param {number} value
   * @param {number} from
   */
  function change(value, from) {
    const difference = Number(shown(value)) - Number(shown(from));
    if (Math.abs(difference) < 5e-4) return "unchanged";
    return `${difference < 0 ? "\u2212" : "+"}${shown(Math.abs(difference))}`;
  }

  /** @param {string | undefined} text @returns {Cells} */
  const parsed = (text) => (text || "").split(";").map((row) => row.split(" ").map(Number));

  /** @param {HTMLElement} panel */
  function wire(panel) {
    const [truth, scores] = [parsed(panel.dataset.dsTruth), parsed(panel.dataset.dsScores)];
    const threshold = Number(panel.dataset.dsThreshold);
    const slider = panel.querySelector("input");
    const output = panel.querySelector("output");
    if (!slider || !output) return;
    const first = measures(truth, scores, threshold);
    const show = () => {
      const factor = Number(slider.value);
      output.textContent = `× ${factor.toFixed(2)}`;
      const found = measures(truth, scores.map((row) => row.map((score) => score * factor)), threshold);
      for (const row of panel.querySelectorAll("tr[data-ds-measure]")) {
        const name = row.getAttribute("data-ds-measure") || "";
        if (!Object.prototype.hasOwnProperty.call(found, name)) continue; // its value stays as it was written
        const [bar, value, note] = row.querySelectorAll("span");
        bar.style.setProperty("--ds-share", found[name].toFixed(4));
        value.textContent = shown(found[name]);
        note.textContent = factor === 1 ? "" : change(found[name], first[name]);
      }
    };
    slider.addEventListener("input", show);
    const control = panel.querySelector(".ds-slider");
    if (control) control.removeAttribute("hidden");
    show();
  }

  function main() {
    for (const panel of document.querySelectorAll(".ds-scaling-panel")) wire(/** @type {HTMLElement} */ (panel));
  }

  if (typeof module !== "undefined") module.exports = { averagePrecision, change, hammingLoss, measures, precisionRecallF };
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", main);
  else main();
})();
