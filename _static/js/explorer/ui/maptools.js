// @ts-check
// What the map shows and what the pointer does on it: colour, density, difference; move, box, outline.
import { el, icon } from "./dom.js";
import { namesOf } from "./options.js";

const TOOLS = /** @type {const} */ ([["pan", "Move the map", "hand"], ["box", "Draw a box", "box"], ["lasso", "Draw an outline", "lasso"]]);
const MODES = [["points", "Patches"], ["density", "Density"], ["difference", "Difference"]];
const MOST = 60; // values of a column that a list offers

/**
 * @param {HTMLElement} host
 * @param {any} manifest
 * @param {{onChange: (changes: any) => void, onTool: (tool: "pan" | "box" | "lasso") => void, onFit: () => void}} how
 */
export function createMapTools(host, manifest, { onChange, onTool, onFit }) {
  const columns = manifest.columns.filter((/** @type {any} */ column) => (column.values ?? column.terms).length);
  const mode = select("Map shows", MODES, (value) => onChange({ mode: value }));
  const colour = select("Colour by", [["", "One colour"], ...columns.map((/** @type {any} */ column) => [column.name, column.title])],
    (value) => onChange({ colour: value || null }));
  const a = side("A", (value) => onChange({ a: value }));
  const b = side("B", (value) => onChange({ b: value }));
  const swap = el("button", { type: "button", class: "ds-x-icon-button", title: "Swap A and B", "aria-label": "Swap A and B", onclick: () => onChange({ a: b.value(), b: a.value() }) }, "\u21c4");
  const difference = el("div", { class: "ds-x-difference", hidden: true }, a.node, swap, b.node);
  const tools = TOOLS.map(([name, text, sign]) => el("button", {
    type: "button", class: "ds-x-icon-button", title: text, "aria-label": text, "aria-pressed": "false", "data-tool": name, onclick: () => onTool(name),
  }, icon(sign)));
  const fit = el("button", { type: "button", class: "ds-x-icon-button", title: "Show all selected patches", "aria-label": "Show all selected patches", onclick: onFit }, icon("fit"));
  const node = el("div", { class: "ds-x-map-tools" }, mode.node, colour.node, difference,
    el("div", { class: "ds-x-tool-group", role: "group", "aria-label": "Pointer" }, ...tools, fit));
  host.append(node);
  return { update, tool, destroy: () => node.remove() };

  /** @param {any} state */
  function update(state) {
    mode.input.value = state.mode ?? "points";
    colour.input.value = state.colour ?? "";
    colour.node.hidden = mode.input.value !== "points";
    difference.hidden = state.mode !== "difference";
    a.show(state.a);
    b.show(state.b);
  }

  /** @param {string} name */
  function tool(name) {
    for (const button of tools) button.setAttribute("aria-pressed", String(button.dataset.tool === name));
  }

  /** @param {string} text @param {any[]} options @param {(value: string) => void} onSelect */
  function select(text, options, onSelect) {
    const input = el("select", { class: "ds-x-field", onchange: () => onSelect(input.value) },
      ...options.map(([value, name]) => el("option", { value }, name)));
    return { input, node: el("label", { class: "ds-x-labelled" }, el("span", {}, text), input) };
  }

  /** @param {string} text @param {(value: any) => void} onSelect */
  function side(text, onSelect) {
    /** @type {any[]} */
    const values = [];
    const groups = columns.filter((/** @type {any} */ column) => column.kind !== "day").map((/** @type {any} */ column) => {
      const options = namesOf(column).slice(0, MOST).map(({ key, name }) => {
        values.push({ column: column.name, value: key });
        return el("option", { value: values.length - 1 }, name);
      });
      return el("optgroup", { label: column.title }, ...options);
    });
    const input = el("select", { class: "ds-x-field", onchange: () => onSelect(values[Number(input.value)]) }, ...groups);
    return {
      node: el("label", { class: "ds-x-labelled" }, el("span", {}, text), input),
      value: () => values[Number(input.value)],
      /** @param {any} wanted */
      show(wanted) {
        const at = wanted ? values.findIndex((each) => each.column === wanted.column && each.value === wanted.value) : -1;
        input.value = String(at);
      },
    };
  }
}
