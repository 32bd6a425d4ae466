// @ts-check
/** The patches of the sample: which there are, and their bands when they are wanted. */
/** @import {Explorer} from "../core/client.js" */
/** @import {Bands, KeyedBand, Layer, Patch, PatchEntry} from "./types.js" */
/** @import {Statistics} from "./series.js" */
import { fetchBytes, fileLoader } from "../core/manifest.js";
import { decodeBands, keyedBands } from "./bands.js";

const KEPT = 4; // patches, of some 200 kB each

export class Library {
  /** @param {Explorer} explorer */
  constructor(explorer) {
    const bands = explorer.manifest.bands;
    this.explorer = explorer;
    this.base = explorer.base;
    this.load = fileLoader(explorer.base);
    /** @type {Bands} */
    this.bands = bands ?? { sensors: [], patches: [], left_out: [] };
    this.keyed = keyedBands(this.bands.sensors);
    /** @type {Map<number, PatchEntry[]>} */
    this.byRow = new Map();
    for (const entry of this.bands.patches) this.byRow.set(entry.row, [...(this.byRow.get(entry.row) ?? []), entry]);
    /** @type {Map<number, Promise<Patch>>} */
    this.kept = new Map();
    /** @type {Promise<{id: string, row: number}[]> | null} */
    this.listed = null;
    /** @type {Promise<Record<string, Statistics>> | null} */
    this.known = null;
  }

  /** Names of all patches of the sample, in the order of the explorer. @returns {Promise<{id: string, row: number}[]>} */
  list() {
    this.listed ??= this.explorer.describe([...this.byRow.keys()]).then((found) => found.map(({ id, row }) => ({ id, row })));
    this.listed.catch(() => (this.listed = null));
    return this.listed;
  }

  /** @param {number} row one of the sample @returns {Promise<Patch>} */
  patch(row) {
    const found = this.kept.get(row) ?? this.read(row);
    this.kept.delete(row);
    this.kept.set(row, found);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value ?? row);
    found.catch(() => this.kept.delete(row));
    return found;
  }

  /** @param {number} row @returns {Promise<Patch>} */
  async read(row) {
    const entries = this.byRow.get(row) ?? [];
    const [[known], ...layers] = await Promise.all([this.explorer.describe([row]), ...entries.map((entry) => this.layers(entry))]);
    const all = layers.flat();
    const finest = all.reduce((best, layer) => (layer.width * layer.height > best.width * best.height ? layer : best));
    return {
      id: known.id,
      row,
      labels: Array.isArray(known.labels) ? known.labels : [],
      width: finest.width,
      height: finest.height,
      layers: new Map(all.map((layer) => [layer.band.key, layer])),
    };
  }

  /** @param {PatchEntry} entry @returns {Promise<Layer[]>} */
  async layers(entry) {
    const values = decodeBands(await this.load(entry.file), entry.bands);
    const own = this.keyed.filter(({ sensor }) => sensor.asset === entry.asset);
    const single = entry.path.includes("{band}");
    return entry.bands.map((layout, at) => {
      const number = own.findIndex(({ name }) => name === layout.name);
      if (number < 0) throw new RangeError(`${entry.path}: the sensor ${entry.asset} has no band ${layout.name}`);
      return {
        band: /** @type {KeyedBand} */ (own[number]),
        width: layout.width,
        height: layout.height,
        values: values[at],
        nodata: layout.nodata ?? null,
        path: entry.path.replaceAll("{band}", () => layout.name),
        number: single ? 1 : number + 1,
        window: layout.window ?? null,
      };
    });
  }

  /** Figures of each sensor's bands and classes; none where the site has none. @returns {Promise<Record<string, Statistics>>} */
  statistics() {
    this.known ??= this.readStatistics();
    return this.known;
  }

  async readStatistics() {
    const { statistics } = this.explorer.manifest;
    if (!statistics) return {};
    const bytes = await fetchBytes(new URL(statistics, this.base).href);
    return JSON.parse(new TextDecoder().decode(bytes)).assets ?? {};
  }
}
