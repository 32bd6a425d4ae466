import assert from "node:assert/strict";
import test from "node:test";
import { conditions, isEmpty, roleOf, withFilter, withMissing, withPart, withRole } from "../../../_static/js/explorer/ui/edit.js";

const COLUMNS = [
  { name: "labels", title: "Labels", kind: "set", terms: [{ key: "Pastures", name: "Pastures" }, { key: "Level 1/Water", name: "Water" }] },
  { name: "country", title: "Country", kind: "category", values: ["AT", "IE"], titles: ["Austria", "Ireland"] },
  { name: "date", title: "Date", kind: "day", values: ["2017-06-13"] },
];

test("a value is asked for in one way at a time", () => {
  const any = withRole({}, "labels", "Pastures", "any");
  assert.deepEqual(any, { filters: { labels: { any: ["Pastures"] } } });
  const none = withRole(any, "labels", "Pastures", "none");
  assert.deepEqual(none, { filters: { labels: { none: ["Pastures"] } } });
  assert.equal(roleOf(none, "labels", "Pastures"), "none");
  assert.equal(roleOf(none, "labels", "Water"), null);
});

test("what is taken away leaves nothing behind", () => {
  const one = withMissing(withRole({}, "country", "AT", "any"), "country", true);
  assert.deepEqual(one.filters.country, { any: ["AT"], missing: true });
  const left = withMissing(withRole(one, "country", "AT", null), "country", false);
  assert.deepEqual(left, { filters: {} });
  assert.equal(isEmpty(left), true);
  assert.equal(isEmpty(withPart(withPart({}, "text", "S2"), "text", "")), true);
  assert.deepEqual(withFilter({ filters: { a: { any: ["x"] } } }, "a", { from: "", any: [] }), { filters: {} });
});

test("a change leaves the selection that it was made from as it was", () => {
  const before = { filters: { labels: { any: ["Pastures"] } }, box: [1, 2, 3, 4] };
  const copy = structuredClone(before);
  withRole(before, "labels", "Pastures", "all");
  withPart(before, "box", null);
  withMissing(before, "labels", true);
  assert.deepEqual(before, copy);
});

test("every condition is a chip, and taking all of them away in any order leaves an empty selection", () => {
  const selection = {
    filters: {
      labels: { any: ["Pastures"], none: ["Level 1/Water"], missing: true },
      country: { any: ["AT"] },
      date: { from: "2017-06-01", to: "2017-12-31" },
    },
    box: [1, 2, 3, 4], lasso: [[0, 0], [1, 0], [0, 1]], text: "S2A",
  };
  const found = conditions(selection, COLUMNS);
  assert.deepEqual(found.map(({ title, role, text }) => `${title} ${role} ${text}`), [
    "Labels any Pastures", "Labels none Water", "Labels any not stated", "Country any Austria",
    "Date any 2017-06-01 \u2013 2017-12-31", "Name any \u201cS2A\u201d", "Box any 1.00, 2.00, 3.00, 4.00", "Outline any 3 corners",
  ]);
  let left = selection;
  for (let steps = found.length; steps > 0; steps--) {
    const now = conditions(left, COLUMNS);
    assert.equal(now.length, steps);
    left = now[steps % now.length].without;
  }
  assert.equal(isEmpty(left), true);
});
