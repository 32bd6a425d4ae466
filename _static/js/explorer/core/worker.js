// @ts-check
/** Answers the page's questions about rows, one message for each. */
import { fileLoader } from "./manifest.js";
import { Rows } from "./rows.js";
/** @import {Positions, Result} from "./types.js" */

/** @type {Rows} */
let rows;

/** What the answer may hand over instead of copying: arrays that nothing here keeps. @type {Record<string, (value: any) => ArrayBuffer[]>} */
const HANDED_OVER = {
  positions: (/** @type {Positions | null} */ value) => (value ? [value.x.buffer, value.y.buffer] : []),
  select: (/** @type {Result | null} */ value) => (value ? [value.mask.buffer] : []),
};

self.onmessage = async ({ data }) => {
  if (data.open) {
    rows = new Rows(data.open.manifest, fileLoader(data.open.base), (progress) => self.postMessage({ progress }));
    return;
  }
  const { id, method, args } = data;
  try {
    const value = await /** @type {any} */ (rows)[method](...args);
    self.postMessage({ id, value }, { transfer: HANDED_OVER[method]?.(value) ?? [] });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    self.postMessage({ id, error: { name, message } });
  }
};
self.postMessage({ ready: true });
