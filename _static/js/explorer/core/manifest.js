// @ts-check
/** Read the manifest and the files that it names, and tell exactly what is wrong with them. */
/** @import {Column, LoadFile, Manifest} from "./types.js" */

export const FORMAT = 1;
const WIDTHS = { uint8: 1, uint16: 2, uint32: 4 };

/** A file that is not there, or is not what the manifest says. */
export class FileError extends Error {
  /** @param {string} file @param {string} problem expected and found */
  constructor(file, problem) {
    super(`${file}: ${problem}`);
    this.name = "FileError";
  }
}

/**
 * Check that this code understands a manifest, and that its parts fit together.
 * @param {any} value parsed JSON @param {string} [file] what errors call it
 * @returns {Manifest}
 */
export function checkManifest(value, file = "manifest.json") {
  /** @param {unknown} holds @param {string} problem */
  const need = (holds, problem) => {
    if (!holds) throw new FileError(file, problem);
  };
  need(value !== null && typeof value === "object", "is not a manifest");
  need(value.format === FORMAT, `format ${FORMAT} expected, ${value.format} found; build the site anew`);
  const { rows, chunk } = value;
  need(Number.isSafeInteger(rows) && rows >= 0 && chunk > 0, `${rows} rows in chunks of ${chunk}`);
  const chunks = Math.ceil(rows / chunk);
  for (const column of /** @type {Column[]} */ (value.columns)) {
    need(column.dtype in WIDTHS, `${column.name}: data type ${column.dtype} is not known`);
    need(column.files.length === chunks, `${column.name}: ${chunks} files expected, ${column.files.length} found`);
    const whole = column.kind === "set" ? column.terms && column.sets : column.values;
    need(whole, `${column.name}: a column of kind ${column.kind} without its values`);
  }
  if (value.positions) {
    const placed = value.positions.groups.reduce((/** @type {number} */ sum, /** @type {any} */ g) => sum + g.rows, 0);
    need(placed === rows, `positions: groups of ${rows} rows expected, of ${placed} found`);
  }
  return value;
}

/** Number of different codes of a column without the one that means missing. @param {Column} column @param {number} sets */
export const sizeOf = (column, sets) => (column.kind === "set" ? sets : /** @type {string[]} */ (column.values).length);

/**
 * Make a function that loads files beside the manifest.
 * @param {string} base address of the manifest
 * @param {(url: string) => Promise<Uint8Array<ArrayBuffer>>} [read] the bytes at an address
 * @returns {LoadFile}
 */
export function fileLoader(base, read = fetchBytes) {
  return async (entry) => {
    const bytes = await read(new URL(entry.path, base).href);
    // A server that sends *.gz with Content-Encoding: gzip has the browser inflate it; its digest is then out of reach.
    if (entry.inflated !== undefined && !isGzip(bytes) && bytes.length === entry.inflated) return bytes;
    if (bytes.length !== entry.bytes) {
      throw new FileError(entry.path, `${entry.bytes} bytes expected, ${bytes.length} found`);
    }
    const digest = await sha256(bytes);
    if (digest !== null && digest !== entry.sha256) {
      throw new FileError(entry.path, `sha256 ${entry.sha256.slice(0, 12)} expected, ${digest.slice(0, 12)} found`);
    }
    return entry.inflated === undefined ? bytes : inflate(bytes, entry.inflated, entry.path);
  };
}

/** @param {string} url @param {RequestCache} [cache] */
export async function fetchBytes(url, cache = "default") {
  const name = new URL(url).pathname.split("/").pop() || url;
  let response;
  try {
    response = await fetch(url, { cache });
  } catch (error) {
    throw new FileError(name, `could not be loaded (${error instanceof Error ? error.message : error})`);
  }
  if (!response.ok) throw new FileError(name, `could not be loaded (HTTP ${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Inflate gzip into exactly as many bytes as the manifest announces.
 * @param {Uint8Array<ArrayBuffer>} bytes @param {number} length @param {string} file for errors
 */
export async function inflate(bytes, length, file) {
  const inflated = new Uint8Array(length);
  let filled = 0;
  try {
    const stream = new DecompressionStream("gzip");
    // Straight into the stream: a Blob between takes Chromium a millisecond for each file.
    const writer = stream.writable.getWriter();
    Promise.all([writer.write(bytes), writer.close()]).catch(() => {}); // the reader throws the same
    const reader = stream.readable.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (filled + part.value.length > length) throw new RangeError("longer than announced");
      inflated.set(part.value, filled);
      filled += part.value.length;
    }
  } catch (error) {
    throw new FileError(file, `could not be inflated (${error instanceof Error ? error.message : error})`);
  }
  if (filled !== length) throw new FileError(file, `${length} inflated bytes expected, ${filled} found`);
  return inflated;
}

/** @param {Uint8Array} bytes */
const isGzip = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Null where the page is not in a secure context, which alone has digests. @param {Uint8Array<ArrayBuffer>} bytes */
async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) return null;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
