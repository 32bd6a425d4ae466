import assert from "node:assert/strict";
import test from "node:test";
import { makeBlocks, visibleBlocks, widestPatch } from "../../../_static/js/explorer/map/blocks.js";
import { buildIndex, rowsWithin } from "../../../_static/js/explorer/map/gridindex.js";
import { latOf, lonOf, worldX, worldY } from "../../../_static/js/explorer/map/mercator.js";
import { createModel } from "../../../_static/js/explorer/map/model.js";
import { listQuads } from "../../../_static/js/explorer/map/quadlist.js";
import { cubic, fillCorners, quadHolds } from "../../../_static/js/explorer/map/quads.js";
import { toScreen } from "../../../_static/js/explorer/map/view.js";
import { patches } from "./mapdata.js";

const near = (found, wanted, within = 1e-9) => assert.ok(Math.abs(found - wanted) <= within, `${found} is not ${wanted}`);
/** A generator of the same numbers each time (Lehmer, 1951, with Park and Miller's constants). */
function numbers(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
const viewOf = (data, zoom = 14) => ({ x: data.centre[0], y: data.centre[1], zoom, width: 800, height: 600 });

test("a cubic has its terms in the order of the manifest", () => {
  const [u, v] = [2, 3];
  const terms = [1, u, v, u * u, u * v, v * v, u ** 3, u * u * v, u * v * v, v ** 3];
  terms.forEach((term, i) => assert.equal(cubic(terms.map((_, j) => Number(i === j)), u, v), term));
});

test("the corners of a footprint go round from the north west", () => {
  const data = patches(3);
  const corners = new Float64Array(8);
  fillCorners(data.groups[0], 0, 2, data.centre[0], corners);
  const degrees = [0, 2, 4, 6].map((at) => [lonOf(corners[at]), latOf(corners[at + 1])]);
  const wanted = [[9.985, 50.015], [9.995, 50.015], [9.995, 50.005], [9.985, 50.005]];
  degrees.forEach(([lon, lat], i) => (near(lon, wanted[i][0]), near(lat, wanted[i][1])));
  assert.ok(quadHolds(corners, worldX(9.99), worldY(50.01)));
  assert.ok(!quadHolds(corners, worldX(10.0), worldY(50.01)));
});

test("a footprint is given in the turn of the globe that is asked for", () => {
  const corners = new Float64Array(8);
  fillCorners(patches(1, { lon: 180, lat: 0 }).groups[0], 0, 0, 0, corners);
  near(corners[0], -0.005 / 360);
  near(corners[2], 0.005 / 360);
});

test("blocks hold every row with a footprint once, and know their bounds", () => {
  const data = patches(80, { lost: 7 });
  const blocks = makeBlocks(data.x, data.y, data.groups, data.centre);
  const seen = new Uint8Array(data.x.length);
  for (let block = 0; block < blocks.count; block++) {
    for (let row = blocks.start[block]; row < blocks.end[block]; row++) {
      seen[row]++;
      assert.ok(data.x[row] >= blocks.west[block] && data.x[row] <= blocks.east[block]);
    }
  }
  assert.ok(blocks.count > 1);
  assert.deepEqual([...new Set(seen.subarray(0, 6400))], [1]);
  assert.deepEqual([...new Set(seen.subarray(6400))], [0]);
  near(blocks.width[0], 0.01 / 360, 2e-7); // a block has the width at its middle latitude
  near(widestPatch(blocks, Uint32Array.of(0)), blocks.height[0]);
});

test("a view leaves out the blocks that it does not touch", () => {
  const data = patches(80);
  const blocks = makeBlocks(data.x, data.y, data.groups, data.centre);
  const north = { west: -1, east: 1, north: -1, south: Math.min(...data.y) };
  assert.deepEqual([...visibleBlocks(blocks, north)], [0]);
  assert.equal(visibleBlocks(blocks, { ...north, south: -0.9 }).length, 0);
  assert.equal(visibleBlocks(blocks, { ...north, south: 1 }).length, blocks.count);
});

test("the index finds what a look at every row finds", () => {
  const random = numbers(7);
  const n = 3000;
  const [x, y] = [0, 1].map(() => Float32Array.from({ length: n }, () => (random() < 0.05 ? NaN : random() ** 3 - 0.3)));
  const bounds = { west: -0.3, east: 0.7, north: -0.3, south: 0.7 };
  for (let row = 0; row < n; row++) if (Number.isNaN(x[row])) y[row] = NaN; else if (Number.isNaN(y[row])) x[row] = NaN;
  const index = buildIndex(x, y, bounds);
  for (let round = 0; round < 60; round++) {
    const [west, north] = [random() * 1.4 - 0.5, random() * 1.4 - 0.5];
    const within = { west, north, east: west + random() * 0.3, south: north + random() * 0.3 };
    const wanted = [];
    for (let row = 0; row < n; row++) {
      if (x[row] >= within.west && x[row] <= within.east && y[row] >= within.north && y[row] <= within.south) wanted.push(row);
    }
    assert.deepEqual(rowsWithin(index, x, y, within).sort((a, b) => a - b), wanted);
  }
});

test("an index of one place finds it", () => {
  const index = buildIndex(Float32Array.of(0, 0), Float32Array.of(0, 0), { west: 0, east: 0, north: 0, south: 0 });
  assert.deepEqual(rowsWithin(index, Float32Array.of(0, 0), Float32Array.of(0, 0), { west: -1, east: 1, north: -1, south: 1 }), [0, 1]);
});

test("a point in a footprint picks it, also far from its centre; beside the data it picks nothing", () => {
  const data = patches(4, { lost: 2 });
  const model = createModel(data);
  const view = viewOf(data);
  const at = (lon, lat) => toScreen(view, worldX(lon), worldY(lat));
  assert.deepEqual(model.pick(view, ...at(9.9851, 50.0149), 6), [0]);
  assert.deepEqual(model.pick(view, ...at(10.0149, 49.9851), 6), [15]);
  assert.deepEqual(model.pick(view, ...at(10.05, 50), 6), []);
});

test("all patches at one place are given, those of the selection alone where there are any", () => {
  const data = patches(4);
  for (const key of ["x", "y", "gx", "gy"]) data[key][9] = data[key][5];
  const model = createModel(data);
  const spot = toScreen(viewOf(data), data.x[5] + data.centre[0], data.y[5] + data.centre[1]);
  assert.deepEqual(model.pick(viewOf(data), ...spot, 6), [5, 9]);
  const far = viewOf(data, 3);
  assert.deepEqual(model.pick(far, ...toScreen(far, data.x[5] + data.centre[0], data.y[5] + data.centre[1]), 6), [5, 9]);
  model.setMask(Uint8Array.from(data.x, (_, row) => Number(row === 9)));
  assert.deepEqual(model.pick(viewOf(data), ...spot, 6), [9]);
  model.setMask(new Uint8Array(16));
  assert.deepEqual(model.pick(viewOf(data), ...spot, 6), [5, 9]);
});

test("from afar the nearest centre within reach is picked", () => {
  const data = patches(2);
  const model = createModel(data);
  const far = viewOf(data, 4);
  const [px, py] = toScreen(far, data.x[0] + data.centre[0], data.y[0] + data.centre[1]);
  assert.deepEqual(model.pick(far, px - 4, py - 4, 6), [0]);
  assert.deepEqual(model.pick(far, px - 9, py, 6), []);
});

test("footprints in a view are listed, those outside the selection first", () => {
  const data = patches(4);
  const model = createModel(data);
  model.setMask(Uint8Array.from(data.x, (_, row) => row % 2));
  const view = viewOf(data, 15);
  const listed = listQuads(view, data, data.x, model.blocks, model.visible(view), model.state, 100);
  assert.equal(listed.count, 16);
  assert.deepEqual([...listed.rows], [0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15]);
  assert.deepEqual([...listed.state], [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
  const [px, py] = toScreen(view, worldX(9.98), worldY(50.02));
  near(listed.corners[0], px, 1e-3);
  near(listed.corners[1], py, 1e-3);
  assert.equal(listQuads(view, data, data.x, model.blocks, model.visible(view), model.state, 15), null);
  delete data.groups[0].lon;
  assert.equal(listQuads(view, data, data.x, model.blocks, model.visible(view), model.state, 100), null);
});

test("data across 180 degrees is one place on the map", () => {
  const data = patches(4, { lon: 180, lat: 0 });
  const model = createModel(data);
  near(model.home.east - model.home.west, 0.03 / 360, 1e-7);
  near(model.place(-179.99, 0)[0] - model.place(179.99, 0)[0], 0.02 / 360);
});

test("a mask or codes of another length are refused", () => {
  const model = createModel(patches(2));
  assert.throws(() => model.setMask(new Uint8Array(3)), /mask has 3 rows, the map 4/);
  assert.throws(() => model.setColours({ codes: new Uint8Array(5), palette: [] }), /codes have 5 rows, the map 4/);
});

test("without any footprint the extent is shown, and nothing is picked", () => {
  const data = patches(0, { lost: 3 });
  const model = createModel(data, [0, 40, 10, 50]);
  near(model.home.west, worldX(0));
  near(model.home.north, worldY(50));
  assert.deepEqual(model.pick(viewOf(data), 400, 300, 6), []);
  assert.equal(model.boundsOfRows([0, 1]), null);
  assert.equal(model.spot(1), null);
});
