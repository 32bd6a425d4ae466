// @ts-check
/** Rows as CSV, in the same bytes as Python writes them. */
/** @import {Manifest} from "./types.js" */

/** A text that no spreadsheet runs as a formula. @param {string} value */
export const cellText = (value) => (/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll("\0", "\ufffd");

/** A text as a field: guarded, and quoted where it has to be. @param {string} value */
export function field(value) {
  const guarded = cellText(value);
  return /[",\n\r]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** Degrees with 6 decimals, rounded as Python does it; empty without position. @param {number} value */
export const coordinate = (value) => (Number.isNaN(value) ? "" : (Math.floor(value * 1e6 + 0.5) / 1e6).toFixed(6));

/** @param {Manifest} manifest */
export const headLine = ({ columns }) => `${["id", ...columns.map(({ name }) => name), "lon", "lat"].map(field).join(",")}\n`;

/** Fields of every code of a column, the last one for missing. @param {string[][]} values of each code */
export const codeFields = (values) => [...values.map((parts) => field(parts.join("|"))), ""];
