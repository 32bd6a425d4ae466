// @ts-check
/** Set columns: which terms each set has, and what counts of sets say about terms and pairs. */
/** @import {Pairs, Term} from "./types.js" */

const PAIRED = 60; // classes in the table of pairs, at most

/** The terms of every set, groups included: a set has a group if it has any of its members. */
export class SetTerms {
  /** @param {Term[]} terms @param {number[][]} sets indices of classes, ascending; codes index this list */
  constructor(terms, sets) {
    this.size = sets.length;
    this.places = new Map(terms.map((term, index) => [term.key, index]));
    this.length = terms.length;
    /** @type {number[][]} */
    const groups = terms.map(() => []);
    terms.forEach((term, index) => {
      if (term.level > 0) for (const member of term.members) groups[member].push(index);
    });
    const found = sets.map((classes) => [...new Set([...classes, ...classes.flatMap((index) => groups[index])])]);
    // The terms of set i are items[starts[i]] to items[starts[i + 1] - 1], its classes those before classEnds[i].
    this.starts = new Uint32Array(sets.length + 1);
    found.forEach((one, code) => (this.starts[code + 1] = this.starts[code] + one.length));
    this.classEnds = Uint32Array.from(sets, (classes, code) => this.starts[code] + classes.length);
    this.items = Uint32Array.from(found.flat());
  }

  /** Classes of a set, as terms. @param {number} code */
  classes(code) {
    return [...this.items.subarray(this.starts[code], this.classEnds[code])];
  }

  /** How many of these different terms every set has, and rows without a set (0). @param {string[]} keys */
  hits(keys) {
    const chosen = new Uint8Array(this.length);
    for (const key of keys) chosen[Number(this.places.get(key))] = 1;
    const hits = new Uint32Array(this.size + 1);
    for (let code = 0; code < this.size; code++) {
      for (let at = this.starts[code]; at < this.starts[code + 1]; at++) hits[code] += chosen[this.items[at]];
    }
    return hits;
  }

  /** Rows that have each term. @param {Uint32Array} rows of each set */
  termCounts(rows) {
    const counts = new Uint32Array(this.length);
    for (let code = 0; code < this.size; code++) {
      const count = rows[code];
      if (count === 0) continue;
      for (let at = this.starts[code]; at < this.starts[code + 1]; at++) counts[this.items[at]] += count;
    }
    return counts;
  }

  /**
   * Rows that have both of two classes.
   * @param {Uint32Array} rows of each set @param {number[]} terms classes @returns {Pairs}
   */
  pairs(rows, terms) {
    const place = new Int32Array(this.length).fill(-1);
    terms.forEach((term, index) => (place[term] = index));
    const values = new Uint32Array(terms.length ** 2);
    for (let code = 0; code < this.size; code++) {
      if (rows[code] === 0) continue;
      for (let one = this.starts[code]; one < this.classEnds[code]; one++) {
        const row = place[this.items[one]];
        if (row < 0) continue;
        for (let other = this.starts[code]; other < this.classEnds[code]; other++) {
          const column = place[this.items[other]];
          if (column >= 0) values[row * terms.length + column] += rows[code];
        }
      }
    }
    return { terms, values };
  }
}

/** The most frequent classes, equal counts by place, in the order of terms. @param {Term[]} terms @param {number[]} counts */
export function pairedClasses(terms, counts) {
  const classes = terms.flatMap((term, index) => (term.level === 0 ? [index] : []));
  classes.sort((one, other) => counts[other] - counts[one] || one - other);
  return classes.slice(0, PAIRED).sort((one, other) => one - other);
}
