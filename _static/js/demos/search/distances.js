// @ts-check
/**
 * Distances, in float64 and summed one dimension after the other, as `dsdocs.retrieval` does: the same bits.
 * Every square is rounded before it is added; JavaScript has no fused operation that would not.
 */

/** Squared distances of vectors to a query. @param {Float32Array} vectors row-major @param {Float64Array} query */
export function squared(vectors, query) {
  const d = query.length;
  const found = new Float64Array(vectors.length / d);
  for (let row = 0, at = 0; row < found.length; row++) {
    let total = 0;
    for (let axis = 0; axis < d; axis++, at++) {
      const step = vectors[at] - query[axis];
      total += step * step;
    }
    found[row] = total;
  }
  return found;
}

/** A vector along other axes. @param {Float32Array} rotation (axes, d) @param {Float64Array} vector */
export function turned(rotation, vector) {
  const d = vector.length;
  const found = new Float64Array(rotation.length / d);
  for (let row = 0, at = 0; row < found.length; row++) {
    let total = 0;
    for (let axis = 0; axis < d; axis++, at++) total += rotation[at] * vector[axis];
    found[row] = total;
  }
  return found;
}

/** Vectors as they were before they were turned. @param {Float32Array} rotation (axes, d) @param {Float32Array} vectors @param {number} d */
export function turnedBack(rotation, vectors, d) {
  const axes = rotation.length / d;
  const found = new Float32Array((vectors.length / axes) * d);
  const total = new Float64Array(d);
  for (let from = 0, to = 0; from < vectors.length; from += axes, to += d) {
    total.fill(0);
    for (let axis = 0, at = 0; axis < axes; axis++) {
      const value = vectors[from + axis];
      for (let i = 0; i < d; i++, at++) total[i] += rotation[at] * value;
    }
    found.set(total, to);
  }
  return found;
}

/**
 * Squared distances of coded vectors to what is left of a query when their centroid is taken away: part by part, which
 * is what looks into a table of distances to all words would sum up. A shard has fewer vectors than a table words.
 * @param {Uint8Array} codes all first bytes, then all second ones @param {number} n codes in all
 * @param {number} first @param {number} last codes to look at @param {Float64Array} left of the query
 * @param {Float32Array} books (parts, 256, width) @param {Float64Array} found is filled from `first` to `last`
 */
export function compared(codes, n, first, last, left, books, found) {
  const width = (left.length * n) / codes.length;
  for (let i = first; i < last; i++) {
    let total = 0;
    for (let from = i, axis = 0, part = 0; from < codes.length; from += n, part += 256) {
      let own = 0;
      for (let at = (part + codes[from]) * width, end = at + width; at < end; at++, axis++) {
        const step = left[axis] - books[at];
        own += step * step;
      }
      total += own;
    }
    found[i] = total;
  }
}

/**
 * The smallest of some distances, equal ones by row.
 * @param {Float64Array} distances @param {ArrayLike<number> | null} rows null: equal ones by place @param {number} k
 * @returns {number[]} their places, smallest first
 */
export function smallest(distances, rows, k) {
  const order = (/** @type {number} */ a, /** @type {number} */ b) => distances[a] - distances[b] || (rows ? rows[a] - rows[b] : a - b);
  /** @type {number[]} */
  let places = [];
  let bound = Infinity;
  for (let i = 0; i < distances.length; i++) {
    if (distances[i] > bound) continue;
    places.push(i);
    if (places.length < 4 * k) continue;
    places = places.sort(order).slice(0, k); // now and then, so that few are ever sorted
    bound = distances[places[k - 1]];
  }
  return places.sort(order).slice(0, k);
}
