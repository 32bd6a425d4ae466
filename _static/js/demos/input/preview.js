// @ts-check
/** A tensor as a picture. */
import { limitsOf, shareOf, sortedValues } from "../../explorer/lab/stretch.js";
/** @import {Input, Sensor} from "./types.js" */

/** Places of the bands that stand for red, green and blue; one band alone is grey. @param {Input} input @param {Sensor | undefined} sensor @returns {number[]} */
export function channels({ bands }, sensor) {
  const colours = (sensor?.true_colour ?? []).map((name) => bands.indexOf(name));
  if (colours.length === 3 && colours.every((at) => at >= 0)) return colours;
  return bands.length >= 3 ? [0, 1, 2] : [0, 0, 0];
}

/**
 * Draw a tensor, each channel stretched from its 2nd to its 98th percentile.
 * @param {HTMLCanvasElement} canvas @param {Float32Array} tensor (bands, height, width) @param {Input} input
 * @param {Sensor | undefined} sensor
 */
export function drawTensor(canvas, tensor, input, sensor) {
  const [height, width] = input.size;
  const plane = height * width;
  [canvas.width, canvas.height] = [width, height];
  const pixels = new Uint8ClampedArray(4 * plane).fill(255);
  channels(input, sensor).forEach((band, channel) => {
    const values = /** @type {Float32Array<ArrayBuffer>} */ (tensor.subarray(band * plane, (band + 1) * plane));
    const limits = limitsOf(sortedValues([{ values, nodata: null }]), 2, 98);
    for (let i = 0; i < plane; i++) pixels[4 * i + channel] = 255 * shareOf(values[i], limits);
  });
  canvas.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
}
