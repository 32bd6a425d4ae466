// @ts-check
/** Single rows in words: what a patch is called, what it has, what lies beside it; and rows as CSV. */
import { codeFields, coordinate, field, headLine } from "./listing.js";
import { near } from "./places.js";
/** @import {LoadedColumn, NameFile, Store} from "./store.js" */
/** @import {Described, Progress} from "./types.js" */

const LINES = 8192; // rows of CSV that become one piece of text

export class Records {
  /** @param {Store} store @param {() => Promise<any>} parquet loads hyparquet */
  constructor(store, parquet) {
    this.store = store;
    this.parquet = parquet;
    this.decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  }

  columns() {
    return Promise.all(this.store.manifest.columns.map(({ name }) => this.store.column(name)));
  }

  /** @param {ArrayLike<number>} rows @returns {Promise<Described[]>} sets as lists; null where a value is missing */
  async describe(rows) {
    const [columns, places] = await Promise.all([this.columns(), this.store.places()]);
    const degrees = (/** @type {number} */ value) => (Number.isNaN(value) ? null : value);
    return Promise.all(
      Array.from(rows, async (row) => {
        const id = this.nameIn(await this.store.names(row), row);
        const values = Object.fromEntries(columns.map((one) => [one.column.name, valueOf(one, one.codes[row])]));
        return { ...values, row, id, lon: degrees(places.lon[row]), lat: degrees(places.lat[row]) };
      }),
    );
  }

  /** The row of an id, -1 where there is none. @param {string} id */
  async find(id) {
    const { rows, names } = this.store.manifest;
    const wanted = new TextEncoder().encode(id);
    for (let row = 0; row < rows; row += names.rows_per_file) {
      const { bytes, offsets } = await this.store.names(row);
      for (let at = 0; at < offsets.length - 1; at++) {
        if (offsets[at + 1] - 1 - offsets[at] !== wanted.length) continue;
        if (wanted.every((byte, index) => bytes[offsets[at] + index] === byte)) return row + at;
      }
    }
    return -1;
  }

  /** @param {number} row */
  async near(row) {
    return near(await this.store.places(), this.store.manifest.positions?.groups ?? [], row);
  }

  /** All facts of a row, from its file of details; null where one is missing. @param {number} row @returns {Promise<Record<string, unknown>>} */
  async detail(row) {
    const { details } = this.store.manifest;
    const index = Math.floor(row / details.rows_per_file);
    const [{ parquetReadObjects }, bytes] = await Promise.all([this.parquet(), this.store.details(index)]);
    const at = row - index * details.rows_per_file;
    const [found] = await parquetReadObjects({ file: bytes.buffer, rowStart: at, rowEnd: at + 1 });
    // hyparquet has undefined for lists and structs that are not there.
    return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, value ?? null]));
  }

  /** @param {Uint32Array} rows ascending @param {(progress: Progress) => void} tell @returns {Promise<Blob>} */
  async csv(rows, tell) {
    const [columns, places] = await Promise.all([this.columns(), this.store.places()]);
    const fields = columns.map((one) => ({ codes: one.codes, fields: codeFields(optionsByCode(one)) }));
    const parts = [headLine(this.store.manifest)];
    const perFile = this.store.manifest.names.rows_per_file;
    for (let from = 0, to = 0; from < rows.length; from = to) {
      // Rows of one piece share a file of names, so that no row has to wait for it.
      const names = await this.store.names(rows[from]);
      const lines = [];
      for (; to < rows.length && to < from + LINES && rows[to] < names.first + perFile; to++) {
        const row = rows[to];
        const values = fields.map((column) => column.fields[column.codes[row]]);
        const place = [coordinate(places.lon[row]), coordinate(places.lat[row])];
        lines.push(`${[field(this.nameIn(names, row)), ...values, ...place].join(",")}\n`);
      }
      parts.push(lines.join(""));
      tell({ stage: "csv", done: to, total: rows.length });
    }
    return new Blob(parts, { type: "text/csv" });
  }

  /** @param {NameFile} file @param {number} row */
  nameIn({ bytes, offsets, first }, row) {
    return this.decoder.decode(bytes.subarray(offsets[row - first], offsets[row - first + 1] - 1));
  }
}

/** @param {LoadedColumn} loaded @param {number} code */
function valueOf({ column, sets }, code) {
  if (sets) return code < sets.size ? sets.classes(code).map((term) => column.terms?.[term].name ?? "") : null;
  return column.values?.[code] ?? null;
}

/** What a CSV has for each code. @param {LoadedColumn} loaded @returns {string[][]} */
function optionsByCode({ column, sets }) {
  if (!sets) return (column.values ?? []).map((value) => [value]);
  const keys = (column.terms ?? []).map((term) => term.key);
  return Array.from({ length: sets.size }, (_, code) => sets.classes(code).map((term) => keys[term]));
}
