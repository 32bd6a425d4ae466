/** Write small data sets in the format of the explorer, into memory. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

const WIDTHS = { uint8: 1, uint16: 2, uint32: 4 };

/** A number generator that gives the same numbers every time (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count) => Math.floor(next() * count);
  const pick = (list) => list[below(list.length)];
  const some = (list, most) => list.filter(() => next() < most / list.length);
  return { next, below, pick, some };
}

/** Files by path, with a function that writes one and returns its entry. */
export class Folder {
  constructor() {
    this.files = new Map();
  }

  add(stem, content) {
    const packed = gzipSync(content, { level: 9 });
    const sha256 = createHash("sha256").update(packed).digest("hex");
    const path = `${stem}-${sha256.slice(0, 12)}.gz`;
    this.files.set(path, packed);
    return { path, bytes: packed.length, inflated: content.length, sha256 };
  }

  /** What `fileLoader` takes instead of fetch. */
  read = async (url) => {
    const found = this.files.get(new URL(url).pathname.split("/").pop());
    if (!found) throw new Error(`no file ${url}`);
    return Uint8Array.from(found);
  };
}

const dtypeOf = (codes) => (codes < 256 ? "uint8" : codes < 65536 ? "uint16" : "uint32");

function planes(codes, dtype) {
  const width = WIDTHS[dtype];
  const bytes = Buffer.alloc(codes.length * width);
  codes.forEach((code, row) => {
    for (let plane = 0; plane < width; plane++) bytes[plane * codes.length + row] = (code >>> (8 * plane)) & 255;
  });
  return bytes;
}

function varints(values) {
  const bytes = [];
  for (const value of values) {
    let coded = value < 0 ? -2 * value - 1 : 2 * value;
    for (; coded >= 128; coded = Math.floor(coded / 128)) bytes.push((coded % 128) + 128);
    bytes.push(coded);
  }
  return bytes;
}

const slices = (rows, chunk) => Array.from({ length: Math.ceil(rows / chunk) }, (_, i) => [i * chunk, Math.min(rows, (i + 1) * chunk)]);

/**
 * @param {{ids: string[], columns: any[], groups?: any[], places?: ([number, number] | null)[], chunk?: number,
 *   perFile?: number, title?: string}} data `columns`: name, kind, values or terms, and `cells`: index, null, or (set)
 *   list of classes; `places`: grid x and y, those without last
 */
export function build({ ids, columns, groups = [], places = [], chunk = 1000, perFile = 700, title = "Synthetic" }) {
  const folder = new Folder();
  const rows = ids.length;
  const parts = slices(rows, chunk);
  const written = columns.map(({ cells, ...column }) => {
    let codes = cells;
    let size = (column.values ?? []).length;
    if (column.kind === "set") {
      const sets = [...new Set(cells.filter(Boolean).map((cell) => JSON.stringify(cell)))];
      const places = new Map(sets.map((set, index) => [set, index]));
      codes = cells.map((cell) => (cell ? places.get(JSON.stringify(cell)) : null));
      size = sets.length;
      column.sets = folder.add(`${column.name}-sets`, Buffer.from(`[${sets.join(",")}]`));
    }
    const dtype = column.dtype ?? dtypeOf(size + 1);
    const all = codes.map((code) => code ?? size);
    const files = parts.map(([from, to]) => folder.add("codes", planes(all.slice(from, to), dtype)));
    return { title: column.name, description: "", ...column, dtype, files, ...countsOf(column, cells) };
  });
  const starts = new Set();
  groups.reduce((sum, group) => (starts.add(sum), sum + group.rows), 0);
  const files = parts.map(([from, to]) => {
    const deltas = [0, 1].map((axis) =>
      places.slice(from, to).flatMap((place, index) => {
        if (!place) return [];
        const first = index === 0 || starts.has(from + index);
        return [place[axis] - (first ? 0 : places[from + index - 1][axis])];
      }),
    );
    const [dx, dy] = deltas.map(varints);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(dx.length);
    return folder.add("places", Buffer.concat([head, Buffer.from(dx), Buffer.from(dy)]));
  });
  const names = slices(rows, perFile).map(([from, to]) => folder.add("names", Buffer.from(ids.slice(from, to).join("\n"))));
  const manifest = {
    format: 1, title, fingerprint: "0123456789ab", rows, chunk, extent: groups.length ? [-10, 35, 30, 70] : null,
    columns: written, positions: groups.length ? { files, groups } : null, basemap: null,
    names: { rows_per_file: perFile, files: names }, details: { rows_per_file: 500, files: [] },
    sprites: [], bands: null, statistics: null, repository: null, loading: null,
  };
  return { manifest, folder };
}

function countsOf({ kind, values, terms }, cells) {
  const missing = cells.filter((cell) => cell === null).length;
  if (kind !== "set") return { missing, counts: values.map((_, code) => cells.filter((cell) => cell === code).length) };
  const has = (cell, term, index) => cell.some((one) => (term.level ? term.members.includes(one) : one === index));
  return { missing, counts: terms.map((term, index) => cells.filter((cell) => cell && has(cell, term, index)).length) };
}
