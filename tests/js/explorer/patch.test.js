// What the panel of a patch says and draws, without a page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { nearbyPath, outlinePath, windowAround } from "../../../_static/js/explorer/patch/drawing.js";
import { facts, filesOf } from "../../../_static/js/explorer/patch/facts.js";
import { pathOf } from "../../../_static/js/explorer/patch/labels.js";
import { issueAddress } from "../../../_static/js/explorer/patch/report.js";
import { literal, snippet } from "../../../_static/js/explorer/patch/snippet.js";

const about = { title: "Data", fingerprint: "abc", id: "P_1", link: "https://a.org/x#patch=P_1", labels: ["Pastures"], files: ["P_1/P_1_B02.tif"] };

test("an issue is prefilled, in the way of the host", () => {
  const url = new URL(issueAddress("https://github.com/me/data.git", about));
  assert.equal(url.origin + url.pathname, "https://github.com/me/data/issues/new");
  assert.equal(url.searchParams.get("title"), "Patch P_1");
  assert.match(url.searchParams.get("body"), /Page: https:\/\/a\.org\/x#patch=P_1/);
  const lab = new URL(issueAddress("https://gitlab.com/me/data/", about));
  assert.equal(lab.pathname, "/me/data/-/issues/new");
  assert.equal(lab.searchParams.get("issue[title]"), "Patch P_1");
});

test("an issue fills in the form that repositories of guides have", () => {
  const templates = new URL("../../../src/dsdocs/scaffold/templates/github/ISSUE_TEMPLATE/", import.meta.url);
  const query = new URL(issueAddress("https://github.com/me/data", about)).searchParams;
  const form = readFileSync(new URL(query.get("template"), templates), "utf8");
  const fields = Array.from(form.matchAll(/^    id: (\w+)$/gm), (found) => found[1]);
  assert.deepEqual([...query.keys()].filter((name) => !["title", "template", "body"].includes(name)), ["patch", "about"]);
  assert.deepEqual(fields.filter((name) => query.has(name)), ["patch", "about"]);
  assert.equal(query.get("patch"), "`P_1`");
  assert.match(query.get("about"), /^Patch: `P_1`\nData set: `Data \(abc\)`\nPage: .*\nLabels: `Pastures`\nFile: `P_1\/P_1_B02.tif`$/);
  assert.ok(query.get("body").endsWith(query.get("about")));
});

test("no repository, or one that is no web address, gives no issue", () => {
  assert.equal(issueAddress(null, about), null);
  assert.equal(issueAddress("javascript:alert(1)", about), null);
  assert.equal(issueAddress("not an address", about), null);
});

test("names cannot leave their place in the text of an issue", () => {
  const body = new URL(issueAddress("https://github.com/me/data", { ...about, id: "a`b`` ![x](http://e.org)\n# c" })).searchParams.get("body");
  assert.match(body, /Patch: ``` a`b`` !\[x\]\(http:\/\/e\.org\) # c ```/);
  assert.ok(issueAddress("https://github.com/me/data", { ...about, id: "x".repeat(9000) }).length < 1000);
});

test("a class stands below its groups", () => {
  const terms = [
    { key: "a", name: "a", level: 0, members: [0], parent: 2 }, { key: "b", name: "b", level: 0, members: [1] },
    { key: "G/a", name: "a", level: 2, members: [0], parent: 3 }, { key: "T/t", name: "t", level: 1, members: [0] },
  ];
  assert.deepEqual(pathOf(terms, "a").map((term) => term.key), ["T/t", "G/a", "a"]);
  assert.deepEqual(pathOf(terms, "b").map((term) => term.key), ["b"]);
  assert.deepEqual(pathOf(terms, "c"), []);
  assert.equal(pathOf([{ ...terms[0], parent: 0 }], "a").length, 1); // and no circle holds the page up
});

test("facts are told in words", () => {
  const manifest = { columns: [{ name: "country", values: ["AT"], titles: ["Austria"] }] };
  const detail = {
    id: "x", labels: ["a"], split: "train", datetime: "2017-06-13T10:10:31Z", country: "AT", width: 120, height: 120, gsd: 10, geometry: "b",
    tile: null, "ben:snow": false, "mask:coverage": 0.123456789, assets: [],
  };
  assert.deepEqual(facts(detail, manifest, { lon: -8.5, lat: 40.25 }), [
    ["Split", "train"], ["Acquired", "2017-06-13 10:10:31 UTC"], ["Country", "Austria (AT)"], ["Size", "120 \u00d7 120 px"],
    ["Ground sample distance", "10 m"], ["Snow", "no"], ["Coverage", "0.123457"], ["Centre", "40.25000\u00b0 N, 8.50000\u00b0 W"],
  ]);
  assert.deepEqual(filesOf([{ key: "s", href: "p/p_{band}.tif" }, { key: "m", href: "m.tif" }], { s: { bands: ["B1", "B2"] } }), ["p/p_B1.tif", "p/p_B2.tif", "m.tif"]);
  assert.deepEqual(filesOf(null, {}), []);
});

test("code is filled in once, whatever a path holds", () => {
  const loading = { templates: { raster: "x = (\n@path@\n)", "raster-part": "@path@ @window@ @box@", path: "@path@ @bands@", folder: "@folder@ @bands@" }, assets: { s: { bands: ["B1", "B2"] } } };
  assert.equal(snippet(loading, "s", "a/@bands@.tif", null), "x = (\n    'a/'\n    '@bands@.tif'\n)");
  assert.equal(snippet(loading, "s", "f.tif", [1, 2, 3, 4]), "    'f.tif' (1, 2, 3, 4) (1, 2, 4, 6)");
  assert.equal(snippet(loading, "s", "p/p_{band}.tif", null), "    'p' 'B1 B2'");
  assert.equal(snippet(loading, "s", "p/q_{band}.tif", null), "    'p/'\n    'q_{band}.tif' 'B1 B2'");
  assert.equal(literal(`it's`), `"it's"`);
  assert.equal(literal(`'"\\\n`), `'\\'"\\\\\\n'`);
});

test("outlines are drawn where they come into sight, across the antimeridian too", () => {
  const view = windowAround(179.9, 0, 10, 100, 100);
  const path = outlinePath([[[-179.9, 0], [-179, 1], [-179, 0]], [[0, 0], [1, 1], [1, 0]]], view, true);
  assert.equal(path, "M52.0 50.0L61.0 40.0L61.0 50.0Z");
});

test("the own footprint is in the middle", () => {
  const square = (x, y) => [x - 1, y - 1, x + 1, y - 1, x + 1, y + 1, x - 1, y + 1];
  const path = nearbyPath([square(0, 0), square(3, 0)], 200, 200);
  const numbers = (at) => path(at).match(/-?\d+\.\d/g).map(Number);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.equal(mean(numbers(0)), 100);
  assert.ok(Math.max(...numbers(1)) <= 200);
});
