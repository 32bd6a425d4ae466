// @ts-check
/** Pixels of a picture from bands on one grid; rounding is that of numpy.rint, which Uint8ClampedArray does by itself. */
/** @import {Limits} from "./types.js" */
/** @import {Rgb} from "./palette.js" */
import { shareOf } from "./stretch.js";

/**
 * Three bands, or one as grey; a pixel without data in any of them is transparent, a channel without data is 0.
 * @param {Float64Array[]} channels three, or one @param {Limits[]} limits of each
 * @returns {Uint8ClampedArray<ArrayBuffer>} RGBA
 */
export function composite(channels, limits) {
  const size = channels[0].length;
  const out = new Uint8ClampedArray(size * 4);
  for (let at = 0; at < size; at++) {
    for (let colour = 0; colour < 3; colour++) {
      const channel = channels.length === 1 ? 0 : colour;
      const value = channels[channel][at];
      if (Number.isNaN(value)) continue;
      out[at * 4 + colour] = grey(value, limits[channel]);
      out[at * 4 + 3] = 255;
    }
  }
  return out;
}

/** A band without contrast is mid-grey: neither black nor white would be true of it. @param {number} value @param {Limits} limits */
const grey = (value, limits) => (limits[1] > limits[0] ? shareOf(value, limits) * 255 : 127);

/**
 * One value of each pixel through a palette; NaN is transparent.
 * @param {Float64Array} values @param {Limits} limits @param {(share: number) => Rgb} colour
 */
export const coloured = (values, limits, colour) => painted(values, (value) => colour(shareOf(value, limits)));

/**
 * @param {Float64Array} values @param {(value: number) => Rgb} colour
 * @returns {Uint8ClampedArray<ArrayBuffer>} RGBA
 */
export function painted(values, colour) {
  const out = new Uint8ClampedArray(values.length * 4);
  for (let at = 0; at < values.length; at++) {
    if (Number.isNaN(values[at])) continue;
    out.set(colour(values[at]), at * 4);
    out[at * 4 + 3] = 255;
  }
  return out;
}

/** @typedef {"diverging" | "sequential"} PaletteName */

/**
 * How values are coloured where the reader has not said: around 0 where they lie on both sides of it.
 * @param {Limits} limits percentiles of the values @param {"automatic" | PaletteName} wanted
 * @returns {{palette: PaletteName, limits: Limits}} limits of a diverging palette lie symmetrically around 0
 */
export function scaleOf([low, high], wanted) {
  const palette = wanted !== "automatic" ? wanted : low < 0 && high > 0 ? "diverging" : "sequential";
  const reach = Math.max(Math.abs(low), Math.abs(high));
  return { palette, limits: palette === "diverging" ? [-reach, reach] : [low, high] };
}
