// @ts-check
/**
 * The shapes that the parts of the explorer hand to each other; no code.
 *
 * @typedef {{path: string, bytes: number, sha256: string, inflated?: number}} Entry a file; `inflated` where it is gzip
 * @typedef {(entry: Entry) => Promise<Uint8Array<ArrayBuffer>>} LoadFile gives the inflated content
 *
 * @typedef {{key: string, name: string, level: number, level_name: string, members: number[], colour?: string,
 *   parent?: number | null}} Term a class (level 0), or a group of the classes `members`
 * @typedef {"category" | "set" | "day"} Kind
 * @typedef {Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>} Codes one of each row
 * @typedef {{name: string, title: string, description: string, kind: Kind, dtype: "uint8" | "uint16" | "uint32",
 *   files: Entry[], values?: string[], titles?: string[], terms?: Term[], sets?: Entry, counts: number[], missing: number}} Column
 *
 * @typedef {{rows: number, none?: false, scale: number[], lon: number[], lat: number[], size: [number, number],
 *   metres: [number, number], error_m?: number}} PlacedGroup rows of one grid; `scale` and polynomials lead to degrees
 * @typedef {PlacedGroup | {rows: number, none: true}} Group
 * @typedef {{lon: Float64Array<ArrayBuffer>, lat: Float64Array<ArrayBuffer>, gx: Int32Array<ArrayBuffer>,
 *   gy: Int32Array<ArrayBuffer>, group: Uint16Array<ArrayBuffer>}} Places degrees (NaN without position), grid, group
 * @typedef {Places & {x: Float32Array<ArrayBuffer>, y: Float32Array<ArrayBuffer>, centre: [number, number],
 *   groups: Group[]}} Positions `x`, `y`: Web Mercator (world 0..1, y to the south) less `centre`
 *
 * @typedef {{path: string, bytes: number, sha256: string}} Sheet
 * @typedef {{asset: string, rendering: string, title: string, edge: number, columns: number, per_sheet: number,
 *   rows: Entry | null, count: number, sheets: Sheet[]}} Sprites
 * @typedef {{format: number, title: string, fingerprint: string, rows: number, chunk: number,
 *   extent: [number, number, number, number] | null, columns: Column[],
 *   positions: {files: Entry[], groups: Group[], error_m?: number} | null, basemap: Entry | null,
 *   names: {rows_per_file: number, files: Entry[]}, details: {rows_per_file: number, files: Entry[]},
 *   sprites: Sprites[], bands: any, statistics: string | null, repository: string | null, loading: any, errata?: Entry | null}} Manifest
 *
 * @typedef {{any?: string[], all?: string[], none?: string[], from?: string, to?: string, missing?: boolean}} Filter
 * @typedef {[number, number]} Pair longitude and latitude, degrees
 * @typedef {[number, number, number, number]} Box west, south, east, north; west > east crosses the antimeridian
 * @typedef {{filters?: Record<string, Filter>, box?: Box, lasso?: Pair[], text?: string}} Selection all are and-ed
 *
 * @typedef {{terms: number[], values: Uint32Array<ArrayBuffer>}} Pairs patches that have both classes; row-major
 * @typedef {{counts: Record<string, Uint32Array>, missing: Record<string, number>, bases: Record<string, number>,
 *   pairs: Pairs | null}} Tally by column, over `bases` rows: those that meet everything but the column's own filter
 * @typedef {Tally & {count: number, mask: Uint8Array<ArrayBuffer>, milliseconds: number}} Result `mask`: 1 = selected
 * @typedef {{stage: "codes" | "search" | "csv", done: number, total: number}} Progress
 * @typedef {{row: number, id: string, lon: number | null, lat: number | null,
 *   [column: string]: string | string[] | number | null}} Described
 */
export {};
