// @ts-check
/** Runs of neighbouring rows and their bounds: rows are sorted by place, so a view can leave out most runs. Pure. */
import { latOf, worldLength } from "./mercator.js";

/** @typedef {import("./types.js").Group} Group @typedef {import("./types.js").Bounds} Bounds */
/**
 * @typedef {{start: Uint32Array, end: Uint32Array, west: Float64Array, east: Float64Array, north: Float64Array,
 *   south: Float64Array, width: Float64Array, height: Float64Array, count: number, bounds: Bounds | null}} Blocks
 *   per block: rows start..end (end excluded), bounds of the centres (local), size of a patch in the world
 */

const ROWS = 4096;

/**
 * @param {Float32Array} x local, NaN without a footprint @param {Float32Array} y @param {Group[]} groups in row order
 * @param {number[]} centre world @returns {Blocks} blocks without any footprint are left out
 */
export function makeBlocks(x, y, groups, centre) {
  /** @type {{start: number, end: number, box: Bounds, size: number[]}[]} */
  const found = [];
  let first = 0;
  for (const group of groups) {
    const last = Math.min(first + group.rows, x.length);
    for (let start = first; start < last; start += ROWS) {
      const end = Math.min(start + ROWS, last);
      const box = boundsOfRows(x, y, start, end);
      if (box.west > box.east) continue;
      const lat = latOf((box.north + box.south) / 2 + centre[1]);
      found.push({ start, end, box, size: (group.metres ?? [0, 0]).map((metres) => worldLength(metres, lat)) });
    }
    first = last;
  }
  const column = (/** @type {(block: typeof found[0]) => number} */ get) => Float64Array.from(found, get);
  return {
    start: Uint32Array.from(found, (block) => block.start),
    end: Uint32Array.from(found, (block) => block.end),
    west: column((block) => block.box.west),
    east: column((block) => block.box.east),
    north: column((block) => block.box.north),
    south: column((block) => block.box.south),
    width: column((block) => block.size[0]),
    height: column((block) => block.size[1]),
    count: found.length,
    bounds: found.map((block) => block.box).reduce(union, /** @type {Bounds | null} */ (null)),
  };
}

/** @param {Float32Array} x @param {Float32Array} y @param {number} start @param {number} end @returns {Bounds} */
function boundsOfRows(x, y, start, end) {
  let [west, east, north, south] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let row = start; row < end; row++) {
    const px = x[row];
    const py = y[row];
    if (px < west) west = px;
    if (px > east) east = px;
    if (py < north) north = py;
    if (py > south) south = py;
  }
  return { west, east, north, south };
}

/** @param {Bounds | null} all @param {Bounds} one @returns {Bounds} */
export function union(all, one) {
  if (!all) return one;
  return {
    west: Math.min(all.west, one.west),
    east: Math.max(all.east, one.east),
    north: Math.min(all.north, one.north),
    south: Math.max(all.south, one.south),
  };
}

/** @param {Blocks} blocks @param {Bounds} bounds local @returns {Uint32Array} numbers of the blocks that touch them */
export function visibleBlocks(blocks, { west, east, north, south }) {
  const found = new Uint32Array(blocks.count);
  let count = 0;
  for (let block = 0; block < blocks.count; block++) {
    // A patch reaches half its size beyond its centre.
    const [dx, dy] = [blocks.width[block] / 2, blocks.height[block] / 2];
    if (blocks.west[block] - dx > east || blocks.east[block] + dx < west) continue;
    if (blocks.north[block] - dy > south || blocks.south[block] + dy < north) continue;
    found[count++] = block;
  }
  return found.slice(0, count);
}

/** @param {Blocks} blocks @param {Uint32Array} visible @returns {number} the size of the widest patch, in the world */
export function widestPatch(blocks, visible) {
  let widest = 0;
  for (const block of visible) widest = Math.max(widest, blocks.width[block], blocks.height[block]);
  return widest;
}
