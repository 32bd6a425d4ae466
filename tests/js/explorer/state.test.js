import assert from "node:assert/strict";
import test from "node:test";
import { EMPTY, formatState, parseState } from "../../../_static/js/explorer/core/state.js";
import { random } from "./build.js";

const TEXTS = [
  "a", "Arable land", "Pastures; meadows", "Water, open", "A&B=C", "#top", "?x", "50 % + 1", "a+b", "line\nbreak", "tab\there",
  "森 \u{1f332}", "Ä", "<img src=x onerror=alert(1)>", "'\"\\", "level 1/Forest", "a:b:c", "%3A", "%25", "~", "", "\u0000", "\ufeff",
];
const NAMES = [...TEXTS, "labels", "text", "box", "a", "mode", "labels.all", "x.any", ".to", "date.from", "~split", "~", "__proto__"];

/** A state in the form that parseState gives. */
function randomState({ next, below, pick, some }) {
  const values = () => some(TEXTS, 3).sort();
  const degree = (limit) => Math.round((next() * 2 - 1) * limit * 1e5) / 1e5 || 0;
  const selection = {};
  const filters = [];
  for (const name of some(NAMES, 3)) {
    const filter = {};
    for (const part of ["any", "all", "none"]) {
      const list = next() < 0.5 ? values() : [];
      if (list.length > 0) filter[part] = list;
    }
    if (next() < 0.2) filter.from = pick(["2017-06-01", "&=;"]);
    if (next() < 0.2) filter.to = "2018-05-31";
    if (next() < 0.2) filter.missing = true;
    if (Object.keys(filter).length > 0) filters.push([name, filter]);
  }
  if (filters.length > 0) selection.filters = Object.fromEntries(filters);
  if (next() < 0.4) selection.box = [degree(180), degree(90), degree(180), degree(90)];
  if (next() < 0.4) selection.lasso = Array.from({ length: 3 + below(9) }, () => [degree(180), degree(90)]);
  if (next() < 0.4) selection.text = pick(["s2a", "two words", "#;&,=", "森", "100%", "\u00a0"]);
  const text = () => (next() < 0.3 ? pick(TEXTS.filter(Boolean)) : null);
  const part = () => (next() < 0.3 ? { column: pick(NAMES), value: pick(TEXTS) } : null);
  return {
    selection, colour: text(), view: text(), patch: text(), lab: text(), with: text(), show: text(), index: text(),
    mode: pick(["points", "density", "difference"]), a: part(), b: part(),
    at: next() < 0.5 ? [degree(180), degree(90), Math.round(next() * 2000) / 100] : null,
    rgb: next() < 0.3 ? Array.from({ length: 1 + below(3) }, () => pick(["B04", "B8A", "a,b", "100%", "%2C"])) : null,
  };
}

test("a state comes back from its link as it was, whatever its texts hold", () => {
  const source = random(1);
  for (let round = 0; round < 2000; round++) {
    const state = randomState(source);
    const link = formatState(state);
    assert.deepEqual(parseState(link), state, link);
    // And through an address, where a browser has its own ideas about some characters.
    assert.deepEqual(parseState(new URL(`http://site/explorer.html${link}`).hash), state, link);
  }
});

test("one state has one link, in whatever order it was made", () => {
  const source = random(2);
  const turned = (value) => {
    if (Array.isArray(value)) return typeof value[0] === "string" ? [...value, value[0]].reverse() : value;
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).reverse().map(([key, one]) => [key, key === "rgb" ? one : turned(one)]));
  };
  for (let round = 0; round < 500; round++) {
    const state = randomState(source);
    assert.equal(formatState(turned(state)), formatState(state));
  }
});

test("what is default is left out, and an empty link is the empty state", () => {
  assert.equal(formatState({}), "");
  assert.equal(formatState(EMPTY), "");
  assert.equal(formatState({ selection: { filters: { split: { any: [] }, labels: { missing: false } }, text: "  " } }), "");
  for (const hash of ["", "#", "#&&"]) assert.deepEqual(parseState(hash), EMPTY);
});

test("links are readable", () => {
  const selection = {
    filters: { labels: { any: ["Level 1/Forest", "Pastures"], none: ["Water"] }, date: { from: "2017-06-01" }, split: { any: ["train"] } },
    box: [5, 45.00001, -0.000001, 46.5],
    text: "s2a  57",
  };
  assert.equal(
    formatState({ selection, mode: "density", at: [9.123456, 47, 6.005], rgb: ["B04", "B03", "B02"] }),
    "#date.from=2017-06-01&labels=Level+1/Forest&labels=Pastures&labels.none=Water&split=train" +
      "&box=5,45.00001,0,46.5&text=s2a+57&mode=density&at=9.12346,47,6.01&rgb=B04,B03,B02",
  );
});

test("what a link has no sense in is left out", () => {
  const broken = [
    "box=1,2,3", "box=a,b,c,d", "box=1e400,0,0,0", "box=NaN,1,2,3", "lasso=1,2;3,4", "lasso=1,2;3,4;5", "mode=magic", "a=nocolon",
    "at=1,2", "at=1,2,Infinity", "split.missing=yes", "patch=", "text=+", "date.from=", "rgb=,", "=x", "~x=y",
  ];
  for (const text of broken) assert.deepEqual(parseState(`#${text}`), EMPTY, text);
  assert.deepEqual(parseState("#split=%E0%A4%A"), { ...EMPTY, selection: { filters: { split: { any: ["\ufffd%A"] } } } });
});
