// @ts-check
/** The hand-made encoders, as `dsdocs.features.handmade` has them. No DOM. */
import { histograms } from "./histogram.js";
import { patterns } from "./lbp.js";
import { projection } from "./projection.js";
import { statistics } from "./statistics.js";

/** @typedef {import("./histogram.js").Bins} Bins */
/** @typedef {import("./projection.js").Projection} Projection */
/**
 * @typedef {{statistics: boolean, histogram: Bins | null, projection: Projection | null,
 *   lbp: {greys: number[][], rings: [number, number][]} | null}} Parameters `greys`: places of the bands to add up
 */

/**
 * Make an encoder.
 * @param {Parameters} parameters as published @param {{bands: string[], size: number[]}} input rows and columns in px
 * @returns {(pixels: Float32Array) => Float32Array<ArrayBuffer>} of values as stored, band after band
 */
export function handMade(parameters, { bands, size: [rows, columns] }) {
  const project = parameters.projection ? projection(parameters.projection) : null;
  return (pixels) => {
    /** @type {Float64Array[]} */
    const parts = [];
    if (parameters.statistics) parts.push(statistics(pixels, bands.length));
    if (parameters.histogram) parts.push(histograms(pixels, parameters.histogram));
    for (const grey of parameters.lbp?.greys ?? []) {
      const image = greyOf(pixels, grey, rows * columns);
      for (const ring of parameters.lbp?.rings ?? []) parts.push(patterns(image, rows, columns, ring).map(Math.sqrt));
    }
    const raw = Float64Array.from(parts.flatMap((part) => [...part]));
    return Float32Array.from(project ? project(raw) : raw);
  };
}

/** Add bands up, one after the other. @param {Float32Array} pixels @param {number[]} bands @param {number} size pixels of a band */
function greyOf(pixels, bands, size) {
  const grey = pixels.slice(bands[0] * size, (bands[0] + 1) * size);
  // A Float32Array rounds each sum, as Python does.
  for (const band of bands.slice(1)) {
    for (let i = 0; i < size; i += 1) grey[i] += pixels[band * size + i];
  }
  return grey;
}
