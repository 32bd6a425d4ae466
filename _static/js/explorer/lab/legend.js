// @ts-check
/** What the colours of a picture mean. */
/** @import {KeyedBand} from "./types.js" */
/** @import {Rendered, Settings} from "./render.js" */
import { el } from "../ui/dom.js";
import { STOPS, classColour } from "./palette.js";
import { shownValue } from "./series.js";

const SHOWN = 24; // classes of a map

/**
 * @param {Rendered} rendered @param {Settings} settings @param {KeyedBand[]} bands
 * @returns {HTMLElement}
 */
export function legend(rendered, settings, bands) {
  if (rendered.mode === "index") return scale(rendered, settings);
  return rendered.mode === "map" ? classes(rendered, bands) : channels(rendered, bands);
}

/** @param {Rendered} rendered @param {Settings} settings */
function scale({ limits: [[low, high]], palette, pictures }, { index }) {
  const stops = STOPS[palette ?? "sequential"];
  const bar = el("span", { class: "ds-x-lab-bar", "aria-hidden": "true" });
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const marks = [low, (low + high) / 2, high].map((value) => el("span", {}, shownValue(Number(value.toPrecision(4)))));
  const known = pictures.some(({ values }) => values?.some((value) => !Number.isNaN(value)));
  return el(
    "div",
    { class: "ds-x-lab-legend" },
    el("p", { class: "ds-x-lab-formula" }, index),
    bar,
    el("p", { class: "ds-x-lab-marks" }, ...marks),
    known ? null : el("p", { class: "ds-x-note" }, "The formula has no value in any pixel."),
  );
}

/** @param {Rendered} rendered @param {KeyedBand[]} bands */
function channels({ keys, limits }, bands) {
  const names = keys.length === 1 ? ["Grey"] : ["Red", "Green", "Blue"];
  const rows = keys.map((key, at) => {
    const band = bands.find((one) => one.key === key);
    const [low, high] = limits[at].map((value) => shownValue(Number(value.toPrecision(6))));
    const about = [key, band?.description].filter(Boolean).join(", ");
    return el("div", {}, el("dt", {}, names[at]), el("dd", {}, `${about}: ${low} to ${high}${unit(band)}`));
  });
  return el("dl", { class: "ds-x-lab-legend ds-x-lab-channels" }, ...rows);
}

/** @param {KeyedBand | undefined} band */
const unit = (band) => (band?.unit && !/^1e-?\d+$/.test(band.unit) ? ` ${band.unit}` : "");

/** @param {Rendered} rendered @param {KeyedBand[]} bands */
function classes({ keys: [key], codes }, bands) {
  const known = bands.find((band) => band.key === key)?.sensor.classes ?? {};
  const entries = codes.slice(0, SHOWN).map((code) => {
    const swatch = el("span", { class: "ds-x-lab-swatch", "aria-hidden": "true" });
    swatch.style.background = `rgb(${classColour(code, known[code]?.colour).map(Math.round).join(" ")})`;
    return el("li", {}, swatch, known[code] ? `${code} ${known[code].name}` : String(code));
  });
  const more = codes.length - entries.length;
  return el(
    "ul",
    { class: "ds-x-lab-legend ds-x-lab-classes" },
    ...entries,
    more > 0 ? el("li", {}, `and ${more} more values`) : null,
  );
}
