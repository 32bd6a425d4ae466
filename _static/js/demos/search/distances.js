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
 * Squared distances of each word of each codebook to what is left of a query when a centroid is taken away.
 * @param {Float32Array} books (parts, 256, width) @param {Float64Array} query
 * @param {Float32Array} centroids @param {number} which @param {Float64Array} table is filled (parts, 256)
 */
export function fillTable(books, query, centroids, which, table) {
  const width = books.length / table.length;
  const from = which * query.length;
  for (let entry = 0, at = 0; entry < table.length; entry++) {
    const first = (entry >> 8) * width;
    let total = 0;
    for (let axis = first; axis < first + width; axis++, at++) {
      const step = query[axis] - centroids[from + axis] - books[at];
      total += step * step;
    }
    table[entry] = total;
  }
}

/**
 * Squared distances of coded vectors: a look into the table for each byte.
 * @param {Uint8Array} codes all first bytes, then all second ones @param {number} n codes in all
 * @param {number} first @param {number} last codes to look at @param {Float64Array} table (parts, 256)
 * @param {Float64Array} found is filled from `first` to `last`
 */
export function lookUp(codes, n, first, last, table, found) {
  found.fill(0, first, last);
  for (let from = 0, place = 0; from < codes.length; from += n, place += 256) {
    for (let i = first; i < last; i++) found[i] += table[place + codes[from + i]];
  }
}

/**
 * The smallest of some distances, equal ones by row.
 * @param {Float64Array} distances @param {ArrayLike<number>} rows @param {number} k
 * @returns {number[]} their places, smallest first
 */
export function smallest(distances, rows, k) {
  const n = distances.length;
  const bound = n > k ? Float64Array.from(distances).sort()[k - 1] : Infinity;
  const places = [];
  for (let i = 0; i < n; i++) if (distances[i] <= bound) places.push(i);
  return places.sort((a, b) => distances[a] - distances[b] || rows[a] - rows[b]).slice(0, k);
}
