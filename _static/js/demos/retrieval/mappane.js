// @ts-check
// Where query and results lie: the explorer's map, with a pin for each.
import { fileLoader } from "../../explorer/core/manifest.js";
import { el } from "../../explorer/ui/dom.js";
import { createPins } from "./pins.js";

/**
 * @param {HTMLElement} host @param {any} explorer
 * @param {{onBox: (box: number[]) => void, onLasso: (ring: number[][]) => void, onPick: (row: number) => void}} how
 */
export async function createMapPane(host, explorer, { onBox, onLasso, onPick }) {
  const { manifest } = explorer;
  const load = fileLoader(explorer.base);
  const [positions, basemap, { createMap }] = await Promise.all([
    explorer.positions(),
    manifest.basemap && load(manifest.basemap).then((bytes) => JSON.parse(new TextDecoder().decode(bytes))).catch(() => null),
    import("../../explorer/map/map.js"),
  ]);
  const stage = el("div", { class: "ds-d-map-stage" });
  const box = el("button", { type: "button", class: "ds-d-button", "aria-pressed": "false", onclick: () => choose(tool === "box" ? "pan" : "box") }, "Draw a box to search in");
  host.append(stage, el("div", { class: "ds-d-line" }, box, el("p", { class: "ds-d-note" }, "The ring is the query, the numbers are the ranks of the results.")));
  if (basemap?.source) host.append(el("p", { class: "ds-d-note" }, basemap.source));
  const map = createMap(stage, { positions, extent: manifest.extent, basemap });
  const pins = createPins(stage, positions);
  let tool = "pan";
  map.on("move", (/** @type {any} */ place) => pins.place(place));
  map.on("box", (/** @type {number[]} */ found) => onBox(found));
  map.on("lasso", (/** @type {number[][]} */ ring) => onLasso(ring));
  map.on("pick", (/** @type {number} */ row) => onPick(row));
  map.on("tool", (/** @type {string} */ name) => {
    tool = name;
    box.setAttribute("aria-pressed", String(name === "box"));
  });
  return { show, choose, highlight: pins.highlight, shape: map.setShape };

  /** @param {number | null} query @param {number[]} results @param {Uint8Array | null} mask of what could be found */
  function show(query, results, mask) {
    map.setMask(mask);
    pins.show(query, results);
    const rows = [...(query === null ? [] : [query]), ...results].filter((row) => Number.isFinite(positions.lon[row]));
    if (rows.length) map.fit(Uint32Array.from(rows));
    pins.place(map.getView());
  }

  /** @param {"pan" | "box" | "lasso"} name */
  function choose(name) {
    map.tool(name);
    if (name !== "pan") {
      stage.scrollIntoView({ block: "nearest" });
      /** @type {HTMLElement | null} */ (stage.querySelector("[tabindex]"))?.focus();
    }
  }
}
