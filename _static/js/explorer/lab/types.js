// @ts-check
/**
 * What the parts of the band lab hand to each other.
 *
 * @typedef {Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array} Values
 * @typedef {{name: string, description: string, centre: number | null, gsd: number | null, unit: string}} BandInfo
 *   centre in nm, gsd in m
 * @typedef {{asset: string, title: string, kind: "optical" | "radar" | "map", quantity?: string, bands: BandInfo[],
 *   true_colour: string[] | null, false_colour: string[] | null,
 *   classes?: Record<string, {name: string, colour: string | null}>}} Sensor
 * @typedef {{name: string, width: number, height: number, dtype: string, window?: number[], nodata?: number}} BandLayout
 *   window: first column and row, width and height in its file, px; without one, it is the whole file
 * @typedef {{path: string, bytes: number, inflated: number, sha256: string}} Entry
 * @typedef {{row: number, asset: string, path: string, file: Entry, bands: BandLayout[]}} PatchEntry
 * @typedef {{sensors: Sensor[], patches: PatchEntry[]}} Bands the member "bands" of the manifest
 *
 * @typedef {BandInfo & {key: string, sensor: Sensor}} KeyedBand a band under the name that formulas use
 * @typedef {{band: KeyedBand, width: number, height: number, values: Values, nodata: number | null,
 *   path: string, number: number, window: number[] | null}} Layer
 *   one band of one patch; row-major; path and number (from 1) are those of its file in the archive
 * @typedef {{id: string, row: number, labels: string[], width: number, height: number, layers: Map<string, Layer>}} Patch
 *   width and height of the finest band
 *
 * @typedef {"nearest" | "bilinear"} Method how coarse bands are enlarged
 * @typedef {[number, number]} Limits values that become the darkest and the brightest
 * @typedef {{lab: string, with: string | null, rgb: string[] | null, index: string | null}} LabState
 *   rgb: keys of three bands, or of one; null: the default
 */
export {};
