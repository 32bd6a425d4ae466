// @ts-check
/** What was loaded, until others that were asked for later take its place. */
export class Kept {
  /** @param {number} limit bytes, about */
  constructor(limit) {
    this.limit = limit;
    this.size = 0;
    /** @type {Map<number, {value: Promise<any>, bytes: number}>} */
    this.held = new Map();
  }

  /** @template T @param {number} key @param {() => Promise<T>} make @returns {Promise<T>} */
  get(key, make) {
    const known = this.held.get(key);
    if (known) {
      this.held.delete(key); // to the end: the one that was asked for last
      this.held.set(key, known);
      return known.value;
    }
    const made = { value: make(), bytes: 0 };
    this.held.set(key, made);
    made.value.then(
      (value) => {
        made.bytes = bytesOf(value);
        this.size += made.bytes;
        this.shrink();
      },
      () => this.held.delete(key),
    );
    return made.value;
  }

  shrink() {
    for (const [key, { bytes }] of this.held) {
      if (this.size <= this.limit) return;
      if (bytes) {
        this.held.delete(key);
        this.size -= bytes;
      }
    }
  }
}

/** @param {any} value an array, or an object of arrays */
const bytesOf = (value) =>
  value.byteLength ?? Object.values(value).reduce((sum, part) => sum + (part.byteLength ?? 0), 0);
