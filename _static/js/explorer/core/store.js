// @ts-check
/** The files of a data set as typed arrays, each loaded at its first use. */
import { codeArray, emptyPlaces, nameOffsets, readPlaces, readPlanes } from "./decode.js";
import { FileError, sizeOf } from "./manifest.js";
import { SetTerms } from "./sets.js";
/** @import {Codes, Column, Entry, LoadFile, Manifest, Places} from "./types.js" */

/** @typedef {{column: Column, codes: Codes, sets: SetTerms | null}} LoadedColumn */
/** @typedef {{bytes: Uint8Array, offsets: Uint32Array, first: number}} NameFile names of the rows from `first` on */

export class Store {
  /** @param {Manifest} manifest @param {LoadFile} load */
  constructor(manifest, load) {
    this.manifest = manifest;
    this.load = load;
    /** @type {Map<string, Promise<any>>} */
    this.held = new Map();
  }

  /**
   * What `make` gave the first time; a failure is not kept, so that the next call tries again.
   * @template T @param {string} key @param {() => Promise<T>} make @returns {Promise<T>}
   */
  once(key, make) {
    const held = this.held.get(key) ?? make();
    this.held.set(key, held);
    held.catch(() => this.held.delete(key));
    return held;
  }

  /** @param {string} name @returns {Promise<LoadedColumn>} */
  column(name) {
    return this.once(`column ${name}`, async () => {
      const column = this.manifest.columns.find((one) => one.name === name);
      if (!column) throw new RangeError(`'${name}' is not a column of this data set`);
      const [codes, sets] = await Promise.all([this.codes(column), this.sets(column)]);
      const size = sizeOf(column, sets ? sets.size : 0);
      // A code beyond the values would count something that is not there.
      for (let row = 0; row < codes.length; row++) {
        if (codes[row] > size) throw new FileError(column.files[0].path, `code ${codes[row]} in row ${row}, ${size} is the last`);
      }
      return { column, codes, sets };
    });
  }

  /** @param {Column} column */
  async codes({ dtype, files }) {
    const { rows, chunk } = this.manifest;
    const codes = codeArray(dtype, rows);
    await Promise.all(
      files.map(async (entry, index) => {
        const bytes = await this.load(entry);
        const from = index * chunk;
        await decoding(entry, () => readPlanes(bytes, codes, from, Math.min(chunk, rows - from)));
      }),
    );
    return codes;
  }

  /** @param {Column} column */
  async sets(column) {
    const entry = column.sets;
    if (column.kind !== "set" || !entry) return null;
    const bytes = await this.load(entry);
    return decoding(entry, () => new SetTerms(column.terms ?? [], JSON.parse(new TextDecoder().decode(bytes))));
  }

  /** All places; NaN everywhere for a data set without positions. @returns {Promise<Places>} */
  places() {
    return this.once("places", async () => {
      const { rows, chunk, positions } = this.manifest;
      const groups = positions?.groups ?? [];
      const places = emptyPlaces(groups, rows);
      await Promise.all(
        (positions?.files ?? []).map(async (entry, index) => {
          const bytes = await this.load(entry);
          const from = index * chunk;
          await decoding(entry, () => readPlaces(bytes, groups, places, from, Math.min(from + chunk, rows)));
        }),
      );
      return places;
    });
  }

  /** The file of names that has a row. @param {number} row @returns {Promise<NameFile>} */
  names(row) {
    const { rows, names } = this.manifest;
    const index = Math.floor(row / names.rows_per_file);
    return this.once(`names ${index}`, async () => {
      const bytes = await this.load(names.files[index]);
      const first = index * names.rows_per_file;
      const count = Math.min(names.rows_per_file, rows - first);
      return { bytes, offsets: await decoding(names.files[index], () => nameOffsets(bytes, count)), first };
    });
  }

  /** One file of details, Parquet. @param {number} index */
  details(index) {
    return this.once(`details ${index}`, () => this.load(this.manifest.details.files[index]));
  }
}

/** Name the file in whatever goes wrong with its content. @template T @param {Entry} entry @param {() => T} read */
async function decoding(entry, read) {
  try {
    return read();
  } catch (error) {
    throw new FileError(entry.path, error instanceof Error ? error.message : String(error));
  }
}
