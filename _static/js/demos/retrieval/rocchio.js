// @ts-check
/**
 * "More like these, not like those": a query moves towards what a reader likes and away from what one does not.
 * J. J. Rocchio, Relevance feedback in information retrieval, 1971. No DOM.
 */

/** Weights of the query, of the mean of the liked and of the mean of the disliked: usual since Salton's experiments. */
export const WEIGHTS = Object.freeze({ query: 1, more: 0.75, less: 0.15 });

/**
 * (a q + b mean(M) - c mean(L)) / (a + b - c), in which b or c is zero where nothing is liked or disliked.
 *
 * Rocchio compares directions, for which the length of a query does not matter. Distances are compared here, so the
 * weights are divided by their sum: then the query stays among the descriptors, wherever their origin is.
 * @param {Float32Array | null} query (d); null: there is none but the marks, and `more` is not empty
 * @param {Float32Array[]} more (d) each @param {Float32Array[]} less (d) each
 * @param {{query: number, more: number, less: number}} [weights]
 * @returns {Float32Array} (d), summed in 64 bits
 */
export function moved(query, more, less, weights = WEIGHTS) {
  const size = (query ?? more[0])?.length;
  if (!size) throw new RangeError("neither a query nor an example is given");
  for (const one of [...more, ...less]) {
    if (one.length !== size) throw new RangeError(`a descriptor has ${one.length} values, the query ${size}`);
  }
  const a = query ? weights.query : 0;
  const b = more.length ? weights.more : 0;
  const c = less.length ? weights.less : 0;
  const whole = a + b - c;
  if (!(whole > 0)) throw new RangeError(`weights sum up to ${whole}; expected more than 0`);
  const result = new Float32Array(size);
  for (let at = 0; at < size; at++) {
    const liked = b ? (b * sum(more, at)) / more.length : 0;
    const disliked = c ? (c * sum(less, at)) / less.length : 0;
    result[at] = ((query ? a * query[at] : 0) + liked - disliked) / whole;
  }
  return result;
}

/** @param {Float32Array[]} vectors @param {number} at */
function sum(vectors, at) {
  let total = 0;
  for (const vector of vectors) total += vector[at];
  return total;
}
