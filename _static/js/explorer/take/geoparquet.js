// @ts-check
/** Rows of the selection as GeoParquet, from the files of details that hold them. No DOM. */
import { geoMetadata, withBounds } from "./schema.js";
import { measure } from "./wkb.js";

const GROUP = 20_000; // rows of a row group at least
/** @typedef {import("../core/types.js").Entry} Entry */

/** Which files hold the rows. @param {{rows_per_file: number, files: Entry[]}} details @param {Uint32Array} rows ascending */
export function filesWith({ rows_per_file, files }, rows) {
  const found = [];
  let from = 0;
  while (from < rows.length) {
    const file = Math.floor(rows[from] / rows_per_file);
    let to = from;
    while (to < rows.length && rows[to] < (file + 1) * rows_per_file) to += 1;
    found.push({ entry: files[file], rows: rows.subarray(from, to), first: file * rows_per_file });
    from = to;
  }
  return found;
}

/**
 * @param {{details: {rows_per_file: number, files: Entry[]}, title: string, fingerprint: string}} manifest
 * @param {Uint32Array} rows ascending
 * @param {{load: (entry: Entry) => Promise<Uint8Array<ArrayBuffer>>, reader: any, writer: any,
 *   tell?: (done: number, total: number) => void, signal?: AbortSignal}} how hyparquet and hyparquet-writer
 * @returns {Promise<BlobPart[]>} the bytes of the file, in order
 */
export async function geoParquet(manifest, rows, { load, reader, writer, tell = () => {}, signal }) {
  /** @type {{key: string, value: string}[]} */
  const metadata = [{ key: "dsdocs", value: JSON.stringify({ dataset: manifest.title, fingerprint: manifest.fingerprint, patches: rows.length }) }];
  const sink = new Sink(writer.ByteWriter);
  const types = new Set();
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  /** @type {any} */
  let out = null;
  /** @type {{schema: any[], names: string[], geometry: boolean} | null} */
  let shape = null;
  /** @type {Record<string, any[]>} */
  let waiting = {};
  let [done, held] = [0, 0];
  for (const { entry, rows: own, first } of filesWith(manifest.details, rows)) {
    signal?.throwIfAborted();
    const file = (await load(entry)).buffer;
    shape ??= withBounds(reader.parquetMetadata(file).schema);
    // Without "utf8", bytes stay bytes; text is known as such.
    const all = await reader.parquetReadObjects({ file, utf8: false, rowStart: own[0] - first, rowEnd: own[own.length - 1] - first + 1 });
    for (const name of shape.names) waiting[name] ??= [];
    for (const row of own) add(all[row - own[0]]);
    held += own.length;
    done += own.length;
    if (held >= GROUP) flush();
    tell(done, rows.length);
    await new Promise((resolve) => setTimeout(resolve)); // the page stays awake
  }
  signal?.throwIfAborted();
  if (held || !out) flush();
  if (shape?.geometry) metadata.push(geoMetadata(types, bounds));
  out.finish();
  return sink.take();

  /** @param {any} record */
  function add(record) {
    for (const name of /** @type {any} */ (shape).names) waiting[name].push(name === "bbox" ? boundsOf(record.geometry) : name === "datetime" ? timeOf(record.datetime) : (record[name] ?? null));
  }

  /** @param {Uint8Array | null} geometry */
  function boundsOf(geometry) {
    if (!geometry) return null;
    const { type, bbox } = measure(geometry);
    types.add(type);
    const [xmin, ymin, xmax, ymax] = bbox;
    bounds.splice(0, 4, Math.min(bounds[0], xmin), Math.min(bounds[1], ymin), Math.max(bounds[2], xmax), Math.max(bounds[3], ymax));
    return { xmin, ymin, xmax, ymax };
  }

  function flush() {
    const { schema, names } = /** @type {any} */ (shape);
    // The list of metadata is written last, when all of it is known.
    out ??= new writer.ParquetWriter({ writer: sink.writer, schema, kvMetadata: metadata, createdBy: "dsdocs (hyparquet-writer)" });
    out.write({ columnData: names.map((/** @type {string} */ name) => ({ name, data: waiting[name] })), rowGroupSize: Math.max(1, held) });
    sink.flush();
    [waiting, held] = [{}, 0];
  }
}

/** Microseconds since 1970 of a time in ISO 8601, which may have six decimals. @param {string | null} text */
export function timeOf(text) {
  if (!text) return null;
  const decimals = /\.(\d+)/.exec(text)?.[1] ?? "";
  const seconds = Date.parse(text.replace(/\.\d+/, "")) / 1000;
  return BigInt(seconds) * 1_000_000n + BigInt(decimals.padEnd(6, "0").slice(0, 6));
}

/** Bytes as they are written, handed over to the browser from time to time. */
class Sink {
  /** @param {new (size?: number) => any} ByteWriter */
  constructor(ByteWriter) {
    this.writer = new ByteWriter(1 << 16);
    this.writer.flush = () => this.flush();
    /** @type {BlobPart[]} */
    this.parts = [];
  }

  flush() {
    if (this.writer.index) this.parts.push(this.writer.getBuffer());
    this.writer.index = 0; // where the next bytes go; "offset" goes on
  }

  take() {
    this.flush();
    return this.parts;
  }
}
