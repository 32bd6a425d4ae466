// @ts-check
/** A patch of the archive as a model takes it: the same grid as in Python. No DOM. */
import { resample } from "../core/resample.js";
/** @import {Library} from "../../explorer/lab/library.js" */
/** @import {Patch} from "../../explorer/lab/types.js" */
/** @import {Input} from "../input/types.js" */

/** Whether the site has all bands of a patch, whole. @param {Library} library @param {number} row @param {Input} input */
export function hasAll(library, row, input) {
  const entries = (library.byRow.get(row) ?? []).filter(({ asset }) => asset === input.asset);
  const names = new Set(entries.flatMap(({ bands }) => bands.filter(({ window }) => !window).map(({ name }) => name)));
  return input.bands.every((name) => names.has(name));
}

/** @param {Patch} patch @param {Input} input @returns {Float32Array<ArrayBuffer>} (bands, height, width), raw values */
export function tensorOf(patch, { asset, bands, size }) {
  const plane = size[0] * size[1];
  const tensor = new Float32Array(bands.length * plane);
  bands.forEach((name, at) => {
    const layer = [...patch.layers.values()].find(({ band }) => band.sensor.asset === asset && band.name === name);
    if (!layer || layer.window) throw new RangeError(`${patch.id}: ${asset} has no ${name} here, or only a part of it`);
    // What is no number becomes 0, as in dsdocs.features.inputs.
    const values = Float32Array.from(layer.values, (value) => (Number.isFinite(value) ? value : 0));
    tensor.set(resample(values, [layer.height, layer.width], size), at * plane);
  });
  return tensor;
}
