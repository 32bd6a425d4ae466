// @ts-check
/** The chart of a spectrum: lines of pixels over the means of classes with their spread. */
/** @import {Point, Signature} from "./series.js" */
import { hasWavelengths, rangeOf, shownValue, ticks } from "./series.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 280, 58, 14, 12, 40]; // drawing units
/** Signatures that are drawn; the table has all. */
export const DRAWN = 6;

/** @param {string} tag @param {Record<string, string | number>} attributes @param {...(Node | string)} children */
function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** @param {number} value */
const short = (value) => value.toFixed(1);

/**
 * @param {string} title what a screen reader hears; the numbers are in the table beside the chart
 * @param {Point[][]} spectra of one pixel of each patch, all with the same bands @param {Signature[]} signatures
 */
export function chart(title, spectra, signatures) {
  const [points] = spectra;
  const x = across(points);
  const shown = signatures.slice(0, DRAWN);
  const [low, high] = rangeOf(spectra, shown);
  const y = (/** @type {number} */ value) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title, class: "ds-x-lab-chart" },
    ...ticks(low, high).map((tick) => level(tick, y(tick))),
    ...axis(points, x),
    ...shown.map((one, at) => spread(one, at, x, y)),
    ...shown.map((one, at) => line(one.mean, x, y, `ds-x-lab-mean ds-x-lab-line-${at + 1}`)),
    ...spectra.map((one, at) => line(one.map(({ value }) => value), x, y, `ds-x-lab-pixel ds-x-lab-pixel-${at + 1}`)),
    ...spectra.flatMap((one, at) => dots(one, at, x, y)),
  );
}

/** Where each band stands: at its wavelength, or one after the other. @param {Point[]} points @returns {(at: number) => number} */
function across(points) {
  const room = WIDTH - LEFT - RIGHT;
  if (!hasWavelengths(points)) return (at) => LEFT + ((at + 0.5) / points.length) * room;
  const centres = points.map(({ band }) => Number(band.centre));
  const [low, high] = [Math.min(...centres) - 40, Math.max(...centres) + 40];
  return (at) => LEFT + ((centres[at] - low) / (high - low)) * room;
}

/** @param {number} tick @param {number} at */
function level(tick, at) {
  return svg(
    "g",
    {},
    svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: short(at), y2: short(at), class: "ds-x-lab-grid" }),
    svg("text", { x: LEFT - 6, y: short(at + 4), "text-anchor": "end" }, shownValue(tick)),
  );
}

/** Names of the bands, as many as find room, and the wavelength below. @param {Point[]} points @param {(at: number) => number} x */
function axis(points, x) {
  let free = -Infinity;
  const names = points.flatMap(({ band }, at) => {
    const half = band.name.length * 4 + 3;
    if (x(at) - half < free) return [];
    free = x(at) + half;
    return [svg("text", { x: short(x(at)), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, band.name)];
  });
  const unit = hasWavelengths(points) ? "bands at their central wavelength" : "bands";
  return [...names, svg("text", { x: WIDTH - RIGHT, y: HEIGHT - 6, "text-anchor": "end", class: "ds-x-lab-unit" }, unit)];
}

/** Straight pieces between bands that have a value. @param {(number | null)[]} values @param {(at: number) => number} x @param {(value: number) => number} y @param {string} kind */
function line(values, x, y, kind) {
  let pen = "M";
  const steps = values.map((value, at) => {
    if (value === null) return (pen = "M"), "";
    const step = `${pen}${short(x(at))} ${short(y(value))}`;
    pen = "L";
    return step;
  });
  return svg("path", { d: steps.join(""), class: kind });
}

/** Mean less and plus one standard deviation. @param {Signature} signature @param {number} at @param {(at: number) => number} x @param {(value: number) => number} y */
function spread({ mean, std }, at, x, y) {
  const known = mean.flatMap((value, band) => (value === null ? [] : [{ band, value, reach: std[band] ?? 0 }]));
  const above = known.map(({ band, value, reach }) => `${short(x(band))} ${short(y(value + reach))}`);
  const below = known.map(({ band, value, reach }) => `${short(x(band))} ${short(y(value - reach))}`).reverse();
  return svg("polygon", { points: [...above, ...below].join(" "), class: `ds-x-lab-spread ds-x-lab-line-${at + 1}` });
}

/** @param {Point[]} points @param {number} at of the patch @param {(at: number) => number} x @param {(value: number) => number} y */
function dots(points, at, x, y) {
  return points.flatMap(({ value }, band) =>
    value === null
      ? []
      : [svg("circle", { cx: short(x(band)), cy: short(y(value)), r: 3.2, class: `ds-x-lab-dot ds-x-lab-pixel-${at + 1}` })],
  );
}
