import assert from "node:assert/strict";
import test from "node:test";
import { colouring, maskOf } from "../../../_static/js/explorer/ui/colouring.js";

const SPLIT = { kind: "category", values: ["train", "val", "test"], counts: [2, 1, 1], missing: 1 };
const LABELS = {
  kind: "set", missing: 1, counts: [4, 2, 1, 5],
  terms: ["a", "b", "c"].map((key, at) => ({ key, name: key, level: 0, members: [at] })).concat({ key: "g", name: "g", level: 1, members: [1, 2] }),
};
const SETS = [[0], [0, 1], [0, 1, 2], []];

test("few values keep their order, and missing ones have a colour of their own", () => {
  const found = colouring(SPLIT, [0, 0, 1, 2, 3], null);
  assert.deepEqual([...found.codes], [0, 0, 1, 2, 3]);
  assert.deepEqual(found.entries.map(({ name, key, token }) => [name, key, token]), [
    ["train", "train", "--ds-cat-1"], ["val", "val", "--ds-cat-2"], ["test", "test", "--ds-cat-3"],
    ["Not stated", null, "--ds-cat-missing"],
  ]);
});

test("of many values the most frequent have colours, and what is filtered for comes first", () => {
  const values = Array.from({ length: 20 }, (_, at) => `v${at}`);
  const column = { kind: "category", values, counts: values.map((_, at) => 20 - at), missing: 0 };
  const names = (wanted) => colouring(column, [0, 19], null, wanted).entries.map(({ name }) => name);
  assert.deepEqual(names([]), [...values.slice(0, 8), "Others"]);
  assert.deepEqual(names(["v19"]), [...values.slice(0, 7), "v19", "Others"]);
  assert.deepEqual([...colouring(column, [0, 19], null).codes], [0, 8]);
});

test("a patch with several labels has the colour of the rarest, and one without is missing", () => {
  const found = colouring(LABELS, [0, 1, 2, 3, 4], SETS);
  assert.deepEqual(found.entries.map(({ name }) => name), ["a", "b", "c", "Not stated"]);
  assert.deepEqual([...found.codes], [0, 1, 2, 3, 3]);
  assert.match(found.note, /rarest/);
});

test("days are steps from early to late, each with its dates and its patches", () => {
  const values = ["2017-01-01", "2017-02-01", "2017-03-01", "2017-04-01"];
  const found = colouring({ kind: "day", values, counts: [9, 1, 1, 1], missing: 0 }, [0, 1, 2, 3, 3], null);
  assert.deepEqual(found.entries.map(({ name, count }) => [name, count]), [["2017-01-01", 9], ["2017-02-01", 1], ["2017-03-01 \u2013 2017-04-01", 2]]);
  assert.deepEqual([...found.codes], [0, 1, 2, 2, 2]);
});

test("masks of a difference map know values, classes and groups", () => {
  assert.deepEqual([...maskOf(SPLIT, [0, 0, 1, 2, 3], null, "train")], [1, 1, 0, 0, 0]);
  assert.deepEqual([...maskOf(LABELS, [0, 1, 2, 3, 4], SETS, "a")], [1, 1, 1, 0, 0]);
  assert.deepEqual([...maskOf(LABELS, [0, 1, 2, 3, 4], SETS, "g")], [0, 1, 1, 0, 0]);
  assert.deepEqual([...maskOf(LABELS, [0, 1], SETS, "gone")], [0, 0]);
});
