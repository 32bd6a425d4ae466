// The parts of a download that need no browser; what they write is read by geopandas in test_explorer_gallery.py.
import assert from "node:assert/strict";
import test from "node:test";
import { filesWith, timeOf } from "../../../_static/js/explorer/take/geoparquet.js";
import { fileName } from "../../../_static/js/explorer/take/save.js";
import { geoMetadata, topNames, withBounds } from "../../../_static/js/explorer/take/schema.js";
import { csvSize, size } from "../../../_static/js/explorer/take/sizes.js";
import { measure } from "../../../_static/js/explorer/take/wkb.js";

function polygon(ring, little = true) {
  const view = new DataView(new ArrayBuffer(13 + ring.length * 16));
  view.setUint8(0, little ? 1 : 0);
  [3, 1, ring.length].forEach((value, at) => view.setUint32(1 + 4 * at, value, little));
  ring.flat().forEach((value, at) => view.setFloat64(13 + 8 * at, value, little));
  return new Uint8Array(view.buffer);
}

const ring = [[1, 2], [4, 2], [4, -5], [1, 2]];

test("bounds and type of a footprint, in both byte orders and in parts", () => {
  for (const little of [true, false]) assert.deepEqual(measure(polygon(ring, little)), { type: "Polygon", bbox: [1, -5, 4, 2] });
  const parts = [polygon(ring), polygon([[170, 0], [180, 1], [170, 0]], false)];
  const whole = new Uint8Array([1, 6, 0, 0, 0, 2, 0, 0, 0, ...parts[0], ...parts[1]]);
  assert.deepEqual(measure(whole), { type: "MultiPolygon", bbox: [1, -5, 180, 2] });
  assert.throws(() => measure(polygon(ring).subarray(0, 40)), RangeError);
  assert.throws(() => measure(new Uint8Array([...polygon(ring), 0])), /ends after/);
});

test("only files that hold rows are read, each once", () => {
  const details = { rows_per_file: 10, files: ["a", "b", "c"] };
  const found = filesWith(details, Uint32Array.of(0, 9, 20, 21));
  assert.deepEqual(found.map(({ entry, rows, first }) => [entry, [...rows], first]), [["a", [0, 9], 0], ["c", [20, 21], 20]]);
  assert.deepEqual(filesWith(details, new Uint32Array()), []);
});

test("times keep their microseconds", () => {
  assert.equal(timeOf("1970-01-01T00:00:01Z"), 1_000_000n);
  assert.equal(timeOf("2017-06-13T10:10:31.000125Z"), 1497348631000125n);
  assert.equal(timeOf("1969-12-31T23:59:59.5Z"), -500_000n);
  assert.equal(timeOf(null), null);
});

test("bounds follow the columns of the summary", () => {
  const schema = [
    { name: "root", num_children: 4 }, { name: "id", type: "BYTE_ARRAY" }, { name: "labels", num_children: 1 },
    { name: "list", num_children: 1 }, { name: "datetime", type: "BYTE_ARRAY" }, { name: "datetime", type: "BYTE_ARRAY" }, { name: "geometry", type: "BYTE_ARRAY" },
  ];
  assert.deepEqual(topNames(schema), ["id", "labels", "datetime", "geometry"]);
  const made = withBounds(schema);
  assert.deepEqual(made.names, ["id", "labels", "datetime", "geometry", "bbox"]);
  assert.equal(made.schema[0].num_children, 5);
  assert.deepEqual([made.schema[4].type, made.schema[5].type], ["BYTE_ARRAY", "INT64"]);
  assert.equal(schema[0].num_children, 4);
  const plain = withBounds([{ name: "root", num_children: 1 }, { name: "id" }]);
  assert.deepEqual([plain.geometry, plain.names], [false, ["id"]]);
  const geo = JSON.parse(geoMetadata(new Set(["Polygon", "MultiPolygon"]), [1, 2, 3, 4]).value);
  assert.equal(geo.version, "1.1.0");
  assert.deepEqual(geo.columns.geometry.geometry_types, ["MultiPolygon", "Polygon"]);
  assert.deepEqual(geo.columns.geometry.covering.bbox.xmax, ["bbox", "xmax"]);
  assert.equal("bbox" in JSON.parse(geoMetadata(new Set(), [Infinity, 0, 0, 0]).value).columns.geometry, false);
});

test("sizes are told in words, and names of files are plain", () => {
  assert.deepEqual([size(12), size(1234), size(56_700_000)], ["12 bytes", "1.2 kB", "57 MB"]);
  assert.equal(fileName("BigEarthNet v2.0: Großes/Ärchiv", "csv"), "bigearthnet-v2-0-gro-es-archiv.csv");
  assert.equal(fileName("../..", "csv"), "patches.csv");
  const manifest = { rows: 2, names: { files: [{ inflated: 20 }] }, columns: [{ values: ["train"], counts: [2] }] };
  assert.equal(csvSize(manifest, 2), 2 * (10 + 1 + 22 + 1 + 5));
});
