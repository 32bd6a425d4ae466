import assert from "node:assert/strict";
import test from "node:test";
import { classic } from "./classic.js";

const { key, order } = classic("table.js");

test("numbers read as numbers with and without separators", () => {
  assert.deepEqual(["12", "-3.5", "85,323", "1,234.5", "0.016667"].map(key), [12, -3.5, 85323, 1234.5, 0.016667]);
});

test("names and dates that only look like numbers stay text", () => {
  for (const text of ["29SNB", "2017-06-13", "12,34", "1,2,3", "1e5", "10 m"]) assert.equal(key(text), text);
});

test("a dash and an empty cell are missing", () => {
  assert.deepEqual(["–", "", "  "].map(key), [null, null, null]);
});

test("missing values are last in both directions", () => {
  const keys = [null, 3, 1, null, 2];
  assert.deepEqual(order(keys, false), [2, 4, 1, 0, 3]);
  assert.deepEqual(order(keys, true), [1, 4, 2, 0, 3]);
});

test("equal keys keep their order in both directions", () => {
  assert.deepEqual(order(["a", "b", "a", "b"], false), [0, 2, 1, 3]);
  assert.deepEqual(order(["a", "b", "a", "b"], true), [1, 3, 0, 2]);
});

test("numbers in names count as numbers", () => {
  assert.deepEqual(order(["P_10", "P_9", "P_1"], false), [2, 1, 0]);
});

test("numbers come before text", () => {
  assert.deepEqual(order(["b", 2, "a", 1], false), [3, 1, 2, 0]);
});
