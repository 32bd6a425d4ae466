// @ts-check
/**
 * The shapes of data that the modules of the map share; nothing here runs.
 *
 * Three frames: degrees (lon, lat); world (Web Mercator, the globe is 0..1, x grows east and y grows south, x beyond
 * 0..1 is another turn); local (world less the centre of the data, small enough for 32-bit floats).
 *
 * @typedef {[number, number, number, number]} Extent west, south, east, north in degrees; west > east crosses 180
 * @typedef {{west: number, north: number, east: number, south: number}} Bounds world or local, north < south
 * @typedef {Uint8Array | Uint16Array | Uint32Array} Codes
 *
 * @typedef {{rows: number, none?: boolean, scale?: number[], lon?: number[], lat?: number[], size?: number[],
 *   metres?: number[]}} Group rows that share a grid; `lon` and `lat` are cubic polynomials, see quads.js
 *
 * @typedef {{x: Float32Array, y: Float32Array, centre: number[], gx: Int32Array, gy: Int32Array, group: Uint16Array,
 *   groups: Group[]}} Positions one entry per row: centre (local, NaN without a footprint), the same in the steps of its
 *   group's grid, number of the group
 *
 * @typedef {{land?: number[][][][], borders?: number[][][], source?: string}} Basemap rings and lines of [lon, lat]
 *
 * @typedef {{x: number, y: number, zoom: number, width: number, height: number}} View centre in the world, CSS pixels;
 *   at zoom 0 the globe is 256 pixels wide
 * @typedef {{lon: number, lat: number, zoom: number}} Place
 *
 * @typedef {"points" | "density" | "difference"} ModeName
 * @typedef {{mode: ModeName, a?: Uint8Array | null, b?: Uint8Array | null}} Mode `a` and `b` are masks of rows
 * @typedef {{codes: Codes, palette: string[]}} Colours CSS colours or names of tokens by code; codes beyond are missing
 * @typedef {{from: number, to: number, colour: string}} Step both ends belong to it
 * @typedef {{mode: ModeName, cellMetres: number, steps: Step[]}} Legend
 *
 * @typedef {"pan" | "box" | "lasso"} ToolName
 * @typedef {{box?: number[] | null, lasso?: number[][] | null}} Shape what the selection holds of the map
 *
 * What a layer needs to draw the patches once.
 * @typedef {{view: View, ratio: number, x: Float32Array, y: Float32Array, centre: number[], state: Uint16Array,
 *   stateVersion: number, lut: Uint32Array, blocks: import("./blocks.js").Blocks, visible: Uint32Array,
 *   quads: import("./quadlist.js").QuadList | null}} Frame
 */
export {};
