// @ts-check
/** The menu that takes the selection away: as a list, as GeoParquet, or as a recipe. */
import { fileLoader } from "../core/manifest.js";
import { el, fill } from "../ui/dom.js";
import { counted } from "../ui/format.js";
import { filesWith, geoParquet } from "./geoparquet.js";
import { fileName, save } from "./save.js";
import { csvSize, size } from "./sizes.js";

/**
 * @param {HTMLElement} host @param {any} explorer
 * @param {{getState?: () => any, announcer?: {say: (text: string) => void}}} how
 */
export function createTake(host, explorer, { announcer }) {
  const { manifest } = explorer;
  const button = el("button", { type: "button", class: "ds-x-button", "aria-expanded": "false", "aria-controls": "ds-x-take-menu", onclick: toggle }, "Download");
  const menu = el("div", { class: "ds-x-menu ds-x-take-menu", id: "ds-x-take-menu", role: "group", "aria-label": "Download the selection", hidden: true });
  host.append(button, menu);
  host.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", onOutside);
  /** @type {AbortController | null} */
  let running = null;
  /** @type {() => void} */
  let unlisten = () => {};
  return { destroy };

  function toggle() {
    if (menu.hidden) open();
    else close();
  }

  async function open() {
    menu.hidden = false;
    button.setAttribute("aria-expanded", "true");
    if (running) return;
    fill(menu, el("p", { class: "ds-x-note" }, "Counting\u2026"));
    try {
      const rows = await explorer.page(0, manifest.rows);
      choices(rows);
      menu.querySelector("button")?.focus();
    } catch (error) {
      said(error instanceof Error ? error.message : String(error), true);
    }
  }

  /** @param {Uint32Array} rows */
  function choices(rows) {
    const files = filesWith(manifest.details, rows);
    const bytes = files.reduce((sum, { entry }) => sum + entry.bytes, 0);
    const parquet = manifest.positions ? "GeoParquet" : "Parquet";
    fill(menu,
      el("p", { class: "ds-x-take-title" }, counted(rows.length, "patch", "patches")),
      choice("List (CSV)", `names, labels and positions, about ${size(csvSize(manifest, rows.length))}`, () => csv()),
      choice(parquet, `all facts, for geopandas and QGIS; reads ${size(bytes)} of ${counted(files.length, "file", "files")}`, (signal) => parquetFile(rows, signal)),
      choice("Recipe (TOML)", "the filters, for: dsdocs subset recipe.toml", () => recipe()));
    if (!rows.length) menu.querySelectorAll("button").forEach((/** @type {HTMLButtonElement} */ one) => (one.disabled = true));
  }

  /** @param {string} title @param {string} about @param {(signal: AbortSignal) => Promise<void>} make */
  function choice(title, about, make) {
    return el("button", { type: "button", class: "ds-x-take-choice", onclick: () => run(title, make) }, el("strong", {}, title), el("span", {}, about));
  }

  /** @param {string} title @param {(signal: AbortSignal) => Promise<void>} make */
  async function run(title, make) {
    running = new AbortController();
    const bar = el("progress", { class: "ds-x-take-bar", "aria-label": title });
    const words = el("p", { class: "ds-x-note" }, `${title}: reading\u2026`);
    const cancel = el("button", { type: "button", class: "ds-x-button", onclick: () => running?.abort() }, "Cancel");
    fill(menu, words, bar, cancel);
    cancel.focus();
    const { signal } = running;
    unlisten = explorer.on("progress", (/** @type {any} */ { stage, done, total }) => stage === "csv" && step(done, total));
    try {
      const cancelled = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      await Promise.race([make(signal), cancelled]);
      said(`${title} is saved.`);
    } catch (error) {
      if (signal.aborted) said("Cancelled; nothing was saved.");
      else said(`${title} could not be made: ${error instanceof Error ? error.message : error}`, true);
    } finally {
      running = null;
      unlisten();
    }
  }

  /** @param {number} done @param {number} total */
  function step(done, total) {
    const bar = menu.querySelector("progress");
    if (bar) [bar.max, bar.value] = [total, done];
  }

  async function csv() {
    const { signal } = /** @type {AbortController} */ (running);
    const blob = await explorer.csv();
    if (!signal.aborted) save(blob, fileName(manifest.title, "csv"));
  }

  async function recipe() {
    save(new Blob([await explorer.recipe()], { type: "application/toml" }), "recipe.toml");
  }

  /** @param {Uint32Array} rows @param {AbortSignal} signal */
  async function parquetFile(rows, signal) {
    const [reader, writer] = await Promise.all(["hyparquet", "hyparquet-writer"].map((name) => import(new URL(`../../../vendor/${name}/index.js`, import.meta.url).href)));
    const parts = await geoParquet(manifest, rows, { load: fileLoader(explorer.base), reader, writer, tell: step, signal });
    if (!signal.aborted) save(new Blob(parts, { type: "application/vnd.apache.parquet" }), fileName(manifest.title, "parquet"));
  }

  /** @param {string} text @param {boolean} [wrong] */
  function said(text, wrong = false) {
    const back = el("button", { type: "button", class: "ds-x-button", onclick: open }, "Back");
    fill(menu, el("p", { class: wrong ? "ds-x-wrong" : "ds-x-note", role: wrong ? "alert" : "status" }, text), back);
    if (!menu.hidden) back.focus();
    announcer?.say(text);
  }

  function close() {
    menu.hidden = true;
    button.setAttribute("aria-expanded", "false");
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.key !== "Escape" || menu.hidden) return;
    event.stopPropagation();
    close();
    button.focus();
  }

  /** @param {Event} event */
  function onOutside(event) {
    if (!menu.hidden && !host.contains(/** @type {Node} */ (event.target))) close();
  }

  function destroy() {
    running?.abort();
    document.removeEventListener("pointerdown", onOutside);
    host.removeEventListener("keydown", onKey);
    fill(host);
  }
}
