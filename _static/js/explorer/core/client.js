// @ts-check
/** The explorer's data as the page sees it; the work is done in a worker, or in the page where there is none. */
import { inPage, overMessages, startWorker } from "./backend.js";
import { checkManifest, fetchBytes } from "./manifest.js";
/** @import {Backend} from "./backend.js" */
/** @import {Codes, Described, Manifest, Positions, Progress, Result, Selection} from "./types.js" */

export class Explorer {
  /**
   * @param {Manifest} manifest @param {Backend} backend @param {Set<(progress: Progress) => void>} listeners
   * @param {string} base address of the manifest, which all paths in it are relative to
   */
  constructor(manifest, backend, listeners, base) {
    this.manifest = manifest;
    this.base = base;
    this.backend = backend;
    this.listeners = listeners;
    this.newest = 0;
    /** @type {Map<string, Promise<any>>} */
    this.held = new Map();
  }

  /** Where all rows are; codes follow in the background. @returns {Promise<Positions | null>} */
  positions() {
    return this.once("positions", async () => {
      const positions = await this.backend.call("positions", []);
      // Whoever asks for a column is told what went wrong.
      this.loaded().catch(() => {});
      return positions;
    });
  }

  /** Load the codes of all columns, which filters and the pairs of labels need. @returns {Promise<null>} */
  loaded() {
    return this.once("loaded", () => this.backend.call("preload", []));
  }

  /** Prepare for the first filter, where there is time; only a worker has it. @returns {Promise<void>} */
  async warm() {
    if (this.backend.apart) await this.backend.call("warm", []);
  }

  /** One code of each row; the number of values (of sets) means missing. @param {string} column @returns {Promise<Codes>} */
  codes(column) {
    return this.once(`codes ${column}`, () => this.backend.call("codes", [column]));
  }

  /** Sets as lists of term indices, in the order of codes. @param {string} column @returns {Promise<number[][]>} */
  sets(column) {
    return this.once(`sets ${column}`, () => this.backend.call("sets", [column]));
  }

  /** Select rows; null when a newer selection has overtaken this one. @param {Selection} selection @returns {Promise<Result | null>} */
  async select(selection) {
    const call = ++this.newest;
    const result = await this.backend.call("select", [selection]);
    return call === this.newest ? result : null;
  }

  /** Rows of the last selection. @param {number} from @param {number} to @returns {Promise<Uint32Array>} */
  page(from, to) {
    return this.backend.call("page", [from, to]);
  }

  /** @param {ArrayLike<number>} rows @returns {Promise<Described[]>} sets as lists; null where a value is missing */
  describe(rows) {
    return this.backend.call("describe", [rows]);
  }

  /** The row of an id, -1 where there is none. @param {string} id @returns {Promise<number>} */
  find(id) {
    return this.backend.call("find", [id]);
  }

  /** @param {number} row @returns {Promise<{same: Uint32Array, neighbours: Uint32Array}>} nearest first */
  near(row) {
    return this.backend.call("near", [row]);
  }

  /** @param {number} row @returns {Promise<Record<string, unknown>>} all columns of the summary */
  detail(row) {
    return this.backend.call("detail", [row]);
  }

  /** The last selection as a list. @returns {Promise<Blob>} */
  csv() {
    return this.backend.call("csv", []);
  }

  /** The last selection as TOML. @returns {Promise<string>} */
  recipe() {
    return this.backend.call("recipe", []);
  }

  /** @param {"progress"} _name @param {(progress: Progress) => void} listener @returns {() => void} stops it */
  on(_name, listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  destroy() {
    this.listeners.clear();
    this.backend.close();
  }

  /** @template T @param {string} key @param {() => Promise<T>} make @returns {Promise<T>} */
  once(key, make) {
    const held = this.held.get(key) ?? make();
    this.held.set(key, held);
    held.catch(() => this.held.delete(key));
    return held;
  }
}

/**
 * Open the data set of a manifest.
 * @param {string} manifestUrl @param {{worker?: boolean}} [options] `worker: false` works in the page
 */
export async function openExplorer(manifestUrl, { worker = true } = {}) {
  const base = new URL(manifestUrl, globalThis.document?.baseURI).href;
  /** @type {Set<(progress: Progress) => void>} */
  const listeners = new Set();
  const tell = (/** @type {Progress} */ progress) => listeners.forEach((listener) => listener(progress));
  const [bytes, started] = await Promise.all([fetchBytes(base), worker ? startWorker() : null]);
  const manifest = checkManifest(JSON.parse(new TextDecoder().decode(bytes)), base.split("/").pop());
  const backend = started ? overMessages(started, manifest, base, tell) : await inPage(manifest, base, tell);
  return new Explorer(manifest, backend, listeners, base);
}
