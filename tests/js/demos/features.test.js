import assert from "node:assert/strict";
import test from "node:test";
import { resample } from "../../../_static/js/demos/core/resample.js";
import { openEncoder } from "../../../_static/js/demos/features/encode.js";
import { patterns } from "../../../_static/js/demos/features/lbp.js";

const ENTRY = {
  name: "statistics", title: "Band statistics", kind: "handmade", browser: true, dimensions: 5,
  input: { asset: "image", bands: ["grey"], size: [2, 3] }, parameters: null, model: null,
};

test("the same size keeps every value, and what is no number becomes 0", () => {
  assert.deepEqual([...resample([1, 2.5, NaN, Infinity], [2, 2], [2, 2])], [1, 2.5, 0, 0]);
});

test("rows and columns are not mixed up", () => {
  const rows = resample([0, 0, 0, 30, 30, 30], [2, 3], [4, 3]);
  assert.deepEqual([...rows.slice(0, 3)], Array(3).fill(rows[0]));
  assert.ok(rows[0] < rows[3] && rows[3] < rows[6] && rows[6] < rows[9]);
});

test("a picture of another size than it says is refused", () => {
  assert.throws(() => resample([1, 2, 3], [2, 2], [4, 4]), /2 x 2 pixels expected, 3 found/);
  assert.throws(() => resample([], [0, 0], [4, 4]), /0 pixels/);
});

test("patterns of a rotated picture are the same", () => {
  const image = Float32Array.from({ length: 99 }, (_, i) => (i * 7919) % 251);
  const turned = Float32Array.from({ length: 99 }, (_, i) => image[(8 - (i % 9)) * 11 + Math.floor(i / 9)]);
  assert.deepEqual(patterns(image, 9, 11, [16, 2]), patterns(turned, 11, 9, [16, 2]));
});

test("an encoder takes as many values as its input has, and gives as many as it says", async () => {
  await assert.rejects(openEncoder({ ...ENTRY, browser: false }, "https://example.org/m.json"), /Python only/);
  const short = await openEncoder(ENTRY, "https://example.org/m.json");
  await assert.rejects(short.encode(new Float32Array(5)), /6 values expected, 5 found/);
  await assert.rejects(short.encode(new Float32Array(6)), /5 dimensions expected, 0 found/);
});
