import assert from "node:assert/strict";
import test from "node:test";
import { createEvents } from "../../../_static/js/explorer/map/events.js";
import { actOf } from "../../../_static/js/explorer/map/keys.js";
import { boxOf, lassoOf, ringHolds, simplified, thinned } from "../../../_static/js/explorer/map/lasso.js";
import { worldX, worldY } from "../../../_static/js/explorer/map/mercator.js";
import { createTools } from "../../../_static/js/explorer/map/tools.js";

const world = (lon, lat) => [worldX(lon), worldY(lat)];

function tools() {
  const [done, names] = [[], []];
  const made = createTools({ done: (...all) => done.push(all), changed: (name) => names.push(name), redraw: () => {} });
  const press = (...keys) => keys.forEach((key) => made.key(key, false, 200, 100));
  return { made, done, names, press };
}

test("a box is the same from any two corners, and rounded as a selection is", () => {
  const wanted = [9.12346, 49, 11, 51];
  assert.deepEqual(boxOf(world(9.123456, 49), world(11, 51)), wanted);
  assert.deepEqual(boxOf(world(11, 49), world(9.123456, 51)), wanted);
});

test("a box across 180 degrees has its west beyond its east; one around the globe is the globe", () => {
  assert.deepEqual(boxOf(world(170, -5), world(190, 5)), [170, -5, -170, 5]);
  assert.deepEqual(boxOf(world(-200, -5), world(190, 5)), [-180, -5, 180, 5]);
});

test("a line is simplified within its tolerance and keeps its ends", () => {
  const line = Array.from({ length: 101 }, (_, i) => [i, i === 50 ? 5 : Math.sin(i) * 0.3]);
  const few = simplified(line, 1);
  assert.deepEqual([few[0], few.at(-1)], [line[0], line[100]]);
  assert.ok(few.some(([x]) => x === 50) && few.length < 8);
  assert.equal(thinned(Array.from({ length: 3000 }, (_, i) => [Math.cos(i / 99) * i, Math.sin(i / 99) * i]), 120).length <= 120, true);
});

test("a lasso in one turn of the globe is its ring in degrees", () => {
  const ring = [world(1, 1), world(3, 1), world(2, 3.000001)];
  assert.deepEqual(lassoOf(ring), [[1, 1], [3, 1], [2, 3]]);
  assert.deepEqual(lassoOf(ring.map(([x, y]) => [x + 1, y])), [[1, 1], [3, 1], [2, 3]]);
});

test("a lasso across 180 degrees holds by the even-odd rule what it holds on the map", () => {
  const ring = [[170, -10], [195, -8], [186, 0], [194, 9], [172, 11], [178, 1]].map(([lon, lat]) => world(lon, lat));
  const cut = lassoOf(ring);
  assert.ok(cut.every(([lon]) => lon >= -180 && lon <= 180));
  let inside = 0;
  for (let lon = 165.37; lon < 200; lon += 0.83) {
    for (let lat = -12.11; lat < 12; lat += 0.71) {
      const holds = ringHolds(ring, ...world(lon, lat));
      inside += Number(holds);
      assert.equal(ringHolds(cut, lon > 180 ? lon - 360 : lon, lat), holds, `${lon} ${lat}`);
    }
  }
  assert.ok(inside > 100);
});

test("a drag with the box tool gives two corners and goes back to moving the map", () => {
  const { made, done, names } = tools();
  assert.equal(made.begin([1, 1]), false);
  made.choose("box");
  assert.equal(made.begin([10, 20]), true);
  made.drag([15, 25]);
  made.drag([60, 70]);
  assert.deepEqual(made.line, { line: [[10, 20], [60, 20], [60, 70], [10, 70]], closed: true });
  made.drop();
  assert.deepEqual(done, [["box", [[10, 20], [60, 70]]]]);
  assert.deepEqual(names, ["box", "pan"]);
});

test("a slip of the hand is no box, and a second finger gives it up", () => {
  const { made, done } = tools();
  made.choose("box");
  made.begin([10, 20]);
  made.drag([12, 21]);
  made.drop();
  made.begin([10, 20]);
  made.drag([90, 90]);
  made.cancel();
  made.drop();
  assert.deepEqual([done, made.name, made.line], [[], "box", null]);
});

test("the box tool by keyboard: two corners", () => {
  const { made, done, press } = tools();
  made.choose("box");
  press("ArrowLeft", "Enter", "ArrowRight", "ArrowRight", "ArrowDown", "Enter");
  assert.deepEqual(done, [["box", [[90, 50], [110, 60]]]]);
  assert.equal(made.cursor, null);
});

test("the lasso tool by keyboard: a ring that Enter twice at one place closes, Backspace takes a corner back", () => {
  const { made, done, press } = tools();
  made.choose("lasso");
  press("Enter", "ArrowRight", "ArrowRight", " ", "ArrowDown", "Enter", "Backspace", "ArrowDown", "Enter", "Enter");
  assert.deepEqual(done, [["lasso", [[100, 50], [120, 50], [120, 70]]]]);
});

test("the crosshair stays on the map, and Escape leaves the tool", () => {
  const { made, names, press } = tools();
  made.choose("lasso");
  for (let i = 0; i < 30; i++) made.key("ArrowUp", true, 200, 100);
  assert.deepEqual(made.cursor, [100, 0]);
  press("Escape");
  assert.deepEqual(names, ["lasso", "pan"]);
  assert.equal(made.key("ArrowUp", false, 200, 100), false);
});

test("keys move, zoom and pick; others are the browser's", () => {
  assert.deepEqual(actOf("ArrowRight", false), { pan: [-80, 0] });
  assert.deepEqual(actOf("ArrowUp", true), { pan: [0, 240] });
  assert.deepEqual(["+", "=", "-", "_"].map((key) => actOf(key, false).zoom), [1, 1, -1, -1]);
  assert.deepEqual([actOf("0", false), actOf("Enter", false), actOf("Tab", false)], [{ home: true }, { pick: true }, null]);
});

test("a listener that was taken away hears nothing", () => {
  const { on, emit } = createEvents();
  const heard = [];
  const off = on("pick", (...values) => heard.push(values));
  emit("pick", 1, [1]);
  off();
  emit("pick", 2);
  assert.deepEqual(heard, [[1, [1]]]);
});
