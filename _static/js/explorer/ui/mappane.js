// @ts-check
// The map with its tools and its legend, kept in step with the state.
import { colouring, maskOf } from "./colouring.js";
import { el, settled } from "./dom.js";
import { withPart, withRole } from "./edit.js";
import { number } from "./format.js";
import { createLegend } from "./legend.js";
import { createMapTools } from "./maptools.js";
import { nameOf } from "./options.js";

/**
 * @param {HTMLElement} host
 * @param {{explorer: any, store: any, positions: any, basemap: any, createMap: Function, onOpen: (row: number) => void,
 *   describe: (row: number) => Promise<string>, onProblem: (error: unknown, what: string) => void}} parts
 */
export function createMapPane(host, { explorer, store, positions, basemap, createMap, onOpen, describe, onProblem }) {
  const { manifest } = explorer;
  const columnOf = (/** @type {string} */ name) => manifest.columns.find((/** @type {any} */ column) => column.name === name);
  const tools = createMapTools(host, manifest, {
    onChange: (changes) => store.set(changes),
    onTool: (tool) => chooseTool(tool),
    onFit: () => fit(),
  });
  const canvas = el("div", { class: "ds-x-map-host" });
  const tip = el("div", { class: "ds-x-tip", hidden: true });
  host.append(canvas);
  const map = createMap(canvas, { positions, groups: manifest.positions.groups, extent: manifest.extent, basemap, titles: {} });
  const legend = createLegend(canvas, { onPick: (key) => pick(key) });
  canvas.append(el("p", { class: "ds-x-source" }, basemap?.source ?? ""), tip);
  /** @type {any} */
  let result = null;
  /** @type {import("./colouring.js").Colouring | null} */
  let colours = null;
  let asked = 0; // of the colours and modes that are waited for, the last one counts
  let hovered = -1;
  let touched = false; // the first view is no choice of the reader, so the address does not hold it

  for (const kind of ["pointerdown", "wheel", "keydown"]) canvas.addEventListener(kind, () => (touched = true), { passive: true });
  map.on("move", settled(() => {
    if (!touched) return;
    const { lon, lat, zoom } = map.getView();
    store.set({ at: [lon, lat, zoom] }, { step: false });
  }, 250));
  map.on("pick", (/** @type {number} */ row) => onOpen(row));
  map.on("hover", onHover);
  map.on("box", (/** @type {number[]} */ box) => drawn("box", box));
  map.on("lasso", (/** @type {number[][]} */ ring) => drawn("lasso", ring));
  map.on("tool", (/** @type {string} */ name) => tools.tool(name));
  map.on("legend", onSteps);
  canvas.addEventListener("pointermove", place);
  tools.tool("pan");
  return { map, update, showState, chooseTool, fit, destroy };

  /** @param {any} now of select */
  function update(now) {
    result = now;
    map.setMask(now.mask);
    showLegend();
  }

  /** @param {any} state @param {any} before null the first time */
  async function showState(state, before) {
    const number = ++asked;
    tools.update(state);
    map.setShape?.({ box: state.selection.box ?? null, lasso: state.selection.lasso ?? null });
    if (state.at && String(state.at) !== String(before?.at)) {
      const [lon, lat, zoom] = state.at;
      const view = map.getView();
      if (Math.abs(view.lon - lon) + Math.abs(view.lat - lat) > 1e-4 || Math.abs(view.zoom - zoom) > 0.02) map.setView({ lon, lat, zoom });
    }
    if (state.patch !== (before?.patch ?? null)) mark(state.patch);
    const key = (/** @type {any} */ one) => one && JSON.stringify([one.mode, one.colour, one.a, one.b, one.selection.filters?.[one.colour]]);
    if (before && key(state) === key(before)) return;
    try {
      if (state.mode === "difference") await difference(state, number);
      else if (state.mode === "density") map.setMode({ mode: "density" });
      else await points(state, number);
    } catch (error) {
      onProblem(error, "The map could not be coloured");
    }
    if (number === asked) showLegend();
  }

  /** Put a ring around the patch that is open. @param {string | null} id */
  async function mark(id) {
    const row = id ? await explorer.find(id).catch(() => -1) : -1;
    if (store.state.patch === id) map.highlight(row < 0 ? null : row);
  }

  /** @param {any} state @param {number} number */
  async function points(state, number) {
    const column = state.colour && columnOf(state.colour);
    if (!column) {
      colours = null;
      map.setColours(null);
      map.setMode({ mode: "points" });
      return;
    }
    const [codes, sets] = await codesOf(column);
    if (number !== asked) return;
    const filter = state.selection.filters?.[column.name] ?? {};
    colours = colouring(column, codes, sets, [...(filter.any ?? []), ...(filter.all ?? [])]);
    map.setColours({ codes: colours.codes, palette: colours.entries.map((entry) => entry.token) });
    map.setMode({ mode: "points" });
  }

  /** @param {any} state @param {number} number */
  async function difference(state, number) {
    const [a, b] = await Promise.all([state.a, state.b].map(async (side) => {
      const column = side && columnOf(side.column);
      if (!column) return null;
      return maskOf(column, ...(await codesOf(column)), side.value);
    }));
    if (number === asked) map.setMode({ mode: "difference", a, b });
  }

  /** @param {any} column @returns {Promise<[any, number[][] | null]>} */
  async function codesOf(column) {
    return Promise.all([explorer.codes(column.name), column.kind === "set" ? explorer.sets(column.name) : null]);
  }

  function showLegend() {
    const { mode, colour } = store.state;
    if (mode !== "points") return;
    if (!colours || !colour) return legend.hide();
    const counts = new Array(colours.entries.length).fill(0);
    const mask = result?.mask;
    if (mask) for (let row = 0; row < mask.length; row++) if (mask[row]) counts[colours.codes[row]] += 1;
    legend.categories(columnOf(colour).title, colours.entries, colours.note, mask ? counts : null);
  }

  /** @param {any} scale */
  function onSteps({ mode, steps, cellMetres }) {
    if (mode === "points") return showLegend();
    const side = cellMetres >= 1000 ? `${number(Math.round(cellMetres / 100) / 10)} km` : `${number(Math.round(cellMetres))} m`;
    const { a, b } = store.state;
    if (mode === "density") return legend.steps("Patches in a cell", steps, `Cells of about ${side}.`, number);
    const name = (/** @type {any} */ part) => {
      const column = part && columnOf(part.column);
      return column ? nameOf(column, part.value) : "nothing chosen";
    };
    const note = `Percentage points. Above zero, a larger share of ${name(a)} lies in the cell than of ${name(b)}. Cells of about ${side}.`;
    legend.steps("Difference", steps, note, (value) => `${value > 0 ? "+" : ""}${Number((100 * value).toPrecision(2))}`);
  }

  /** @param {string} key of the legend */
  function pick(key) {
    const { selection, colour } = store.state;
    store.set({ selection: withRole(selection, colour, key, "any") });
  }

  /** @param {"box" | "lasso"} part @param {any} value */
  function drawn(part, value) {
    tools.tool("pan");
    const other = part === "box" ? "lasso" : "box";
    store.set({ selection: withPart(withPart(store.state.selection, other, null), part, value) });
  }

  /** @param {"pan" | "box" | "lasso"} tool */
  function chooseTool(tool) {
    map.tool(tool);
    tools.tool(tool);
    if (tool !== "pan") /** @type {HTMLElement | null} */ (canvas.querySelector("[tabindex]"))?.focus();
  }

  function fit() {
    touched = true;
    if (!result?.count || result.count === manifest.rows) return map.fit();
    const rows = new Uint32Array(result.count);
    let at = 0;
    for (let row = 0; row < result.mask.length; row++) if (result.mask[row]) rows[at++] = row;
    map.fit(rows);
  }

  /** @param {number | null} row */
  async function onHover(row) {
    hovered = row ?? -1;
    tip.hidden = true;
    if (row === null) return;
    const text = await describe(row);
    if (hovered !== row) return;
    tip.textContent = text;
    tip.hidden = false;
  }

  /** @param {PointerEvent} event */
  function place(event) {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    tip.style.translate = `${Math.min(x + 14, box.width - 180)}px ${Math.min(y + 14, box.height - 60)}px`;
  }

  function destroy() {
    map.destroy();
    host.replaceChildren();
  }
}
