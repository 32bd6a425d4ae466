// @ts-check
/** Search as the page sees it; the work is done in a worker, or in the page where there is none. */
import { overMessages } from "../../explorer/core/backend.js";
import { launch } from "../../explorer/core/launch.js";
import { FileError, fetchBytes } from "../../explorer/core/manifest.js";
/** @import {Backend} from "../../explorer/core/backend.js" */
/** @import {EncoderEntry, Found, Manifest, Neighbours, Wanted} from "./types.js" */

export const FORMAT = 1;

/** @typedef {{name: string, done: number, total: number}} Progress rows of `all` */

export class Searcher {
  /** @param {EncoderEntry} entry @param {Backend} backend @param {Set<(progress: Progress) => void>} listeners */
  constructor(entry, backend, listeners) {
    this.entry = entry;
    this.backend = backend;
    this.listeners = listeners;
  }

  /** Load what every search needs; the others do it by themselves. @returns {Promise<{bytes: number}>} */
  open() {
    return this.backend.call("open", [this.entry.name]);
  }

  /**
   * Nearest patches of a patch, found when the site was built.
   * @param {number} row explorer row
   * @returns {Promise<Neighbours>}
   */
  neighbours(row) {
    return this.backend.call("neighbours", [this.entry.name, row]);
  }

  /** @param {ArrayLike<number>} vector @param {Wanted} [wanted] @returns {Promise<Found>} */
  search(vector, { k = 24, mask = null, exclude = [] } = {}) {
    return this.backend.call("search", [this.entry.name, Float32Array.from(vector), { k, mask, exclude: [...exclude] }]);
  }

  /** @param {ArrayLike<number>} rows @returns {Promise<(Float32Array | null)[]>} null: the patch has none */
  vectors(rows) {
    return this.backend.call("vectors", [this.entry.name, Array.from(rows)]);
  }

  /**
   * So many vectors, spread over all; all where there are no more.
   * @param {number} limit @param {{onProgress?: (done: number, total: number) => void}} [options]
   * @returns {Promise<{rows: Uint32Array, vectors: Float32Array, total: number}>}
   */
  async all(limit, { onProgress } = {}) {
    const listener = (/** @type {Progress} */ { name, done, total }) => {
      if (name === this.entry.name) onProgress?.(done, total);
    };
    this.listeners.add(listener);
    try {
      return await this.backend.call("all", [this.entry.name, limit]);
    } finally {
      this.listeners.delete(listener);
    }
  }
}

export class Retrieval {
  /** @param {Manifest} manifest @param {Backend} backend @param {Set<(progress: Progress) => void>} listeners */
  constructor(manifest, backend, listeners) {
    this.manifest = manifest;
    this.backend = backend;
    this.listeners = listeners;
  }

  /** @param {string} name */
  encoder(name) {
    const entry = this.manifest.encoders.find((one) => one.name === name);
    if (!entry) throw new RangeError(`there is no encoder ${name}`);
    return new Searcher(entry, this.backend, this.listeners);
  }

  destroy() {
    this.listeners.clear();
    this.backend.close();
  }
}

/** Open the indices of a manifest. @param {string} manifestUrl @param {{worker?: boolean}} [options] `worker: false` works in the page */
export async function openRetrieval(manifestUrl, { worker = true } = {}) {
  const base = new URL(manifestUrl, globalThis.document?.baseURI).href;
  /** @type {Set<(progress: Progress) => void>} */
  const listeners = new Set();
  const tell = (/** @type {any} */ progress) => listeners.forEach((listener) => listener(progress));
  const [bytes, started] = await Promise.all([fetchBytes(base), worker ? launch(new URL("./worker.js", import.meta.url)) : null]);
  const manifest = checked(JSON.parse(new TextDecoder().decode(bytes)), base.split("/").pop() ?? "");
  const backend = started ? overMessages(started, /** @type {any} */ (manifest), base, tell) : await inPage(manifest, base, tell);
  return new Retrieval(manifest, backend, listeners);
}

/** @param {any} manifest @param {string} file @returns {Manifest} */
function checked(manifest, file) {
  if (manifest?.format !== FORMAT) {
    throw new FileError(file, `format ${FORMAT} expected, ${manifest?.format} found; build the site anew`);
  }
  return manifest;
}

/** @param {Manifest} manifest @param {string} base @param {(progress: any) => void} tell @returns {Promise<Backend>} */
async function inPage(manifest, base, tell) {
  const { Indices } = await import("./indices.js");
  const indices = /** @type {any} */ (new Indices(manifest, base, tell));
  return { call: async (method, args) => indices[method](...args), close: () => {}, apart: false };
}
