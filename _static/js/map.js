// @ts-check
/**
 * Draws the maps of a page with Leaflet and wires the layer control.
 *
 * A classic script, because a browser loads no module from file://. Each map's geometry is a script of its own that
 * pushes {id, draw} onto window.dsdocsMaps; names of layers are already in the page.
 */
(function () {
  "use strict";

  /** @typedef {{addTo: Function, remove: Function, getBounds: Function}} Layer */
  /**
   * `cells` are those of the first layer; the layers numbered in `later` have theirs in a script of their own.
   * @typedef {{map: any, layers: Layer[], home: number[][], reach: number[][], seam: number | null, cells: any[],
   *   later: number[]}} Drawn
   */
  /** @typedef {{id: string, src: string, draw: (leaflet: any, unfold: Function) => Drawn}} Entry */

  /**
   * What has to change so that exactly one layer is shown.
   * @param {number} shown index of the layer on the map
   * @param {string} wanted value of the chosen radio button
   * @param {number} count number of layers
   * @returns {{hide: number, show: number} | null} null when nothing changes or there is no such layer
   */
  function exchange(shown, wanted, count) {
    const next = Number(wanted);
    if (!Number.isInteger(next) || next < 0 || next >= count || next === shown) return null;
    return { hide: shown, show: next };
  }

  /**
   * Read lines that are written as whole numbers, each less the one of the point before.
   * @param {string} text lines with a comma between, numbers with a blank between: latitude, longitude
   * @param {number} decimals of a degree
   */
  function unfold(text, decimals) {
    return text.split(",").map((line) => {
      const steps = line.split(" ").map(Number);
      const points = [];
      for (let index = 0, lat = 0, lon = 0; index < steps.length; index += 2) {
        lat += steps[index];
        lon += steps[index + 1];
        points.push([lat / 10 ** decimals, lon / 10 ** decimals]);
      }
      return points;
    });
  }

  /**
   * Where the script of a layer lies, beside that of its map.
   * @param {Entry} entry @param {number} layer
   */
  function layerUrl(entry, layer) {
    return new URL(`${entry.id}/${layer}.js`, entry.src).href;
  }

  /** @param {Entry} entry @param {number} layer @returns {Promise<{cells: any[], rings: number[][], radius: number}>} */
  function laterLayer(entry, layer) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = layerUrl(entry, layer);
      script.onload = () => resolve(/** @type {any} */ (window).dsdocsLayers[`${entry.id}/${layer}`]);
      script.onerror = () => reject(new Error(`${script.src} could not be loaded`));
      document.head.append(script);
    });
  }

  /** @param {any} leaflet @param {Drawn} drawn @param {number} layer @param {any[]} cells */
  async function drawCells(leaflet, drawn, layer, cells) {
    const rings = await /** @type {any} */ (window).dsdocsCellRings(cells, drawn.seam);
    const look = { className: "ds-map-patches ds-map-cells", weight: 1, fill: true, fillRule: "nonzero" };
    leaflet.polygon(rings, look).addTo(drawn.layers[layer]);
  }

  /** @param {any} leaflet @param {Entry} entry @param {Drawn} drawn @param {HTMLElement} controls */
  function wireLayers(leaflet, entry, drawn, controls) {
    let shown = 0;
    const later = new Set(drawn.later);
    // Firefox restores the choice of the last visit while the map shows the first layer.
    const first = /** @type {HTMLInputElement | null} */ (controls.querySelector('input[value="0"]'));
    if (first) first.checked = true;
    controls.addEventListener("change", (event) => {
      const radio = /** @type {HTMLInputElement} */ (event.target);
      const step = exchange(shown, radio.value, drawn.layers.length);
      if (!step) return;
      drawn.layers[step.hide].remove();
      drawn.layers[step.show].addTo(drawn.map);
      shown = step.show;
      if (!later.delete(shown)) return;
      const layer = shown;
      controls.setAttribute("aria-busy", "true");
      laterLayer(entry, layer)
        .then(({ cells, rings, radius }) => {
          const look = { className: "ds-map-locator", radius, weight: 2, fill: false };
          for (const ring of rings) leaflet.circleMarker(ring, look).addTo(drawn.layers[layer]);
          return drawCells(leaflet, drawn, layer, cells);
        })
        .catch((error) => {
          later.add(layer); // the next choice tries again
          console.error(error);
        })
        .finally(() => controls.removeAttribute("aria-busy"));
    });
    controls.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("[data-ds-map]");
      if (!button) return;
      const bounds = drawn.layers[shown].getBounds();
      const whole = button.getAttribute("data-ds-map") === "all" || !bounds.isValid();
      fit(drawn, whole ? drawn.home : bounds, !calm());
    });
  }

  /** @param {Drawn} drawn @param {any} bounds @param {boolean} animate */
  function fit(drawn, bounds, animate) {
    // The zoom buttons cover a strip on the left.
    drawn.map.fitBounds(bounds, { animate, paddingTopLeft: [48, 0] });
  }

  function calm() {
    return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  /** @param {Entry} entry @param {any} leaflet */
  function start(entry, leaflet) {
    const canvas = document.getElementById(entry.id);
    const figure = /** @type {HTMLElement | null} */ (canvas && canvas.closest("figure"));
    if (!canvas || !figure) return;
    canvas.hidden = false;
    // The live map has another shape than the drawing, and Leaflet measures its element once.
    figure.classList.add("ds-map-live");
    const controls = /** @type {HTMLElement | null} */ (figure.querySelector(".ds-map-controls"));
    if (controls) controls.hidden = false;
    const drawn = entry.draw(leaflet, unfold);
    const map = drawn.map;
    if (drawn.cells.length) drawCells(leaflet, drawn, 0, drawn.cells);
    if (calm()) Object.assign(map.options, { zoomAnimation: false, fadeAnimation: false, inertia: false });
    const limit = () => map.setMinZoom(Math.min(map.getBoundsZoom(drawn.reach, true), map.getBoundsZoom(drawn.home)));
    fit(drawn, drawn.home, false);
    map.setMaxBounds(drawn.reach);
    map.on("resize", limit);
    limit();
    // Rings point at areas that are too small to be seen from afar.
    const afar = map.getZoom() + 3;
    map.on("zoomend", () => canvas.classList.toggle("ds-map-near", map.getZoom() > afar));
    map.on("focus", () => map.scrollWheelZoom.enable());
    map.on("blur", () => map.scrollWheelZoom.disable());
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(canvas);
    if (controls) wireLayers(leaflet, entry, drawn, controls);
  }

  function main() {
    const page = /** @type {any} */ (window);
    // Without Leaflet, and in browsers of before 2023, the drawing stays, which shows about the same.
    if (!page.L || !page.DecompressionStream) return;
    for (const entry of /** @type {Entry[]} */ (page.dsdocsMaps || [])) start(entry, page.L);
  }

  if (typeof module !== "undefined") module.exports = { exchange, layerUrl, unfold };
  else if (document.readyState === "complete") main();
  // After every deferred script, in whatever order the page names them.
  else document.addEventListener("DOMContentLoaded", main);
})();
