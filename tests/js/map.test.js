import assert from "node:assert/strict";
import test from "node:test";
import { classic } from "./classic.js";

const { exchange, layerUrl, unfold } = classic("map.js");

test("choosing another layer hides the shown one", () => {
  assert.deepEqual(exchange(0, "2", 3), { hide: 0, show: 2 });
});

test("nothing changes for the shown layer and for what is no layer", () => {
  for (const wanted of ["0", "3", "-1", "1.5", "x", "on"]) assert.equal(exchange(0, wanted, 3), null);
});

test("the script of a layer lies beside that of its map, whatever stands behind its name", () => {
  const entry = { id: "map_0a", src: "https://example.org/site/maps/fig.js?v=1", draw: () => {} };
  assert.equal(layerUrl(entry, 3), "https://example.org/site/maps/map_0a/3.js");
});

test("lines are unfolded from their differences", () => {
  assert.deepEqual(unfold("4712 1300 -12 5,100 -50 0 -25", 2), [
    [[47.12, 13], [47, 13.05]],
    [[1, -0.5], [1, -0.75]],
  ]);
});
