// @ts-check
/** The files of one encoder, loaded when they are asked for, checked, and kept for a while. */
import { FileError, fileLoader, inflate } from "../../explorer/core/manifest.js";
import { fixed, reals, startsOf, summed, unpacked, wholes } from "./arrays.js";
import { Kept } from "./kept.js";
/** @import {Directory, EncoderEntry, Shard} from "./types.js" */

const DIGEST = 6; // bytes of the SHA-256 that a directory holds, and that a name ends in
const HELD = 64_000_000; // bytes of decoded lists, and as many of shards
const NOBODY = 0xffffffff;
const STEPS = 65535; // of the distance to a neighbour, in the largest of its row
const WIDTH = { uint8: 1, uint16: 2, uint32: 4 };

/** @typedef {{centroids: Float32Array, rotation: Float32Array | null, codebooks: Float32Array | null,
 *   directory: Directory, firstShard: Uint32Array, sizes: Uint32Array, listBytes: Uint32Array, shardBytes: Uint32Array}} Opened */

export class Files {
  /**
   * @param {EncoderEntry} entry @param {number} n rows of the explorer @param {string} base address of the manifest
   * @param {(url: string, cache?: RequestCache) => Promise<Uint8Array<ArrayBuffer>>} read the bytes at an address
   */
  constructor(entry, n, base, read) {
    this.entry = entry;
    this.n = n;
    this.base = base;
    this.read = read;
    this.load = fileLoader(base, read);
    this.fetched = 0; // bytes
    /** @type {Map<string, Promise<any>>} */
    this.once = new Map();
    this.lists = new Kept(HELD);
    this.shards = new Kept(HELD);
    this.near = new Kept(HELD / 16);
  }

  /** Centroids, codebooks, and what the directory says. @returns {Promise<Opened>} */
  open() {
    return this.first("open", async () => {
      const { index } = this.entry;
      const coded = index.code_bytes > 0;
      const [centroids, rotation, codebooks, directory] = await Promise.all([
        coded ? this.fixed(index.coarse) : this.array(index.coarse, "float32"),
        index.rotation && this.array(index.rotation, "float32"),
        index.codebooks && this.array(index.codebooks, "float16"),
        this.directory(index.directory, index.lists + index.shards),
      ]);
      const files = coded ? index.lists : 0;
      return {
        centroids: /** @type {Float32Array} */ (centroids), rotation, codebooks, directory,
        firstShard: startsOf(directory.counts.subarray(0, index.lists)),
        sizes: directory.counts.subarray(index.lists),
        listBytes: directory.bytes.subarray(0, files),
        shardBytes: directory.bytes.subarray(files),
      };
    });
  }

  /** Explorer rows of all places, shard by shard, ascending in a shard; last those without a vector. @returns {Promise<Uint32Array>} */
  rows() {
    return this.first("rows", async () => {
      const [shardOf, { sizes }] = await Promise.all([this.shardOf(), this.open()]);
      const next = startsOf(sizes);
      const found = new Uint32Array(this.n);
      shardOf.forEach((shard, row) => (found[next[shard]++] = row));
      return found;
    });
  }

  /** The shard of each explorer row, `index.shards` where it has no vector. @returns {Promise<Uint32Array>} */
  shardOf() {
    return this.first("places", async () => {
      const { rows_per_file, files } = this.entry.index.places;
      const found = new Uint32Array(this.n);
      const parts = await Promise.all(files.map((_, number) => this.places(number)));
      parts.forEach((part, number) => found.set(part, number * rows_per_file));
      return found;
    });
  }

  /** The shards of the rows of one file. @param {number} number @returns {Promise<Uint32Array>} */
  places(number) {
    const { dtype, files } = this.entry.index.places;
    return this.first(`places ${number}`, async () => wholes(await this.whole(files[number]), WIDTH[dtype]));
  }

  /** Codes of a list: all first bytes, then all second ones. @param {number} number @returns {Promise<Uint8Array>} */
  list(number) {
    return this.lists.get(number, async () => {
      const { directory, firstShard, sizes } = await this.open();
      const own = sizes.subarray(firstShard[number], firstShard[number + 1]);
      const size = own.reduce((sum, one) => sum + one, 0);
      return this.named(directory, number, "list", size * this.entry.index.code_bytes);
    });
  }

  /** @param {number} number @param {boolean} [keep] @returns {Promise<Shard>} */
  shard(number, keep = true) {
    const make = async () => {
      const { directory, centroids, listBytes, sizes } = await this.open();
      const { step, low_bits } = this.entry.index;
      const d = centroids.length / sizes.length;
      const size = sizes[number];
      const low = low_bits?.reduce((sum, bits) => sum + bits, 0) ?? 0;
      const length = size * (4 + d * (step ? 2 : 4)) + Math.ceil((size * low) / 8);
      const bytes = await this.named(directory, listBytes.length + number, "vectors", length);
      const rows = summed(wholes(bytes.subarray(0, 4 * size)), [size]);
      const held = bytes.subarray(4 * size);
      if (!step || !low_bits) return { rows, vectors: reals(held, "float32") };
      return { rows, vectors: unpacked(held, size, low_bits, centroids.subarray(number * d, (number + 1) * d), step) };
    };
    return keep ? this.shards.get(number, make) : make();
  }

  /** Neighbours of a row, nearest first. @param {number} row @returns {Promise<{row: number, distance: number}[]>} */
  async neighbours(row) {
    const { k, rows_per_file, files_per_directory, directories } = this.entry.neighbours;
    const number = Math.floor(row / rows_per_file);
    const which = Math.floor(number / files_per_directory);
    const directory = await this.first(`near ${which}`, () => this.directory(directories[which], 0));
    const count = Math.min(rows_per_file, this.n - number * rows_per_file);
    const place = number % files_per_directory;
    const bytes = await this.near.get(number, () => this.named(directory, place, "neighbours", count * (4 + 6 * k)));
    const inside = row - number * rows_per_file;
    const largest = reals(bytes.subarray(0, 4 * count), "float32")[inside];
    const rows = wholes(bytes.subarray(4 * count, 4 * count * (1 + k))).subarray(inside * k, (inside + 1) * k);
    const change = wholes(bytes.subarray(4 * count * (1 + k)), 2).subarray(inside * k, (inside + 1) * k);
    const found = [];
    for (let i = 0, steps = 0; i < k; i++) {
      steps += change[i];
      if (rows[i] !== NOBODY) found.push({ row: rows[i], distance: (largest * steps) / STEPS });
    }
    return found;
  }

  /** @param {import("./types.js").Entry} entry @param {number} counts @returns {Promise<Directory>} */
  async directory(entry, counts) {
    const bytes = await this.whole(entry);
    const files = (bytes.length - 4 * counts) / (4 + DIGEST);
    if (!Number.isInteger(files) || files < 0) throw new FileError(entry.path, `a directory of ${bytes.length} bytes`);
    const numbers = wholes(bytes.subarray(0, 4 * (counts + files)));
    const digests = [];
    for (let at = 4 * (counts + files); at < bytes.length; at += DIGEST) digests.push(hex(bytes.subarray(at, at + DIGEST)));
    return { counts: numbers.subarray(0, counts), bytes: numbers.subarray(counts), digests };
  }

  /** @param {import("./types.js").Entry} entry */
  async whole(entry) {
    const bytes = await this.load(entry);
    this.fetched += entry.bytes;
    return bytes;
  }

  /** @param {import("./types.js").Entry} entry @param {"float16" | "float32"} dtype */
  async array(entry, dtype) {
    return reals(await this.whole(entry), dtype);
  }

  /** @param {import("./types.js").Entry} entry */
  async fixed(entry) {
    return fixed(await this.whole(entry), /** @type {number} */ (this.entry.index.step));
  }

  /** A file that a directory names. @param {Directory} directory @param {number} number @param {string} stem @param {number} length inflated */
  async named(directory, number, stem, length) {
    const digest = directory.digests[number];
    const name = `${stem}-${digest}.gz`;
    // What is needed again is kept here; a copy in the browser's cache takes a fifth of the time of a request.
    const bytes = await this.read(new URL(this.entry.folder + name, this.base).href, "no-store");
    this.fetched += directory.bytes[number];
    // A server that sends *.gz with Content-Encoding: gzip has the browser inflate it; its digest is then out of reach.
    if (bytes[0] !== 0x1f && bytes.length === length) return bytes;
    if (globalThis.crypto?.subtle) {
      const found = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).subarray(0, DIGEST));
      if (found !== digest) throw new FileError(name, `sha256 ${digest} expected, ${found} found`);
    }
    return inflate(bytes, length, name);
  }

  /** @template T @param {string} key @param {() => Promise<T>} make @returns {Promise<T>} */
  first(key, make) {
    const held = this.once.get(key) ?? make();
    this.once.set(key, held);
    held.catch(() => this.once.delete(key));
    return held;
  }
}

/** @param {Uint8Array} bytes */
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
