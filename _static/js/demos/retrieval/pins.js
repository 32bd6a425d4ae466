// @ts-check
/** Pins over the map, which follow it: a ring for the query, a number for each result. */
import { placed } from "./pinplaces.js";

const SVG = "http://www.w3.org/2000/svg";
const NUMBERED = 24; // more would cover each other

/** @param {HTMLElement} stage @param {{lon: Float64Array, lat: Float64Array}} positions */
export function createPins(stage, positions) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "ds-d-pins");
  svg.setAttribute("aria-hidden", "true"); // the list of results says it in words
  stage.append(svg);
  /** @type {{row: number, node: SVGGElement}[]} */
  let pins = [];
  /** @type {any} */
  let last = null;
  return { show, place, highlight };

  /** @param {number | null} query @param {number[]} results nearest first */
  function show(query, results) {
    const shown = results.map((row, at) => ({ row, node: pin(at < NUMBERED ? String(at + 1) : "", "") }));
    if (query !== null) shown.unshift({ row: query, node: pin("", "ds-d-pin-query") });
    pins = shown.filter(({ row }) => Number.isFinite(positions.lon[row]));
    svg.replaceChildren(...pins.map(({ node }) => node).reverse()); // the nearest on top
  }

  /** @param {string} text @param {string} kind */
  function pin(text, kind) {
    const node = document.createElementNS(SVG, "g");
    node.setAttribute("class", `ds-d-pin ${kind}${text ? "" : " ds-d-pin-dot"}`);
    const circle = document.createElementNS(SVG, "circle");
    circle.setAttribute("r", kind ? "10" : text ? "8.5" : "4");
    node.append(circle);
    if (kind) {
      const inner = document.createElementNS(SVG, "circle");
      inner.setAttribute("r", "3");
      inner.setAttribute("class", "ds-d-pin-middle");
      node.append(inner);
    }
    if (text) {
      const words = document.createElementNS(SVG, "text");
      words.textContent = text;
      words.setAttribute("dy", "0.35em");
      node.append(words);
    }
    return node;
  }

  /** @param {{lon: number, lat: number, zoom: number}} view */
  function place(view) {
    last = view;
    const { clientWidth: width, clientHeight: height } = stage;
    for (const { row, node } of pins) {
      const [x, y] = placed(positions.lon[row], positions.lat[row], last, width, height);
      node.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    }
  }

  /** @param {number | null} row stands out */
  function highlight(row) {
    for (const { row: other, node } of pins) node.classList.toggle("ds-d-pin-strong", other === row);
  }
}
