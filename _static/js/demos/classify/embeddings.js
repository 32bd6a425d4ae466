// @ts-check
/** Stored embeddings with what is true of their patches. No DOM. */
import { prepared } from "./probe.js";

/**
 * @typedef {{rows: Uint32Array, x: Float64Array, dimensions: number, total: number, classes: string[],
 *   has: (place: number, at: number) => boolean | null}} Embeddings
 *   rows: of the explorer, one for each place; x: prepared, row-major; has: whether a patch has a class, null: not known
 */

/**
 * @param {any} explorer @param {any} labels its column @param {any} searcher of the retrieval @param {number} most patches
 * @param {(done: number, total: number) => void} onProgress @returns {Promise<Embeddings>}
 */
export async function openEmbeddings(explorer, labels, searcher, most, onProgress) {
  const [{ rows, vectors, total }, codes, sets] = await Promise.all([
    searcher.all(most, { onProgress }), explorer.codes("labels"), explorer.sets("labels"),
  ]);
  const { dimensions } = searcher.entry;
  if (vectors.length !== rows.length * dimensions) throw new RangeError(`${rows.length * dimensions} numbers expected, ${vectors.length} found`);
  const classes = labels.terms.filter((/** @type {any} */ term) => term.level === 0).map((/** @type {any} */ term) => term.name);
  return {
    rows, dimensions, total, classes, x: prepared(vectors, dimensions),
    has(place, at) {
      const set = sets[codes[rows[place]]];
      return set ? set.includes(at) : null;
    },
  };
}
