// @ts-check
/** Patches of many bands as three channels of 0 to 255, as `dsdocs.features.rgb` makes them. No DOM. */

/** @typedef {{projection: import("./projection.js").Projection, low: number[], scale: number[]}} Adapter as published */

/**
 * Make the adapter.
 * @param {Adapter} stored @returns {(pixels: Float32Array) => Float32Array<ArrayBuffer>}
 */
export function adapter(stored) {
  const mean = Float32Array.from(stored.projection.mean);
  const inverse = Float32Array.from(stored.projection.inverse);
  const channels = stored.projection.components.map((row, channel) => ({
    weights: Float64Array.from(Float32Array.from(row), (weight, band) => weight * inverse[band]),
    low: Math.fround(stored.low[channel]),
    scale: Math.fround(stored.scale[channel]),
  }));
  return (pixels) => {
    const size = pixels.length / mean.length;
    const result = new Float32Array(channels.length * size);
    channels.forEach(({ weights, low, scale }, channel) => {
      for (let i = 0; i < size; i += 1) {
        let sum = 0;
        for (let band = 0; band < weights.length; band += 1) sum += weights[band] * (pixels[band * size + i] - mean[band]);
        result[channel * size + i] = Math.min(Math.max((sum - low) * scale, 0), 255);
      }
    });
    return result;
  };
}
