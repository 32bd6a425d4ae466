// @ts-check
/** The middle of a file on the grid of a model: the same ground size, the same number of pixels. No DOM. */
import { lengthSaid } from "../core/said.js";
import { resample } from "../core/resample.js";
/** @import {Input, Raster, Window} from "./types.js" */
import { InputError } from "./types.js";

const TOLERANCE = 0.02; // of a length; less is below a pixel of any patch
/** @typedef {[number, number] | null} Ground metres along x and y that a patch of the archive covers */

/**
 * The window in the middle that covers as much ground as a patch, or as much of it as the file has.
 * @param {{width: number, height: number, gsd: [number, number] | null}} raster @param {Ground} ground
 * @param {Input} input @returns {Window & {notes: string[]}}
 */
export function middle({ width, height, gsd }, ground, { size }) {
  /** @type {string[]} */
  const notes = [];
  const shape = size[1] / size[0];
  let [w, h] = height * shape <= width ? [height * shape, height] : [width, width / shape];
  if (!gsd || !ground) {
    const reason = gsd ? "How much ground a patch of the archive covers is not known" : "How large a pixel is on the ground is not known";
    notes.push(`${reason}, so the whole middle of the file is taken. The model may see things in another size than it has learned.`);
  } else {
    const [needX, needY] = [ground[0] / gsd[0], ground[1] / gsd[1]];
    const [hasX, hasY] = [width * gsd[0], height * gsd[1]];
    if (needX > width * (1 + TOLERANCE) || needY > height * (1 + TOLERANCE)) {
      // As much as there is in the shape of a patch on the ground; pixels need not be square.
      const share = Math.min(width / needX, height / needY);
      [w, h] = [needX * share, needY * share];
      notes.push(`The file covers ${lengthSaid(hasX)} \u00d7 ${lengthSaid(hasY)}, a patch of the archive ${lengthSaid(ground[0])} \u00d7 ${lengthSaid(ground[1])}: what is in it appears ${(1 / share).toFixed(1)} times as large as the model has learned it.`);
    } else [w, h] = [needX, needY];
  }
  const [cols, rows] = [Math.min(Math.max(Math.round(w), 1), width), Math.min(Math.max(Math.round(h), 1), height)];
  return { x: Math.floor((width - cols) / 2), y: Math.floor((height - rows) / 2), width: cols, height: rows, notes };
}

/**
 * @param {Raster} raster @param {(number | null)[]} places bands of the file, one for each of the model @param {Window} window
 * @param {Input} input @param {{factor: number, offset: number}} scale value = (stored + offset) x factor
 * @returns {{tensor: Float32Array<ArrayBuffer>, missing: number}} (bands, height, width); missing: share without data
 */
export function toTensor(raster, places, window, { bands, size: [rows, columns] }, { factor, offset }) {
  const plane = rows * columns;
  const tensor = new Float32Array(bands.length * plane);
  const valid = maskOf(raster, window);
  const count = valid.reduce((sum, one) => sum + one, 0);
  if (!count) throw new InputError("The middle of the file has no data; choose a file, or cut one out, whose middle has.");
  bands.forEach((name, at) => {
    const place = places[at];
    if (place === null || !raster.bands[place]) throw new InputError(`Say which band of the file is ${name}.`);
    const values = cut(raster, raster.bands[place].values, window);
    fillHoles(values, valid, count);
    for (let i = 0; i < values.length; i++) values[i] = (values[i] + offset) * factor;
    tensor.set(resample(values, [window.height, window.width], [rows, columns]), at * plane);
  });
  return { tensor, missing: 1 - count / valid.length };
}

/** @param {Raster} raster @param {Window} window */
function maskOf(raster, { x, y, width, height }) {
  const valid = new Uint8Array(width * height).fill(1);
  if (raster.mask) for (let row = 0; row < height; row++) valid.set(raster.mask.subarray((y + row) * raster.width + x, (y + row) * raster.width + x + width), row * width);
  return valid;
}

/** @param {Raster} raster @param {Float32Array} values @param {Window} window */
function cut(raster, values, { x, y, width, height }) {
  const out = new Float32Array(width * height);
  for (let row = 0; row < height; row++) out.set(values.subarray((y + row) * raster.width + x, (y + row) * raster.width + x + width), row * width);
  return out;
}

/** Put the mean of the band where there is no data: a value from nowhere would count as something seen. @param {Float32Array} values @param {Uint8Array} valid @param {number} count */
function fillHoles(values, valid, count) {
  if (count === values.length) return;
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (valid[i]) sum += values[i];
  const mean = sum / count;
  for (let i = 0; i < values.length; i++) if (!valid[i]) values[i] = mean;
}
