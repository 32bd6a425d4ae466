// @ts-check
// The occlusion map: made on demand, with progress and a way to stop, and drawn over the picture.
import { el, fill } from "../../explorer/ui/dom.js";
import { covers, occlusion } from "./occlusion.js";
import { drawDrops, rangeOf, whereMost } from "./heat.js";
/** @import {ModelEntry} from "./types.js" */

const SHARES = /** @type {const} */ ([["coarse, quick", 4], ["medium", 6], ["fine, slow", 10]]); // squares along the shorter side

/** @typedef {{tensor: Float32Array, scores: Float32Array, name: string}} Looked */

/**
 * @param {HTMLElement} host
 * @param {{runner: {scores: (tensor: Float32Array) => Promise<Float32Array>}, picture: {copy: () => HTMLElement | null},
 *   say: (text: string) => void, problem: (error: unknown, what: string) => void}} how
 */
export function createLookedAt(host, { runner, picture, say, problem }) {
  const idle = el("p", { class: "ds-d-note" }, "Run the model on a patch, or on a picture of your own, to make such a map.");
  const target = el("select", { class: "ds-d-field" });
  const detail = el("select", { class: "ds-d-field" }, ...SHARES.map(([name], at) => el("option", { value: at, selected: at === 1 }, name)));
  const start = el("button", { type: "button", class: "ds-d-button ds-d-button-strong", onclick: run }, "Make the map");
  const stop = el("button", { type: "button", class: "ds-d-button", hidden: true, onclick: () => abort?.abort() }, "Stop");
  const bar = el("progress", { hidden: true, "aria-label": "Squares done" });
  const note = el("span", { class: "ds-d-note" });
  const tools = el("div", { class: "ds-d-tools", hidden: true },
    el("label", { class: "ds-d-labelled" }, el("span", {}, "Class"), target), el("label", { class: "ds-d-labelled" }, el("span", {}, "Squares"), detail), start, stop, bar, note);
  const result = el("div", {});
  host.append(idle, tools, result);
  /** @type {Looked | null} */
  let shown = null;
  /** @type {ModelEntry} */
  let model;
  /** @type {AbortController | null} */
  let abort = null;

  return {
    /** What is looked at now; null: nothing that the model has seen. @param {Looked | null} now @param {ModelEntry} next */
    show(now, next) {
      abort?.abort();
      [shown, model] = [now, next];
      idle.hidden = shown !== null;
      tools.hidden = shown === null;
      fill(result);
      if (!shown) return;
      const { scores } = shown;
      const order = model.classes.map((_, at) => at).sort((a, b) => scores[b] - scores[a] || a - b);
      fill(target, ...order.map((at) => el("option", { value: at }, `${model.classes[at]} (${scores[at].toFixed(2)})`)));
    },
  };

  async function run() {
    if (!shown) return;
    const looked = shown;
    const at = Number(target.value);
    const { size } = model.input;
    const edge = Math.max(Math.round(Math.min(...size) / SHARES[Number(detail.value)][1]), 1);
    const step = Math.max(Math.round(edge / 2), 1);
    const mine = (abort = new AbortController());
    busy(true);
    bar.max = covers(size, edge, step).length;
    bar.value = 0;
    try {
      const found = await occlusion(looked.tensor, model.input, runner.scores, at, {
        edge, step, signal: mine.signal, onProgress: (done, total) => {
          bar.value = done;
          note.textContent = `${done} of ${total} squares`;
        },
      });
      if (shown === looked) draw(found, at, edge);
    } catch (error) {
      if (!mine.signal.aborted) problem(error, "The map could not be made");
      else if (shown === looked) say("Stopped");
    } finally {
      if (abort === mine) busy(false);
    }
  }

  /** @param {boolean} is */
  function busy(is) {
    // The focus goes where the hand needs it next, before the button under it goes away.
    const moves = document.activeElement === start || document.activeElement === stop;
    stop.hidden = bar.hidden = !is;
    start.hidden = is;
    note.textContent = "";
    if (moves) (is ? stop : start).focus();
  }

  /** @param {{base: number, drops: Float32Array}} found @param {number} at @param {number} edge */
  function draw({ base, drops }, at, edge) {
    const [height, width] = model.input.size;
    const most = rangeOf(drops);
    const canvas = el("canvas", { class: "ds-d-heat", "aria-hidden": "true" });
    drawDrops(canvas, drops, width, height, most);
    const name = model.classes[at];
    const words = whereMost(drops, width, height, base, name);
    const stage = el("div", { class: "ds-d-picture ds-d-over", role: "img", "aria-label": words }, picture.copy(), canvas);
    const strength = el("input", { type: "range", min: 0, max: 100, value: 75, class: "ds-d-slider", oninput: () => (canvas.style.opacity = String(strength.value / 100)) });
    canvas.style.opacity = "0.75";
    fill(result, el("figure", { class: "ds-d-looked" }, stage,
      el("figcaption", {},
        el("p", {}, words),
        el("div", { class: "ds-d-legend" }, el("span", { class: "ds-d-legend-bar", "aria-hidden": "true" }),
          el("span", { class: "ds-d-legend-marks" }, el("span", {}, `+${most.toFixed(2)}`), el("span", {}, "0"), el("span", {}, `\u2212${most.toFixed(2)}`))),
        el("p", { class: "ds-d-note" }, "Change of the score where a part is covered: yellow, it falls, so the class was found there; blue, it rises, so what is there speaks against it."),
        el("label", { class: "ds-d-labelled" }, el("span", {}, "Strength"), strength),
        el("p", { class: "ds-d-note" }, `Squares of ${edge} \u00d7 ${edge} pixels, half a square apart, filled with the mean of each band. A large object can be covered in part and still be recognised: the map shows what the model cannot do without, not all that it uses.`))));
    say(words);
  }
}
