// @ts-check
/** What the page may ask about the vectors of its encoders; each answer can be sent from a worker. */
import { fetchBytes } from "../../explorer/core/manifest.js";
import { turnedBack } from "./distances.js";
import { Files } from "./files.js";
import { search } from "./search.js";
/** @import {Found, Manifest, Neighbours, Wanted} from "./types.js" */

export class Indices {
  /**
   * @param {Manifest} manifest @param {string} base address of the manifest @param {(progress: any) => void} tell
   * @param {(url: string, cache?: RequestCache) => Promise<Uint8Array<ArrayBuffer>>} [read] the bytes at an address
   */
  constructor(manifest, base, tell, read = fetchBytes) {
    this.manifest = manifest;
    this.tell = tell;
    this.files = new Map(manifest.encoders.map((entry) => [entry.name, new Files(entry, manifest.rows, base, read)]));
  }

  /** @param {string} name @returns {Files} */
  of(name) {
    const found = this.files.get(name);
    if (!found) throw new RangeError(`there is no encoder ${name}`);
    return found;
  }

  /** @param {string} name */
  async open(name) {
    await this.of(name).open();
    return { bytes: this.of(name).fetched };
  }

  /** @param {string} name @param {number} row @returns {Promise<Neighbours>} */
  async neighbours(name, row) {
    const start = performance.now();
    const files = this.of(name);
    const before = files.fetched;
    const results = await files.neighbours(this.within(row));
    return { results, bytes: files.fetched - before, milliseconds: performance.now() - start };
  }

  /** @param {string} name @param {ArrayLike<number>} vector @param {Wanted} wanted @returns {Promise<Found>} */
  async search(name, vector, wanted) {
    (wanted.exclude ?? []).forEach((row) => this.within(row));
    return search(this.of(name), vector, wanted);
  }

  /** @param {string} name @param {number[]} rows @returns {Promise<(Float32Array | null)[]>} */
  async vectors(name, rows) {
    const files = this.of(name);
    const { centroids, rotation, sizes } = await files.open();
    const d = centroids.length / sizes.length;
    const { rows_per_file } = files.entry.index.places;
    return Promise.all(
      Array.from(rows, async (row) => {
        const places = await files.places(Math.floor(this.within(row) / rows_per_file));
        const number = places[row % rows_per_file];
        if (number === files.entry.index.shards) return null;
        const shard = await files.shard(number);
        const place = shard.rows.indexOf(row);
        const held = shard.vectors.slice(place * d, (place + 1) * d);
        return rotation ? turnedBack(rotation, held, files.entry.dimensions) : held;
      }),
    );
  }

  /** Vectors of whole shards, spread evenly, until there are so many. @param {string} name @param {number} limit */
  async all(name, limit) {
    const files = this.of(name);
    const { rotation, sizes } = await files.open();
    const { rows: total, dimensions: d } = files.entry;
    const count = Math.min(total, Math.max(0, limit));
    const wanted = Math.min(sizes.length, Math.ceil((sizes.length * count) / Math.max(total, 1)));
    const spread = Array.from({ length: wanted }, (_, i) => Math.floor((i * sizes.length) / wanted));
    const chosen = [...new Set([...spread, ...sizes.keys()])]; // more, one after the other, where these were small ones
    const rows = new Uint32Array(count);
    const vectors = new Float32Array(count * d);
    for (let filled = 0, next = 0; filled < count; ) {
      const block = chosen.slice(next, (next += 6));
      for (const shard of await Promise.all(block.map((number) => files.shard(number, false)))) {
        const some = Math.min(shard.rows.length, count - filled);
        rows.set(shard.rows.subarray(0, some), filled);
        const held = rotation ? turnedBack(rotation, shard.vectors, d) : shard.vectors;
        vectors.set(held.subarray(0, some * d), filled * d);
        filled += some;
      }
      this.tell({ name, done: filled, total: count });
    }
    return { rows, vectors, total };
  }

  /** @param {number} row */
  within(row) {
    if (!(Number.isInteger(row) && row >= 0 && row < this.manifest.rows)) throw new RangeError(`there is no row ${row}`);
    return row;
  }
}
