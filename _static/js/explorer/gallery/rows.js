// @ts-check
/** Rows of the selection, and what they are called, fetched in blocks as they come into sight. */

const BLOCK = 512; // rows
const KNOWN = 4096; // rows whose description is kept

export class SelectedRows {
  /** @param {any} explorer @param {() => void} arrived something new is there */
  constructor(explorer, arrived) {
    this.explorer = explorer;
    this.arrived = arrived;
    this.turn = 0; // answers to an older selection are thrown away
    /** @type {Map<number, Uint32Array | null>} */
    this.blocks = new Map();
    /** @type {Map<number, any>} */
    this.known = new Map();
    /** @type {Set<number>} */
    this.asked = new Set();
    /** @type {Set<number>} */
    this.wanted = new Set();
    this.timer = 0;
  }

  /** Begin anew with another selection. */
  clear() {
    this.turn += 1;
    this.blocks.clear();
  }

  /** The row at a place of the selection, if it is there already. @param {number} at @returns {number | undefined} */
  row(at) {
    const block = Math.floor(at / BLOCK);
    const rows = this.blocks.get(block);
    if (rows) return rows[at - block * BLOCK];
    if (rows === undefined) {
      const turn = this.turn;
      this.blocks.set(block, null);
      this.explorer.page(block * BLOCK, (block + 1) * BLOCK).then(
        (/** @type {Uint32Array} */ found) => {
          if (turn !== this.turn) return;
          this.blocks.set(block, found);
          this.arrived();
        },
        () => turn === this.turn && this.blocks.delete(block),
      );
    }
    return undefined;
  }

  /** What a row is called and labelled, if it is there already. @param {number} row */
  about(row) {
    const found = this.known.get(row);
    if (!found && !this.asked.has(row)) {
      this.wanted.add(row);
      this.timer ||= window.setTimeout(() => this.ask(), 60);
    }
    return found;
  }

  async ask() {
    this.timer = 0;
    const rows = [...this.wanted].slice(-BLOCK); // those passed by in a long scroll are not worth it
    this.wanted.clear();
    rows.forEach((row) => this.asked.add(row));
    try {
      const found = await this.explorer.describe(Uint32Array.from(rows));
      if (this.known.size > KNOWN) this.known.clear();
      for (const one of found) this.known.set(one.row, one);
      this.arrived();
    } finally {
      rows.forEach((row) => this.asked.delete(row));
    }
  }

  destroy() {
    this.clear();
    clearTimeout(this.timer);
  }
}
