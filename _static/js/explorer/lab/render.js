// @ts-check
/** From patches and what the reader chose to pixels: the same stretch for all patches that are shown. */
/** @import {Node} from "./formula.js" */
/** @import {KeyedBand, Layer, Limits, Method, Patch} from "./types.js" */
/** @import {PaletteName} from "./palette.js" */
/** @import {Recipe} from "./python.js" */
import { bandsOf, evaluate } from "./evaluate.js";
import { parse } from "./formula.js";
import { onGrid } from "./grid.js";
import { classColour, palette } from "./palette.js";
import { coloured, composite, painted, scaleOf } from "./picture.js";
import { limitsOf, sortedValues } from "./stretch.js";

/**
 * @typedef {{rgb: string[], index: string | null, low: number, high: number, method: Method,
 *   palette: "automatic" | PaletteName}} Settings rgb: keys of three bands, or of one; low and high in percent
 * @typedef {{patch: Patch, pixels: Uint8ClampedArray<ArrayBuffer> | null, values: Float64Array | null,
 *   missing: string[], recipe: Recipe | null}} Picture
 *   values: of the index or map; missing: bands that the patch lacks, for which there are no pixels
 * @typedef {{mode: "rgb" | "index" | "map", keys: string[], limits: Limits[], palette: PaletteName | null,
 *   codes: number[], pictures: Picture[]}} Rendered codes: classes that occur, of a map
 */

/**
 * @param {Patch[]} patches one or two @param {Settings} settings @param {KeyedBand[]} bands
 * @returns {Rendered}
 * @throws {import("./formula.js").FormulaError}
 */
export function render(patches, settings, bands) {
  if (settings.index !== null) return indexed(patches, settings, settings.index, bands);
  const known = settings.rgb.filter((key) => bands.some((band) => band.key === key));
  const map = known.length === 1 && bands.some(({ key, sensor }) => key === known[0] && sensor.kind === "map");
  return map ? mapped(patches, settings, known[0], bands) : composed(patches, settings, known);
}

/** @param {Patch} patch @param {string[]} keys */
const lacking = (patch, keys) => [...new Set(keys)].filter((key) => !patch.layers.has(key));
/** @param {Patch} patch @param {string} key */
const layerOf = (patch, key) => /** @type {Layer} */ (patch.layers.get(key));

/** @param {Patch} patch @param {string[]} missing @returns {Picture} */
const empty = (patch, missing) => ({ patch, pixels: null, values: null, missing, recipe: null });

/** @param {Patch[]} patches @param {Settings} settings @param {string[]} keys @returns {Rendered} */
function composed(patches, { low, high, method }, keys) {
  const limits = keys.map((key) => {
    const layers = patches.flatMap((patch) => patch.layers.get(key) ?? []);
    return limitsOf(sortedValues(layers), low, high);
  });
  const pictures = patches.map((patch) => {
    const missing = lacking(patch, keys);
    if (missing.length || !keys.length) return empty(patch, missing);
    const layers = keys.map((key) => layerOf(patch, key));
    const { id, width, height } = patch;
    const pixels = composite(layers.map((layer) => onGrid(layer, width, height, method)), limits);
    return { patch, pixels, values: null, missing, recipe: { id, width, height, layers, method, limits } };
  });
  return { mode: "rgb", keys, limits, palette: null, codes: [], pictures };
}

/** @param {Patch[]} patches @param {Settings} settings @param {string} text @param {KeyedBand[]} bands @returns {Rendered} */
function indexed(patches, settings, text, bands) {
  const node = parse(text, bands.map(({ key }) => key));
  const keys = bandsOf(node);
  const all = patches.map((patch) => (lacking(patch, keys).length ? null : computed(patch, node, settings.method)));
  const sorted = sortedValues(all.flatMap((values) => (values ? [{ values, nodata: null }] : [])));
  const scale = scaleOf(limitsOf(sorted, settings.low, settings.high), settings.palette);
  const colour = palette(scale.palette);
  const pictures = patches.map((patch, at) => {
    const values = all[at];
    if (!values) return empty(patch, lacking(patch, keys));
    const { id, width, height } = patch;
    const layers = keys.map((key) => layerOf(patch, key));
    const index = { node, text, palette: scale.palette };
    const recipe = { id, width, height, layers, method: settings.method, limits: [scale.limits], index };
    return { patch, pixels: coloured(values, scale.limits, colour), values, missing: [], recipe };
  });
  return { mode: "index", keys, limits: [scale.limits], palette: scale.palette, codes: [], pictures };
}

/** @param {Patch} patch @param {Node} node @param {Method} method */
function computed(patch, node, method) {
  const { width, height } = patch;
  /** @type {Map<string, Float64Array>} */
  const grids = new Map();
  return evaluate(node, width * height, (key) => {
    const grid = grids.get(key) ?? onGrid(layerOf(patch, key), width, height, method);
    grids.set(key, grid);
    return grid;
  });
}

/** @param {Patch[]} patches @param {Settings} _ @param {string} key @param {KeyedBand[]} bands @returns {Rendered} */
function mapped(patches, _, key, bands) {
  const classes = bands.find((band) => band.key === key)?.sensor.classes ?? {};
  /** @type {Map<number, import("./palette.js").Rgb>} */
  const colours = new Map();
  const colour = (/** @type {number} */ code) => {
    const found = colours.get(code) ?? classColour(code, classes[code]?.colour);
    colours.set(code, found);
    return found;
  };
  const pictures = patches.map((patch) => {
    const missing = lacking(patch, [key]);
    if (missing.length) return empty(patch, missing);
    const layer = layerOf(patch, key);
    const { id, width, height } = patch;
    // Codes are names, not amounts: there is nothing between two of them.
    const values = onGrid(layer, width, height, "nearest");
    const pixels = painted(values, colour);
    const found = [...new Set(values)].filter((code) => !Number.isNaN(code)).sort((a, b) => a - b);
    /** @type {[number, number[]][]} */
    const listed = found.map((code) => [code, colour(code)]);
    /** @type {Recipe} */
    const recipe = { id, width, height, layers: [layer], method: "nearest", limits: [], classes: listed };
    return { patch, pixels, values, missing, recipe };
  });
  return { mode: "map", keys: [key], limits: [], palette: null, codes: [...colours.keys()].sort((a, b) => a - b), pictures };
}
