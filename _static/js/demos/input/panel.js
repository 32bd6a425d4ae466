// @ts-check
// A file of the reader's own: chosen or dropped, explained, fitted to a model's input, and handed on.
import { Library } from "../../explorer/lab/library.js";
import { el, fill } from "../../explorer/ui/dom.js";
import { matchBands } from "./bands.js";
import { createBandTable } from "./bandtable.js";
import { middle, toTensor } from "./crop.js";
import { createDrop } from "./drop.js";
import { factsOf } from "./facts.js";
import { groundOf, sensorOf } from "./ground.js";
import { drawTensor } from "./preview.js";
import { readFile } from "./read.js";
import { meanOf, oddScale, SCALES } from "./scale.js";
import { InputError } from "./types.js";
/** @import {Input, Raster} from "./types.js" */

/**
 * @typedef {{tensor: Float32Array<ArrayBuffer>, shape: [number, number, number, number], name: string,
 *   preview: HTMLCanvasElement, notes: string[], raster: Raster}} Ready
 */

/**
 * @param {HTMLElement} host
 * @param {{inputs: () => {title: string, input: Input}, explorer: any, action: string, onReady: (ready: Ready) => void,
 *   problem: (error: unknown, what: string) => void}} how `inputs`: what the model that is chosen now takes
 */
export function createInput(host, { inputs, explorer, action, onReady, problem }) {
  /** @type {Raster | null} */
  let raster = null;
  /** @type {Record<string, {bands: string[], mean: (number | null)[]}>} */
  let statistics = {};
  let turn = 0;
  const drop = createDrop({ onFile: open, onReject: fail });
  const failed = el("p", { class: "ds-d-warning ds-d-input-failed", role: "alert", hidden: true });
  const preview = el("canvas", { class: "ds-d-input-preview", role: "img" });
  const facts = el("dl", { class: "ds-d-facts" });
  const how = el("p", { class: "ds-d-note" });
  const table = createBandTable({ onChange: draw });
  const scale = el("select", { class: "ds-d-field", onchange: draw }, ...SCALES.map(({ key, title }) => el("option", { value: key }, title)));
  const odd = el("p", { class: "ds-d-note ds-d-warning" });
  const notes = el("ul", { class: "ds-d-note ds-d-input-notes" });
  const refused = el("p", { class: "ds-d-note ds-d-wrong", role: "status" });
  const button = el("button", { type: "button", class: "ds-d-button ds-d-button-strong", onclick: hand }, action);
  const found = el("div", { class: "ds-d-input-found", hidden: true },
    el("div", { class: "ds-d-input-picture" }, preview, facts),
    el("div", { class: "ds-d-input-choices" },
      how, table.node,
      el("label", { class: "ds-d-labelled" }, el("span", {}, "Numbers"), scale), odd, notes, refused,
      el("p", {}, button)));
  const node = el("div", { class: "ds-d-input" }, drop.node, failed, found);
  host.append(node);
  /** @type {Ready | null} */
  let ready = null;

  return {
    refresh,
    clear() {
      raster = ready = null;
      found.hidden = failed.hidden = true;
      drop.show(null);
    },
    destroy: () => node.remove(),
  };

  /** @param {File} file */
  async function open(file) {
    const mine = ++turn;
    failed.hidden = true;
    drop.show(`Reading ${file.name}\u2026`, true);
    try {
      const library = new Library(explorer);
      const ground = groundOf(explorer.manifest, inputs().input);
      const [read, known] = await Promise.all([readFile(file, ground), library.statistics().catch(() => ({}))]);
      if (mine !== turn) return;
      raster = read;
      statistics = /** @type {any} */ (known);
      drop.show(file.name);
      refresh();
      button.focus();
    } catch (error) {
      if (mine !== turn) return;
      raster = null;
      found.hidden = true;
      drop.show(null);
      if (error instanceof InputError) fail(error.message);
      else problem(error, "This file cannot be used");
    }
  }

  /** @param {string} why in words for the reader */
  function fail(why) {
    failed.textContent = why;
    failed.hidden = false;
  }

  /** Match the bands of the file with those of the model that is chosen now. */
  function refresh() {
    if (!raster) return;
    const { input } = inputs();
    const sensor = sensorOf(explorer.manifest, input);
    const mapping = matchBands(raster, input, sensor);
    how.textContent = mapping.how;
    how.classList.toggle("ds-d-warning", !mapping.fits);
    table.show(raster, input, sensor, mapping);
    fill(facts, ...factsOf(raster));
    scale.value = "same";
    found.hidden = false;
    draw();
    say(mapping.places);
  }

  /** Name what is odd about the numbers. @param {(number | null)[]} places */
  function say(places) {
    const { input } = inputs();
    const known = statistics[input.asset];
    const usual = input.bands.map((name) => known?.mean[known.bands.indexOf(name)] ?? null);
    const means = places.map((place) => (raster && place !== null ? meanOf(raster.bands[place].values, raster.mask) : NaN));
    const found = oddScale(means, usual);
    odd.hidden = !found;
    if (!found) return;
    const times = found.ratio > 1 ? `${Math.round(found.ratio).toLocaleString("en-US")} times larger` : `${Math.round(1 / found.ratio).toLocaleString("en-US")} times smaller`;
    const better = found.scale.key === "same" ? "" : ` Taken ${found.scale.title}, they would fit; choose it above if that is what they are.`;
    odd.textContent = `The numbers are some ${times} than those of the archive.${better}`;
  }

  function draw() {
    if (!raster) return;
    const { input } = inputs();
    ready = null;
    refused.textContent = "";
    fill(notes);
    try {
      const window = middle(raster, groundOf(explorer.manifest, input), input);
      const chosen = /** @type {typeof SCALES[0]} */ (SCALES.find(({ key }) => key === scale.value));
      const { tensor, missing } = toTensor(raster, table.places(), window, input, chosen);
      drawTensor(preview, tensor, input, sensorOf(explorer.manifest, input));
      preview.setAttribute("aria-label", `The middle of ${raster.name}, ${window.width} \u00d7 ${window.height} pixels, as the model sees it`);
      const share = missing > 0 ? [`${(100 * missing).toFixed(missing < 0.1 ? 1 : 0)} % of this part has no data; the mean of each band stands there.`] : [];
      const said = [...raster.notes, ...window.notes, ...share];
      fill(notes, ...said.map((text) => el("li", {}, text)));
      ready = { tensor, shape: [1, input.bands.length, ...input.size], name: raster.name, preview, notes: said, raster };
    } catch (error) {
      preview.getContext("2d").clearRect(0, 0, preview.width, preview.height);
      refused.textContent = error instanceof Error ? error.message : String(error);
    }
    preview.hidden = !ready;
    button.disabled = !ready;
  }

  function hand() {
    if (!ready) return;
    // What is handed on stays as it is, whatever is chosen here next.
    const copy = el("canvas", { width: preview.width, height: preview.height });
    copy.getContext("2d").drawImage(preview, 0, 0);
    onReady({ ...ready, preview: copy });
  }
}
