// @ts-check
/** Histograms of bands, as `dsdocs.features.histogram` has them. No DOM. */

/** @typedef {{bins: number, low: ArrayLike<number>, scale: ArrayLike<number>}} Bins of each band: start, bins per unit */

/**
 * @param {Float32Array} pixels band after band @param {Bins} bins
 * @returns {Float64Array<ArrayBuffer>} of each band the square roots of the shares of its pixels in each bin
 */
export function histograms(pixels, bins) {
  const bands = bins.low.length;
  const size = pixels.length / bands;
  const found = new Float64Array(bands * bins.bins);
  for (let band = 0; band < bands; band += 1) {
    const low = Math.fround(bins.low[band]);
    const scale = Math.fround(bins.scale[band]);
    for (let i = band * size; i < (band + 1) * size; i += 1) {
      // Rounded after each step, because Python counts in float32.
      const place = Math.fround(Math.fround(pixels[i] - low) * scale);
      found[band * bins.bins + Math.trunc(Math.min(Math.max(place, 0), bins.bins - 1))] += 1;
    }
  }
  return found.map((count) => Math.sqrt(count / size));
}
