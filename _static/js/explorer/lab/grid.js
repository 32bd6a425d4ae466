// @ts-check
/** Bands of any resolution on one grid, outer edges aligned. */
/** @import {Layer, Method} from "./types.js" */
import { isData } from "./stretch.js";

/** Column or row of a coarser band under a pixel of the grid. @param {number} at @param {number} from @param {number} to */
export const under = (at, from, to) => Math.min(Math.floor(((at + 0.5) * to) / from), to - 1);

/**
 * @param {Pick<Layer, "values" | "width" | "height" | "nodata">} layer
 * @param {number} width of the grid, px @param {number} height @param {Method} method
 * @returns {Float64Array} row-major; NaN where there is no data
 */
export function onGrid(layer, width, height, method) {
  const same = layer.width === width && layer.height === height;
  return method === "nearest" || same ? nearest(layer, width, height) : bilinear(layer, width, height);
}

/** @param {Pick<Layer, "values" | "width" | "height" | "nodata">} layer @param {number} width @param {number} height */
function nearest(layer, width, height) {
  const out = new Float64Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    const row = under(y, height, layer.height) * layer.width;
    for (let x = 0; x < width; x++, at++) {
      const value = layer.values[row + under(x, width, layer.width)];
      out[at] = isData(value, layer.nodata) ? value : NaN;
    }
  }
  return out;
}

/**
 * Weights of the four nearest pixel centres; what has no data has no weight, and there is none where the pixel under
 * the grid's has none.
 * @param {Pick<Layer, "values" | "width" | "height" | "nodata">} layer @param {number} width @param {number} height
 */
function bilinear(layer, width, height) {
  const out = nearest(layer, width, height);
  const columns = Array.from({ length: width }, (_, x) => neighbours(x, width, layer.width));
  for (let y = 0, at = 0; y < height; y++) {
    const [top, bottom, down] = neighbours(y, height, layer.height);
    for (let x = 0; x < width; x++, at++) {
      if (Number.isNaN(out[at])) continue;
      const [left, right, along] = columns[x];
      let sum = 0;
      let weights = 0;
      /** @param {number} row @param {number} column @param {number} weight */
      const add = (row, column, weight) => {
        const value = layer.values[row * layer.width + column];
        if (!weight || !isData(value, layer.nodata)) return;
        sum += weight * value;
        weights += weight;
      };
      add(top, left, (1 - down) * (1 - along));
      add(top, right, (1 - down) * along);
      add(bottom, left, down * (1 - along));
      add(bottom, right, down * along);
      out[at] = sum / weights;
    }
  }
  return out;
}

/**
 * The two pixels whose centres enclose that of a pixel of the grid, and the share of the second.
 * @param {number} at @param {number} from @param {number} to
 * @returns {[number, number, number]}
 */
function neighbours(at, from, to) {
  const place = Math.min(Math.max(((at + 0.5) * to) / from - 0.5, 0), to - 1);
  const first = Math.floor(place);
  return [first, Math.min(first + 1, to - 1), place - first];
}
