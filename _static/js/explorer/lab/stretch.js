// @ts-check
/** Which values of a band become black and white. */
/** @import {Limits, Values} from "./types.js" */

/** @param {number} value @param {number | null} nodata */
export const isData = (value, nodata) => Number.isFinite(value) && value !== nodata;

/**
 * All values with data, ascending; of several patches together, so that they are shown alike.
 * @param {{values: Values, nodata: number | null}[]} parts
 */
export function sortedValues(parts) {
  const found = new Float64Array(parts.reduce((sum, { values }) => sum + values.length, 0));
  let count = 0;
  for (const { values, nodata } of parts) {
    for (const value of values) if (isData(value, nodata)) found[count++] = value;
  }
  return found.subarray(0, count).sort();
}

/**
 * Percentile with linear interpolation between ranks, as numpy.percentile (Hyndman and Fan, 1996, definition 7).
 * @param {Float64Array} sorted ascending @param {number} percent 0 to 100
 */
export function percentile(sorted, percent) {
  if (!sorted.length) return NaN;
  const rank = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(rank);
  const low = sorted[below];
  return low + (sorted[Math.min(below + 1, sorted.length - 1)] - low) * (rank - below);
}

/**
 * @param {Float64Array} sorted @param {number} low percent @param {number} high percent
 * @returns {Limits} (0, 0) where there is no data
 */
export function limitsOf(sorted, low, high) {
  return sorted.length ? [percentile(sorted, low), percentile(sorted, high)] : [0, 0];
}

/**
 * Share of the way from the lower to the upper limit, ends clipped; the middle where both are equal.
 * @param {number} value @param {Limits} limits
 */
export function shareOf(value, [low, high]) {
  if (!(high > low)) return 0.5;
  return Math.min(Math.max((value - low) / (high - low), 0), 1);
}
