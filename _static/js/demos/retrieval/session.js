// @ts-check
/** From a question to its results: finds rows, moves the query by the marks, and asks the index. No DOM. */
import { isEmpty } from "../../explorer/ui/edit.js";
import { moved } from "./rocchio.js";
/** @import {Question} from "./state.js" */

/**
 * @typedef {{row: number, distance: number, about: any}} Found `about`: what the explorer describes of the row
 * @typedef {{lists?: number, probed?: {list: number, rows: number}[], scanned?: number, reranked?: number, shards?: number, bytes?: number,
 *   exhausted?: boolean, milliseconds?: number}} Steps as `search` of search/client.js tells them
 * @typedef {{name: string, vector: Float32Array}} Own a picture of the reader as the encoder sees it
 * @typedef {object} Outcome
 * @property {any} encoder of the manifest
 * @property {any | null} query what the explorer describes of the patch; null: a picture of the reader's own
 * @property {string | null} own its name
 * @property {Float32Array | null} vector what was searched for; null: stored neighbours were read
 * @property {Found[]} results nearest first
 * @property {Steps} steps
 * @property {boolean} stored whether the build had found the neighbours already
 * @property {Uint8Array | null} mask of the rows that meet the conditions (1); null: there are none
 * @property {number | null} allowed patches that meet the conditions; null: there are none
 * @property {any[]} more marked patches, described
 * @property {any[]} less marked patches, described
 * @property {string[]} unknown ids that this data set has not
 */

/** A question that cannot be answered as it is, in words for the reader. */
export class AskError extends Error {}

/** @param {any} explorer @param {any} retrieval */
export function createSession(explorer, retrieval) {
  const { encoders } = retrieval.manifest;
  /** Selections one after the other: a newer one would take the answer of an older one away. @type {Promise<any>} */
  let turn = Promise.resolve();
  return { ask, select, encoderOf };

  /** @param {any} selection @returns {Promise<any>} */
  function select(selection) {
    const asked = turn.then(() => explorer.select(selection));
    turn = asked.catch(() => {});
    return asked;
  }

  /** @param {string | null} name @returns {any} the first one where there is none of the name */
  function encoderOf(name) {
    return encoders.find((/** @type {any} */ one) => one.name === name) ?? encoders[0];
  }

  /**
   * @param {Question} question @param {{own?: ((encoder: any) => Promise<Own>) | null}} [how] `own` goes before the patch
   * @returns {Promise<Outcome | null>} null where nothing is asked yet
   */
  async function ask(question, { own = null } = {}) {
    const entry = encoderOf(question.encoder);
    const search = retrieval.encoder(entry.name);
    const [[row], more, less] = await Promise.all([
      rowsOf(question.patch && !own ? [question.patch] : []), rowsOf(question.more), rowsOf(question.less),
    ]);
    const there = (/** @type {number[]} */ rows) => rows.filter((one) => one >= 0);
    const unknown = [...question.more.filter((_, at) => more[at] < 0), ...question.less.filter((_, at) => less[at] < 0)];
    if (row === -1) throw new AskError(`This data set has no patch named ${question.patch}. The link may be of another version.`);
    const asked = { row: row ?? null, more: there(more), less: there(less) };
    if (asked.row === null && !own && !asked.more.length) return null;
    const given = own ? await own(entry) : null;
    const mask = await allowed(question.selection);
    const found = await find(search, asked, given, mask, question.count);
    const rows = [...new Set([...(row === undefined ? [] : [row]), ...asked.more, ...asked.less, ...found.results.map((/** @type {any} */ one) => one.row)])];
    const about = new Map((await explorer.describe(Uint32Array.from(rows))).map((/** @type {any} */ one) => [one.row, one]));
    return {
      ...found, encoder: entry, query: about.get(row) ?? null, own: given?.name ?? null, unknown, mask,
      allowed: mask ? mask.reduce((sum, one) => sum + one, 0) : null,
      results: found.results.map((/** @type {any} */ one) => ({ ...one, about: about.get(one.row) })),
      more: asked.more.map((one) => about.get(one)), less: asked.less.map((one) => about.get(one)),
    };
  }

  /**
   * @param {any} search of the encoder @param {{row: number | null, more: number[], less: number[]}} asked @param {Own | null} given
   * @param {Uint8Array | null} mask @param {number} count
   */
  async function find(search, { row, more, less }, given, mask, count) {
    if (row !== null && !mask && !more.length && !less.length && count <= (search.entry.neighbours?.k ?? 0)) {
      const { results, bytes, milliseconds } = await search.neighbours(row);
      return { results: results.slice(0, count), steps: { bytes, milliseconds }, vector: null, stored: true };
    }
    const rows = [...(row === null ? [] : [row]), ...more, ...less];
    const vectors = rows.length ? await search.vectors(Uint32Array.from(rows)) : [];
    if (row !== null && !vectors[0]) throw new AskError("The pixels of this patch could not be read, so it has no descriptor.");
    const query = row === null ? given?.vector ?? null : vectors.shift();
    const has = (/** @type {any[]} */ some) => some.filter(Boolean);
    const vector = moved(query, has(vectors.slice(0, more.length)), has(vectors.slice(more.length)));
    const exclude = [...(row === null ? [] : [row]), ...less];
    return { ...(await search.search(vector, { k: count, mask, exclude })), vector, stored: false };
  }

  /** @param {any} selection @returns {Promise<Uint8Array | null>} 1: meets the conditions; null: there are none */
  async function allowed(selection) {
    return isEmpty(selection) ? null : ((await select(selection))?.mask ?? null);
  }

  /** @param {string[]} ids @returns {Promise<number[]>} -1 where there is none */
  function rowsOf(ids) {
    return Promise.all(ids.map((id) => explorer.find(id)));
  }
}
