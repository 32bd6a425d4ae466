// @ts-check
/** Answers the page's questions about vectors, one message for each. */
import { Indices } from "./indices.js";

/** @type {Indices} */
let indices;

self.onmessage = async ({ data }) => {
  if (data.open) {
    indices = new Indices(data.open.manifest, data.open.base, (progress) => self.postMessage({ progress }));
    return;
  }
  const { id, method, args } = data;
  try {
    const value = await /** @type {any} */ (indices)[method](...args);
    self.postMessage({ id, value }, { transfer: method === "all" ? [value.rows.buffer, value.vectors.buffer] : [] });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    self.postMessage({ id, error: { name, message } });
  }
};
self.postMessage({ ready: true });
