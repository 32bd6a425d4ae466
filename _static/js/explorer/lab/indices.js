// @ts-check
/** Well-known indices, with the bands of a sensor put in by their wavelengths. */
/** @import {KeyedBand} from "./types.js" */

/** Central wavelengths in nm; as in dsdocs.pixels.roles. @type {Record<string, [number, number]>} */
const RANGES = { green: [530, 590], red: [620, 690], nir: [800, 900], swir1: [1540, 1680] };

/** @typedef {{name: string, title: string, first: string, second: string, source: string}} Index (first - second) / (first + second) */

/** @type {Index[]} */
export const INDICES = [
  {
    name: "NDVI",
    title: "Normalised difference vegetation index: high over green plants",
    first: "nir",
    second: "red",
    source: "Rouse, Haas, Schell and Deering (1974), Third ERTS Symposium, NASA SP-351, 309–317",
  },
  {
    name: "NDWI",
    title: "Normalised difference water index of McFeeters: above 0 over open water",
    first: "green",
    second: "nir",
    source: "McFeeters (1996), International Journal of Remote Sensing 17(7), 1425–1432",
  },
  {
    name: "NDBI",
    title: "Normalised difference built-up index: high over buildings and bare soil",
    first: "swir1",
    second: "nir",
    source: "Zha, Gao and Ni (2003), International Journal of Remote Sensing 24(3), 583–594",
  },
];

/** A band as a formula names it. @param {string} key */
export const named = (key) => (/^[\p{L}_][\p{L}\p{N}_.]*$/u.test(key) ? key : `"${key}"`);

/**
 * The indices that a patch has the bands for; of several bands of a range the finest, then the first.
 * @param {KeyedBand[]} bands
 * @returns {(Index & {formula: string})[]}
 */
export function indicesOf(bands) {
  /** @param {string} role */
  const band = (role) => {
    const [low, high] = RANGES[role];
    const found = bands.filter(({ centre, sensor }) => sensor.kind === "optical" && centre !== null && centre >= low && centre < high);
    return found.sort((a, b) => (a.gsd ?? Infinity) - (b.gsd ?? Infinity))[0];
  };
  return INDICES.flatMap((index) => {
    const first = band(index.first);
    const second = band(index.second);
    if (!first || !second || first.sensor !== second.sensor) return [];
    const [a, b] = [named(first.key), named(second.key)];
    return [{ ...index, formula: `(${a} - ${b}) / (${a} + ${b})` }];
  });
}
