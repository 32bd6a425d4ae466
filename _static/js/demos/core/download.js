// @ts-check
/** Fetch a file with progress, check it, and unpack it. */
import { FileError } from "../../explorer/core/manifest.js";

/**
 * @typedef {{bytes?: number, sha256?: string, inflated?: number, onProgress?: (done: number, total: number) => void}} Expected
 *   bytes and digest as they lie on the server; `inflated` where that is gzip
 */

/**
 * Fetch a file; gzip is unpacked.
 * @param {string} url @param {Expected} [expected] what is not given is not checked
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function download(url, { bytes, sha256, inflated, onProgress } = {}) {
  const name = new URL(url).pathname.split("/").pop() || url;
  const packed = await fetched(url, name, bytes, onProgress);
  // A server that sends *.gz with Content-Encoding: gzip has the browser unpack it; its digest is then out of reach.
  if (inflated !== undefined && !isGzip(packed) && packed.length === inflated) return packed;
  if (bytes !== undefined && packed.length !== bytes) {
    throw new FileError(name, `${bytes} bytes expected, ${packed.length} found`);
  }
  if (sha256 && globalThis.crypto?.subtle) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", packed));
    const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (found !== sha256) throw new FileError(name, `sha256 ${sha256.slice(0, 12)} expected, ${found.slice(0, 12)} found`);
  }
  return isGzip(packed) ? unpacked(packed, name, inflated) : packed;
}

/**
 * @param {string} url @param {string} name @param {number | undefined} bytes
 * @param {((done: number, total: number) => void) | undefined} onProgress
 */
async function fetched(url, name, bytes, onProgress) {
  let response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new FileError(name, `could not be fetched (${error instanceof Error ? error.message : error})`);
  }
  if (!response.ok) throw new FileError(name, `the server answered ${response.status}`);
  if (!response.body || !onProgress) return new Uint8Array(await response.arrayBuffer());
  const total = bytes ?? Number(response.headers.get("Content-Length") ?? 0);
  const parts = [];
  const reader = response.body.getReader();
  let done = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    done += part.value.length;
    onProgress(done, Math.max(total, done));
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** @param {Uint8Array<ArrayBuffer>} packed @param {string} name @param {number | undefined} length */
async function unpacked(packed, name, length) {
  let bytes;
  try {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    throw new FileError(name, `could not be unpacked (${error instanceof Error ? error.message : error})`);
  }
  if (length !== undefined && bytes.length !== length) {
    throw new FileError(name, `${length} unpacked bytes expected, ${bytes.length} found`);
  }
  return bytes;
}

/** @param {Uint8Array} bytes */
const isGzip = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;
