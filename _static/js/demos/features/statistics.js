// @ts-check
/** Five figures of each band, as `dsdocs.features.statistics` has them. No DOM. */

/**
 * @param {Float32Array} pixels band after band @param {number} bands
 * @returns {Float64Array<ArrayBuffer>} of each band mean, standard deviation, skewness, minimum, maximum
 */
export function statistics(pixels, bands) {
  const found = new Float64Array(5 * bands);
  const size = pixels.length / bands;
  for (let band = 0; band < bands; band += 1) {
    found.set(figures(pixels.subarray(band * size, (band + 1) * size)), 5 * band);
  }
  return found;
}

/** @param {Float32Array} values */
function figures(values) {
  let [low, high, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
  }
  if (low === high) return [low, 0, 0, low, low];
  const mean = sum / values.length;
  let [second, third] = [0, 0];
  for (const value of values) {
    const off = value - mean;
    second += off * off;
    third += off * off * off;
  }
  const variance = second / values.length;
  const deviation = Math.sqrt(variance);
  return [mean, deviation, third / values.length / (variance * deviation), low, high];
}
