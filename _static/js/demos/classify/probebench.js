// @ts-check
// Marking examples, training on them, and what came of it.
import { el, fill } from "../../explorer/ui/dom.js";
import { counted, number } from "../../explorer/ui/format.js";
import { createMarkable } from "./markable.js";
import { averagePrecision } from "./metrics.js";
import { decisions, drawn, LAMBDA, SEED, train } from "./probe.js";
import { createTiles } from "../core/tiles.js";
/** @import {Embeddings} from "./embeddings.js" */

const [SHOWN, FOUND, ASSUMED] = [12, 12, 4];

/**
 * @param {HTMLElement} host @param {any} explorer @param {import("../../explorer/gallery/source.js").Pictures} pictures
 * @param {Embeddings} held @param {{say: (text: string) => void, problem: (error: unknown, what: string) => void}} how
 */
export function createProbeBench(host, explorer, pictures, held, { say, problem }) {
  const n = held.rows.length;
  const counts = held.classes.map((_, at) => count((place) => held.has(place, at) === true));
  const order = held.classes.map((_, at) => at).filter((at) => counts[at] > 1).sort((a, b) => counts[b] - counts[a] || a - b);
  const select = el("select", { class: "ds-d-field", onchange: forget }, ...order.map((at) => el("option", { value: at }, `${held.classes[at]} (${number(counts[at])})`)));
  select.value = String(order[Math.min(2, order.length - 1)]); // the most frequent classes are nearly everywhere
  const markable = createMarkable(pictures, { onChange: marked });
  const more = el("button", { type: "button", class: "ds-d-button", onclick: () => offer(round + 1) }, "Other patches");
  const byLabel = el("button", { type: "button", class: "ds-d-button", onclick: markByLabel }, "Mark these by their labels");
  const clear = el("button", { type: "button", class: "ds-d-button", onclick: forget }, "Forget all marks");
  const go = el("button", { type: "button", class: "ds-d-button ds-d-button-strong", onclick: learn }, "Train");
  const status = el("p", { class: "ds-d-note", role: "status" });
  const result = el("div", { class: "ds-d-probe-result" });
  const target = () => Number(select.value);
  let round = 0;

  fill(host,
    el("div", { class: "ds-d-tools" }, el("label", { class: "ds-d-labelled" }, el("span", {}, "Class that the examples stand for"), select), more, byLabel, clear),
    markable.node, el("div", { class: "ds-d-tools" }, go, status), result);
  if (!order.length) {
    fill(host, el("p", { class: "ds-d-note" }, "No class has two patches among those with embeddings."));
    return;
  }
  offer(0);
  marked();

  /** Show patches to mark: a third of them with the class, so that there is something to choose. @param {number} next */
  function offer(next) {
    round = next;
    const taken = new Set([...markable.marks().keys()]);
    const without = new Set([...taken, ...places((place) => held.has(place, target()) !== true)]);
    const some = drawn(n, SHOWN / 3, without, SEED + round);
    const rest = drawn(n, SHOWN - some.length, new Set([...taken, ...some]), SEED + 1000 + round);
    const shown = [...some, ...rest].sort((a, b) => a - b);
    markable.show(shown.map((place) => ({ key: place, row: held.rows[place] })), said);
  }

  /** @param {number} place */
  function said(place) {
    const names = held.classes.filter((_, at) => held.has(place, at));
    return names.join(", ") || "no label";
  }

  function markByLabel() {
    markable.mark((place) => held.has(place, target()));
    say("Marked by their labels");
  }

  function forget() {
    markable.forget();
    fill(result);
    offer(0);
    marked();
  }

  function marked() {
    const { likes, others } = sides();
    go.disabled = !likes.length;
    status.textContent = likes.length
      ? `${counted(likes.length, "example", "examples")}, ${counted(others.length, "counter-example", "counter-examples")}.${others.length ? "" : ` Without counter-examples, ${ASSUMED} patches for each example are drawn and taken for some.`}`
      : "Mark at least one example.";
  }

  /** @returns {{likes: number[], others: number[]}} */
  function sides() {
    const marks = [...markable.marks()].sort(([a], [b]) => a - b);
    return { likes: marks.filter(([, is]) => is).map(([place]) => place), others: marks.filter(([, is]) => !is).map(([place]) => place) };
  }

  function learn() {
    try {
      const { likes, others } = sides();
      const assumed = others.length ? [] : drawn(n, ASSUMED * likes.length, new Set(likes));
      const used = new Set([...likes, ...others, ...assumed]);
      const scores = decisions(train(held.x, held.dimensions, likes, [...others, ...assumed]), held.x);
      const rest = places((place) => !used.has(place) && held.has(place, target()) !== null);
      show(rest, scores, assumed.length);
    } catch (error) {
      problem(error, "The probe could not be trained");
    }
  }

  /** @param {number[]} rest @param {Float64Array} scores @param {number} assumed */
  function show(rest, scores, assumed) {
    const truth = rest.map((place) => (held.has(place, target()) ? 1 : 0));
    const positives = truth.filter(Boolean).length;
    const ap = averagePrecision(truth, rest.map((place) => scores[place]));
    const best = rest.slice().sort((a, b) => scores[b] - scores[a] || a - b).slice(0, FOUND);
    const right = best.filter((place) => held.has(place, target())).length;
    const name = held.classes[target()];
    const tiles = createTiles(explorer, pictures, { label: "Patches that the probe ranks first", pressed: false, onPick: (_, key) => markable.add({ key, row: held.rows[key] }, said(key)) });
    tiles.show(best.map((place) => ({ key: place, row: held.rows[place] })), null, (place) => `${held.has(place, target()) ? "Has it" : "Has it not"}: ${said(place)}`);
    const words = `Average precision on the other ${counted(rest.length, "patch", "patches")}: ${ap.toFixed(3)}. A ranking by chance reaches about ${(positives / rest.length).toFixed(3)}, the share of patches with \u201c${name}\u201d.`;
    fill(result,
      el("p", { class: "ds-d-headline", "data-ap": ap }, words),
      el("p", { class: "ds-d-note" }, `Of the ${counted(best.length, "patch", "patches")} that it ranks first, ${number(right)} ${right === 1 ? "has" : "have"} the label. Choose one to put it among those to mark.`),
      tiles.node,
      el("details", { class: "ds-d-fold" }, el("summary", {}, "How it is computed"),
        el("p", { class: "ds-d-note" }, `Logistic regression with an L2 penalty: the weights w and the bias b minimise the mean of log(1 + exp(\u2212y (w \u00b7 x + b))) over examples (y = 1) and counter-examples (y = \u22121), each side counting one half, plus \u03bb/2 |w|\u00b2 with \u03bb = ${LAMBDA}. x is the embedding, standardised over ${counted(n, "patch", "patches")} and scaled to the length of the root of its ${held.dimensions} dimensions. The problem has one solution, which Newton\u2019s method finds; ${assumed ? `${counted(assumed, "counter-example was", "counter-examples were")} drawn with seed ${SEED}.` : "nothing in it is random."} The average precision is that of dsdocs.metrics; patches that were marked do not count.${held.total > n ? ` Embeddings of ${number(n)} of ${counted(held.total, "patch", "patches")} are used.` : ""}`)));
    say(words);
  }

  /** @param {(place: number) => boolean} holds */
  function places(holds) {
    return Array.from({ length: n }, (_, place) => place).filter(holds);
  }

  /** @param {(place: number) => boolean} holds */
  function count(holds) {
    return places(holds).length;
  }
}
