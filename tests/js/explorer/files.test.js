import assert from "node:assert/strict";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { corners, nameOffsets, readPlaces } from "../../../_static/js/explorer/core/decode.js";
import { checkManifest, fileLoader } from "../../../_static/js/explorer/core/manifest.js";
import { mercator, project } from "../../../_static/js/explorer/core/mercator.js";
import { Store } from "../../../_static/js/explorer/core/store.js";
import { build, Folder } from "./build.js";
import { placeOf } from "./recount.js";
import { synthetic } from "./synthetic.js";

const BASE = "http://site/sub/_data/explorer/manifest.json";
const problem = async (promise) => {
  const error = await promise.then(() => assert.fail("nothing was thrown"), (caught) => caught);
  assert.equal(error.name, "FileError");
  return error.message;
};

test("codes of every width come back over the borders of chunks", async () => {
  const cells = Array.from({ length: 2500 }, (_, row) => (row % 7 ? (row * 37) % 200 : null));
  for (const dtype of ["uint8", "uint16", "uint32"]) {
    const values = Array.from({ length: dtype === "uint8" ? 200 : 300 }, (_, index) => String(index));
    const { manifest, folder } = build({ ids: cells.map(String), columns: [{ name: "c", kind: "category", values, cells, dtype }] });
    const { codes } = await new Store(checkManifest(manifest), fileLoader(BASE, folder.read)).column("c");
    assert.deepEqual([...codes], cells.map((cell) => cell ?? values.length), dtype);
  }
});

test("places are those of the polynomials, and none where a row has none", async () => {
  const { manifest, folder, source } = synthetic(3210, 1);
  const places = await new Store(manifest, fileLoader(BASE, folder.read)).places();
  for (let row = 0; row < manifest.rows; row++) {
    const expected = placeOf(source, row) ?? [NaN, NaN];
    assert.deepEqual([places.lon[row], places.lat[row]], expected, `row ${row}`);
    assert.equal(places.group[row], row < 1572 ? 0 : row < 3145 ? 1 : 2);
  }
});

test("differences of more than 32 bits come back", () => {
  const group = { rows: 3, scale: [0, 0, 0, 0], lon: new Array(10).fill(0), lat: new Array(10).fill(0), size: [1, 1], metres: [1, 1] };
  const places = [[-(2 ** 31), 5], [2 ** 31 - 1, -5], [-(2 ** 31), 0]];
  const { manifest, folder } = build({ ids: ["a", "b", "c"], columns: [], groups: [group], places });
  return new Store(manifest, fileLoader(BASE, folder.read)).places().then(({ gx, gy }) => {
    assert.deepEqual([...gx], [-(2 ** 31), 2 ** 31 - 1, -(2 ** 31)]);
    assert.deepEqual([...gy], [5, -5, 0]);
  });
});

test("a stream that is cut, or too long, is an error", () => {
  const { manifest, folder } = synthetic(100, 2);
  const bytes = Uint8Array.from(gunzipSync(folder.files.get(manifest.positions.files[0].path)));
  const groups = manifest.positions.groups;
  const target = () => ({ gx: new Int32Array(100), gy: new Int32Array(100), lon: new Float64Array(100), lat: new Float64Array(100) });
  readPlaces(bytes, groups, target(), 0, 100);
  for (const wrong of [bytes.subarray(0, 3), bytes.subarray(0, -1), bytes.subarray(0, 60), Uint8Array.from([...bytes, 0])]) {
    assert.throws(() => readPlaces(wrong, groups, target(), 0, 100), RangeError);
  }
});

test("errors name the file, what was expected, and what was found", async () => {
  const folder = new Folder();
  const entry = folder.add("codes", Buffer.from("content"));
  const load = (changed) => fileLoader(BASE, folder.read)({ ...entry, ...changed });
  assert.equal(Buffer.from(await load({})).toString(), "content");
  assert.equal(await problem(load({ bytes: 3 })), `${entry.path}: 3 bytes expected, ${entry.bytes} found`);
  const sha256 = "0".repeat(64);
  assert.equal(await problem(load({ sha256 })), `${entry.path}: sha256 000000000000 expected, ${entry.sha256.slice(0, 12)} found`);
  assert.equal(await problem(load({ inflated: 9 })), `${entry.path}: 9 inflated bytes expected, 7 found`);
  assert.match(await problem(load({ inflated: 5 })), /could not be inflated \(longer than announced\)/);
  const cut = folder.files.get(entry.path).subarray(0, 12);
  const half = fileLoader(BASE, async () => Uint8Array.from(cut));
  assert.match(await problem(half({ path: "x.gz", bytes: 12, inflated: 7, sha256: await digest(cut) })), /^x\.gz: could not be inflated/);
});

const digest = async (bytes) => Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");

test("a file that the browser has inflated already is taken as it is", async () => {
  const load = fileLoader(BASE, async () => Uint8Array.from(Buffer.from("content")));
  assert.equal(Buffer.from(await load({ path: "a.gz", bytes: 27, inflated: 7, sha256: "" })).toString(), "content");
});

test("addresses are relative to the manifest, and a failed load can be repeated", async () => {
  const { manifest, folder } = synthetic(50, 3);
  const asked = [];
  let broken = true;
  const read = async (url) => {
    asked.push(url);
    if (broken) throw new Error("offline");
    return folder.read(url);
  };
  const store = new Store(manifest, fileLoader(BASE, read));
  await assert.rejects(store.column("split"), /offline/);
  broken = false;
  assert.equal((await store.column("split")).codes.length, 50);
  assert.ok(asked.every((url) => url.startsWith("http://site/sub/_data/explorer/")));
  const count = asked.length;
  await store.column("split");
  assert.equal(asked.length, count);
});

test("a manifest of another format, or whose parts do not fit together, is refused", () => {
  const { manifest } = synthetic(50, 4);
  assert.equal(checkManifest(manifest), manifest);
  const refused = (change) => assert.throws(() => checkManifest({ ...manifest, ...change }), { name: "FileError" });
  refused({ format: 2 });
  refused({ rows: 5000 });
  refused({ rows: -1 });
  refused({ columns: [{ ...manifest.columns[1], dtype: "float16" }] });
  refused({ columns: [{ ...manifest.columns[1], values: undefined }] });
  refused({ positions: { ...manifest.positions, groups: [] } });
  for (const value of [null, "text", {}]) assert.throws(() => checkManifest(value), { name: "FileError" });
});

test("a code that stands for nothing is an error that names the file", async () => {
  const column = { name: "c", kind: "category", values: ["a", "b"], cells: [0, 1, 2, 3] };
  const { manifest, folder } = build({ ids: ["a", "b", "c", "d"], columns: [column] });
  assert.match(await problem(new Store(manifest, fileLoader(BASE, folder.read)).column("c")), /^codes-.*: code 3 in row 3, 2 is the last/);
});

test("names are found by their newlines, empty ones too", () => {
  const bytes = Buffer.from("a\n\nÄb\n");
  assert.deepEqual([...nameOffsets(bytes, 4)], [0, 2, 3, 7, 8]);
  assert.throws(() => nameOffsets(bytes, 3), /3 names expected, 4 found/);
  assert.deepEqual([...nameOffsets(Buffer.from(""), 1)], [0, 1]);
});

test("Mercator is that of the web, relative to the centre, and turns around the world", () => {
  assert.deepEqual(mercator(0, 0), [0.5, 0.5]);
  assert.ok(Math.abs(mercator(180, 85.0511287798066)[1]) < 1e-12);
  const one = (lon) => ({ lon: Float64Array.of(lon), lat: Float64Array.of(10), gx: [], gy: [], group: [] });
  for (const [lon, expected] of [[179, -1], [-179, 1], [-180, 0]]) {
    assert.ok(Math.abs(project(one(lon), [], [170, 0, -170, 20]).x[0] * 360 - expected) < 1e-4);
    assert.ok(Math.abs(project(one(lon), [], [170, 0, 190, 20]).x[0] * 360 - expected) < 1e-4);
  }
  assert.ok(Number.isNaN(project(one(NaN), [], null).x[0]));
});

test("corners go around the centre, counterclockwise from the south-west", () => {
  const linear = (first, second) => [0, first, second, 0, 0, 0, 0, 0, 0, 0];
  const group = { rows: 1, scale: [0.5, 1, 0.5, 2], lon: linear(1, 0), lat: linear(0, 1), size: [4, 2], metres: [1, 1] };
  assert.deepEqual(corners(group, 10, 20), [5, 11.5, 7, 11.5, 7, 12.5, 5, 12.5]);
});
