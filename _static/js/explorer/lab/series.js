// @ts-check
/** The spectrum of a pixel and what it is compared with, and where they stand in a small chart. */
/** @import {KeyedBand, Layer, Patch, Sensor} from "./types.js" */
import { under } from "./grid.js";
import { isData } from "./stretch.js";

/** @typedef {{label: string, patches: number, mean: (number | null)[], std: (number | null)[]}} Signature of the bands */
/** @typedef {{band: KeyedBand, value: number | null, column: number, row: number}} Point pixel of the band itself */
/** @typedef {{bands: string[], classes: Record<string, {patches: number, mean: (number | null)[], std: (number | null)[]}>}} Statistics */

/**
 * What the bands of a sensor hold under a pixel of the finest grid, by rising wavelength where all have one.
 * @param {Patch} patch @param {Sensor} sensor @param {number} x column of the grid @param {number} y row
 * @returns {Point[]} a value is null where there is no data
 */
export function spectrumAt(patch, sensor, x, y) {
  const layers = [...patch.layers.values()].filter(({ band }) => band.sensor === sensor);
  const points = layers.map((layer) => pointOf(patch, layer, x, y));
  return hasWavelengths(points) ? points.sort((a, b) => Number(a.band.centre) - Number(b.band.centre)) : points;
}

/** @param {Patch} patch @param {Layer} layer @param {number} x @param {number} y @returns {Point} */
function pointOf(patch, layer, x, y) {
  const column = under(x, patch.width, layer.width);
  const row = under(y, patch.height, layer.height);
  const value = layer.values[row * layer.width + column];
  return { band: layer.band, value: isData(value, layer.nodata) ? value : null, column, row };
}

/** @param {Point[]} points */
export const hasWavelengths = (points) => points.length > 0 && points.every(({ band }) => band.centre !== null);

/**
 * Mean and spread of classes in the order of some points.
 * @param {Statistics | undefined} statistics of the sensor @param {string[]} labels @param {Point[]} points
 * @returns {Signature[]} of those labels that the statistics have
 */
export function signaturesOf(statistics, labels, points) {
  if (!statistics) return [];
  const places = points.map(({ band }) => statistics.bands.indexOf(band.name));
  return labels.flatMap((label) => {
    if (!Object.hasOwn(statistics.classes, label)) return [];
    const { patches, mean, std } = statistics.classes[label];
    /** @param {(number | null)[]} values */
    const ordered = (values) => places.map((place) => values[place] ?? null);
    return [{ label, patches, mean: ordered(mean), std: ordered(std) }];
  });
}

/**
 * Round numbers that cover a range, some five of them.
 * @param {number} low @param {number} high
 */
export function ticks(low, high) {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999) ?? power;
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at++) found.push(Number((at * step).toPrecision(12)));
  return found;
}

/**
 * Least and largest value of a chart.
 * @param {Point[][]} spectra @param {Signature[]} signatures
 * @returns {[number, number]}
 */
export function rangeOf(spectra, signatures) {
  const values = [
    ...spectra.flatMap((points) => points.map(({ value }) => value)),
    ...signatures.flatMap(({ mean, std }) => mean.flatMap((value, at) => (value === null ? [] : [value - (std[at] ?? 0), value + (std[at] ?? 0)]))),
  ].filter((value) => value !== null);
  if (!values.length) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const from = low >= 0 && low < high / 2 ? 0 : low;
  return high > from ? [from, high] : [from - 1, from + 1];
}

/** A value as it is stored, floats with six digits. @param {number | null} value */
export function shownValue(value) {
  if (value === null || Number.isNaN(value)) return "no data";
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
}
