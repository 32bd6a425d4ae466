// @ts-check
/** An encoder of the manifest, ready to run in the page. */
import { fetchBytes, fileLoader } from "../../explorer/core/manifest.js";
import { handMade } from "./handmade.js";
import { adapter } from "./rgb.js";
/** @import {Entry} from "../../explorer/core/types.js" */

/**
 * @typedef {{name: string, title: string, kind: string, browser: boolean, dimensions: number,
 *   input: {asset: string, bands: string[], size: number[]}, parameters: Entry | null, model: Entry | null,
 *   output?: string | null}} EncoderEntry
 * @typedef {{encode: (pixels: Float32Array) => Promise<Float32Array>}} Encoder `pixels`: values as stored on the grid
 *   of the input, band after band
 */

/**
 * Open an encoder; nothing is fetched before.
 * @param {EncoderEntry} entry @param {string} manifestUrl what its files lie beside
 * @param {{onProgress?: (done: number, total: number) => void}} [options] bytes of the model
 * @returns {Promise<Encoder>}
 */
export async function openEncoder(entry, manifestUrl, { onProgress } = {}) {
  if (!entry.browser) throw new Error(`${entry.title} runs in Python only`);
  const base = new URL(manifestUrl, globalThis.document?.baseURI).href;
  const parameters = entry.parameters ? await parametersOf(entry.parameters, base) : {};
  const { bands, size } = entry.input;
  const length = bands.length * size[0] * size[1];
  const adapt = parameters.rgb ? adapter(parameters.rgb) : null;
  const run = entry.model ? await modelOf(entry, base, adapt ? 3 : bands.length, onProgress) : handMade(parameters, entry.input);
  return {
    async encode(pixels) {
      if (pixels.length !== length) throw new RangeError(`${entry.title}: ${length} values expected, ${pixels.length} found`);
      const vector = await run(adapt ? adapt(pixels) : pixels);
      if (vector.length !== entry.dimensions) {
        throw new RangeError(`${entry.title}: ${entry.dimensions} dimensions expected, ${vector.length} found`);
      }
      return vector;
    },
  };
}

/** @param {Entry} entry @param {string} base */
async function parametersOf(entry, base) {
  return JSON.parse(new TextDecoder().decode(await fileLoader(base, fetchBytes)(entry)));
}

/**
 * @param {EncoderEntry} entry @param {string} base @param {number} channels
 * @param {((done: number, total: number) => void) | undefined} onProgress
 */
async function modelOf(entry, base, channels, onProgress) {
  const { openModel } = await import("../core/onnx.js");
  const { path, ...file } = /** @type {Entry} */ (entry.model);
  const model = await openModel(new URL(path, base).href, { ...file, onProgress });
  const [height, width] = entry.input.size;
  const output = entry.output ?? "features";
  return async (/** @type {Float32Array} */ pixels) => {
    const found = await model.run(pixels, [1, channels, height, width]);
    if (!found[output]) throw new Error(`${entry.title}: the model has no output ${output}`);
    return found[output];
  };
}
