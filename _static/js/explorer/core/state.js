// @ts-check
/** The whole state of the page in the fragment of its address, and back: one text for one state. */
import { round5, wordsOf } from "./filters.js";
/** @import {Box, Filter, Pair, Selection} from "./types.js" */

/**
 * @typedef {{column: string, value: string}} Part one option of a column
 * @typedef {{selection: Selection, colour: string | null, mode: "points" | "density" | "difference", a: Part | null,
 *   b: Part | null, at: [number, number, number] | null, patch: string | null, lab: string | null, with: string | null,
 *   view: string | null, show: string | null, rgb: string[] | null, index: string | null}} State `at`: longitude, latitude, zoom
 */

const MODES = /** @type {const} */ (["points", "density", "difference"]);
const TEXTS = /** @type {const} */ (["colour", "view", "patch", "lab", "with", "show", "index"]);
const RESERVED = new Set([...TEXTS, "mode", "a", "b", "at", "box", "lasso", "text", "rgb"]);
const LISTS = /** @type {const} */ (["any", "all", "none"]);
const SUFFIX = /^(.*)\.(any|all|none|missing|from|to)$/s;

/** @type {Readonly<State>} */
export const EMPTY = Object.freeze({
  selection: {}, colour: null, mode: "points", a: null, b: null, at: null, patch: null, lab: null, with: null,
  view: null, show: null, rgb: null, index: null,
});

/** Write a state. @param {Partial<State>} state @returns {string} "#..." or, where all is default, "" */
export function formatState(state) {
  const { selection = {}, mode = "points", at, rgb } = state;
  const params = new URLSearchParams();
  formatFilters(selection.filters ?? {}, params);
  if (selection.box) params.append("box", numbers(selection.box));
  if (selection.lasso) params.append("lasso", selection.lasso.map(numbers).join(";"));
  const words = wordsOf(selection.text ?? "");
  if (words.length > 0) params.append("text", words.join(" "));
  if (mode !== "points") params.append("mode", mode);
  for (const key of /** @type {const} */ (["a", "b"])) {
    const part = state[key];
    if (part) params.append(key, `${part.column.replace(/[%:]/g, encodeURIComponent)}:${part.value}`);
  }
  if (at) params.append("at", numbers([at[0], at[1], Math.round(at[2] * 100) / 100]));
  if (rgb && rgb.length > 0) params.append("rgb", rgb.map((name) => name.replace(/[%,]/g, encodeURIComponent)).join(","));
  for (const key of TEXTS) if (state[key]) params.append(key, state[key]);
  // These characters are free in a fragment, and links read better with them.
  const text = params.toString().replace(/%(2C|3A|3B|2F)/g, decodeURIComponent);
  return text === "" ? "" : `#${text}`;
}

/** Read a state; what is not understood is left out. @param {string} hash with or without "#" @returns {State} */
export function parseState(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {Selection} */
  const selection = {};
  const filters = parseFilters(params);
  if (Object.keys(filters).length > 0) selection.filters = filters;
  const box = floats(params.get("box"), 4);
  if (box) selection.box = /** @type {Box} */ (box.map(round5));
  const lasso = (params.get("lasso") ?? "").split(";").map((pair) => floats(pair, 2)?.map(round5));
  if (lasso.length > 2 && lasso.every(Boolean)) selection.lasso = /** @type {Pair[]} */ (lasso);
  const words = wordsOf(params.get("text") ?? "");
  if (words.length > 0) selection.text = words.join(" ");
  const at = floats(params.get("at"), 3);
  const rgb = (params.get("rgb") ?? "").split(",").filter(Boolean).map(decoded);
  const texts = Object.fromEntries(TEXTS.map((key) => [key, params.get(key) || null]));
  return {
    ...EMPTY,
    ...texts,
    selection,
    mode: MODES.find((mode) => mode === params.get("mode")) ?? "points",
    a: parsePart(params.get("a")),
    b: parsePart(params.get("b")),
    at: at && [round5(at[0]), round5(at[1]), Math.round(at[2] * 100) / 100],
    rgb: rgb.length > 0 ? rgb : null,
  };
}

/** @param {Record<string, Filter>} filters @param {URLSearchParams} params */
function formatFilters(filters, params) {
  for (const name of Object.keys(filters).sort()) {
    const filter = filters[name];
    const escaped = RESERVED.has(name) || name === "" || name.startsWith("~") || SUFFIX.test(name);
    const key = escaped ? `~${name}` : name;
    for (const part of LISTS) {
      const suffix = part === "any" && !escaped ? "" : `.${part}`;
      for (const value of [...new Set(filter[part] ?? [])].sort()) params.append(key + suffix, value);
    }
    if (filter.from) params.append(`${key}.from`, filter.from);
    if (filter.to) params.append(`${key}.to`, filter.to);
    if (filter.missing) params.append(`${key}.missing`, "1");
  }
}

/** @param {URLSearchParams} params */
function parseFilters(params) {
  /** @type {Map<string, Filter>} */
  const filters = new Map();
  for (const [key, value] of params) {
    const [, bare, part] = SUFFIX.exec(key) ?? [key, key, "any"];
    if (RESERVED.has(key) || (key.startsWith("~") && bare === key) || key === "") continue;
    const name = key.startsWith("~") ? bare.slice(1) : bare;
    const filter = filters.get(name) ?? {};
    if (part === "missing") {
      if (value === "1") filter.missing = true;
    } else if (part === "from" || part === "to") {
      if (value !== "") filter[part] = value;
    } else {
      const list = /** @type {"any" | "all" | "none"} */ (part);
      filter[list] = [...new Set([...(filter[list] ?? []), value])].sort();
    }
    if (Object.keys(filter).length > 0) filters.set(name, filter);
  }
  return Object.fromEntries(filters);
}

/** @param {string | null} text @returns {Part | null} */
function parsePart(text) {
  const colon = text?.indexOf(":") ?? -1;
  return text === null || colon < 0 ? null : { column: decoded(text.slice(0, colon)), value: text.slice(colon + 1) };
}

/** @param {string} text */
const decoded = (text) => text.replace(/%(25|2C|3A)/g, decodeURIComponent);

/** @param {number[]} values rounded to 5 decimals, never as 1e-5 */
const numbers = (values) => values.map((value) => round5(value).toFixed(5).replace(/\.?0+$/, "")).join(",");

/** @param {string | null} text @param {number} count @returns {number[] | null} finite numbers */
function floats(text, count) {
  const values = (text ?? "").split(",");
  if (values.length !== count || values.some((value) => !/^-?\d{1,4}(\.\d{1,17})?$/.test(value))) return null;
  return values.map(Number);
}
