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
  /** @typedef {{map: any, layers: Layer[], home: number[][], reach: number[][]}} Drawn */
  /** @typedef {{id: string, draw: (leaflet: any) => Drawn}} Entry */

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

  /** @param {Drawn} drawn @param {HTMLElement} controls */
  function wireLayers(drawn, controls) {
    let shown = 0;
    controls.addEventListener("change", (event) => {
      const radio = /** @type {HTMLInputElement} */ (event.target);
      const step = exchange(shown, radio.value, drawn.layers.length);
      if (!step) return;
      drawn.layers[step.hide].remove();
      drawn.layers[step.show].addTo(drawn.map);
      shown = step.show;
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
    const drawn = entry.draw(leaflet);
    const map = drawn.map;
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
    if (controls) wireLayers(drawn, controls);
  }

  function main() {
    const page = /** @type {any} */ (window);
    // Without Leaflet the drawing stays, which shows the same.
    if (!page.L) return;
    for (const entry of /** @type {Entry[]} */ (page.dsdocsMaps || [])) start(entry, page.L);
  }

  if (typeof module !== "undefined") module.exports = { exchange };
  else if (document.readyState === "complete") main();
  // After every deferred script, in whatever order the page names them.
  else document.addEventListener("DOMContentLoaded", main);
})();
