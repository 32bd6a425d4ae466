// @ts-check
/** What is asked, in the fragment of the address, and back: one text for one question. No DOM. */
import { formatState, parseState } from "../../explorer/core/state.js";
/** @import {Selection} from "../../explorer/core/types.js" */

/**
 * @typedef {{patch: string | null, encoder: string | null, selection: Selection, more: string[], less: string[],
 *   count: number}} Question `more` and `less`: ids of patches that the reader marked; `encoder` null: the first one
 */

export const COUNTS = [12, 24, 48, 96];
export const COUNT = 24;
const MOST_MARKS = 32; // of each kind; an address has to stay one
const OWN = new Set(["encoder", "more", "less", "n"]);

/** @type {Readonly<Question>} */
export const EMPTY = Object.freeze({ patch: null, encoder: null, selection: {}, more: [], less: [], count: COUNT });

/** @param {Partial<Question>} question @returns {string} "#..." or, where nothing is asked, "" */
export function formatQuestion({ patch = null, encoder = null, selection = {}, more = [], less = [], count = COUNT }) {
  const params = new URLSearchParams();
  for (const [key, value] of new URLSearchParams(formatState({ selection, patch }).slice(1))) {
    params.append(OWN.has(key) ? `~${key}.any` : key, value); // a column of the data set may be called so
  }
  if (encoder) params.append("encoder", encoder);
  for (const id of more) params.append("more", id);
  for (const id of less) params.append("less", id);
  if (count !== COUNT) params.append("n", String(count));
  const text = params.toString().replace(/%(2C|3A|3B|2F)/g, decodeURIComponent);
  return text === "" ? "" : `#${text}`;
}

/** What is not understood is left out; whatever else the explorer's links hold is none of ours. @param {string} hash @returns {Question} */
export function parseQuestion(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const own = Object.fromEntries([...OWN].map((key) => [key, params.getAll(key)]));
  for (const key of OWN) params.delete(key);
  const { patch, selection } = parseState(params.toString());
  const less = marks(own.less).filter((id) => !own.more.includes(id));
  const count = Number(own.n[0]);
  return {
    patch, selection, less, more: marks(own.more), encoder: own.encoder[0] || null,
    count: COUNTS.includes(count) ? count : COUNT,
  };
}

/** @param {string[]} ids */
const marks = (ids) => [...new Set(ids.filter(Boolean))].slice(0, MOST_MARKS);

/** @param {Question} a @param {Question} b */
export const same = (a, b) => formatQuestion(a) === formatQuestion(b);
