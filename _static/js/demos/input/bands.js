// @ts-check
/** Which band of a file is which band of a model, and how that was found. No DOM. */
import { counted } from "../../explorer/ui/format.js";
import { listed } from "../core/said.js";
/** @import {Input, Sensor} from "./types.js" */

/** @typedef {{places: (number | null)[], how: string, fits: boolean}} Mapping places: band of the file, from 0, for each of the model */
/** @typedef {{title: string, names: string[]}} Order of the bands of a file */

const S2 = ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12"];
/** @type {Order[]} Orders in which Sentinel-2 is given away without names. */
const ORDERS = [
  { title: "Sentinel-2, B8A behind B08", names: S2 },
  { title: "Sentinel-2 as in EuroSAT, B8A last", names: [...S2.filter((name) => name !== "B8A"), "B8A"] },
  { title: "Sentinel-2 without B10, B8A behind B08", names: S2.filter((name) => name !== "B10") },
  { title: "Sentinel-2 at 10 and 20 m, by number", names: S2.filter((name) => !["B01", "B09", "B10"].includes(name)) },
  { title: "Sentinel-2 at 10 and 20 m, those of 10 m first", names: ["B02", "B03", "B04", "B08", "B05", "B06", "B07", "B8A", "B11", "B12"] },
  { title: "Sentinel-2 at 10 m: B02, B03, B04, B08", names: ["B02", "B03", "B04", "B08"] },
];
// Colours as words, for files that are named so; names of the model's bands come from the archive.
const WORDS = { R: "red", G: "green", B: "blue", RED: "red", GREEN: "green", BLUE: "blue" };

/**
 * A name in the form in which two of them are compared: "Band 2", "b2" and "B02 (blue)" are all B2.
 * @param {string | null} name
 */
export function bandKey(name) {
  const text = (name ?? "").toUpperCase();
  const coded = /(?:^|[^A-Z0-9])B(?:AND)?[ _-]?0*(\d{1,2}A?)(?![A-Z0-9])/.exec(text);
  if (coded) return `B${coded[1]}`;
  const polarised = /(?:^|[^A-Z])(VV|VH|HH|HV)(?![A-Z])/.exec(text);
  if (polarised) return polarised[1];
  const word = text.trim();
  return (WORDS[/** @type {keyof typeof WORDS} */ (word)] ?? word).toLowerCase();
}

/**
 * @param {{kind: string, bands: {name: string | null}[]}} raster @param {Input} input @param {Sensor | undefined} sensor
 * of the model's input @returns {Mapping}
 */
export function matchBands(raster, input, sensor) {
  const names = raster.bands.map(({ name }) => name);
  const wanted = input.bands;
  const named = wanted.map((name) => placeByName(names, name, sensor));
  if (named.every((place) => place !== null)) return { places: named, how: "The bands were found by their names.", fits: true };
  const colours = sensor?.true_colour;
  const isColours = wanted.length <= 3 && colours && wanted.every((name) => colours.includes(name));
  if (raster.kind === "image" && isColours && colours) {
    return { places: wanted.map((name) => colours.indexOf(name)), how: "Red, green and blue of the picture are taken.", fits: true };
  }
  const anyNamed = named.some((place) => place !== null);
  if (!anyNamed && raster.kind !== "image") {
    for (const order of [wanted, sensor?.bands.map(({ name }) => name) ?? []]) {
      if (order.length !== names.length) continue;
      const how = `The file does not name its bands as the archive does; there are as many as expected, so they are taken in the order ${listed(order)}. Change it below if that is wrong.`;
      return { places: wanted.map((name) => order.indexOf(name)), how, fits: wanted.every((name) => order.includes(name)) };
    }
  }
  return { places: named, how: mismatch(raster, names, wanted, named), fits: false };
}

/** @param {(string | null)[]} names @param {string} wanted @param {Sensor | undefined} sensor @returns {number | null} */
function placeByName(names, wanted, sensor) {
  const keys = names.map(bandKey);
  const found = keys.indexOf(bandKey(wanted));
  if (found >= 0 && names[found]) return found;
  const said = sensor?.bands.find(({ name }) => name === wanted)?.description?.toLowerCase();
  const place = said ? keys.indexOf(said) : -1;
  return place >= 0 ? place : null;
}

/** @param {{kind: string}} raster @param {(string | null)[]} names @param {string[]} wanted @param {(number | null)[]} places */
function mismatch(raster, names, wanted, places) {
  const missing = wanted.filter((_, at) => places[at] === null);
  const what = raster.kind === "image" ? "The picture has" : "The file has";
  const given = names.some(Boolean) ? ` (${listed(names.map((name, at) => name ?? `band ${at + 1}`).slice(0, 20))})` : ", without names";
  const expected = `The model expects ${counted(wanted.length, "band", "bands")} of the archive: ${listed(wanted)}.`;
  const left = missing.length < wanted.length ? ` Not found: ${listed(missing)}.` : "";
  const advice = names.length < new Set(wanted).size
    ? " A file with fewer bands cannot stand for it; whoever chooses one band twice gets a result that means little."
    : " Say below which is which.";
  return `${what} ${counted(names.length, "band", "bands")}${given}. ${expected}${left}${advice}`;
}

/** Known orders that a file without names may have and that hold all that a model needs. @param {number} count of bands @param {string[]} wanted @returns {Order[]} */
export function ordersFor(count, wanted) {
  return ORDERS.filter(({ names }) => names.length === count && wanted.every((name) => names.includes(name)));
}

/** @param {Order} order @param {string[]} wanted @returns {(number | null)[]} */
export function placesIn(order, wanted) {
  return wanted.map((name) => order.names.indexOf(name));
}
