// @ts-check
// The patch that is looked at: its picture, with room for a map above it, and what the model says of each class.
import { el, fill } from "../../explorer/ui/dom.js";
import { listed } from "../core/said.js";
import { patchPicture } from "./picture.js";
import { linesOf, SAID } from "./verdict.js";
/** @import {ModelEntry} from "./types.js" */

/** @param {HTMLElement} host @param {import("../../explorer/gallery/source.js").Pictures} pictures @param {string} explorer address of its page */
export function createShown(host, pictures, explorer) {
  const picture = el("div", { class: "ds-d-picture" });
  const caption = el("p", { class: "ds-d-shown-name" });
  const labels = el("p", { class: "ds-d-note" });
  const body = el("tbody", {});
  const live = el("th", { scope: "col", hidden: true }, "Here");
  const table = el("table", { class: "ds-d-scores" },
    el("caption", { class: "ds-d-sr" }, "Classes by falling score"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Class"), el("th", { scope: "col" }, "Score"), live, el("th", { scope: "col" }, "Verdict"))), body);
  const scroll = el("div", { class: "ds-d-scroll", tabindex: "0", role: "region", "aria-label": "Scores of all classes" }, table);
  const note = el("p", { class: "ds-d-note", role: "status" });
  const room = el("div", { class: "ds-d-shown", hidden: true }, el("figure", { class: "ds-d-figure" }, picture, el("figcaption", {}, caption, labels)), el("div", { class: "ds-d-shown-scores" }, scroll, note));
  host.append(room);
  /** @type {{name: string, model: ModelEntry, truth: ArrayLike<number> | null, scores: ArrayLike<number> | null, live: ArrayLike<number> | null, threshold: number} | null} */
  let now = null;

  return {
    /** Name of what is shown. */
    name: () => now?.name ?? "",
    /** A copy of the picture, for another figure. @returns {HTMLElement | null} */
    copy: () => copyOf(picture.firstElementChild),
    /** Show nothing. */
    none() {
      now = null;
      room.hidden = true;
    },
    /** @param {any} known described by the explorer @param {ModelEntry} model @param {{truth: Uint8Array, scores: Float32Array}} stored @param {number} threshold */
    async patch(known, model, { truth, scores }, threshold) {
      now = { name: known.id, model, truth, scores, live: null, threshold };
      const here = now;
      fill(caption, el("a", { href: `${explorer}#${new URLSearchParams({ patch: known.id })}`, title: "Open in the explorer" }, known.id));
      const names = model.classes.filter((_, at) => truth[at]);
      labels.textContent = names.length ? `True ${names.length === 1 ? "label" : "labels"}: ${listed(names)}.` : "No label of the model is true of it.";
      draw();
      const node = await patchPicture(pictures, known.row, known.id);
      if (now === here) fill(picture, node);
    },
    /** @param {import("../input/panel.js").Ready} ready @param {ModelEntry} model @param {number} threshold */
    own(ready, model, threshold) {
      now = { name: ready.name, model, truth: null, scores: null, live: null, threshold };
      ready.preview.setAttribute("role", "img");
      ready.preview.setAttribute("aria-label", `The middle of ${ready.name} as the model sees it`);
      fill(picture, ready.preview);
      caption.textContent = ready.name;
      labels.textContent = "A picture of your own: what is true of it is not known here.";
      draw();
    },
    /** Scores of the model in the browser. @param {Float32Array} scores */
    live(scores) {
      if (!now) return;
      now.live = scores;
      draw();
    },
    /** @param {number} threshold */
    decide(threshold) {
      if (!now) return;
      now.threshold = threshold;
      draw();
    },
  };

  function draw() {
    if (!now) return;
    room.hidden = false;
    const { model, truth, scores, threshold } = now;
    const decides = scores ?? now.live;
    live.hidden = !(scores && now.live);
    scroll.hidden = !decides;
    if (!decides) {
      note.textContent = "Run the model to see what it says.";
      return;
    }
    const lines = linesOf(model.classes, decides, now.live, truth, threshold, model.activation === "softmax");
    fill(body, ...lines.map((line) => el("tr", { class: `ds-d-verdict-${line.verdict}` },
      el("th", { scope: "row" }, line.name),
      el("td", { class: "ds-d-score" }, bar(line.score, threshold), el("span", { class: "ds-d-number" }, line.score.toFixed(3))),
      scores && now?.live ? el("td", { class: "ds-d-number" }, (line.live ?? 0).toFixed(3)) : null,
      el("td", { class: "ds-d-verdict" }, SAID[line.verdict]))));
    note.textContent = scores && now.live ? difference(scores, now.live) : scores ? "Scores as they were stored when the model was evaluated." : "Scores as the model gives them here, in the browser.";
  }
}

/** @param {number} score @param {number} threshold */
function bar(score, threshold) {
  const node = el("span", { class: "ds-d-bar", "aria-hidden": "true" }, el("span", { class: "ds-d-bar-fill" }), el("span", { class: "ds-d-bar-mark" }));
  node.children[0].style.width = `${100 * score}%`;
  node.children[1].style.left = `${100 * threshold}%`;
  return node;
}

/** @param {ArrayLike<number>} stored @param {ArrayLike<number>} live */
function difference(stored, live) {
  const most = Array.from(stored, (score, at) => Math.abs(score - live[at])).reduce((a, b) => Math.max(a, b), 0);
  const said = most < 1e-6 ? "less than 0.000001" : most.toPrecision(1);
  return `The model ran here, in the browser: its scores differ from the stored ones by ${said} at most.`;
}

/** @param {Element | null} node */
function copyOf(node) {
  if (!node) return null;
  const copy = /** @type {any} */ (node.cloneNode());
  copy.removeAttribute("role");
  copy.removeAttribute("aria-label");
  if (copy instanceof HTMLCanvasElement) copy.getContext("2d")?.drawImage(/** @type {HTMLCanvasElement} */ (node), 0, 0);
  else copy.alt = "";
  return copy;
}
