// @ts-check
// The model itself: loaded when the reader asks for it, then run in its worker.
import { el } from "../../explorer/ui/dom.js";
import { openModel } from "../core/onnx.js";
import { createProgress } from "../core/progress.js";
import { bytesSaid } from "../core/said.js";
import { probabilities } from "./probabilities.js";
/** @import {ModelEntry} from "./types.js" */

const RUNTIME = 3_700_000; // bytes of onnxruntime, gzipped

/**
 * @param {HTMLElement} host @param {string} address of the manifest that entries are relative to
 * @param {{say: (text: string) => void, problem: (error: unknown, what: string, onRetry?: () => void) => void, onReady: () => void}} how
 */
export function createRunner(host, address, { say, problem, onReady }) {
  const button = el("button", { type: "button", class: "ds-d-button ds-d-button-strong", onclick: () => ensure().then((ready) => ready && onReady()) }, "Run the model here");
  const note = el("span", { class: "ds-d-note" });
  const line = el("p", { class: "ds-d-start" }, button, note);
  host.append(line);
  const bar = createProgress(host);
  /** @type {ModelEntry | null} */
  let entry = null;
  /** @type {Map<string, Promise<any>>} */
  const opened = new Map();
  /** @type {any} */
  let model = null;
  /** @type {boolean | null} */
  let possible = null;

  return {
    /** @param {ModelEntry} next */
    show(next) {
      entry = next;
      model = null;
      opened.get(next.name)?.then((found) => {
        if (entry === next) model = found;
        draw();
        if (entry === next) onReady();
      }, () => {});
      draw();
    },
    /** Whether what is shown can be run; null: nothing is shown. @param {boolean | null} can */
    can(can) {
      possible = can;
      draw();
    },
    ensure,
    loaded: () => model !== null,
    /** @param {Float32Array} tensor @returns {Promise<Float32Array>} probabilities of the classes */
    async scores(tensor) {
      if (!entry || !model) throw new Error("the model is not loaded");
      const { bands, size } = entry.input;
      const { scores } = await model.run(tensor, [1, bands.length, ...size]);
      return probabilities(scores, entry.activation);
    },
  };

  /** Load the model. @returns {Promise<boolean>} whether it is there */
  async function ensure() {
    if (model) return true;
    const wanted = entry;
    if (!wanted) return false;
    button.disabled = true;
    bar.show("Loading the model");
    try {
      const started = opened.get(wanted.name) ?? openModel(new URL(wanted.model.path, address).href, {
        ...wanted.model,
        onProgress: (/** @type {number} */ done, /** @type {number} */ total) => bar.show("Loading the model", done, total),
      });
      opened.set(wanted.name, started);
      const found = await started;
      if (entry === wanted) model = found;
      say("The model is loaded");
      return entry === wanted;
    } catch (error) {
      opened.delete(wanted.name);
      problem(error, "The model could not be loaded", () => ensure().then((ready) => ready && onReady()));
      return false;
    } finally {
      button.disabled = false;
      bar.show(null);
      draw();
    }
  }

  function draw() {
    if (!entry) return;
    line.hidden = possible === null || (model !== null && possible);
    button.hidden = model !== null || !possible;
    note.textContent = possible
      ? `Loads ${bytesSaid(entry.model.bytes)} of model and ${bytesSaid(RUNTIME)} of onnxruntime, once.`
      : "The scores are those that were stored when the model was evaluated: this site has not all bands of this patch, so the model cannot be run on it here.";
  }
}
