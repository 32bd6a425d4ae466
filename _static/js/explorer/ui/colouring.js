// @ts-check
// Which colour each patch has, and what the legend says of it. No DOM.
import { namesOf } from "./options.js";

/** @typedef {{name: string, key: string | null, token: string, count: number}} Entry `key`: what a filter would name */
/** @typedef {{codes: Uint8Array, entries: Entry[], note: string}} Colouring codes are places in `entries` */

const MOST = 8; // colours that one can tell apart
const STEPS = 6;

/**
 * @param {any} column of the manifest
 * @param {ArrayLike<number>} codes one of each row
 * @param {number[][] | null} sets of a set column
 * @param {string[]} wanted keys that are filtered for: they get a colour first
 * @returns {Colouring}
 */
export function colouring(column, codes, sets, wanted = []) {
  if (column.kind === "day") return coloured(codes, ...spread(column));
  const names = namesOf(column).filter((/** @type {any} */ one) => !one.level);
  const keys = names.map(({ key }) => key);
  const chosen = choose(keys, column.counts, wanted);
  /** @type {Entry[]} */
  const entries = chosen.map((index, at) => (
    { name: names[index].name, key: keys[index], token: `--ds-cat-${at + 1}`, count: column.counts[index] }
  ));
  const place = new Map(chosen.map((index, at) => [index, at]));
  const other = entries.length;
  const rest = chosen.length < keys.length;
  if (rest) entries.push({ name: "Others", key: null, token: "--ds-cat-other", count: 0 });
  const missing = entries.length;
  if (column.missing) entries.push({ name: "Not stated", key: null, token: "--ds-cat-missing", count: column.missing });
  if (column.kind !== "set") {
    const table = keys.map((_, index) => place.get(index) ?? other);
    return coloured(codes, [...table, missing], entries, "");
  }
  // The rarest of a patch's classes tells most about it; ties go to the later one.
  const rank = [...chosen].sort((a, b) => column.counts[a] - column.counts[b] || b - a);
  const table = (sets ?? []).map((classes) => {
    const has = rank.find((index) => classes.includes(index));
    return has === undefined ? (rest ? other : missing) : /** @type {number} */ (place.get(has));
  });
  return coloured(codes, [...table, missing], entries, "A patch with several has the colour of the rarest of them.");
}

/** @param {ArrayLike<number>} codes @param {number[]} table @param {Entry[]} entries @param {string} note @returns {Colouring} */
function coloured(codes, table, entries, note) {
  const places = Uint8Array.from(table);
  const found = new Uint8Array(codes.length);
  for (let row = 0; row < codes.length; row++) found[row] = places[codes[row]];
  return { codes: found, entries, note };
}

/** @param {string[]} keys @param {number[]} counts @param {string[]} wanted @returns {number[]} places, in the column's order */
function choose(keys, counts, wanted) {
  const order = keys.map((_, index) => index);
  if (keys.length <= MOST) return order;
  const first = new Set(wanted);
  order.sort((a, b) => Number(first.has(keys[b])) - Number(first.has(keys[a])) || counts[b] - counts[a] || a - b);
  return order.slice(0, MOST).sort((a, b) => a - b);
}

/** Days in steps of about as many patches. @param {any} column @returns {[number[], Entry[], string]} */
function spread(column) {
  const { values, counts, missing } = column;
  const whole = counts.reduce((/** @type {number} */ sum, /** @type {number} */ count) => sum + count, 0);
  /** @type {number[]} */
  const table = [];
  /** @type {Entry[]} */
  const entries = [];
  let before = 0;
  let last = -1;
  values.forEach((/** @type {string} */ day, /** @type {number} */ at) => {
    const step = Math.min(STEPS - 1, Math.floor((before * STEPS) / Math.max(1, whole)));
    before += counts[at];
    if (step !== last) entries.push({ name: day, key: null, token: `--ds-day-${step + 1}`, count: 0 });
    last = step;
    const entry = entries[entries.length - 1];
    entry.name = entry.count ? `${entry.name.slice(0, 10)} \u2013 ${day}` : day;
    entry.count += counts[at];
    table.push(entries.length - 1);
  });
  table.push(entries.length);
  if (missing) entries.push({ name: "Not stated", key: null, token: "--ds-cat-missing", count: missing });
  return [table, entries, ""];
}

/**
 * The rows that have a value, for a difference map.
 * @param {any} column @param {ArrayLike<number>} codes @param {number[][] | null} sets @param {string} key @returns {Uint8Array}
 */
export function maskOf(column, codes, sets, key) {
  const mask = new Uint8Array(codes.length);
  /** @type {boolean[]} */
  let has;
  if (column.kind === "set") {
    const at = column.terms.findIndex((/** @type {any} */ term) => term.key === key);
    const members = new Set(column.terms[at]?.level ? column.terms[at].members : [at]);
    has = (sets ?? []).map((classes) => classes.some((index) => members.has(index)));
  } else {
    has = column.values.map((/** @type {string} */ value) => value === key);
  }
  for (let row = 0; row < codes.length; row++) mask[row] = has[codes[row]] ? 1 : 0;
  return mask;
}
