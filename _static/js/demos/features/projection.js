// @ts-check
/** Standardise values and project them, as `dsdocs.features.pca` does. No DOM. */

/** @typedef {{mean: number[], inverse: number[], components: number[][]}} Projection as it is published */

/**
 * Make a function that projects.
 * @param {Projection} stored @returns {(values: Float64Array) => Float64Array<ArrayBuffer>}
 */
export function projection(stored) {
  // Published are the shortest decimals of float32.
  const mean = Float32Array.from(stored.mean);
  const inverse = Float32Array.from(stored.inverse);
  const components = stored.components.map((row) => Float32Array.from(row));
  return (values) => {
    if (values.length !== mean.length) throw new RangeError(`${mean.length} values expected, ${values.length} found`);
    const standard = values.map((value, i) => (value - mean[i]) * inverse[i]);
    return Float64Array.from(components, (row) => {
      let sum = 0;
      for (let i = 0; i < row.length; i += 1) sum += row[i] * standard[i];
      return sum;
    });
  };
}
