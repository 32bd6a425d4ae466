// @ts-check
/** Python code that makes a picture of the lab again from the files of the archive, to the byte. */
/** @import {Node} from "./formula.js" */
/** @import {Layer, Limits, Method} from "./types.js" */
import { inPython } from "./evaluate.js";
import { STOPS, rgbOf } from "./palette.js";

/**
 * @typedef {{id: string, width: number, height: number, layers: Layer[], method: Method, limits: Limits[],
 *   index?: {node: Node, text: string, palette: "diverging" | "sequential"}, classes?: [number, number[]][]}} Recipe
 *   layers: those that the picture or its formula uses; classes: code and colour of each class of a map
 */

/** Text as a Python literal: JSON's escapes are Python's as well. @param {string} text */
const literal = (text) => JSON.stringify(text).replace(/[\u007f-\uffff]/g, escaped);
/** @param {string} unit */
const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

const READ = `
import numpy as np
import rasterio
from PIL import Image
from rasterio.windows import Window

archive = "."  # the folder that the archive was unpacked to


def band(path, number=1, window=None, nodata=None):
    with rasterio.open(f"{archive}/{path}") as file:
        values = file.read(number, window=window and Window(*window)).astype(np.float64)
    return np.where(np.isfinite(values) & (values != nodata), values, np.nan)
`;

const NEAREST = `

def nearest(values, shape):
    places = [np.floor((np.arange(n) + 0.5) * size / n).astype(int) for n, size in zip(shape, values.shape)]
    return values[np.ix_(*places)]
`;

const BILINEAR = `

def bilinear(values, shape):
    def corners(n, size):
        place = np.clip((np.arange(n) + 0.5) * size / n - 0.5, 0, size - 1)
        first = np.floor(place).astype(int)
        return (first, 1 - (place - first)), (np.minimum(first + 1, size - 1), place - first)

    total = weights = 0
    for rows, down in corners(shape[0], values.shape[0]):
        for columns, along in corners(shape[1], values.shape[1]):
            part = values[np.ix_(rows, columns)]
            weight = np.where(np.isfinite(part), down[:, None] * along, 0)
            total, weights = total + np.nan_to_num(part) * weight, weights + weight
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(nearest(values, shape)), total / weights, np.nan)
`;

const SHARE = `

def share(values, low, high, level):
    return np.clip((values - low) / (high - low), 0, 1) if high > low else np.full(values.shape, level)
`;

/** @param {Recipe} recipe */
export function pythonCode(recipe) {
  const { layers, method, width, height } = recipe;
  const lines = layers.map((layer) => `    ${literal(layer.band.key)}: ${method}(${opened(layer)}, shape),`);
  return [
    `# ${recipe.id.replace(/[^\x20-\x7e]/g, "?")}`,
    READ.trimStart() + NEAREST + (method === "bilinear" ? BILINEAR : "") + (recipe.classes ? "" : SHARE),
    "",
    `shape = (${height}, ${width})  # rows and columns of the finest band`,
    ["bands = {", ...lines, "}"].join("\n"),
    picture(recipe),
    `Image.fromarray(np.rint(pixels).astype(np.uint8)).save("picture.png")`,
    "",
  ].join("\n");
}

/** @param {Layer} layer */
function opened({ path, number, window, nodata }) {
  const options = [
    literal(path),
    ...(number === 1 ? [] : [`number=${number}`]),
    ...(window ? [`window=(${window.join(", ")})`] : []),
    ...(nodata === null ? [] : [`nodata=${nodata}`]),
  ];
  return `band(${options.join(", ")})`;
}

/** @param {Recipe} recipe */
function picture({ layers, limits, index, classes }) {
  if (index) {
    const [low, high] = limits[0];
    return `with np.errstate(all="ignore"):  # ${index.text.replace(/[^\x20-\x7e]/g, "?")}
    index = ${inPython(index.node, (key) => `bands[${literal(key)}]`)}
known = np.isfinite(index)
stops = np.array(${JSON.stringify(STOPS[index.palette].map(rgbOf))}, float)  # ${index.palette}
place = share(np.where(known, index, ${low}), ${low}, ${high}, 0.5) * (len(stops) - 1)
below = np.minimum(np.floor(place).astype(int), len(stops) - 2)
colours = stops[below] + (stops[below + 1] - stops[below]) * (place - below)[..., None]
pixels = np.where(known[..., None], np.dstack([colours, np.full(shape, 255)]), 0)`;
  }
  const keys = layers.map(({ band }) => literal(band.key));
  if (classes) {
    return `codes = bands[${keys[0]}]
pixels = np.zeros((*shape, 4))
colours = {${classes.map(([code, colour]) => `${code}: (${colour.map((value) => Math.round(value)).join(", ")})`).join(", ")}}
for code, colour in colours.items():
    pixels[codes == code] = (*colour, 255)`;
  }
  const shown = keys.length === 1 ? [0, 0, 0] : [0, 1, 2];
  const stretched = shown.map((at) => `(${keys[at]}, ${limits[at].join(", ")})`);
  return `stretch = [${stretched.join(", ")}]  # red, green, blue: the values that become 0 and 255
channels = [share(bands[name], low, high, 127 / 255) * 255 for name, low, high in stretch]
known = [np.isfinite(bands[name]) for name, low, high in stretch]
channels = [np.where(there, channel, 0) for there, channel in zip(known, channels)]
pixels = np.dstack([*channels, np.any(known, axis=0) * 255])`;
}
