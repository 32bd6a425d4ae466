// @ts-check
// A picture of the reader's own: read, fitted to the encoder's input and encoded here, in the browser.
import { el, fill } from "../../explorer/ui/dom.js";
import { bytesSaid } from "../core/said.js";

/**
 * @param {HTMLElement} host @param {any} explorer @param {string} manifestUrl of the retrieval
 * @param {{encoder: () => any, onOwn: (own: {pixels: Float32Array, name: string, preview: HTMLCanvasElement | null}) => void,
 *   problem: (error: unknown, what: string) => void}} how
 */
export function createOwn(host, explorer, manifestUrl, { encoder, onOwn, problem }) {
  const note = el("p", { class: "ds-d-note", hidden: true });
  const place = el("div", {});
  const details = el("details", { class: "ds-d-fold", ontoggle: () => details.open && refresh() },
    el("summary", {}, "Use a picture of your own"), el("div", { class: "ds-d-fold-body" }, note, place));
  host.append(details);
  /** @type {Promise<any> | null} */
  let panel = null;
  /** @type {Map<string, Promise<any>>} */
  const opened = new Map();
  return { refresh, vector };

  /** Ask for a file as the encoder that is chosen now wants it. */
  async function refresh() {
    if (!details.open) return;
    const entry = encoder();
    note.hidden = place.hidden = false;
    if (!entry.browser) {
      note.textContent = `\u201c${entry.title}\u201d does not run in a browser. Choose another descriptor to search with a picture of your own.`;
      place.hidden = true;
      return;
    }
    note.textContent = entry.model ? `The first picture fetches the encoder: ${bytesSaid(entry.model.bytes)}.` : "";
    note.hidden = !entry.model;
    try {
      if (panel) return void (await panel).refresh();
      panel = import("../input/panel.js").then(({ createInput }) => createInput(place, {
        inputs: () => ({ title: encoder().title, input: encoder().input }), explorer, action: "Search with this picture", problem,
        onReady: (/** @type {any} */ { tensor, name, preview }) => onOwn({ pixels: tensor, name, preview }),
      }));
      await panel;
    } catch (error) {
      panel = null;
      fill(place);
      problem(error, "Files cannot be opened here");
    }
  }

  /** @param {any} entry of the encoder @param {Float32Array} pixels @param {(text: string, done?: number, total?: number) => void} progress @returns {Promise<Float32Array>} */
  async function vector(entry, pixels, progress) {
    progress("Preparing the encoder");
    const { openEncoder } = await import("../features/encode.js");
    const held = opened.get(entry.name) ?? openEncoder(entry, manifestUrl, { onProgress: (/** @type {number} */ done, /** @type {number} */ total) => progress("Fetching the encoder", done, total) });
    opened.set(entry.name, held);
    held.catch(() => opened.delete(entry.name));
    return (await held).encode(pixels);
  }
}
