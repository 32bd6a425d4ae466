// Pure parts of the search: numbers out of bytes, the smallest distances, what is kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reals, startsOf, summed, unpacked, wholes } from "../../../_static/js/demos/search/arrays.js";
import { compared, smallest, squared, turned } from "../../../_static/js/demos/search/distances.js";
import { Kept } from "../../../_static/js/demos/search/kept.js";

test("whole numbers are put together from their planes", () => {
  assert.deepEqual([...wholes(Uint8Array.of(1, 255, 2, 255), 2)], [0x201, 0xffff]);
  assert.deepEqual([...wholes(Uint8Array.of(255, 255, 255, 255))], [0xffffffff]);
  assert.deepEqual([...wholes(Uint8Array.of(7, 9), 1)], [7, 9]);
});

test("halves are what IEEE 754 says", () => {
  const known = { 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 2 ** -14, 0x0001: 2 ** -24, 0x3555: 0.333251953125 };
  for (const [bits, value] of Object.entries(known)) {
    assert.equal(reals(Uint8Array.of(Number(bits) & 255, Number(bits) >> 8), "float16")[0], value);
  }
  assert.ok(Number.isNaN(reals(Uint8Array.of(1, 0x7c), "float16")[0]));
  assert.equal(reals(Uint8Array.of(0, 0xfc), "float16")[0], -Infinity);
  assert.equal(reals(Uint8Array.of(0, 0, 0x80, 0x3f), "float32")[0], 1);
});

test("numbers are put together from their low bits and what is above them", () => {
  // axes of 3, 0 and 9 low bits; two vectors: (5, -1, -300) and (-9, 1, 1000), beyond a centroid of (1, 2, 3)
  const folded = [0, 3, 1, 2, 1, 2]; // 5 >> 3, -9 >> 3; -1, 1; -300 >> 9, 1000 >> 9
  const bits = 5n | (7n << 3n) | (BigInt(-300 & 511) << 6n) | (BigInt(1000 & 511) << 15n);
  const low = [0n, 8n, 16n].map((shift) => Number((bits >> shift) & 255n));
  const bytes = Uint8Array.of(...folded, 0, 0, 0, 0, 0, 0, ...low);
  assert.deepEqual([...unpacked(bytes, 2, [3, 0, 9], Float32Array.of(0.5, 1, 1.5), 0.5)], [3, 0.5, -148.5, -4, 1.5, 501.5]);
});

test("steps are summed up anew in each part", () => {
  assert.deepEqual([...summed(Uint32Array.of(5, 1, 2, 3, 4), [3, 0, 2])], [5, 6, 8, 3, 7]);
  assert.deepEqual([...startsOf([3, 0, 2])], [0, 3, 3, 5]);
});

test("the smallest distances come first, equal ones by row", () => {
  const distances = Float64Array.of(3, 1, 1, 0, 1, 9);
  assert.deepEqual(smallest(distances, [10, 30, 20, 50, 25, 5], 3), [3, 2, 4]);
  assert.deepEqual(smallest(distances, [10, 30, 20, 50, 25, 5], 99), [3, 2, 4, 1, 0, 5]);
  assert.deepEqual(smallest(Float64Array.of(), [], 3), []);
  assert.deepEqual(smallest(distances, null, 4), [3, 1, 2, 4]);
  const many = Float64Array.from({ length: 500 }, (_, i) => (i * 37) % 50); // each ten times
  const sorted = [...many.keys()].sort((a, b) => many[a] - many[b] || a - b);
  for (const k of [1, 7, 60, 499]) assert.deepEqual(smallest(many, null, k), sorted.slice(0, k));
});

test("a code is as far away as the word of its codebooks", () => {
  const books = new Float32Array(2 * 256 * 2).map((_, i) => ((i * 37) % 101) / 50 - 1);
  const query = Float64Array.of(0.5, -0.25, 0.75, 1);
  const found = new Float64Array(3).fill(7);
  compared(Uint8Array.of(0, 4, 200, 0, 255, 17), 3, 1, 3, query, books, found);
  for (const [i, codes] of [[1, [4, 255]], [2, [200, 17]]]) {
    const word = codes.flatMap((code, part) => [...books.subarray((part * 256 + code) * 2, (part * 256 + code) * 2 + 2)]);
    const away = word.reduce((sum, value, axis) => sum + (query[axis] - value) ** 2, 0);
    assert.ok(Math.abs(found[i] - away) < 1e-12);
  }
  assert.equal(found[0], 7);
});

test("vectors are turned and compared row by row", () => {
  const query = Float64Array.of(3, 4);
  assert.deepEqual([...turned(Float32Array.of(0, 1, 1, 0, 0, 0), query)], [4, 3, 0]);
  assert.deepEqual([...squared(Float32Array.of(0, 0, 3, 5), query)], [25, 1]);
});

test("what was asked for last is kept, and failures are not", async () => {
  const kept = new Kept(100);
  let made = 0;
  const make = async () => {
    made += 1;
    return new Uint8Array(40);
  };
  await kept.get(1, make);
  await kept.get(2, make);
  await kept.get(1, make); // 2 is the oldest now
  await kept.get(3, make);
  assert.equal(made, 3);
  await kept.get(1, make);
  assert.equal(made, 3);
  await kept.get(2, make);
  assert.equal(made, 4);
  await assert.rejects(kept.get(9, async () => Promise.reject(new Error("gone"))), /gone/);
  assert.equal((await kept.get(9, make)).length, 40);
  assert.ok(kept.size <= 120);
});
