// @ts-check
/** What the map knows of the patches: where they are, which are selected, and their colours. Pure. */
import { makeBlocks, visibleBlocks } from "./blocks.js";
import { buildIndex } from "./gridindex.js";
import { worldX, worldY } from "./mercator.js";
import { pickAt } from "./picking.js";
import { fillState } from "./raster.js";
import { seamOf, unwrapped } from "./seam.js";
import { boundsOf, extentBounds } from "./view.js";

/** @typedef {import("./types.js").View} View @typedef {import("./types.js").Bounds} Bounds */
/** @typedef {ReturnType<typeof createModel>} Model */

const WORLD = { west: 0, north: 0, east: 1, south: 1 };

/** @param {import("./types.js").Positions} positions @param {number[] | null} [extent] shown when no row has a footprint */
export function createModel(positions, extent = null) {
  const { y, centre, groups } = positions;
  const seam = seamOf(positions.x, centre[0]);
  const x = unwrapped(positions.x, centre[0], seam);
  const blocks = makeBlocks(x, y, groups, centre);
  const state = new Uint16Array(x.length).fill(1);
  /** @type {import("./gridindex.js").GridIndex | null} */
  let index = null;
  /** @type {Bounds} */
  let home = extent ? extentBounds(extent) : WORLD;
  if (blocks.bounds) home = toWorldFrame(blocks.bounds);

  /** @param {Bounds} b local @returns {Bounds} world */
  function toWorldFrame(b) {
    return { west: b.west + centre[0], east: b.east + centre[0], north: b.north + centre[1], south: b.south + centre[1] };
  }

  const model = {
    positions, x, y, centre, blocks, state,
    /** the whole data set, world */ home,
    /** grows when `state` changes */ stateVersion: 0,
    /** @type {Uint8Array | null} */ mask: null,
    /** @type {import("./types.js").Colours | null} */ colours: null,
    /** @type {import("./types.js").Mode} */ mode: { mode: "points" },

    /** @param {Uint8Array | null} mask by row; null: all are selected */
    setMask(mask) {
      if (mask && mask.length !== x.length) throw new RangeError(`mask has ${mask.length} rows, the map ${x.length}`);
      model.mask = mask;
      refresh();
    },
    /** @param {import("./types.js").Colours | null} colours */
    setColours(colours) {
      if (colours && colours.codes.length !== x.length) {
        throw new RangeError(`codes have ${colours.codes.length} rows, the map ${x.length}`);
      }
      model.colours = colours;
      refresh();
    },
    /** @param {View} view @returns {Uint32Array} numbers of blocks */
    visible(view) {
      const b = boundsOf(view);
      return visibleBlocks(blocks, {
        west: b.west - centre[0], east: b.east - centre[0], north: b.north - centre[1], south: b.south - centre[1],
      });
    },
    /** @param {View} view @param {number} px @param {number} py @param {number} reach CSS pixels @returns {number[]} rows */
    pick(view, px, py, reach) {
      if (!blocks.bounds) return [];
      index ??= buildIndex(x, y, blocks.bounds);
      const patch = blocks.width.reduce((most, width, block) => Math.max(most, width, blocks.height[block]), 0);
      return pickAt(view, px, py, positions, x, index, model.mask, patch, reach);
    },
    /** @param {ArrayLike<number>} rows @returns {Bounds | null} world; null when none has a footprint */
    boundsOfRows(rows) {
      const b = { west: Infinity, east: -Infinity, north: Infinity, south: -Infinity };
      for (let at = 0; at < rows.length; at++) {
        const px = x[rows[at]];
        const py = y[rows[at]];
        if (px < b.west) b.west = px;
        if (px > b.east) b.east = px;
        if (py < b.north) b.north = py;
        if (py > b.south) b.south = py;
      }
      return b.west > b.east ? null : toWorldFrame(b);
    },
    /** @param {number} row @returns {[number, number] | null} world */
    spot(row) {
      return x[row] === x[row] && row < x.length ? [x[row] + centre[0], y[row] + centre[1]] : null;
    },
    /** Degrees in the turn in which the data is shown. @param {number} lon @param {number} lat @returns {[number, number]} */
    place(lon, lat) {
      const at = worldX(lon);
      return [seam !== null && at < seam ? at + 1 : at, worldY(lat)];
    },
  };

  function refresh() {
    fillState(state, model.mask, model.colours?.codes ?? null, model.colours?.palette.length ?? 0);
    model.stateVersion++;
  }
  return model;
}
