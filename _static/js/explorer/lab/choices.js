// @ts-check
/** The pictures that one click gives: composites and single bands of the sensors, and indices. */
/** @import {KeyedBand, Sensor} from "./types.js" */
import { indicesOf } from "./indices.js";

/** @typedef {{name: string, title: string, rgb: string[] | null, index: string | null}} Choice one of both is there */

const SINGLE = 3; // a sensor without colours offers so many bands by themselves

/**
 * @param {KeyedBand[]} bands of a patch
 * @returns {Choice[]} the first one is what is shown before the reader has chosen
 */
export function choicesOf(bands) {
  const sensors = [...new Set(bands.map(({ sensor }) => sensor))];
  const optical = sensors.filter(({ kind }) => kind === "optical");
  const ordered = [...optical, ...sensors.filter((sensor) => !optical.includes(sensor))];
  const composites = ordered.flatMap((sensor) => offered(sensor, bands.filter((band) => band.sensor === sensor)));
  const several = new Set(composites.filter(({ name }, at) => composites.findIndex((one) => one.name === name) !== at).map(({ name }) => name));
  return [
    ...composites.map(({ sensor, ...choice }) => (several.has(choice.name) ? { ...choice, name: `${choice.name}, ${sensor.title}` } : choice)),
    ...indicesOf(bands).map(({ name, title, source, formula }) => ({ name, title: `${title}. ${source}`, rgb: null, index: formula })),
  ];
}

/** @param {Sensor} sensor @param {KeyedBand[]} own @returns {(Choice & {sensor: Sensor})[]} */
function offered(sensor, own) {
  /** @param {string} name @param {KeyedBand[]} shown */
  const choice = (name, shown) => ({
    name,
    title: `${sensor.title}: ${shown.map((band) => band.name).join(", ")}`,
    rgb: shown.map(({ key }) => key),
    index: null,
    sensor,
  });
  if (sensor.kind === "map") return own.length ? [choice("Map", own.slice(0, 1))] : [];
  const composites = [
    ["True colour", sensor.true_colour],
    ["False colour", sensor.false_colour],
  ].flatMap(([name, names]) => {
    const shown = /** @type {string[] | null} */ (names)?.map((one) => own.find((band) => band.name === one)) ?? [];
    return shown.length === 3 && shown.every((band) => band !== undefined)
      ? [choice(String(name), /** @type {KeyedBand[]} */ (shown))]
      : [];
  });
  return composites.length ? composites : own.slice(0, SINGLE).map((band) => choice(band.name, [band]));
}
