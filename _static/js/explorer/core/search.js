// @ts-check
/** Find words in names, which are bytes joined with newlines, without making texts of them. */
import { wordsOf } from "./filters.js";
import { nextTask } from "./task.js";
/** @import {Store} from "./store.js" */
/** @import {Progress} from "./types.js" */

const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));

/** The bytes of a word in UTF-8, A-Z folded. @param {string} word */
export const needle = (word) => new TextEncoder().encode(word).map((byte) => FOLD[byte]);

/**
 * Mark the names that do not have a word, whatever the case of ASCII letters.
 * @param {Uint8Array} bytes names @param {Uint32Array} offsets start of each name, and of one more
 * @param {Uint8Array} wanted from `needle`, at least one byte and no newline
 * @param {Uint8Array} misses set to 1 from `start` on, for each name that does not have it @param {number} start
 */
export function missWord(bytes, offsets, wanted, misses, start) {
  const last = wanted.length - 1;
  // Horspool: how far the word may move on, by the byte under its end.
  const moves = new Uint32Array(256).fill(wanted.length);
  for (let at = 0; at < last; at++) moves[wanted[at]] = last - at;
  const count = offsets.length - 1;
  let name = 0; // the first one that is not decided
  let at = 0;
  while (at + last < bytes.length) {
    const byte = FOLD[bytes[at + last]];
    let length = last;
    if (byte === wanted[last]) while (length > 0 && FOLD[bytes[at + length - 1]] === wanted[length - 1]) length--;
    if (length > 0 || byte !== wanted[last]) {
      at += moves[byte];
      continue;
    }
    while (offsets[name + 1] <= at) misses[start + name++] = 1;
    at = offsets[++name]; // one place in a name is enough
  }
  while (name < count) misses[start + name++] = 1;
}

/**
 * Mark the rows whose ids do not have all words of a text, file by file.
 * @param {Store} store @param {string} text @param {() => boolean} stale whether nobody waits for this any more
 * @param {(progress: Progress) => void} tell
 */
export async function missText(store, text, stale, tell) {
  const { rows, names } = store.manifest;
  const misses = new Uint8Array(rows);
  const words = wordsOf(text).map(needle);
  for (let row = 0; row < rows; row += names.rows_per_file) {
    const { bytes, offsets, first } = await store.names(row);
    for (const word of words) missWord(bytes, offsets, word, misses, first);
    tell({ stage: "search", done: Math.min(rows, row + names.rows_per_file), total: rows });
    await nextTask();
    if (stale()) return null;
  }
  return misses;
}
