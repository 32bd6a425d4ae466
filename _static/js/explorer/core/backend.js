// @ts-check
/** Who answers the page: a worker, or the same code in the page. */
import { launch } from "./launch.js";
import { fileLoader } from "./manifest.js";
/** @import {Manifest, Progress} from "./types.js" */

/** @typedef {{call: (method: string, args: unknown[]) => Promise<any>, close: () => void, apart: boolean}} Backend `apart`: beside the page */
/** @typedef {(progress: Progress) => void} Tell */

const WORKER = new URL("./worker.js", import.meta.url);

/** @type {Promise<Worker | null> | null} */
let early = null;

/** Start the worker that the next `startWorker` is given, so that its modules come beside those of the page. */
export function startEarly() {
  early ??= launch(WORKER);
}

/** A running worker; null where a browser has none, or none made of modules. @returns {Promise<Worker | null>} */
export function startWorker() {
  const running = early ?? launch(WORKER);
  early = null;
  return running;
}

/** @param {Worker} worker @param {Manifest} manifest @param {string} base address of the manifest @param {Tell} tell @returns {Backend} */
export function overMessages(worker, manifest, base, tell) {
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  const waiting = new Map();
  let last = 0;
  worker.onmessage = ({ data }) => {
    if (data.progress) return tell(data.progress);
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) asked?.reject(Object.assign(new Error(data.error.message), { name: data.error.name }));
    else asked?.resolve(data.value);
  };
  // Out of memory, for one; nothing would ever be answered.
  worker.onerror = (event) => {
    for (const asked of waiting.values()) asked.reject(new Error(event.message || "the worker has stopped"));
    waiting.clear();
  };
  worker.postMessage({ open: { manifest, base } });
  return {
    call: (method, args) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject });
        worker.postMessage({ id: last, method, args });
      }),
    close: () => worker.terminate(),
    apart: true,
  };
}

/** @param {Manifest} manifest @param {string} base address of the manifest @param {Tell} tell @returns {Promise<Backend>} */
export async function inPage(manifest, base, tell) {
  const { Rows } = await import("./rows.js");
  const rows = /** @type {any} */ (new Rows(manifest, fileLoader(base), tell));
  return { call: async (method, args) => rows[method](...args), close: () => {}, apart: false };
}
