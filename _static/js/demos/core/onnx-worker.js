// @ts-check
/** Opens and runs models, one message for each call. */
import { openSession } from "./onnx-session.js";
/** @import {Model} from "./onnx-session.js" */

/** @type {Map<number, Model>} */
const models = new Map();

self.onmessage = async ({ data: { id, method, model, args } }) => {
  try {
    const value = await answer(id, method, model, args);
    const buffers = method === "run" ? Object.values(value).map((array) => array.buffer) : [];
    self.postMessage({ id, value }, { transfer: buffers });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    self.postMessage({ id, error: { name, message } });
  }
};

/** @param {number} id @param {string} method @param {number} model @param {any[]} args @returns {Promise<any>} */
async function answer(id, method, model, args) {
  if (method === "open") {
    const onProgress = (/** @type {number} */ done, /** @type {number} */ total) => self.postMessage({ id, progress: [done, total] });
    const opened = await openSession(args[0], { ...args[1], onProgress });
    models.set(id, opened);
    return { model: id, outputs: opened.outputs };
  }
  const opened = models.get(model);
  if (!opened) throw new Error("the model is closed");
  if (method === "run") return opened.run(args[0], args[1]);
  models.delete(model);
  return opened.close();
}

self.postMessage({ ready: true });
