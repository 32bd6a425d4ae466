// @ts-check
/** What the pixel under the crosshair holds, in words. */
/** @import {Picture, Rendered} from "./render.js" */
import { under } from "./grid.js";
import { shownValue } from "./series.js";
import { isData } from "./stretch.js";

/**
 * @param {Picture} picture @param {Rendered} rendered @param {[number, number]} pixel column and row
 * @returns {string}
 */
export function readoutOf({ patch, values }, { mode, keys }, [x, y]) {
  const bands = keys.flatMap((key) => {
    const layer = patch.layers.get(key);
    if (!layer) return [];
    const value = layer.values[under(y, patch.height, layer.height) * layer.width + under(x, patch.width, layer.width)];
    return [`${key} ${shownValue(isData(value, layer.nodata) ? value : null)}`];
  });
  const index = mode === "index" && values ? [`index ${shownValue(values[y * patch.width + x])}`] : [];
  return `Column ${x}, row ${y}: ${[...index, ...bands].join(", ")}`;
}
