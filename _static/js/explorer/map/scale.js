// @ts-check
/** The scale bar: a round length that fits, and its words. Pure but for `createScale`. */
import { AROUND, latOf, worldPixels } from "./mercator.js";

const WIDEST = 110;

/** @param {number} zoom @param {number} worldY of the centre @returns {number} metres per CSS pixel there */
export function metresPerPixel(zoom, worldY) {
  return (AROUND * Math.cos((latOf(worldY) * Math.PI) / 180)) / worldPixels(zoom);
}

/** @param {number} metresPer metres per pixel @returns {{pixels: number, text: string}} 1, 2 or 5 times a power of ten */
export function scaleBar(metresPer) {
  const most = metresPer * WIDEST;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = ([5, 2, 1].find((one) => one * power <= most) ?? 1) * power;
  const [value, unit] = metres >= 1000 ? [metres / 1000, "km"] : [metres, "m"];
  // Never more than four digits; the browser's own number formats take 20 ms when they are first asked for.
  const digits = String(Number(value.toPrecision(3))).replace(/^(\d)(\d{3})$/, "$1,$2");
  return { pixels: metres / metresPer, text: `${digits} ${unit}` };
}

/** @param {HTMLElement} parent @returns {(zoom: number, worldY: number) => void} shows the bar for a view */
export function createScale(parent) {
  const bar = document.createElement("div");
  bar.className = "ds-x-map-scale";
  bar.setAttribute("aria-hidden", "true");
  parent.append(bar);
  return (zoom, worldY) => {
    const { pixels, text } = scaleBar(metresPerPixel(zoom, worldY));
    bar.style.width = `${Math.round(pixels)}px`;
    if (bar.textContent !== text) bar.textContent = text;
  };
}
