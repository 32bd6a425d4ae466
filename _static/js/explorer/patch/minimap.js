// @ts-check
/** Two small drawings of where a patch lies: in its country, and among its neighbours. */
import { corners } from "../core/decode.js";
import { el } from "../ui/dom.js";
import { nearbyPath, outlinePath, windowAround } from "./drawing.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [200, 150];
const ACROSS = 9; // degrees of latitude that the first drawing shows

/** @param {string} tag @param {Record<string, string | number>} attributes @param {...Element} children */
function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * @param {any} explorer @param {any} positions @param {number} row
 * @param {{same: Uint32Array, neighbours: Uint32Array}} near @param {any} basemap land and borders, or null
 * @returns {HTMLElement | null} null where the patch has no place
 */
export function minimap(explorer, positions, row, near, basemap) {
  const group = explorer.manifest.positions.groups[positions.group[row]];
  if (!group || group.none) return null;
  const [lon, lat] = [positions.lon[row], positions.lat[row]];
  const drawings = [];
  if (basemap) {
    const view = windowAround(lon, lat, ACROSS, WIDTH, HEIGHT);
    drawings.push(frame("Where it lies in the wider land", [
      svg("path", { class: "ds-x-mini-land", d: outlinePath(basemap.land.flat(), view, true), "fill-rule": "evenodd" }),
      svg("path", { class: "ds-x-mini-border", d: outlinePath(basemap.borders, view, false) }),
      svg("circle", { class: "ds-x-mini-dot", cx: WIDTH / 2, cy: HEIGHT / 2, r: 5 }),
    ]));
  }
  const ring = (/** @type {number} */ other) => corners(explorer.manifest.positions.groups[positions.group[other]], positions.gx[other], positions.gy[other]);
  const own = ring(row);
  const others = [...near.neighbours].map(ring);
  const path = nearbyPath([own, ...others], WIDTH, HEIGHT);
  drawings.push(frame(`Its footprint${others.length ? " among its neighbours" : ""}`, [
    ...others.map((_, at) => svg("path", { class: "ds-x-mini-other", d: path(at + 1) })),
    svg("path", { class: "ds-x-mini-own", d: path(0) }),
  ]));
  return el("div", { class: "ds-x-mini" }, ...drawings);
}

/** @param {string} name @param {Element[]} children */
function frame(name, children) {
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": name, class: "ds-x-mini-map" }, ...children);
}
