// @ts-check
/** Pictures of rows: which cell of which sheet, and the sheets themselves, of which the last used are kept decoded. */
import { readPlanes } from "../core/decode.js";
import { fileLoader } from "../core/manifest.js";
import { placeOf } from "./place.js";
/** @import {Sprites} from "../core/types.js" */

const KEPT = 24; // decoded sheets; each takes some 4 MB outside of JavaScript's heap

/** @typedef {{title: string, edge: number, exact: boolean, bitmap: ImageBitmap, x: number, y: number}} Cell place in `bitmap`, px */

export class Pictures {
  /** @param {any} explorer */
  constructor(explorer) {
    this.base = explorer.base;
    this.load = fileLoader(this.base);
    /** @type {(Sprites & {empty?: number[]})[]} */
    this.entries = explorer.manifest.sprites;
    /** @type {Map<string, Promise<Uint32Array | null>>} */
    this.rows = new Map();
    /** @type {Map<string, Promise<ImageBitmap>>} */
    this.sheets = new Map();
    this.thumbnailEntry = explorer.manifest.thumbnails ?? null;
    /** @type {Promise<Map<number, any[]>> | null} */
    this.listed = null;
  }

  /** What renderings there are. @returns {{key: string, title: string, count: number}[]} */
  renderings() {
    return this.entries.map((entry) => ({ key: keyOf(entry), title: entry.title, count: entry.count }));
  }

  /** The entry of a key; the first one where there is none of it. @param {string | null} key */
  entry(key) {
    return this.entries.find((entry) => keyOf(entry) === key) ?? this.entries[0] ?? null;
  }

  /** The picture of a row; null where it has none. @param {string | null} key @param {number} row @returns {Promise<Cell | null>} */
  async cell(key, row) {
    const entry = this.entry(key);
    if (!entry) return null;
    const place = placeOf(entry, await this.rowsOf(entry), row);
    if (!place) return null;
    const bitmap = await this.sheet(entry.sheets[place.sheet]);
    return { title: entry.title, edge: entry.edge, exact: entry.rendering === "map", bitmap, x: place.x, y: place.y };
  }

  /** @param {Sprites} entry @returns {Promise<Uint32Array | null>} rows with a picture, ascending; null: all */
  rowsOf(entry) {
    const file = entry.rows;
    if (!file) return Promise.resolve(null);
    const held = this.rows.get(file.path) ?? this.load(file).then((bytes) => {
      const rows = new Uint32Array(bytes.length / 4);
      readPlanes(bytes, rows, 0, rows.length);
      return rows;
    });
    this.rows.set(file.path, held);
    held.catch(() => this.rows.delete(file.path));
    return held;
  }

  /** @param {any} sheet @returns {Promise<ImageBitmap>} */
  sheet(sheet) {
    const held = this.sheets.get(sheet.path) ?? this.load(sheet).then((bytes) => createImageBitmap(new Blob([bytes], { type: "image/webp" })));
    this.sheets.delete(sheet.path); // put behind the others: it was used last
    this.sheets.set(sheet.path, held);
    held.catch(() => this.sheets.delete(sheet.path));
    if (this.sheets.size > KEPT) {
      const [oldest, bitmap] = /** @type {[string, Promise<ImageBitmap>]} */ (this.sheets.entries().next().value);
      this.sheets.delete(oldest);
      // Who has just asked for it may still have to draw it.
      bitmap.then((one) => setTimeout(() => one.close(), 2000), () => {});
    }
    return held;
  }

  /** Larger pictures of a row: those of the guide. @param {number} row @returns {Promise<{asset: string, rendering: string, url: string, width: number, height: number}[]>} */
  async thumbnails(row) {
    this.listed ??= this.thumbnailEntry ? this.load(this.thumbnailEntry).then((bytes) => byRow(JSON.parse(new TextDecoder().decode(bytes)))) : Promise.resolve(new Map());
    // From where the list lies, which need not be beside the manifest: a preview may take it from the published site.
    const from = new URL(this.thumbnailEntry?.path ?? "", this.base);
    return ((await this.listed).get(row) ?? []).map((one) => ({ ...one, url: new URL(one.path, from).href }));
  }

  destroy() {
    for (const bitmap of this.sheets.values()) bitmap.then((one) => one.close(), () => {});
    this.sheets.clear();
  }
}

/** @param {{asset: string, rendering: string}} entry */
export const keyOf = ({ asset, rendering }) => `${asset}.${rendering}`;

/** @param {{row: number}[]} listed @returns {Map<number, any[]>} */
function byRow(listed) {
  /** @type {Map<number, any[]>} */
  const rows = new Map();
  for (const one of listed) rows.set(one.row, [...(rows.get(one.row) ?? []), one]);
  return rows;
}

/** Draw a cell over all of a canvas. @param {HTMLCanvasElement} canvas @param {Cell} cell */
export function drawCell(canvas, { bitmap, x, y, edge, exact }) {
  if (canvas.width !== edge) canvas.width = canvas.height = edge;
  canvas.style.imageRendering = exact ? "pixelated" : "auto";
  const context = canvas.getContext("2d");
  context?.clearRect(0, 0, edge, edge);
  context?.drawImage(bitmap, x, y, edge, edge, 0, 0, edge, edge);
}
