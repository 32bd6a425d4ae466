// @ts-check
// Precision, recall and F1 over all thresholds, all decisions together, with a mark where the threshold is.
import { el, fill } from "../../explorer/ui/dom.js";
import { highest } from "./metrics.js";
/** @import {TestSet} from "./types.js" */

const SVG = "http://www.w3.org/2000/svg";
const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [220, 34, 78, 10, 26]; // px; as wide as there is room
export const STEPS = 100; // thresholds; those of the slider
const LINES = /** @type {const} */ ([["precision", "Precision"], ["recall", "Recall"], ["f1", "F1"]]);

/** @typedef {Record<"precision" | "recall" | "f1", number[]>} Curves one value for each threshold at / STEPS */

/** @param {TestSet} test @param {boolean} single @returns {Curves} micro averages */
export function curvesOf({ n, classes, scores, truth }, single) {
  const [given, hits] = [new Float64Array(STEPS + 2), new Float64Array(STEPS + 2)];
  const count = (/** @type {number} */ at) => {
    // The last threshold that the score reaches; compared as decisions are, for 0.29 * 100 is below 29.
    let bin = Math.min(Math.floor(scores[at] * STEPS) + 1, STEPS);
    while (bin > 0 && scores[at] < bin / STEPS) bin--;
    given[bin]++;
    hits[bin] += truth[at];
  };
  for (let row = 0; row < n; row++) {
    if (single) count(row * classes + highest(scores, row * classes, classes));
    else for (let at = row * classes; at < (row + 1) * classes; at++) count(at);
  }
  let right = 0;
  for (const one of truth) right += one;
  /** @type {Curves} */
  const curves = { precision: [], recall: [], f1: [] };
  let [all, both] = [0, 0];
  for (let bin = STEPS; bin >= 0; bin--) {
    all += given[bin];
    both += hits[bin];
    curves.precision[bin] = all ? both / all : NaN; // without a decision there is none to be right
    curves.recall[bin] = right ? both / right : 0;
    curves.f1[bin] = right + all ? (2 * both) / (right + all) : 0;
  }
  return curves;
}

export function createCurve() {
  const svg = make("svg", { class: "ds-d-curve", role: "img" });
  const node = el("figure", { class: "ds-d-curve-figure" }, svg, el("figcaption", { class: "ds-d-note" }, "Micro averages of the test set over all thresholds; the line stands at yours."));
  let width = 640;
  /** @type {{curves: Curves, value: number} | null} */
  let now = null;
  const x = (/** @type {number} */ value) => LEFT + value * (width - LEFT - RIGHT);
  const y = (/** @type {number} */ value) => TOP + (1 - value) * (HEIGHT - TOP - BOTTOM);
  const line = make("line", { class: "ds-d-curve-mark", y1: TOP, y2: HEIGHT - BOTTOM });
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width < 1 || Math.abs(contentRect.width - width) < 1) return;
    width = contentRect.width;
    draw();
  }).observe(svg);

  return {
    node,
    /** @param {TestSet} test @param {boolean} single */
    show(test, single) {
      now = { curves: curvesOf(test, single), value: now?.value ?? 0 };
      draw();
    },
    /** @param {number} value @param {{precision: number, recall: number, f1: number}} at there */
    mark(value, at) {
      if (now) now.value = value;
      place();
      svg.setAttribute("aria-label", `At threshold ${value.toFixed(2)}: precision ${at.precision.toFixed(2)}, recall ${at.recall.toFixed(2)}, F1 ${at.f1.toFixed(2)}, all decisions together`);
    },
  };

  function place() {
    const at = String(x(now?.value ?? 0));
    line.setAttribute("x1", at);
    line.setAttribute("x2", at);
  }

  function draw() {
    if (!now) return;
    const { curves } = now;
    const ticks = [0, 0.25, 0.5, 0.75, 1];
    fill(svg,
      ...ticks.flatMap((tick) => [
        make("line", { class: "ds-d-curve-grid", x1: x(0), x2: x(1), y1: y(tick), y2: y(tick) }),
        make("text", { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, String(tick)),
        make("text", { x: x(tick), y: HEIGHT - 6, "text-anchor": "middle" }, String(tick)),
      ]),
      ...LINES.map(([key]) => make("path", { class: `ds-d-curve-line ds-d-curve-${key}`, d: path(curves[key].map((value, at) => [x(at / STEPS), Number.isFinite(value) ? y(value) : NaN])) })),
      line, ...labels(curves, x, y));
    place();
  }
}

/** Names at the ends of the lines, kept apart. @param {Curves} curves @param {(value: number) => number} x @param {(value: number) => number} y */
function labels(curves, x, y) {
  const last = (/** @type {number[]} */ values) => values.filter(Number.isFinite).at(-1) ?? 0;
  const ends = LINES.map(([key, name]) => ({ key, name, y: y(last(curves[key])) })).sort((a, b) => a.y - b.y);
  for (let at = 1; at < ends.length; at++) ends[at].y = Math.max(ends[at].y, ends[at - 1].y + 15);
  const over = Math.max((ends.at(-1)?.y ?? 0) - (HEIGHT - BOTTOM), 0);
  return ends.map(({ key, name, y: at }) => make("text", { class: `ds-d-curve-name ds-d-curve-${key}`, x: x(1) + 8, y: at + 4 - over }, name));
}

/** @param {number[][]} points */
function path(points) {
  return points.filter((point) => Number.isFinite(point[1])).map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** @param {string} tag @param {Record<string, string | number>} attributes @param {string} [text] */
function make(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}
