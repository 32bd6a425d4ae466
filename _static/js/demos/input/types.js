// @ts-check
/**
 * What the parts that read a reader's own file hand to each other; no code.
 *
 * @typedef {{asset: string, bands: string[], size: [number, number]}} Input what a model takes; size: height, width, px
 * @typedef {{name: string, description?: string, gsd: number | null}} BandInfo gsd in m
 * @typedef {{asset: string, title: string, kind: string, bands: BandInfo[], true_colour: string[] | null}} Sensor
 * @typedef {{name: string | null, values: Float32Array<ArrayBuffer>}} RasterBand row-major; name as the file says it
 * @typedef {{x: number, y: number, width: number, height: number}} Window px
 * @typedef {{name: string, kind: "geotiff" | "image", width: number, height: number, bands: RasterBand[],
 *   mask: Uint8Array | null, gsd: [number, number] | null, crs: string | null, centre: [number, number] | null,
 *   dtype: string, whole: [number, number], notes: string[]}} Raster
 *   width and height of what was read, px; whole: of the file; mask: 1 where all bands have data; gsd: metres per pixel
 *   along x and y; centre: longitude and latitude, degrees; notes: what the reader should know
 */

/** A file, or a choice, that cannot be used; its message is for the reader. */
export class InputError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "InputError";
  }
}
