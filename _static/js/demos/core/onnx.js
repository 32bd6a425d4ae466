// @ts-check
/** ONNX models in a worker, so that the page stays responsive; in the page where a browser has none made of modules. */
import { launch } from "../../explorer/core/launch.js";
/** @import {Expected} from "./download.js" */
/** @import {Model} from "./onnx-session.js" */

/** @typedef {{call: (method: string, model: number, args: unknown[], onProgress?: Expected["onProgress"]) => Promise<any>}} Runner */

/** @type {Promise<Runner | null> | null} */
let started = null;

/**
 * Open a model; it and the runtime are fetched now. All models share one worker.
 * @param {string} url @param {Expected} [expected] `onProgress` counts the bytes of the model and, once, of the runtime
 * @returns {Promise<Model>}
 */
export async function openModel(url, { onProgress, ...expected } = {}) {
  started ??= start();
  const runner = await started;
  if (!runner) return (await import("./onnx-session.js")).openSession(url, { onProgress, ...expected });
  const { model, outputs } = await runner.call("open", 0, [url, expected], onProgress);
  return {
    outputs,
    run: (pixels, shape) => runner.call("run", model, [pixels, shape]),
    close: () => runner.call("close", model, []),
  };
}

/** @returns {Promise<Runner | null>} */
async function start() {
  const worker = await launch(new URL("./onnx-worker.js", import.meta.url));
  return worker && overMessages(worker);
}

/** @param {Worker} worker @returns {Runner} */
function overMessages(worker) {
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void, onProgress?: Expected["onProgress"]}>} */
  const waiting = new Map();
  let last = 0;
  worker.onmessage = ({ data }) => {
    const asked = waiting.get(data.id);
    if (data.progress) return asked?.onProgress?.(data.progress[0], data.progress[1]);
    waiting.delete(data.id);
    if (data.error) asked?.reject(Object.assign(new Error(data.error.message), { name: data.error.name }));
    else asked?.resolve(data.value);
  };
  // Out of memory, for one; nothing would ever be answered, and the next model needs a new worker.
  worker.onerror = (event) => {
    started = null;
    worker.terminate();
    for (const asked of waiting.values()) asked.reject(new Error(event.message || "the worker has stopped"));
    waiting.clear();
  };
  return {
    call: (method, model, args, onProgress) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject, onProgress });
        worker.postMessage({ id: last, method, model, args });
      }),
  };
}
