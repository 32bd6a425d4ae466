// @ts-check
/**
 * One word of bits per row: a bit for every condition that the row fails. A row with the word 0 is selected; one whose
 * only bit belongs to the filter of a column counts for the options of that column. No DOM, no files.
 */
import { countAll } from "./counts.js";
import { refusedAny, refusedRest, refusedValues } from "./filters.js";
import { joined } from "./joint.js";
import { outsideLasso } from "./lasso.js";
import { outsideBox } from "./places.js";
import { pairedClasses } from "./sets.js";
/** @import {SetTerms} from "./sets.js" */
/** @import {Codes, Column, Manifest, Places, Result, Selection} from "./types.js" */

const BITS = 31;
const BLOCK = 8192; // rows

/** @typedef {{signature: string, refused: () => Uint8Array, codes: Codes | null}} Condition refused codes, or else rows */
/** @typedef {{column: Column, codes: Codes, sets: SetTerms | null, totals: Uint32Array}} Loaded rows of each code */

export class Selector {
  /** @param {Manifest} manifest */
  constructor(manifest) {
    this.manifest = manifest;
    this.words = new Int32Array(manifest.rows);
    /** @type {Map<string, Loaded>} */
    this.columns = new Map();
    /** @type {import("./joint.js").Joint[] | null} */
    this.together = null;
    /** @type {Places | null} */
    this.places = null;
    /** @type {Map<string, {bit: number, signature: string}>} conditions that have a bit now */
    this.bits = new Map();
    const labels = manifest.columns.find((column) => column.name === "labels" && column.kind === "set");
    this.paired = labels ? pairedClasses(labels.terms ?? [], labels.counts) : [];
  }

  /** @param {Column} column @param {Codes} codes @param {SetTerms | null} sets */
  addColumn(column, codes, sets) {
    const totals = new Uint32Array((sets ? sets.size : (column.values ?? []).length) + 1);
    for (let row = 0; row < codes.length; row++) totals[codes[row]]++;
    this.columns.set(column.name, { column, codes, sets, totals });
    this.together = null;
  }

  /** The columns as they are counted, made when they are all there. */
  joints() {
    this.together ??= joined([...this.columns].map(([name, { codes, totals }]) => ({ name, codes, size: totals.length })));
    return this.together;
  }

  /**
   * Select rows; all columns, and for a box or a lasso the places, have to be there.
   * @param {Selection} selection in normal form
   * @param {Uint8Array | null} misses rows (1) whose names do not have the text
   * @returns {Result}
   */
  select(selection, misses = null) {
    const start = performance.now();
    this.update(this.conditions(selection, misses));
    return { ...countAll(this), milliseconds: performance.now() - start };
  }

  /** @param {Selection} selection @param {Uint8Array | null} misses */
  conditions({ filters = {}, box, lasso, text }, misses) {
    /** @type {Map<string, Condition>} */
    const wanted = new Map();
    /** @param {string} key @param {unknown} value @param {() => Uint8Array} refused @param {Codes | null} [codes] */
    const add = (key, value, refused, codes = null) =>
      wanted.set(key, { signature: JSON.stringify(value), refused, codes });
    for (const [name, filter] of Object.entries(filters)) {
      const { column, codes, sets } = this.loaded(name);
      const { any, all, none, missing } = filter;
      if (sets === null) add(`any ${name}`, filter, () => refusedValues(column, filter), codes);
      else {
        if (any || missing) add(`any ${name}`, [any, missing], () => refusedAny(sets, filter), codes);
        if (all || none) add(`rest ${name}`, [all, none], () => refusedRest(sets, filter), codes);
      }
    }
    const places = /** @type {Places} */ (this.places);
    if (box) add("box", box, () => outsideBox(places, box));
    if (lasso) add("lasso", lasso, () => outsideLasso(places, lasso));
    if (text && misses) add("text", text, () => misses);
    return wanted;
  }

  /** @param {string} name */
  loaded(name) {
    const found = this.columns.get(name);
    if (!found) throw new RangeError(`the column ${name} is not loaded`);
    return found;
  }

  /** Write the bits of those conditions that have changed. @param {Map<string, Condition>} wanted */
  update(wanted) {
    if (wanted.size > BITS) throw new RangeError(`${wanted.size} conditions at once; ${BITS} are possible`);
    const { words, bits } = this;
    let keep = -1;
    for (const [key, { bit, signature }] of bits) {
      if (wanted.get(key)?.signature === signature) continue;
      keep &= ~bit;
      bits.delete(key);
    }
    const added = [];
    for (const [key, { signature, refused, codes }] of wanted) {
      if (bits.has(key)) continue;
      const bit = this.freeBit();
      bits.set(key, { bit, signature });
      const fails = refused();
      added.push({ bit, codes, fails: codes ? Int32Array.from(fails, (one) => one * bit) : fails });
    }
    if (keep === -1 && added.length === 0) return;
    // Block by block, so that the words stay in the processor's cache while all conditions are written.
    for (let from = 0; from < words.length; from += BLOCK) {
      const block = words.subarray(from, from + BLOCK);
      let kept = keep; // the first one that is written takes away the old bits as well
      for (const { bit, codes, fails } of added) {
        if (codes) writeCodes(block, codes, from, kept, fails);
        else writeRows(block, fails, from, kept, bit);
        kept = -1;
      }
      if (added.length === 0) for (let row = 0; row < block.length; row++) block[row] &= keep;
    }
  }

  freeBit() {
    let used = 0;
    for (const { bit } of this.bits.values()) used |= bit;
    return ~used & (used + 1); // the lowest bit that is not used
  }
}

/**
 * @param {Int32Array} block @param {Codes} codes @param {number} from first row @param {number} keep bits that stay
 * @param {ArrayLike<number>} bits of each code
 */
function writeCodes(block, codes, from, keep, bits) {
  for (let row = 0; row < block.length; row++) block[row] = (block[row] & keep) | bits[codes[from + row]];
}

/**
 * @param {Int32Array} block @param {ArrayLike<number>} fails 1 or 0 @param {number} from first row
 * @param {number} keep bits that stay @param {number} bit
 */
function writeRows(block, fails, from, keep, bit) {
  for (let row = 0; row < block.length; row++) block[row] = (block[row] & keep) | (-fails[from + row] & bit);
}
