import assert from "node:assert/strict";
import test from "node:test";
import { decodeBands, keyedBands } from "../../../_static/js/explorer/lab/bands.js";
import { choicesOf } from "../../../_static/js/explorer/lab/choices.js";
import { bandsOf, evaluate, inPython } from "../../../_static/js/explorer/lab/evaluate.js";
import { DEEPEST, FormulaError, LONGEST, parse } from "../../../_static/js/explorer/lab/formula.js";
import { onGrid, under } from "../../../_static/js/explorer/lab/grid.js";
import { indicesOf } from "../../../_static/js/explorer/lab/indices.js";
import { STOPS, classColour, palette, rgbOf } from "../../../_static/js/explorer/lab/palette.js";
import { composite, scaleOf } from "../../../_static/js/explorer/lab/picture.js";
import { pythonCode } from "../../../_static/js/explorer/lab/python.js";
import { render } from "../../../_static/js/explorer/lab/render.js";
import { rangeOf, shownValue, signaturesOf, spectrumAt, ticks } from "../../../_static/js/explorer/lab/series.js";
import { limitsOf, percentile, shareOf, sortedValues } from "../../../_static/js/explorer/lab/stretch.js";

const BANDS = ["B03", "B04", "B08", "B11", "band 1", "asset.B1"];
const sensor = (asset, kind, bands, more = {}) => ({
  asset, title: asset, kind, true_colour: null, false_colour: null,
  bands: bands.map((band) => ({ description: "", centre: null, gsd: null, unit: "", ...band })), ...more,
});
const S2 = sensor("s2", "optical", [
  { name: "B02", centre: 492.4, gsd: 10 }, { name: "B03", centre: 559.8, gsd: 10 }, { name: "B04", centre: 664.6, gsd: 10 },
  { name: "B8A", centre: 864.7, gsd: 20 }, { name: "B08", centre: 832.8, gsd: 10 }, { name: "B11", centre: 1613.7, gsd: 20 },
], { true_colour: ["B04", "B03", "B02"] });
const S1 = sensor("s1", "radar", [{ name: "VV" }, { name: "VH" }]);
const CODES = sensor("map", "map", [{ name: "class" }], { classes: { 311: { name: "Broad-leaved forest", colour: "#80ff00" } } });

/** A patch from rows of numbers. */
function patchOf(sensors, values, { id = "p", nodata = {} } = {}) {
  const keyed = keyedBands(sensors);
  const layers = Object.entries(values).map(([key, rows]) => {
    const band = keyed.find((one) => one.key === key);
    const [width, height] = [rows[0].length, rows.length];
    return [key, { band, width, height, values: Float64Array.from(rows.flat()), nodata: nodata[key] ?? null, path: `x/${key}.tif`, number: 1, window: null }];
  });
  const finest = layers.map(([, layer]) => layer).reduce((a, b) => (b.width > a.width ? b : a));
  return { keyed, patch: { id, row: 0, labels: [], width: finest.width, height: finest.height, layers: new Map(layers) } };
}
const SETTINGS = { rgb: [], index: null, low: 0, high: 100, method: "nearest", palette: "automatic" };

test("a file by hand: differences along rows that wrap, bytes in planes", () => {
  // uint16 rows 300, 299 and 0, 65535: differences 300, 65535 and 0, 65535; low bytes first, then high ones.
  const bytes = Uint8Array.from([44, 255, 0, 255, 1, 255, 0, 255, /* uint8 7, 5: */ 7, 254]);
  const [wide, narrow] = decodeBands(bytes, [
    { name: "a", width: 2, height: 2, dtype: "uint16" },
    { name: "b", width: 2, height: 1, dtype: "uint8" },
  ]);
  assert.deepEqual([...wide], [300, 299, 0, 65535]);
  assert.deepEqual([...narrow], [7, 5]);
});

test("a file that does not fit its bands is refused", () => {
  const layout = { name: "a", width: 2, height: 2, dtype: "uint16" };
  assert.throws(() => decodeBands(new Uint8Array(7), [layout]), /a: 8 bytes expected, 7 found/);
  assert.throws(() => decodeBands(new Uint8Array(9), [layout]), /8 bytes expected, 9 found/);
  assert.throws(() => decodeBands(new Uint8Array(8), [{ ...layout, dtype: "complex64" }]), /complex64 are not known/);
  assert.throws(() => decodeBands(new Uint8Array(8), [{ ...layout, dtype: "constructor" }]), /not known|expected/);
});

test("bands of one name in two sensors are told apart", () => {
  const keys = keyedBands([sensor("a", "optical", [{ name: "B1" }, { name: "B2" }]), sensor("b", "optical", [{ name: "B1" }])]);
  assert.deepEqual(keys.map(({ key }) => key), ["a.B1", "B2", "b.B1"]);
});

test("percentiles are those of numpy.percentile", () => {
  const sorted = sortedValues([{ values: Float32Array.of(4, NaN, 1, -9), nodata: -9 }, { values: Uint8Array.of(2, 3), nodata: null }]);
  assert.deepEqual([...sorted], [1, 2, 3, 4]);
  assert.deepEqual([0, 2, 50, 98, 100].map((percent) => percentile(sorted, percent)), [1, 1.06, 2.5, 3.94, 4]);
  assert.deepEqual(limitsOf(new Float64Array(0), 2, 98), [0, 0]);
  assert.deepEqual([-1, 0, 1, 3, 9].map((value) => shareOf(value, [0, 2])), [0, 0, 0.5, 1, 1]);
  assert.equal(shareOf(5, [3, 3]), 0.5);
});

test("coarse bands lie under the pixels of the grid, and are joined at their centres", () => {
  const layer = { values: Float64Array.of(0, 4), width: 2, height: 1, nodata: null };
  assert.deepEqual([...onGrid(layer, 4, 2, "nearest")], [0, 0, 4, 4, 0, 0, 4, 4]);
  assert.deepEqual([...onGrid(layer, 4, 1, "bilinear")], [0, 1, 3, 4]);
  assert.deepEqual([...onGrid({ ...layer, nodata: 4 }, 4, 1, "bilinear")], [0, 0, NaN, NaN]);
  assert.deepEqual([...onGrid(layer, 2, 1, "bilinear")], [0, 4]);
  assert.deepEqual([0, 59, 60, 119].map((at) => under(at, 120, 2)), [0, 0, 1, 1]);
});

const value = (text, bands) => evaluate(parse(text, BANDS), 1, (name) => Float64Array.of(bands?.[name] ?? 2))[0];

test("formulas by hand", () => {
  assert.equal(value("B04 + 1"), 3);
  assert.equal(value("1 + B04 * 3"), 7);
  assert.equal(value("(1 + B04) * 3"), 9);
  assert.equal(value("8 / B04 / 2"), 2);
  assert.equal(value("8 - B04 - 2"), 4);
  assert.equal(value("-B04 * -3"), 6);
  assert.equal(value("- - +B04"), 2);
  assert.equal(value("min(B04, 1, 3) + max(B04, 5)"), 6);
  assert.equal(value("abs(-B04) + sqrt(B04 * 8)"), 6);
  assert.equal(value("1e1 + .5 + B04"), 12.5);
  assert.equal(value('"band 1" * asset.B1'), 4);
  assert.equal(value("(B08 - B04) / (B08 + B04)", { B08: 3000, B04: 1000 }), 0.5);
});

test("what has no finite value has no data", () => {
  for (const text of ["B04 / 0", "0 / 0 * B04", "sqrt(-B04)", "1 / (B04 - B04)", "1e999 + B04"]) assert.ok(Number.isNaN(value(text)), text);
  assert.ok(Number.isNaN(value("min(B04, B08)", { B04: NaN })));
});

test("what is wrong with a formula is said in words, with its place", () => {
  const said = (text) => {
    try {
      parse(text, BANDS);
    } catch (error) {
      assert.ok(error instanceof FormulaError, String(error));
      return error.message;
    }
    return assert.fail(`${text} was read`);
  };
  assert.equal(said(""), "The formula is empty (at character 1)");
  assert.equal(said("B04 +"), "A band or a number is missing before the end (at character 6)");
  assert.equal(said("(B04"), "A closing parenthesis is missing (at character 5)");
  assert.equal(said("B04)"), "An operator is missing before “)” (at character 4)");
  assert.equal(said("B04 B03"), "An operator is missing before “B03” (at character 5)");
  assert.match(said("b04 + 1"), /“b04” is no band of this patch; did you mean B04\? \(at character 1\)/);
  assert.match(said("1 + B99"), /“B99” is no band of this patch; it has B03, B04, .* \(at character 5\)/);
  assert.match(said("log(B04)"), /“log” is no function; there are abs, max, min, sqrt/);
  assert.match(said("max(B04)"), /max takes 2 to 8 values; it has 1/);
  assert.match(said("sqrt(B04, B03)"), /sqrt takes 1 value; it has 2/);
  assert.match(said("1 + 2"), /No band is in the formula/);
  assert.match(said("B04 ^ 2"), /“\^” is nothing that a formula has \(at character 5\)/);
  assert.match(said("B04 × 2"), /“×” is nothing/);
  assert.match(said("😀"), /“😀” is nothing/);
});

test("hostile text is refused, and never run", () => {
  globalThis.hit = 0;
  const texts = [
    "alert(1)", "hit=1", "globalThis.hit", "constructor(B04)", "__proto__(B04)", "toString(B04)", "B04[0]", "`${hit}`", "B04;hit",
    "hasOwnProperty(B04)", "(()=>hit++)()", "import('x')", "B04//x", "/*x*/B04", "'B04'", '"', "B04,B03", "min(,B04)", "min()", "B04..x",
  ];
  for (const text of texts) assert.throws(() => parse(text, BANDS), FormulaError, text);
  assert.equal(globalThis.hit, 0);
  delete globalThis.hit;
});

test("length and depth are bounded, whatever the text", () => {
  assert.throws(() => parse(`B04${"+1".repeat(LONGEST)}`, BANDS), /At most 300 characters/);
  assert.throws(() => parse(`${"(".repeat(DEEPEST + 1)}B04`, BANDS), /At most 24 levels/);
  assert.equal(value(`${"(".repeat(DEEPEST)}B04${")".repeat(DEEPEST)}`), 2);
  assert.equal(value(`${"-".repeat(LONGEST - 4)}B04`), 2);
  assert.equal(value(`B04${"+1".repeat(148)}`), 150);
  // Random words: either a tree or a FormulaError.
  const words = [...BANDS, "(", ")", "+", "-", "*", "/", ",", "min", "sqrt", "1", ".", '"', " ", "\n", "é", "e5", "\u0000"];
  let seed = 7;
  const next = (n) => (seed = (seed * 48271) % 2147483647) % n;
  for (let run = 0; run < 3000; run++) {
    const text = Array.from({ length: 1 + next(12) }, () => words[next(words.length)]).join("");
    try {
      evaluate(parse(text, BANDS), 1, () => Float64Array.of(3));
    } catch (error) {
      assert.ok(error instanceof FormulaError, `${JSON.stringify(text)}: ${error}`);
    }
  }
});

test("a formula in Python keeps its order, and divides no constant by zero", () => {
  const written = (text) => inPython(parse(text, BANDS), (name) => `b["${name}"]`);
  assert.equal(written("(B08 - B04) / (B08 + B04)"), '(b["B08"] - b["B04"]) / (b["B08"] + b["B04"])');
  assert.equal(written("min(B04, 1/0, -2)"), 'np.minimum(np.minimum(b["B04"], np.inf), -2)');
  assert.equal(written("-sqrt(B04) + 0/0"), '(-np.sqrt(b["B04"])) + np.nan');
  assert.deepEqual(bandsOf(parse("B08 - B04 * B08", BANDS)), ["B08", "B04"]);
});

test("indices take the finest band of a range", () => {
  const found = Object.fromEntries(indicesOf(keyedBands([S2, S1])).map(({ name, formula }) => [name, formula]));
  assert.deepEqual(found, {
    NDVI: "(B08 - B04) / (B08 + B04)",
    NDWI: "(B03 - B08) / (B03 + B08)",
    NDBI: "(B11 - B08) / (B11 + B08)",
  });
  assert.deepEqual(indicesOf(keyedBands([S1])), []);
  const odd = sensor("x", "optical", [{ name: "near infrared", centre: 850 }, { name: "red", centre: 650 }]);
  assert.equal(indicesOf(keyedBands([odd]))[0].formula, '("near infrared" - red) / ("near infrared" + red)');
});

test("the first choice is what a patch is shown with", () => {
  const names = (sensors) => choicesOf(keyedBands(sensors)).map(({ name }) => name);
  assert.deepEqual(names([S1, CODES, S2]), ["True colour", "VV", "VH", "Map", "NDVI", "NDWI", "NDBI"]);
  assert.deepEqual(choicesOf(keyedBands([S2]))[0].rgb, ["B04", "B03", "B02"]);
  const twin = { ...S2, asset: "l1c", title: "L1C" };
  assert.deepEqual(names([S2, twin]).slice(0, 2), ["True colour, s2", "True colour, L1C"]);
});

test("palettes go through their stops; lightness of a diverging one falls to both ends", () => {
  assert.deepEqual(palette("sequential")(0), rgbOf("#f3f4f5"));
  assert.deepEqual(palette("sequential")(1), rgbOf("#0a4a56"));
  assert.deepEqual(palette("diverging")(0.5), rgbOf("#f3f4f5"));
  assert.equal(STOPS.diverging.length % 2, 1);
  const light = STOPS.diverging.map((stop) => rgbOf(stop).reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0));
  assert.ok(light.slice(0, 6).every((now, at) => now < light[at + 1]) && light.slice(6, -1).every((now, at) => now > light[at + 7]));
  assert.deepEqual(classColour(311, "#80ff00"), [128, 255, 0]);
  assert.deepEqual(classColour(1, null).map(Math.round), classColour(1, "red; x").map(Math.round));
});

test("values on both sides of 0 get a palette around it", () => {
  assert.deepEqual(scaleOf([-0.2, 0.6], "automatic"), { palette: "diverging", limits: [-0.6, 0.6] });
  assert.deepEqual(scaleOf([0.1, 0.6], "automatic"), { palette: "sequential", limits: [0.1, 0.6] });
  assert.deepEqual(scaleOf([0.1, 0.6], "diverging").limits, [-0.6, 0.6]);
});

test("a composite by hand: clipped, rounded to even as NumPy does, transparent without data", () => {
  const channel = (...values) => Float64Array.of(...values);
  const pixels = composite([channel(0, 5, 20, NaN), channel(NaN, 1, 1, NaN), channel(3, 3, 3, NaN)], [[0, 10], [0, 510], [3, 3]]);
  assert.deepEqual([...pixels], [0, 0, 127, 255, 128, 0, 127, 255, 255, 0, 127, 255, 0, 0, 0, 0]);
});

test("two patches share one stretch; a band that one lacks is named", () => {
  const one = patchOf([S2, S1], { B02: [[0, 10]], B03: [[0, 10]], B04: [[0, 10]], VV: [[-20, -10]] });
  const two = patchOf([S2, S1], { B02: [[10, 20]], B03: [[10, 20]], B04: [[10, 20]] }, { id: "q" });
  const rendered = render([one.patch, two.patch], { ...SETTINGS, rgb: ["B04", "B03", "B02"] }, one.keyed);
  assert.deepEqual(rendered.limits, [[0, 20], [0, 20], [0, 20]]);
  assert.deepEqual(rendered.pictures.map(({ pixels }) => [pixels[0], pixels[4]]), [[0, 128], [128, 255]]);
  const radar = render([one.patch, two.patch], { ...SETTINGS, rgb: ["VV"] }, one.keyed);
  assert.deepEqual(radar.pictures.map(({ missing }) => missing), [[], ["VV"]]);
  assert.equal(radar.pictures[1].pixels, null);
  const index = render([one.patch, two.patch], { ...SETTINGS, index: "VV - B04" }, one.keyed);
  assert.deepEqual([...index.pictures[0].values], [-20, -20]);
  assert.deepEqual(index.pictures[1].missing, ["VV"]);
  const around = render([two.patch], { ...SETTINGS, index: "B04 - 14" }, one.keyed);
  assert.deepEqual([around.palette, around.limits], ["diverging", [[-6, 6]]]);
  assert.throws(() => render([one.patch], { ...SETTINGS, index: "B99" }, one.keyed), FormulaError);
});

test("a map is coloured by class and never stretched", () => {
  const { patch, keyed } = patchOf([CODES], { class: [[311, 312]] });
  const { mode, codes, pictures } = render([patch], { ...SETTINGS, rgb: ["class"] }, keyed);
  assert.equal(mode, "map");
  assert.deepEqual(codes, [311, 312]);
  assert.deepEqual([...pictures[0].pixels.slice(0, 4)], [128, 255, 0, 255]);
});

test("the spectrum of a pixel is what each band holds under it, by wavelength", () => {
  const { patch } = patchOf([S2, S1], { B11: [[5, 6]], B02: [[1, 2, 3, 4]], B8A: [[9, 0]], VV: [[1]] }, { nodata: { B8A: 0 } });
  const points = spectrumAt(patch, S2, 2, 0);
  assert.deepEqual(points.map(({ band, value }) => [band.name, value]), [["B02", 3], ["B8A", null], ["B11", 6]]);
  const statistics = { bands: ["B02", "B11"], classes: { Forest: { patches: 3, mean: [10, 20], std: [1, null] } } };
  assert.deepEqual(signaturesOf(statistics, ["Forest", "constructor"], points), [{ label: "Forest", patches: 3, mean: [10, null, 20], std: [1, null, null] }]);
  assert.deepEqual(signaturesOf(undefined, ["Forest"], points), []);
  assert.deepEqual(rangeOf([points], signaturesOf(statistics, ["Forest"], points)), [0, 20]);
});

test("ticks are round, and values are written as they are stored", () => {
  assert.deepEqual(ticks(0, 3000), [0, 1000, 2000, 3000]);
  assert.deepEqual(ticks(-25, -5), [-25, -20, -15, -10, -5]);
  assert.deepEqual(ticks(0, 0.3), [0, 0.1, 0.2, 0.3]);
  assert.deepEqual([65535, -12.3456789, null, NaN].map(shownValue), ["65535", "-12.3457", "no data", "no data"]);
});

test("names of an archive are text in the Python code", () => {
  const { patch, keyed } = patchOf([sensor("x", "optical", [{ name: 'a"\n' }])], { 'a"\n': [[1, 2]] }, { id: "p\nimport os" });
  patch.layers.get('a"\n').path = 'x/"\n\u2028\\é{os}.tif';
  const [picture] = render([patch], { ...SETTINGS, rgb: ['a"\n'] }, keyed).pictures;
  const code = pythonCode(picture.recipe);
  assert.ok(code.startsWith("# p?import os\n"));
  assert.ok(code.includes('band("x/\\"\\n\\u2028\\\\\\u00e9{os}.tif")'));
});
