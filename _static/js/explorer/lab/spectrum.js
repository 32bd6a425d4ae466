// @ts-check
/** The spectrum under the crosshair, for each sensor: chart, what its lines are, and all numbers. */
/** @import {Patch, Sensor} from "./types.js" */
/** @import {Point, Signature, Statistics} from "./series.js" */
import { counted } from "../ui/format.js";
import { el } from "../ui/dom.js";
import { DRAWN, chart } from "./chart.js";
import { shownValue, signaturesOf, spectrumAt } from "./series.js";

/**
 * @param {Patch[]} patches one or two @param {[number, number][]} pixels column and row of each
 * @param {Record<string, Statistics>} statistics by asset
 * @returns {HTMLElement[]} one of each sensor that all patches have
 */
export function spectra(patches, pixels, statistics) {
  const sensors = new Set([...patches[0].layers.values()].map(({ band }) => band.sensor));
  return [...sensors].flatMap((sensor) => {
    const points = patches.map((patch, at) => spectrumAt(patch, sensor, ...pixels[at]));
    if (sensor.kind === "map" || points.some((one) => one.length !== points[0].length)) return [];
    const labels = [...new Set(patches.flatMap((patch) => patch.labels))];
    const signatures = signaturesOf(statistics[sensor.asset], labels, points[0]);
    return [part(sensor, patches, points, signatures, labels.length > 0)];
  });
}

/** @param {Sensor} sensor @param {Patch[]} patches @param {Point[][]} points @param {Signature[]} signatures @param {boolean} labelled */
function part(sensor, patches, points, signatures, labelled) {
  const title = `Spectrum of the pixel in ${patches.map(({ id }) => id).join(" and ")}, ${sensor.title}`;
  return el(
    "section",
    { class: "ds-x-lab-spectrum", "aria-label": sensor.title },
    el("h3", {}, sensor.title),
    chart(title, points, signatures),
    keys(patches, signatures),
    signatures.length || !labelled ? null : el("p", { class: "ds-x-note" }, "There is no mean of the classes of this patch."),
    el(
      "details",
      {},
      el("summary", {}, "Numbers"),
      el("div", { class: "ds-x-lab-scroll", tabindex: "0", role: "region", "aria-label": `Numbers, ${sensor.title}` }, table(sensor, patches, points, signatures)),
    ),
  );
}

/** @param {Patch[]} patches @param {Signature[]} signatures */
function keys(patches, signatures) {
  const pixels = patches.map(({ id }, at) => key(`ds-x-lab-key-pixel ds-x-lab-pixel-${at + 1}`, `Pixel of ${id}`));
  const means = signatures
    .slice(0, DRAWN)
    .map(({ label, patches: n }, at) => key(`ds-x-lab-line-${at + 1}`, `${label}: mean and standard deviation in ${counted(n, "patch", "patches")}`));
  const more = signatures.length - means.length;
  return el("ul", { class: "ds-x-lab-keys" }, ...pixels, ...means, more > 0 ? el("li", {}, `${more} more classes are in the numbers.`) : null);
}

/** @param {string} kind @param {string} text */
const key = (kind, text) => el("li", {}, el("span", { class: `ds-x-lab-key ${kind}`, "aria-hidden": "true" }), text);

/** @param {Sensor} sensor @param {Patch[]} patches @param {Point[][]} points @param {Signature[]} signatures */
function table(sensor, patches, points, signatures) {
  const head = [
    "Band",
    "Wavelength (nm)",
    ...patches.map(({ id }) => `Pixel of ${id}`),
    ...signatures.map(({ label }) => `${label}: mean ± standard deviation`),
  ];
  const rows = points[0].map(({ band }, at) => {
    const means = signatures.map(({ mean, std }) => `${rounded(mean[at])} ± ${rounded(std[at])}`);
    const cells = [shownCentre(band.centre), ...points.map((one) => shownValue(one[at].value)), ...means];
    return el("tr", {}, el("th", { scope: "row" }, band.name), ...cells.map((cell) => el("td", {}, cell)));
  });
  return el(
    "table",
    { class: "ds-x-lab-table" },
    el("caption", { class: "ds-x-sr" }, `Values of ${sensor.title}${sensor.quantity ? `, ${sensor.quantity}` : ""}`),
    el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...rows),
  );
}

/** @param {number | null} value */
const rounded = (value) => (value === null ? "–" : shownValue(Number(value.toPrecision(4))));
/** @param {number | null} centre */
const shownCentre = (centre) => (centre === null ? "–" : String(centre));
