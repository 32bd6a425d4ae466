// @ts-check
/** Data on both sides of 180 degrees is shown together: it is cut at the widest gap between its own longitudes. Pure. */

const BINS = 1440;

/**
 * Where the data has its widest gap around the globe.
 * @param {Float32Array} x local; NaN is left out @param {number} centre world x of local 0
 * @returns {number | null} world x of the middle of the gap; null where the gap is at 180 degrees, or there is no data
 */
export function seamOf(x, centre) {
  const taken = new Uint8Array(BINS + 1);
  for (let row = 0; row < x.length; row++) {
    // A turn added, so that cutting off is rounding down; what is no number goes to the place behind the last.
    const bin = (x[row] + centre + 1) * BINS;
    taken[bin >= 0 ? (bin | 0) % BINS : BINS] = 1;
  }
  let [best, start, run] = [0, 0, 0];
  // Two turns, so that a gap over the end of the first is seen whole.
  for (let bin = 0; bin < 2 * BINS; bin++) {
    run = taken[bin % BINS] ? 0 : run + 1;
    if (run > best) [best, start] = [run, bin - run + 1];
  }
  if (best >= BINS) return null;
  const atEnd = (!taken[0] && start % BINS === 0) || start + best >= BINS;
  return best === 0 || atEnd ? null : ((start + best / 2) % BINS) / BINS;
}

/**
 * Put what lies west of the seam one turn further east.
 * @param {Float32Array} x local @param {number} centre @param {number | null} seam world x
 * @returns {Float32Array} the same array without a seam
 */
export function unwrapped(x, centre, seam) {
  if (seam === null) return x;
  const local = seam - centre;
  return x.map((value) => (value < local ? value + 1 : value));
}
