import assert from "node:assert/strict";
import test from "node:test";
import { deflateSync } from "node:zlib";
import { bandKey, matchBands, ordersFor, placesIn } from "../../../_static/js/demos/input/bands.js";
import { middle, toTensor } from "../../../_static/js/demos/input/crop.js";
import { lonLat, metresPerDegree, placed } from "../../../_static/js/demos/input/georef.js";
import { groundOf } from "../../../_static/js/demos/input/ground.js";
import { headerOf } from "../../../_static/js/demos/input/header.js";
import { fromPixels } from "../../../_static/js/demos/input/read.js";
import { meanOf, oddScale } from "../../../_static/js/demos/input/scale.js";
import { readTiff } from "../../../_static/js/demos/input/tiff.js";

// As a module it sets a global, as a CommonJS file it exports: node decides by what lies around it.
const loaded = await import("../../../_static/vendor/geotiff/geotiff.js");
const library = globalThis.GeoTIFF ?? loaded.default;
// node has no FileReader, which the library reads blobs with.
const GeoTIFF = { ...library, fromBlob: async (blob) => library.fromArrayBuffer(await blob.arrayBuffer()) };
const S2 = {
  asset: "s2", title: "Sentinel-2", kind: "optical", true_colour: ["B04", "B03", "B02"],
  bands: [["B02", "Blue"], ["B03", "Green"], ["B04", "Red"], ["B08", "Near infrared, wide"]].map(([name, description]) => ({ name, description, gsd: 10 })),
};
const inputOf = (bands, size = [4, 4]) => ({ asset: "s2", bands, size });
const named = (...names) => ({ kind: "geotiff", bands: names.map((name) => ({ name })) });
const near = (found, wanted, tolerance) => found.forEach((value, at) => assert.ok(Math.abs(value - wanted[at]) <= tolerance, `${found} is not ${wanted}`));
const plain = { factor: 1, offset: 0 };

test("places are those of PROJ", () => {
  near(lonLat(32634, [399960, 5100120]), [19.70692588698391, 46.04733936551326], 1e-8);
  near(lonLat(32733, [600000, 7000000]), [16.008942361924955, -27.118845826337047], 1e-8);
  near(lonLat(25832, [691000, 5334000]), [11.567052874164022, 48.13057041728754], 1e-8);
  near(lonLat(3857, [1274000, 6130000]), [11.444536719682702, 48.13893577321173], 1e-8);
  assert.equal(lonLat(3035, [4321000, 3210000]), null);
});

test("a degree is as long as geodesics on the ellipsoid say", () => {
  near(metresPerDegree(0), [111319.49079340961, 110574.27582162265], 0.01);
  near(metresPerDegree(48), [74625.35356198552, 111190.32259779128], 0.01);
  near(metresPerDegree(-70), [38186.54127495801, 111562.02510359614], 0.01);
});

test("pixels are metres in any unit", () => {
  const projected = (more) => ({ GTModelTypeGeoKey: 1, ProjectedCSTypeGeoKey: 32767, ...more });
  assert.deepEqual(placed(projected({}), [10, 20], [0, 0]).gsd, [10, 20]);
  near(placed(projected({ ProjLinearUnitsGeoKey: 9003 }), [10, 10], [0, 0]).gsd, [3.048006096, 3.048006096], 1e-6);
  assert.equal(placed(projected({ ProjLinearUnitsGeoKey: 9999 }), [10, 10], [0, 0]).gsd, null);
  near(placed({ GTModelTypeGeoKey: 1, ProjectedCSTypeGeoKey: 3857 }, [10, 10], [1274000, 6130000]).gsd, [6.673, 6.673], 0.001);
  near(placed({ GTModelTypeGeoKey: 2, GeographicTypeGeoKey: 4326 }, [1e-4, 1e-4], [8, 48]).gsd, [7.4625, 11.119], 0.001);
  assert.equal(placed({ GTModelTypeGeoKey: 2, GeographicTypeGeoKey: 4326 }, [1, 1], [8, 95]).gsd, null);
  assert.equal(placed(null, [1, 1], [0, 0]).gsd, null);
});

test("names of bands are compared as people write them", () => {
  for (const name of ["B2", "b02", "B02 (blue)", "Band 2", "S2_B02", "band_02"]) assert.equal(bandKey(name), "B2", name);
  assert.equal(bandKey("B8A, narrow near infrared"), "B8A");
  assert.equal(bandKey("Sigma0_VV_db"), "VV");
  assert.equal(bandKey("Red"), "red");
  assert.equal(bandKey(null), "");
});

test("bands are matched by name in any order", () => {
  const found = matchBands(named("B08", "B04", "B03", "B02", "extra"), inputOf(["B02", "B08"]), S2);
  assert.deepEqual([found.places, found.fits], [[3, 0], true]);
  const colours = matchBands(named("Red", "Green", "Blue"), inputOf(["B02", "B03", "B04"]), S2);
  assert.deepEqual([colours.places, colours.fits], [[2, 1, 0], true]);
});

test("bands without names are taken in order where there are as many, and it is said", () => {
  const model = matchBands(named(null, null), inputOf(["B04", "B02"]), S2);
  assert.deepEqual([model.places, model.fits], [[0, 1], true]);
  const file = matchBands(named(null, null, null, null), inputOf(["B04", "B02"]), S2);
  assert.deepEqual([file.places, file.fits], [[2, 0], true]);
  assert.match(file.how, /in the order B02, B03, B04 and B08/);
});

test("a picture stands for the colours of a sensor, and for nothing else", () => {
  const picture = { kind: "image", bands: [{ name: "red" }, { name: "green" }, { name: "blue" }] };
  assert.deepEqual(matchBands(picture, inputOf(["B02", "B03", "B04"]), S2).places, [2, 1, 0]);
  const lacking = matchBands(picture, inputOf(["B02", "B03", "B04", "B08"]), S2);
  assert.deepEqual([lacking.places, lacking.fits], [[2, 1, 0, null], false]);
  assert.match(lacking.how, /has 3 bands \(red, green and blue\).*expects 4 bands.*Not found: B08/);
});

test("what does not fit is explained with what was read and what was expected", () => {
  const found = matchBands(named(null, null, null), inputOf(["B02", "B08"]), S2);
  assert.equal(found.fits, false);
  assert.match(found.how, /3 bands, without names\. The model expects 2 bands of the archive: B02 and B08/);
});

test("known orders are offered by the number of bands", () => {
  const wanted = ["B02", "B8A"];
  assert.deepEqual(ordersFor(13, wanted).map((order) => placesIn(order, wanted)), [[1, 8], [1, 12]]);
  assert.deepEqual(ordersFor(4, wanted), []);
});

test("the middle covers the ground of a patch, whatever the pixels are", () => {
  const fine = middle({ width: 400, height: 400, gsd: [5, 5] }, [1200, 1200], inputOf(["B02"]));
  assert.deepEqual([fine.x, fine.y, fine.width, fine.height, fine.notes], [80, 80, 240, 240, []]);
  const oblong = middle({ width: 400, height: 400, gsd: [5, 10] }, [1200, 1200], inputOf(["B02"]));
  assert.deepEqual([oblong.width, oblong.height], [240, 120]);
  const small = middle({ width: 60, height: 80, gsd: [10, 10] }, [1200, 1200], inputOf(["B02"]));
  assert.deepEqual([small.width, small.height], [60, 60]);
  assert.match(small.notes[0], /600 m × 800 m, a patch of the archive 1.2 km × 1.2 km.* 2.0 times as large/);
  const unknown = middle({ width: 100, height: 50, gsd: null }, [1200, 1200], inputOf(["B02"]));
  assert.deepEqual([unknown.x, unknown.width, unknown.height], [25, 50, 50]);
  assert.match(unknown.notes[0], /not known/);
});

test("a tensor has the bands in the order of the model, in the unit of the archive", () => {
  const plane = (value) => Float32Array.from({ length: 16 }, (_, at) => value + at);
  const raster = { name: "f", width: 4, height: 4, bands: [{ values: plane(0) }, { values: plane(100) }], mask: null };
  const window = { x: 0, y: 0, width: 4, height: 4 };
  const { tensor, missing } = toTensor(raster, [1, 0], window, inputOf(["B02", "B08"]), { factor: 10, offset: -5 });
  assert.deepEqual([tensor[0], tensor[15], tensor[16], missing], [950, 1100, -50, 0]);
  assert.throws(() => toTensor(raster, [1, null], window, inputOf(["B02", "B08"]), plain), /which band of the file is B08/);
});

test("the mean of a band stands where there is no data", () => {
  const values = Float32Array.from({ length: 16 }, (_, at) => (at < 8 ? -9999 : 3));
  const mask = Uint8Array.from(values, (value) => (value === 3 ? 1 : 0));
  const raster = { name: "f", width: 4, height: 4, bands: [{ values }], mask };
  const window = { x: 0, y: 0, width: 4, height: 4 };
  const { tensor, missing } = toTensor(raster, [0], window, inputOf(["B02"]), plain);
  assert.deepEqual([[...new Set(tensor)], missing], [[3], 0.5]);
  assert.throws(() => toTensor({ ...raster, mask: new Uint8Array(16) }, [0], window, inputOf(["B02"]), plain), /no data/);
});

test("numbers in another unit are noticed", () => {
  assert.equal(oddScale([1000, 2000], [900, 1500]), null);
  assert.equal(oddScale([0.1, 0.2], [1000, 2000]).scale.key, "x10000");
  assert.equal(oddScale([100, 90, 80], [3900, 3500, 3000]).scale.key, "x39");
  assert.equal(oddScale([NaN], [null]), null);
  assert.equal(meanOf(Float32Array.of(1, 2, 9), Uint8Array.of(1, 1, 0)), 1.5);
});

test("files are told apart by their first bytes, and sizes are read before anything is decoded", () => {
  const png = new Uint8Array(24);
  png.set([0x89, 0x50, 0x4e, 0x47]);
  new DataView(png.buffer).setUint32(16, 70000);
  new DataView(png.buffer).setUint32(20, 80000);
  assert.deepEqual(headerOf(png), { kind: "png", size: [70000, 80000] });
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc2, 0, 11, 8, 0x12, 0x34, 0x56, 0x78, 3, 0);
  assert.deepEqual(headerOf(jpeg), { kind: "jpeg", size: [0x5678, 0x1234] });
  assert.equal(headerOf(Uint8Array.of(0x49, 0x49, 42, 0)).kind, "tiff");
  assert.equal(headerOf(Uint8Array.of(0x4d, 0x4d, 0, 43)).kind, "tiff");
  for (const bytes of [[], [0x49], [0x49, 0x49, 1, 0], [0xff, 0xd8], [0xff, 0xd8, 0xff, 0xe0, 0, 0]]) headerOf(Uint8Array.from(bytes));
  assert.equal(headerOf(Uint8Array.of(60, 104, 116, 109, 108)).kind, null);
});

test("what is clear in a picture is no data", () => {
  const raster = fromPixels("p.png", { data: [1, 2, 3, 255, 4, 5, 6, 0], width: 2, height: 1 });
  assert.deepEqual(raster.bands.map(({ values }) => [...values]), [[1, 4], [2, 5], [3, 6]]);
  assert.deepEqual([...raster.mask], [1, 0]);
  assert.equal(fromPixels("p.png", { data: [1, 2, 3, 9], width: 1, height: 1 }).mask, null);
});

test("the ground of a patch is that of most patches", () => {
  const positions = { groups: [{ rows: 3, metres: [640, 640] }, { rows: 4, metres: [1200, 1200] }, { rows: 9, none: true }] };
  assert.deepEqual(groundOf({ positions }, inputOf(["B02"])), [1200, 1200]);
  const bands = { sensors: [S2], patches: [{ asset: "s2", bands: [{ name: "B02", width: 120, height: 60 }] }] };
  assert.deepEqual(groundOf({ positions: null, bands }, inputOf(["B02"])), [1200, 600]);
  assert.equal(groundOf({ positions: null, bands: null }, inputOf(["B02"])), null);
});

/** A small GeoTIFF of one band whose values are their place. */
async function written(more = {}) {
  const [width, height] = [40, 30];
  const values = Float32Array.from({ length: width * height }, (_, at) => at);
  const metadata = {
    width, height, ModelPixelScale: [10, 10, 0], ModelTiepoint: [0, 0, 0, 600000, 5000000, 0],
    GTModelTypeGeoKey: 1, ProjectedCSTypeGeoKey: 32632, ...more,
  };
  return new Blob([await GeoTIFF.writeArrayBuffer(values, metadata)]);
}

test("of a GeoTIFF, only the middle that is needed is read", async () => {
  const raster = await readTiff(GeoTIFF, await written(), "f.tif", [100, 100]);
  assert.deepEqual([raster.width, raster.height, raster.whole], [14, 14, [40, 30]]);
  assert.equal(raster.bands[0].values[0], 8 * 40 + 13);
  assert.deepEqual([raster.gsd, raster.crs, raster.mask], [[10, 10], "EPSG:32632", null]);
  near(raster.centre, lonLat(32632, [600200, 4999850]), 1e-12);
});

test("what says that it is no data is masked", async () => {
  const raster = await readTiff(GeoTIFF, await written({ GDAL_NODATA: "7\0" }), "f.tif", null);
  assert.deepEqual([raster.mask[6], raster.mask[7], raster.mask[8]], [1, 0, 1]);
});

test("a broken GeoTIFF is an error at every length, never a wait", async () => {
  const whole = new Uint8Array(await (await written()).arrayBuffer());
  for (const length of [4, 8, 60, 200, 900]) {
    await assert.rejects(readTiff(GeoTIFF, new Blob([whole.slice(0, length)]), "f.tif", null), undefined, `${length} bytes`);
  }
});

test("a GeoTIFF that says it is huge is refused before memory is asked for", async () => {
  const whole = new Uint8Array(await (await written()).arrayBuffer());
  const view = new DataView(whole.buffer);
  const big = view.getUint16(0) === 0x4d4d;
  const [u16, u32] = [(at) => view.getUint16(at, !big), (at) => view.getUint32(at, !big)];
  const start = u32(4);
  for (let entry = 0; entry < u16(start); entry++) {
    const at = start + 2 + 12 * entry;
    if (![256, 257].includes(u16(at))) continue; // width and height
    view.setUint16(at + 2, 4, !big);
    view.setUint32(at + 8, 200_000, !big);
  }
  await assert.rejects(readTiff(GeoTIFF, new Blob([whole]), "f.tif", null), { name: "InputError" });
});

/** A TIFF of one strip, compressed with Deflate. @param {Uint8Array} packed */
function deflated(packed, width, height) {
  const entries = [[256, width], [257, height], [258, 8], [259, 8], [262, 1], [273, 8], [277, 1], [278, height], [279, packed.length], [339, 1]];
  const start = 8 + packed.length + (packed.length % 2);
  const view = new DataView(new ArrayBuffer(start + 2 + 12 * entries.length + 4));
  [0x4949, 42].forEach((value, at) => view.setUint16(2 * at, value, true));
  view.setUint32(4, start, true);
  new Uint8Array(view.buffer).set(packed, 8);
  view.setUint16(start, entries.length, true);
  entries.forEach(([tag, value], at) => {
    const place = start + 2 + 12 * at;
    view.setUint16(place, tag, true);
    view.setUint16(place + 2, 4, true);
    view.setUint32(place + 4, 1, true);
    view.setUint32(place + 8, value, true);
  });
  return new Blob([view.buffer]);
}

test("a block is inflated to the length that it has to have, and no further", async () => {
  const values = Uint8Array.from({ length: 12 }, (_, at) => at + 1);
  const raster = await readTiff(GeoTIFF, deflated(deflateSync(values), 4, 3), "f.tif", null);
  assert.deepEqual([...raster.bands[0].values], [...values]);
  const bomb = deflateSync(new Uint8Array(2 ** 28), { level: 9 });
  assert.ok(bomb.length < 2 ** 19);
  let inflated = 0;
  const native = globalThis.DecompressionStream;
  globalThis.DecompressionStream = class {
    constructor(kind) {
      const inner = new native(kind);
      const count = new TransformStream({ transform: (chunk, out) => ((inflated += chunk.length), out.enqueue(chunk)) });
      [this.writable, this.readable] = [inner.writable, inner.readable.pipeThrough(count)];
    }
  };
  const held = await readTiff(GeoTIFF, deflated(bomb, 64, 64), "bomb.tif", null).finally(() => (globalThis.DecompressionStream = native));
  assert.equal(held.bands[0].values.length, 64 * 64);
  assert.ok(inflated > 0 && inflated < 2 ** 22, `${inflated} bytes`);
});
