import assert from "node:assert/strict";
import test from "node:test";
import { nameOf, optionsOf, visible } from "../../../_static/js/explorer/ui/options.js";

const LABELS = {
  kind: "set",
  terms: [
    { key: "Pastures", name: "Pastures", parent: 6 },
    { key: "Arable land", name: "Arable land", parent: 4 },
    { key: "Vineyards", name: "Vineyards", parent: 5 },
    { key: "Sea", name: "Sea" },
    { key: "1/Agriculture", name: "Agriculture", members: [0, 1, 2], level: 1 },
    { key: "2/Crops", name: "Crops", members: [2], level: 2, parent: 4 },
    { key: "2/Pastures", name: "Pastures", members: [0], level: 2, parent: 4 },
  ],
  counts: [5, 4, 3, 2, 9, 3, 5],
};
const shown = (options, how) => visible(options, { search: "", open: new Set(), most: Infinity, kept: () => false, ...how }).shown.map(({ key }) => key);

test("classes stand below their groups, and a group of one class with its name is left out", () => {
  const options = optionsOf(LABELS);
  assert.deepEqual(options.map(({ key, depth }) => `${depth} ${key}`), [
    "0 Sea", "0 1/Agriculture", "1 Arable land", "1 2/Crops", "2 Vineyards", "1 Pastures",
  ]);
  assert.deepEqual(options.map(({ parent }) => parent), [-1, -1, 1, 1, 3, 1]);
  assert.deepEqual(options.map(({ total }) => total), [2, 9, 4, 3, 3, 5]);
});

test("a folded group hides its members, but not those that are asked for", () => {
  const options = optionsOf(LABELS);
  assert.deepEqual(shown(options, {}), ["Sea", "1/Agriculture"]);
  assert.deepEqual(shown(options, { open: new Set(["1/Agriculture"]) }), ["Sea", "1/Agriculture", "Arable land", "2/Crops", "Pastures"]);
  assert.deepEqual(shown(options, { kept: ({ key }) => key === "Vineyards" }), ["Sea", "1/Agriculture", "2/Crops", "Vineyards"]);
});

test("a search finds names in folded groups, whatever case and accents", () => {
  const options = optionsOf(LABELS);
  assert.deepEqual(shown(options, { search: " VINEYARDS " }), ["1/Agriculture", "2/Crops", "Vineyards"]);
  assert.deepEqual(shown(options, { search: "v\u00efney" }), ["1/Agriculture", "2/Crops", "Vineyards"]);
  assert.deepEqual(shown(options, { search: "no such" }), []);
});

test("a long list is cut, and says by how many", () => {
  const column = { kind: "category", values: [..."abcdefghij"], counts: Array(10).fill(1) };
  const options = optionsOf(column);
  const cut = visible(options, { search: "", open: new Set(), most: 3, kept: ({ key }) => key === "i" });
  assert.deepEqual([cut.shown.map(({ key }) => key).join(""), cut.more], ["abci", 6]);
});

test("values are called by their titles where they have one", () => {
  const column = { kind: "category", values: ["AT", "__proto__"], titles: ["Austria", "__proto__"], counts: [1, 1] };
  assert.deepEqual(optionsOf(column).map(({ key, name }) => [key, name]), [["AT", "Austria"], ["__proto__", "__proto__"]]);
  assert.equal(nameOf(column, "AT"), "Austria");
  assert.equal(nameOf(column, "gone"), "gone");
});

test("terms that name each other as parents do not hang", () => {
  const terms = [{ key: "a", name: "a", parent: 0 }, { key: "b", name: "b" }];
  assert.deepEqual(optionsOf({ kind: "set", terms, counts: [1, 1] }).map(({ key }) => key), ["a", "b"]);
});
