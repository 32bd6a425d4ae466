import assert from "node:assert/strict";
import test from "node:test";
import { cellText, field } from "../../../_static/js/explorer/core/listing.js";
import { fileLoader } from "../../../_static/js/explorer/core/manifest.js";
import { Rows } from "../../../_static/js/explorer/core/rows.js";
import { missWord, needle } from "../../../_static/js/explorer/core/search.js";
import { nameOffsets } from "../../../_static/js/explorer/core/decode.js";
import { build, random } from "./build.js";
import { synthetic } from "./synthetic.js";

const open = ({ manifest, folder }, tell, parquet) =>
  new Rows(manifest, fileLoader("http://site/manifest.json", folder.read), tell, parquet);
const term = (name) => ({ key: name, name, level: 0, level_name: "class", members: [] });
const METRE = 1 / 111195; // degree of latitude

/** Rows on a plane with a metre as its unit, near the equator. */
const flat = (places) => {
  const group = { rows: places.length, scale: [1, 0, 1, 0], size: [1200, 1200], metres: [1200, 1200] };
  const linear = (first, second) => [0, first, second, 0, 0, 0, 0, 0, 0, 0];
  Object.assign(group, { lon: linear(METRE, 0), lat: linear(0, METRE) });
  return { groups: [group], places };
};

function small() {
  const columns = [
    { name: "labels", kind: "set", terms: ["Water, open", "=Forest", 'The "sea"'].map(term), cells: [[0, 1], [1], null] },
    { name: "split", kind: "category", values: ["train", "+1\n"], cells: [0, 1, null] },
    { name: "date", kind: "day", values: ["2017-06-01"], cells: [0, null, 0] },
  ];
  return { ids: ["=HYPERLINK(1)", "a,b", "Ä\r\0"], columns, ...flat([[5, 7], [-1, 0], [200000, 3]]) };
}

test("a list is guarded against formulas, quoted where it must be, and empty where something is missing", async () => {
  const rows = open(build(small()));
  const expected =
    "id,labels,split,date,lon,lat\n" +
    `'=HYPERLINK(1),"Water, open|=Forest",train,2017-06-01,0.000045,0.000063\n` +
    `"a,b",'=Forest,"'+1\n",,-0.000009,0.000000\n` +
    `"Ä\r\ufffd",,,2017-06-01,1.798642,0.000027\n`;
  assert.equal(await (await rows.csv()).text(), expected);
  const unplaced = open(build({ ...small(), groups: [], places: [] }));
  assert.match(await (await unplaced.csv()).text(), /train,2017-06-01,,\n/);
});

test("every start of a formula is guarded, and nothing else", () => {
  for (const first of ["=", "+", "-", "@", "\t", "\r"]) assert.equal(cellText(`${first}1`), `'${first}1`);
  for (const text of ["", "a=1", "1-1", "'=1", "\n=1"]) assert.equal(cellText(text), text);
  assert.equal(field("-a,b"), `"'-a,b"`);
});

test("a list has the selected rows, in their order, over all files of names", async () => {
  const data = synthetic(3000, 1);
  const told = [];
  const rows = open(data, (progress) => told.push(progress));
  await rows.select({ filters: { split: { any: ["val"] } } });
  const lines = (await (await rows.csv()).text()).replaceAll('"\n"', "").split("\n").filter((line) => /^(S2|Ét)/.test(line));
  assert.deepEqual(lines.map((line) => line.split(",")[0]), [...rows.page()].map((row) => data.source.ids[row]));
  assert.equal(told.at(-1).stage, "csv");
  assert.equal(told.at(-1).done, told.at(-1).total);
});

test("a recipe is the selection in its normal form", async () => {
  const rows = open(build({ ...small(), title: 'My "data"\x7f' }));
  const any = ['The "sea"', "Water, open"];
  await rows.select({
    text: " A  b ", lasso: [[0, 0], [1.234567, 0], [0, -1e-9]], box: [1, 2, 3, 4.000005],
    filters: { date: { to: "2018-01-01", from: "2017-01-01" }, split: { any: [] }, labels: { missing: true, none: ["=Forest"], any } },
  });
  assert.equal(
    rows.recipe(),
    `# A selection of patches. To make the list again: dsdocs subset recipe.toml --archive ARCHIVE --out list.csv
format = 1
dataset = "My \\"data\\"\\u007f"
fingerprint = "0123456789ab"
patches = 0

[select]
box = [1.00000, 2.00000, 3.00000, 4.00001]
lasso = [[0.00000, 0.00000], [1.23457, 0.00000], [0.00000, 0.00000]]
text = "A b"

[select.filters.labels]
any = ["Water, open", "The \\"sea\\""]
none = ["=Forest"]
missing = true

[select.filters.date]
from = "2017-01-01"
to = "2018-01-01"
`,
  );
});

test("a row is described with its values, sets as lists, and null where there is none", async () => {
  const rows = open(build(small()));
  const [last, first] = await rows.describe([2, 0]);
  assert.deepEqual({ ...last, lon: 0, lat: 0 }, { row: 2, id: "Ä\r\0", labels: null, split: null, date: "2017-06-01", lon: 0, lat: 0 });
  assert.deepEqual(first.labels, ["Water, open", "=Forest"]);
  const [unplaced] = await open(build({ ...small(), groups: [], places: [] })).describe([0]);
  assert.equal(unplaced.lon, null);
});

test("every id is found, and no part of one", async () => {
  const { manifest, folder, source } = synthetic(1500, 2);
  const rows = open({ manifest, folder });
  for (const row of [0, 1, 699, 700, 1499]) assert.equal(await rows.find(source.ids[row]), row);
  for (const id of ["", "S2A", `${source.ids[0]}x`, `${source.ids[0]}\n${source.ids[1]}`]) assert.equal(await rows.find(id), -1);
});

test("what lies at the same place and what beside it, nearest first", async () => {
  const places = [[0, 0], [10, 0], [1200, 0], [-1200, -1200], [2000, 0], [0, -250], [0, 1190], [0, 5]];
  const rows = open(build({ ids: places.map(String), columns: [], ...flat(places) }));
  const { same, neighbours } = await rows.near(0);
  assert.deepEqual([[...same], [...neighbours]], [[7, 1, 5], [6, 2, 3]]);
  const unplaced = open(build({ ids: ["a", "b"], columns: [], groups: [{ rows: 2, none: true }], places: [null, null] }));
  assert.equal((await unplaced.near(0)).same.length, 0);
});

test("words are found in names as a plain search finds them", () => {
  const source = random(3);
  const text = (most) => Array.from({ length: source.below(most) }, () => source.pick([..."aAbBzZ_[É森"])).join("");
  const fold = (word) => word.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  for (let round = 0; round < 400; round++) {
    const names = Array.from({ length: 1 + source.below(12) }, () => text(12));
    const word = text(4) || "a";
    const bytes = Buffer.from(names.join("\n"));
    const misses = new Uint8Array(names.length);
    missWord(bytes, nameOffsets(bytes, names.length), needle(word), misses, 0);
    assert.deepEqual([...misses], names.map((name) => (fold(name).includes(fold(word)) ? 0 : 1)), `${word} in ${names}`);
  }
});

test("details are read from the file that has the row", async () => {
  const data = synthetic(1200, 4);
  data.manifest.details.files = [0, 1, 2].map((index) => data.folder.add(`details-${index}`, Buffer.from(`file ${index}`)));
  const parquet = async () => ({
    parquetReadObjects: async ({ file, rowStart, rowEnd }) => [{ file: Buffer.from(file).toString(), rowStart, rowEnd }],
  });
  const rows = open(data, undefined, parquet);
  assert.deepEqual(await rows.detail(0), { file: "file 0", rowStart: 0, rowEnd: 1 });
  assert.deepEqual(await rows.detail(1199), { file: "file 2", rowStart: 199, rowEnd: 200 });
});

test("progress of loading and searching is told up to the end", async () => {
  const told = [];
  const rows = open(synthetic(3000, 5), (progress) => told.push(progress));
  await rows.select({ text: "s2" });
  for (const [stage, total] of [["codes", 6], ["search", 3000]]) {
    assert.deepEqual(told.filter((one) => one.stage === stage).at(-1), { stage, done: total, total });
  }
});
