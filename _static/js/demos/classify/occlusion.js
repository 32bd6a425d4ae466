// @ts-check
/**
 * What a model looked at: how much the score of a class falls when a part of the picture is covered with grey (Zeiler and
 * Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, section 4.2). No DOM.
 */
/** @import {Input} from "../input/types.js" */

/** @typedef {{x: number, y: number, width: number, height: number}} Cover px */

/**
 * Places of a square that slides over a picture, its last places flush with the edges.
 * @param {[number, number]} size height, width, px @param {number} edge @param {number} step @returns {Cover[]} row by row
 */
export function covers([height, width], edge, step) {
  const starts = (/** @type {number} */ length) => {
    const side = Math.min(edge, length);
    const found = [];
    for (let at = 0; at < length - side; at += step) found.push(at);
    return [...found, length - side];
  };
  const [rows, columns] = [starts(height), starts(width)];
  return rows.flatMap((y) => columns.map((x) => ({ x, y, width: Math.min(edge, width), height: Math.min(edge, height) })));
}

/** The mean of each band: the grey that stands where a part is covered. @param {Float32Array} tensor @param {number} bands @returns {number[]} */
export function greyOf(tensor, bands) {
  const plane = tensor.length / bands;
  return Array.from({ length: bands }, (_, band) => {
    let sum = 0;
    for (let i = 0; i < plane; i++) sum += tensor[band * plane + i];
    return sum / plane;
  });
}

/** @param {Float32Array} tensor (bands, height, width) @param {Input} input @param {Cover} cover @param {number[]} grey of each band */
export function covered(tensor, { bands, size: [height, width] }, cover, grey) {
  const out = tensor.slice();
  bands.forEach((_, band) => {
    for (let row = cover.y; row < cover.y + cover.height; row++) {
      const from = (band * height + row) * width + cover.x;
      out.fill(grey[band], from, from + cover.width);
    }
  });
  return out;
}

/**
 * Slide the grey square over a picture. Each pixel gets the mean drop of the squares that cover it.
 * @param {Float32Array} tensor (bands, height, width) @param {Input} input
 * @param {(tensor: Float32Array) => Promise<ArrayLike<number>>} scores probabilities of all classes
 * @param {number} target class @param {{edge: number, step: number, signal: AbortSignal, onProgress: (done: number, total: number) => void}} how
 * @returns {Promise<{base: number, drops: Float32Array}>} base: score of the whole picture; drops: (height, width)
 * @throws {DOMException} AbortError, where the signal says so
 */
export async function occlusion(tensor, input, scores, target, { edge, step, signal, onProgress }) {
  const [height, width] = input.size;
  const places = covers(input.size, edge, step);
  const grey = greyOf(tensor, input.bands.length);
  const base = (await scores(tensor))[target];
  const [sum, times] = [new Float64Array(height * width), new Uint16Array(height * width)];
  for (const [done, cover] of places.entries()) {
    signal.throwIfAborted();
    const drop = base - (await scores(covered(tensor, input, cover, grey)))[target];
    for (let row = cover.y; row < cover.y + cover.height; row++) {
      for (let at = row * width + cover.x; at < row * width + cover.x + cover.width; at++) {
        sum[at] += drop;
        times[at]++;
      }
    }
    onProgress(done + 1, places.length);
  }
  signal.throwIfAborted();
  return { base, drops: Float32Array.from(sum, (value, at) => (times[at] ? value / times[at] : 0)) };
}
