import assert from "node:assert/strict";
import test from "node:test";
import { errataOf, errataWords, followable, saidOf } from "../../../_static/js/explorer/core/errata.js";

const open = { what: "label", date: "2026-01-05", text: "a", status: "open" };
const fixed = { what: "other", date: "2025-01-05", text: "b", status: "fixed" };
const confirmed = { what: "pixels", date: "2026-02-05", text: "c", status: "confirmed" };

test("what still holds comes first, and a patch without an erratum has none", () => {
  const file = { P: [fixed, open, confirmed] };
  assert.deepEqual(errataOf(file, "P"), [open, confirmed, fixed]);
  for (const id of ["Q", "__proto__", "constructor", "toString"]) assert.deepEqual(errataOf(file, id), []);
  assert.deepEqual(errataOf(null, "P"), []);
});

test("a mark names the kinds", () => {
  assert.equal(errataWords({ errata: ["Label: a label is wrong or missing", "Pixels: damaged"] }), "Erratum: label, pixels");
  for (const about of [undefined, null, {}, { errata: [] }, { errata: null }]) assert.equal(errataWords(about), "");
});

test("what is known of an erratum is said in one line", () => {
  assert.equal(saidOf(open), "open; reported 2026-01-05");
  assert.equal(saidOf({ ...open, reporter: "A. Reader", since: "1.0" }), "open; reported 2026-01-05 by A. Reader; seen in version 1.0");
});

test("only addresses of the web are followed", () => {
  assert.equal(followable("https://example.org/7"), "https://example.org/7");
  for (const link of [undefined, "", "javascript:alert(1)", "data:text/html,x", "example.org"]) assert.equal(followable(link), null);
});
