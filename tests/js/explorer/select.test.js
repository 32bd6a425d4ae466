import assert from "node:assert/strict";
import test from "node:test";
import { SelectionError } from "../../../_static/js/explorer/core/filters.js";
import { fileLoader } from "../../../_static/js/explorer/core/manifest.js";
import { Rows } from "../../../_static/js/explorer/core/rows.js";
import { build, random } from "./build.js";
import { recount } from "./recount.js";
import { randomSelection, synthetic } from "./synthetic.js";

const open = ({ manifest, folder }, tell) => new Rows(manifest, fileLoader("http://site/data/manifest.json", folder.read), tell);

/** A result in the form of `recount`. */
const plain = ({ count, counts, missing, bases, pairs }, rows) => ({
  count,
  counts: Object.fromEntries(Object.entries(counts).map(([name, values]) => [name, [...values]])),
  missing,
  bases,
  pairs: [...pairs.values],
  rows: [...rows],
});

test("counts, rows and mask of random selections are those of a recount row by row", async () => {
  const data = synthetic(3000, 1);
  const rows = open(data);
  const source = random(2);
  let hits = 0;
  for (let round = 0; round < 150; round++) {
    const selection = randomSelection(data.manifest, source);
    const expected = recount(data.source, selection);
    const result = await rows.select(selection);
    if (result.pairs === null) continue; // nothing chosen, and no codes loaded
    assert.deepEqual(plain(result, rows.page()), expected, JSON.stringify(selection));
    assert.deepEqual([...result.mask.keys()].filter((row) => result.mask[row]), expected.rows);
    hits += expected.count > 0 ? 1 : 0;
  }
  assert.ok(hits > 50, `only ${hits} selections selected anything`);
});

test("a selection does not depend on the ones before it", async () => {
  const data = synthetic(500, 3);
  const [used, source] = [open(data), random(4)];
  for (let round = 0; round < 30; round++) {
    const selection = randomSelection(data.manifest, source);
    const [one, fresh] = [await used.select(selection), open(data)];
    await fresh.preload();
    const other = await fresh.select(selection);
    assert.deepEqual({ ...one, milliseconds: 0, pairs: 0 }, { ...other, milliseconds: 0, pairs: 0 });
  }
});

test("nothing chosen is everything, told from the manifest before any column is loaded", async () => {
  const data = synthetic(300, 5);
  const rows = open({ ...data, folder: { read: () => assert.fail("a file was loaded") } });
  const before = await rows.select({ filters: { split: { any: [] }, labels: { any: [], all: [], none: [] } }, text: " " });
  assert.equal(before.pairs, null);
  const after = open(data);
  await after.preload();
  const counted = await after.select({});
  assert.deepEqual({ ...before, pairs: 0, milliseconds: 0 }, { ...counted, pairs: 0, milliseconds: 0 });
  assert.deepEqual([...after.page(10, 13)], [10, 11, 12]);
});

test("a newer selection cancels an older one, also while names are searched", async () => {
  const rows = open(synthetic(3000, 6));
  await rows.preload();
  const calls = [{ text: "s2a" }, { filters: { split: { any: ["test"] } } }, { text: "s2b" }].map((one) => rows.select(one));
  const [first, second, third] = await Promise.all(calls);
  assert.deepEqual([first, second], [null, null]);
  assert.equal(third.count, rows.page().length);
  assert.deepEqual(rows.selection, { text: "s2b" });
});

test("a value that the data set does not have is refused, and named", async () => {
  const rows = open(synthetic(10, 7));
  const wrong = { filters: { split: { any: ["dev"] }, colour: { any: ["red"] } } };
  await assert.rejects(rows.select(wrong), (error) => {
    assert.ok(error instanceof SelectionError);
    assert.deepEqual(error.unknown, ["split: 'dev' is not in this data set", "'colour' is not a column of this data set"]);
    return true;
  });
});

test("a box has its edges, may cross the antimeridian, and leaves out rows without position", async () => {
  const flat = { scale: [1, 0, 1, 0], size: [1, 1], metres: [1e5, 1e5], lon: [0, 1], lat: [0, 0, 1] };
  for (const key of ["lon", "lat"]) flat[key] = [...flat[key], ...new Array(10 - flat[key].length).fill(0)];
  const places = [[-180, 0], [-10, 5], [0, 0], [10, 5], [179, 0], null];
  const ids = places.map((_, row) => `p${row}`);
  const rows = open(build({ ids, columns: [], groups: [{ ...flat, rows: 5 }, { rows: 1, none: true }], places }));
  const rowsOf = async (selection) => (await rows.select(selection)) && [...rows.page()];
  assert.deepEqual(await rowsOf({ box: [-10, 0, 10, 5] }), [1, 2, 3]);
  assert.deepEqual(await rowsOf({ box: [170, -1, -170, 1] }), [0, 4]);
  assert.deepEqual(await rowsOf({ lasso: [[-20, 4], [20, 4], [20, 6], [-20, 6]] }), [1, 3]);
  assert.deepEqual(await rowsOf({ box: [-180, -90, 180, 90] }), [0, 1, 2, 3, 4]);
  const same = open(build({ ids, columns: [] }));
  assert.equal((await same.select({ box: [-180, -90, 180, 90] })).count, 0);
});

test("columns with names of JavaScript's own are columns like others", async () => {
  const names = ["__proto__", "constructor", "toString"];
  const columns = names.map((name) => ({ name, kind: "category", values: ["a", "b"], cells: [0, 1, 1] }));
  const rows = open(build({ ids: ["x", "y", "z"], columns }));
  const result = await rows.select({ filters: Object.fromEntries(names.map((name) => [name, { any: ["b"] }])) });
  assert.equal(result.count, 2);
  for (const name of names) assert.deepEqual([...Object.getOwnPropertyDescriptor(result.counts, name).value], [0, 2]);
  assert.match(rows.recipe(), /\[select\.filters\.__proto__\]\nany = \["b"\]\n/);
});
