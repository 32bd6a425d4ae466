// @ts-check
/** Whether the numbers of a file are in the unit of the archive. No DOM. */

/** @typedef {{key: string, title: string, factor: number, offset: number}} Scale value = (stored + offset) x factor */

/** @type {Scale[]} */
export const SCALES = [
  { key: "same", title: "as they are", factor: 1, offset: 0 },
  { key: "less1000", title: "less 1,000 (Sentinel-2 since January 2022, baseline 04.00)", factor: 1, offset: -1000 },
  { key: "x10000", title: "times 10,000 (reflectance from 0 to 1)", factor: 10000, offset: 0 },
  { key: "x255", title: "times 255 (colours from 0 to 1)", factor: 255, offset: 0 },
  { key: "per257", title: "divided by 257 (colours of 16 bits)", factor: 1 / 257, offset: 0 },
  { key: "x39", title: "times 39.2 (colours from 0 to 255 as reflectance up to 10,000)", factor: 10000 / 255, offset: 0 },
  { key: "per10000", title: "divided by 10,000", factor: 1 / 10000, offset: 0 },
];

const FAR = 6; // times larger or smaller than usual before it is said

/**
 * Compare the means of bands with those of the archive, and name the scale that brings them closest.
 * @param {number[]} means of the file, as stored @param {(number | null)[]} usual of the same bands in the archive
 * @returns {{ratio: number, scale: Scale} | null} null: nothing is odd, or it cannot be told
 */
export function oddScale(means, usual) {
  const ratios = means.flatMap((mean, at) => {
    const other = usual[at];
    return other !== null && other !== undefined && other > 0 && mean > 0 ? [mean / other] : [];
  });
  if (!ratios.length) return null;
  ratios.sort((a, b) => a - b);
  const ratio = ratios[ratios.length >> 1];
  if (ratio < FAR && ratio > 1 / FAR) return null;
  const distance = (/** @type {Scale} */ scale) => Math.abs(Math.log(ratio * scale.factor));
  const scale = SCALES.filter(({ offset }) => !offset).reduce((best, one) => (distance(one) < distance(best) ? one : best));
  return { ratio, scale };
}

/** @param {Float32Array} values @param {Uint8Array | null} mask @returns {number} NaN without data */
export function meanOf(values, mask) {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (mask && !mask[i]) continue;
    sum += values[i];
    count++;
  }
  return sum / count;
}
