// @ts-check
/** Search an index step by step, as `dsdocs.retrieval.search` does: same files, same sums, same results. */
import { startsOf } from "./arrays.js";
import { compared, smallest, squared, turned } from "./distances.js";
/** @import {Opened, Files} from "./files.js" */
/** @import {Found, Wanted} from "./types.js" */

export const WANTED = 20; // times k: allowed rows whose codes are compared at least, where not all rows are allowed

/** @param {Files} files @param {ArrayLike<number>} vector @param {Wanted} wanted @returns {Promise<Found>} */
export async function search(files, vector, { k = 24, mask = null, exclude = [] } = {}) {
  const start = performance.now();
  const { entry, n } = files;
  if (vector.length !== entry.dimensions) {
    throw new RangeError(`a vector of ${entry.dimensions} values expected, ${vector.length} found`);
  }
  if (mask && mask.length !== n) throw new RangeError(`a mask of ${n} rows expected, ${mask.length} found`);
  const opened = await files.open();
  const query = Float64Array.from(vector);
  const inAxes = opened.rotation ? turned(opened.rotation, query) : query;
  const { away, order } = nearLists(opened, inAxes);
  const allowed = mask || exclude.length ? (mask ? mask.slice() : new Uint8Array(n).fill(1)) : null;
  for (const row of exclude) /** @type {Uint8Array} */ (allowed)[row] = 0;
  const counts = mask ? countsOf(await files.shardOf(), /** @type {Uint8Array} */ (allowed), opened.sizes.length) : opened.sizes;
  const perList = sumsOf(counts, opened.firstShard);
  const holding = order.filter((list) => perList[list] > 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const least = Math.min(total, mask ? WANTED * k : k + exclude.length);
  const probed = listsToProbe(files, opened, holding, perList, least);

  let scanned = 0;
  let bytes = 0;
  let shards = probed.flatMap((list) => range(opened.firstShard[list], opened.firstShard[list + 1]));
  if (opened.codebooks) {
    for (const list of probed) bytes += opened.listBytes[list];
    // Without a mask, no row is known before its shard is read: those that are left out are compared as well.
    ({ scanned, shards } = await scan(files, opened, inAxes, probed, mask && allowed, k + exclude.length, bytes));
  }
  const held = await Promise.all(shards.map((shard) => files.shard(shard)));
  /** @type {number[]} */
  const rows = [];
  /** @type {number[]} */
  const distances = [];
  held.forEach((shard, place) => {
    bytes += opened.shardBytes[shards[place]];
    const found = squared(shard.vectors, inAxes);
    shard.rows.forEach((row, i) => {
      if (allowed && !allowed[row]) return;
      rows.push(row);
      distances.push(found[i]);
    });
  });
  const best = smallest(Float64Array.from(distances), rows, k);
  const all = mask ? counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0) : opened.sizes.length;
  return {
    results: best.map((place) => ({ row: rows[place], distance: Math.sqrt(distances[place]) })),
    steps: {
      lists: entry.index.lists,
      probed: probed.map((list) => ({
        list, distance: Math.sqrt(away[list]), allowed: perList[list],
        rows: sumOf(opened.sizes, opened.firstShard[list], opened.firstShard[list + 1]),
      })),
      scanned, reranked: rows.length, shards: shards.length, bytes, exhausted: shards.length === all,
      milliseconds: performance.now() - start,
    },
  };
}

/** Lists, nearest first: as far away as the nearest of their shards. @param {Opened} opened @param {Float64Array} query */
function nearLists({ centroids, firstShard }, query) {
  const ofShards = squared(centroids, query);
  const away = Float64Array.from({ length: firstShard.length - 1 }, (_, list) => {
    let least = Infinity;
    for (let shard = firstShard[list]; shard < firstShard[list + 1]; shard++) least = Math.min(least, ofShards[shard]);
    return least;
  });
  return { away, order: range(0, away.length).sort((a, b) => away[a] - away[b] || a - b) };
}

/** The nearest lists whose files fit into the bytes of a search; more where they hold too few rows.
 * @param {Files} files @param {Opened} opened @param {number[]} order @param {ArrayLike<number>} counts @param {number} least */
function listsToProbe({ entry }, opened, order, counts, least) {
  const coded = entry.index.code_bytes > 0;
  const limit = coded ? entry.search.list_bytes : entry.search.bytes;
  const size = coded ? opened.listBytes : sumsOf(opened.shardBytes, opened.firstShard);
  let used = 0;
  let seen = 0;
  for (let place = 0; place < order.length; place++) {
    const list = order[place];
    if (place && used + size[list] > limit && seen >= least) return order.slice(0, place);
    used += size[list];
    seen += counts[list];
  }
  return order;
}

/** Compare codes; the shards of the best candidates that fit into the bytes of a search.
 * @param {Files} files @param {Opened} opened @param {Float64Array} query @param {number[]} probed
 * @param {Uint8Array | null} allowed @param {number} wanted rows @param {number} used bytes */
async function scan(files, opened, query, probed, allowed, wanted, used) {
  const { bytes: limit, list_bytes, rerank } = files.entry.search;
  // Codes of a list are compared while others are still on their way.
  const [order, ...lists] = await Promise.all([
    allowed && files.rows(),
    ...probed.map(async (list) => distancesOf(opened, list, await files.list(list), query)),
  ]);
  const starts = startsOf(opened.sizes);
  /** @type {number[]} */
  const about = [];
  /** @type {number[]} */
  const shardOf = [];
  /** @type {Map<number, number>} allowed rows of each shard */
  const holds = new Map();
  lists.forEach((found, place) => {
    let at = 0;
    for (let shard = opened.firstShard[probed[place]]; shard < opened.firstShard[probed[place] + 1]; shard++) {
      const before = about.length;
      for (let row = starts[shard]; row < starts[shard + 1]; row++, at++) {
        if (allowed && order && !allowed[order[row]]) continue;
        about.push(found[at]);
        shardOf.push(shard);
      }
      holds.set(shard, about.length - before);
    }
  });
  const best = smallest(Float64Array.from(about), null, rerank);
  // With a mask, codes may have taken more than their part; exact vectors keep theirs.
  const rest = Math.max(limit - used, limit - list_bytes);
  const least = Math.min(wanted, about.length);
  const shards = [];
  let spent = 0;
  let held = 0;
  for (const shard of new Set(best.map((place) => shardOf[place]))) {
    const size = opened.shardBytes[shard];
    if (spent + size > rest && held >= least) continue;
    spent += size;
    held += holds.get(shard) ?? 0;
    shards.push(shard);
  }
  return { scanned: about.length, shards };
}

/** How far away the coded vectors of a list are. @param {Opened} opened @param {number} list @param {Uint8Array} codes @param {Float64Array} query */
function distancesOf({ centroids, codebooks, firstShard, sizes }, list, codes, query) {
  const n = sumOf(sizes, firstShard[list], firstShard[list + 1]);
  const found = new Float64Array(n);
  const left = new Float64Array(query.length);
  for (let shard = firstShard[list], first = 0; shard < firstShard[list + 1]; first += sizes[shard++]) {
    for (let axis = 0, at = shard * left.length; axis < left.length; axis++, at++) left[axis] = query[axis] - centroids[at];
    compared(codes, n, first, first + sizes[shard], left, /** @type {Float32Array} */ (codebooks), found);
  }
  return found;
}

/** Allowed rows of each shard. @param {Uint32Array} shardOf @param {Uint8Array} allowed @param {number} shards */
function countsOf(shardOf, allowed, shards) {
  const counts = new Uint32Array(shards + 1);
  for (let row = 0; row < allowed.length; row++) counts[shardOf[row]] += allowed[row] ? 1 : 0;
  return counts.subarray(0, shards);
}

/** @param {Uint32Array} values @param {Uint32Array} starts */
const sumsOf = (values, starts) =>
  Uint32Array.from({ length: starts.length - 1 }, (_, i) => sumOf(values, starts[i], starts[i + 1]));

/** @param {Uint32Array} values @param {number} first @param {number} last */
function sumOf(values, first, last) {
  let sum = 0;
  for (let i = first; i < last; i++) sum += values[i];
  return sum;
}

/** @param {number} first @param {number} last */
const range = (first, last) => Array.from({ length: last - first }, (_, i) => first + i);
