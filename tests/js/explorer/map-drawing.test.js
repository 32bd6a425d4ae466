import assert from "node:assert/strict";
import test from "node:test";
import {
  countBoth, countBreaks, countCells, differenceBreaks, gridOver, niceAbove, shareDifference,
} from "../../../_static/js/explorer/map/cells.js";
import { worldPixels } from "../../../_static/js/explorer/map/mercator.js";
import { createModel } from "../../../_static/js/explorer/map/model.js";
import { densitySteps, differenceSteps, paintCells, pixel, pointColours } from "../../../_static/js/explorer/map/palette.js";
import { fillState, findSpots, paintPoints, paintSpots } from "../../../_static/js/explorer/map/raster.js";
import { patches } from "./mapdata.js";

const ONE = { start: Uint32Array.of(0), end: Uint32Array.of(3), width: Float64Array.of(0), height: Float64Array.of(0) };
const image = (width, height) => ({ out: new Uint32Array(width * height), width, height });
const paint = (picture, x, y, state, smallest, blocks = ONE) =>
  paintPoints(picture, Float32Array.from(x), Float32Array.from(y), Uint16Array.from(state), Uint32Array.of(7, 8, 9), blocks,
    Uint32Array.of(0), { scale: 1, dx: 0, dy: 0 }, smallest);

test("a point is a square of whole pixels in the colour of its state", () => {
  const picture = image(6, 4);
  paint(picture, [1.5, 4.5, NaN], [1.5, 2.5, 1], [1, 2, 1], 1);
  assert.deepEqual([...picture.out.keys()].filter((at) => picture.out[at]), [7, 16]);
  assert.deepEqual([picture.out[7], picture.out[16]], [8, 9]);
});

test("squares at the edges are cut, not left out, where they are larger than the smallest", () => {
  const picture = image(4, 4);
  paint(picture, [0, 4, -3], [0, 4, 2], [1, 2, 1], 3);
  assert.equal(picture.out[0], 8);
  assert.equal(picture.out[15], 9);
  assert.equal(picture.out.filter(Boolean).length, 4 + 1);
});

for (const [smallest, name] of [[2, "small"], [3, "larger"]]) {
  test(`${name} patches of the selection cover the others in either order`, () => {
    for (const [states, rows] of [[[0, 1, 0], 1], [[1, 0, 0], 0]]) {
      const picture = image(8, 8);
      paint(picture, [4, 4, 4], [4, 4, 4], states, smallest);
      assert.equal(picture.out[4 * 8 + 4], 8, String(rows));
      assert.ok(!picture.out.includes(7));
      const faint = image(8, 8);
      paint(faint, [4, 4, 4], [4, 4, 4], [0, 0, 0], smallest);
      assert.equal(faint.out.filter((value) => value === 7).length, smallest ** 2);
    }
  });
}

test("spots found once are painted as the points are, wherever they lie and whatever is selected", () => {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const [width, height, rows] = [40, 30, 500];
  const [x, y] = [Float32Array.from({ length: rows }, () => random() * 1.4 - 0.2), Float32Array.from({ length: rows }, () => random() * 1.4 - 0.2)];
  x[3] = NaN;
  const blocks = { start: Uint32Array.of(0, 200), end: Uint32Array.of(200, rows), width: Float64Array.of(0.01, 0), height: Float64Array.of(0, 0.01) };
  const transform = { scale: 37.3, dx: 0.4, dy: -0.7 };
  const lut = Uint32Array.of(7, 8, 9, 10);
  for (const visible of [Uint32Array.of(0, 1), Uint32Array.of(1)]) {
    const spots = findSpots({ width, height }, x, y, blocks, visible, transform, 1.5);
    assert.ok(spots && spots.rows.length > 50);
    for (const share of [0, 0.3, 1]) {
      const state = Uint16Array.from({ length: rows }, () => (random() < share ? 1 + Math.floor(3 * random()) : 0));
      const points = { out: new Uint32Array(width * height), width, height };
      paintPoints(points, x, y, state, Uint32Array.of(0, ...lut.subarray(1)), blocks, visible, transform, 1.5);
      const all = new Uint32Array(width * (height + 1) + 2);
      paintSpots(all, width, spots, state, lut);
      assert.deepEqual(all.subarray(0, width * height), points.out);
    }
  }
  assert.equal(findSpots({ width, height }, x, y, blocks, Uint32Array.of(0), { ...transform, scale: 300 }, 1.5), null);
});

test("the state of a row is its colour, 0 outside the selection, the last where the code is missing", () => {
  const state = new Uint16Array(4);
  fillState(state, null, null, 0);
  assert.deepEqual([...state], [1, 1, 1, 1]);
  fillState(state, Uint8Array.of(1, 0, 1, 0), null, 0);
  assert.deepEqual([...state], [1, 0, 1, 0]);
  fillState(state, Uint8Array.of(1, 1, 1, 0), Uint8Array.of(0, 1, 5, 0), 2);
  assert.deepEqual([...state], [1, 2, 3, 0]);
});

test("a colour is never the empty pixel, and its bytes are in the order of an image", () => {
  assert.deepEqual([...new Uint8Array(Uint32Array.of(pixel([1, 2, 3, 255])).buffer)], [1, 2, 3, 255]);
  assert.notEqual(pixel([0, 0, 0, 0]), 0);
  const asked = [];
  const lut = pointColours((name) => (asked.push(name), [asked.length, 0, 0, 255]), ["#a", "#b"]);
  assert.deepEqual(asked, ["--ds-muted", "#a", "#b", "--ds-muted"]);
  assert.equal(lut.length, 4);
});

test("the cells of a grid stay where they are in the world when the map moves", () => {
  const at = (west, zoom = 6) => gridOver(zoom, { west, north: 0.2, east: west + 0.1, south: 0.25 }, 0);
  const [one, two] = [at(0.3), at(0.3 + 0.0007)];
  assert.equal(one.size, two.size);
  assert.equal(((two.west - one.west) / one.size) % 1, 0);
  for (const zoom of [3, 3.4, 7.9]) {
    const wide = at(0.3, zoom).size * worldPixels(zoom);
    assert.ok(wide >= 8 && wide < 16.001, `${wide} pixels at ${zoom}`);
  }
  assert.ok(gridOver(14, { west: 0, north: 0, east: 1e-4, south: 1e-4 }, 1e-4).size >= 2e-4);
});

test("cells count the rows of the selection, and none is lost", () => {
  const data = patches(40);
  const model = createModel(data);
  const grid = gridOver(9, model.home, 0);
  const mask = Uint8Array.from(data.x, (_, row) => Number(row % 3 === 0));
  const count = (...masks) => countCells(grid, data.x, data.y, data.centre, model.blocks, Uint32Array.from({ length: model.blocks.count }, (_, i) => i), ...masks);
  const sum = (counts) => counts.reduce((all, one) => all + one, 0);
  assert.equal(count(null).length, grid.columns * grid.lines);
  assert.equal(sum(count(null)), 1600);
  assert.equal(sum(count(mask)), countBoth(mask, null, 1600));
  const other = Uint8Array.from(data.x, (_, row) => row % 2);
  assert.equal(sum(count(mask, other)), countBoth(mask, other, 1600));
  assert.ok(count(null).filter(Boolean).length > 10);
});

test("differences of shares add up to nothing, and are empty where neither has a patch", () => {
  const found = shareDifference(Uint32Array.of(3, 1, 0, 0), Uint32Array.of(0, 5, 5, 0), 4, 10);
  assert.deepEqual([...found.subarray(0, 3)], [0.75, -0.25, -0.5]);
  assert.ok(Number.isNaN(found[3]));
  assert.deepEqual([...shareDifference(Uint32Array.of(0), Uint32Array.of(2), 0, 2)], [-1]);
});

test("steps rise, are round, and hold the highest value", () => {
  assert.deepEqual([1, 1.2, 4, 6, 80, 0.0021].map(niceAbove), [1, 1.5, 5, 7, 100, 0.003]);
  assert.deepEqual([0, 1, 4].map(countBreaks), [[], [1], [1, 2, 3, 4]]);
  for (const most of [7, 9, 50, 1234, 590326]) {
    const ends = countBreaks(most);
    assert.ok(ends.length <= 6 && ends.at(-1) >= most && ends.every((end, i) => end > (ends[i - 1] ?? 0)));
  }
  for (const most of [1, 0.3, 0.00071]) {
    const ends = differenceBreaks(most);
    assert.ok(ends.length <= 6 && ends.at(-1) >= most && ends.every((end, i) => end > (ends[i - 1] ?? 0)));
  }
  assert.deepEqual(differenceBreaks(0), []);
});

test("a legend of density has no hole between its steps", () => {
  const steps = densitySteps(Uint32Array.of(0, 1, 40, 977));
  assert.equal(steps[0].from, 1);
  steps.slice(1).forEach((step, i) => assert.equal(step.from, steps[i].to + 1));
  assert.ok(steps.at(-1).to >= 977);
  assert.equal(steps.at(-1).colour, "--ds-step-6");
});

test("a legend of differences is the same on both sides of zero", () => {
  const steps = differenceSteps(Float64Array.of(0.2, -0.05, NaN, 0));
  const ends = steps.map(({ from }) => from).concat(steps.at(-1).to);
  assert.deepEqual(ends, ends.map((end) => -end + 0).reverse().map((end) => end));
  assert.deepEqual([steps[0].colour, steps.at(-1).colour], ["--ds-under-6", "--ds-step-6"]);
});

test("each cell has the colour of the step that holds its value", () => {
  const values = Float64Array.of(0.2, -0.2, 0.0001, -0.0001, 0, NaN);
  const steps = differenceSteps(values);
  const names = [...new Set(["--ds-step-0", ...steps.map(({ colour }) => colour)])];
  const rgba = (name) => [names.indexOf(name) + 1, 0, 0, 255];
  const out = new Uint32Array(6);
  paintCells(values, steps, rgba, true, out);
  const shown = [...out].map((word) => (word ? names[new Uint8Array(Uint32Array.of(word).buffer)[0] - 1] : null));
  assert.deepEqual(shown, ["--ds-step-6", "--ds-under-6", "--ds-step-1", "--ds-under-1", "--ds-step-0", null]);
  const counts = Uint32Array.of(0, 1, 2, 3);
  paintCells(counts, densitySteps(counts), () => [9, 9, 9, 255], false, out);
  assert.equal(out[0], 0);
});
