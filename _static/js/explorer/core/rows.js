// @ts-check
/** Everything that can be asked about rows. Runs in a worker, in the page, or in Node. */
import { listSelected, wholeTally } from "./counts.js";
import { normalise, optionsOf } from "./filters.js";
import { project } from "./mercator.js";
import { recipeText } from "./recipe.js";
import { Records } from "./records.js";
import { missText } from "./search.js";
import { Selector } from "./select.js";
import { Store } from "./store.js";
import { nextTask } from "./task.js";
/** @import {LoadFile, Manifest, Positions, Progress, Result, Selection} from "./types.js" */

const WARM = 6; // columns
const PARQUET = new URL("../../../vendor/hyparquet/index.js", import.meta.url).href;

export class Rows {
  /**
   * @param {Manifest} manifest @param {LoadFile} load
   * @param {(progress: Progress) => void} [tell] @param {() => Promise<any>} [parquet] loads hyparquet
   */
  constructor(manifest, load, tell = () => {}, parquet = () => import(PARQUET)) {
    this.manifest = manifest;
    this.store = new Store(manifest, load);
    this.records = new Records(this.store, parquet);
    this.tell = tell;
    this.selector = new Selector(manifest);
    /** @type {Selection} */
    this.selection = {};
    this.count = manifest.rows;
    /** @type {Uint32Array | null} */
    this.selected = null;
    /** @type {{text: string, misses: Uint8Array} | null} */
    this.searched = null;
    this.newest = 0;
  }

  /** @returns {Promise<Positions | null>} */
  async positions() {
    const { positions, extent } = this.manifest;
    return positions && project(await this.store.places(), positions.groups, extent);
  }

  /** @param {string} name */
  async codes(name) {
    return (await this.store.column(name)).codes;
  }

  /** @param {string} name @returns {Promise<number[][]>} classes of each set, as terms */
  async sets(name) {
    const { sets } = await this.store.column(name);
    return Array.from({ length: sets?.size ?? 0 }, (_, code) => sets?.classes(code) ?? []);
  }

  /** Load the codes of all columns. @returns {Promise<null>} */
  async preload() {
    const { columns } = this.manifest;
    let done = 0;
    await Promise.all(
      columns.map(async ({ name }) => {
        const { column, codes, sets } = await this.store.column(name);
        if (!this.selector.columns.has(name)) this.selector.addColumn(column, codes, sets);
        this.tell({ stage: "codes", done: ++done, total: columns.length });
      }),
    );
    return null;
  }

  /**
   * Count some selections for nobody, so that the first one of a reader finds everything compiled and at hand. It works on
   * a selector of its own, between messages.
   */
  async warm() {
    await this.preload();
    const spare = new Selector(this.manifest);
    spare.columns = this.selector.columns;
    spare.together = this.selector.joints();
    const call = this.newest;
    /** @type {Selection} */
    const selection = { filters: {} };
    for (const column of this.manifest.columns.filter(({ kind }) => kind !== "day").slice(0, WARM)) {
      await nextTask();
      if (call !== this.newest) return; // a reader asks already
      selection.filters = { ...selection.filters, [column.name]: { any: optionsOf(column).slice(0, 2) } };
      spare.select(selection);
    }
  }

  /** Select rows; null when a newer call has overtaken this one. @param {Selection} selection @returns {Promise<Result | null>} */
  async select(selection) {
    const call = ++this.newest;
    const normal = normalise(this.manifest, selection);
    await nextTask();
    if (call !== this.newest) return null;
    const { rows, columns } = this.manifest;
    const ready = this.selector.columns.size === columns.length;
    if (Object.keys(normal).length === 0 && !ready) {
      this.keep(normal, rows);
      return { count: rows, ...wholeTally(this.manifest), mask: new Uint8Array(rows).fill(1), milliseconds: 0 };
    }
    if (!ready) await this.preload();
    if (normal.box || normal.lasso) this.selector.places = await this.store.places();
    const misses = await this.search(normal.text, () => call !== this.newest);
    if (call !== this.newest) return null;
    const result = this.selector.select(normal, misses);
    this.keep(normal, result.count);
    return result;
  }

  /** @param {string | undefined} text @param {() => boolean} stale */
  async search(text, stale) {
    if (text === undefined || this.searched?.text === text) return this.searched?.misses ?? null;
    const misses = await missText(this.store, text, stale, this.tell);
    if (misses) this.searched = { text, misses };
    return misses;
  }

  /** @param {Selection} selection @param {number} count */
  keep(selection, count) {
    this.selection = selection;
    this.count = count;
    this.selected = null;
  }

  /** Rows of the current selection. @param {number} [from] @param {number} [to] */
  page(from = 0, to = this.count) {
    if (this.selected === null) {
      this.selected = new Uint32Array(this.count);
      listSelected(this.selector.words, this.selected);
    }
    return this.selected.slice(from, to);
  }

  /** @param {ArrayLike<number>} rows */
  describe(rows) {
    return this.records.describe(rows);
  }

  /** @param {string} id */
  find(id) {
    return this.records.find(id);
  }

  /** @param {number} row */
  near(row) {
    return this.records.near(row);
  }

  /** @param {number} row */
  detail(row) {
    return this.records.detail(row);
  }

  csv() {
    return this.records.csv(this.page(), this.tell);
  }

  recipe() {
    return recipeText(this.manifest, this.selection, this.count);
  }
}
