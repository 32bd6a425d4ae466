import assert from "node:assert/strict";
import test from "node:test";
import { SelectionError } from "../../../_static/js/explorer/core/filters.js";
import { fileLoader } from "../../../_static/js/explorer/core/manifest.js";
import { addUp, joined } from "../../../_static/js/explorer/core/joint.js";
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

test("columns that are counted together have the counts that each has alone", () => {
  const { below } = random(8);
  const codes = (size, make) => ({ size, codes: Uint16Array.from({ length: 5000 }, make) });
  const tile = codes(40, () => below(40));
  const parts = [
    { name: "tile", ...tile },
    { name: "country", ...codes(5, (_, row) => tile.codes[row] % 5) },
    { name: "split", ...codes(3, () => below(3)) },
    { name: "labels", ...codes(60_000, () => below(60_000)) },
    { name: "wide", size: 70_000, codes: Uint32Array.from({ length: 5000 }, () => below(70_000)) },
  ];
  const joints = joined(parts);
  const sizes = joints.map(({ size, members }) => [size, members.map(({ name }) => name).sort().join()]);
  assert.deepEqual(sizes[0], [120, "country,split,tile"], "only combinations that occur are counted");
  const found = joints.flatMap(({ codes: own, size, members }) => {
    const rows = new Uint32Array(size);
    for (const code of own) rows[code]++;
    return members.map((member) => [member.name, addUp(member, rows)]);
  });
  assert.equal(found.length, parts.length);
  for (const [name, counts] of found) {
    const { size, codes: own } = parts.find((part) => part.name === name);
    const alone = new Uint32Array(size);
    for (const code of own) alone[code]++;
    assert.deepEqual(counts, alone, name);
  }
});

test("columns with many combinations are counted apart", () => {
  const { below } = random(9);
  const parts = ["one", "other"].map((name) => ({ name, size: 500, codes: Uint16Array.from({ length: 40_000 }, () => below(500)) }));
  assert.equal(joined(parts).length, 2);
});

test("warming up leaves the selection of the reader as it was", async () => {
  const data = synthetic(500, 10);
  const rows = open(data);
  const selection = { filters: { split: { any: ["test"] } } };
  const before = await rows.select(selection);
  await rows.warm();
  assert.deepEqual({ ...(await rows.select(selection)), milliseconds: 0 }, { ...before, milliseconds: 0 });
  assert.deepEqual([...rows.page()], [...before.mask.keys()].filter((row) => before.mask[row]));
  assert.deepEqual(rows.selection, selection);
});
