import assert from "node:assert/strict";
import test from "node:test";
import { classic } from "./classic.js";

const { exchange } = classic("map.js");

test("choosing another layer hides the shown one", () => {
  assert.deepEqual(exchange(0, "2", 3), { hide: 0, show: 2 });
});

test("nothing changes for the shown layer and for what is no layer", () => {
  for (const wanted of ["0", "3", "-1", "1.5", "x", "on"]) assert.equal(exchange(0, wanted, 3), null);
});
