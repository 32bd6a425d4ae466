import assert from "node:assert/strict";
import test from "node:test";
import { counted, folded, number, said, share } from "../../../_static/js/explorer/ui/format.js";

test("a share is never rounded to nothing or to everything", () => {
  assert.equal(share(0, 200), "0.0 %");
  assert.equal(share(1, 590326), "<0.1 %");
  assert.equal(share(1, 200), "0.5 %");
  assert.equal(share(199, 2000), "10 %");
  assert.equal(share(590325, 590326), ">99.9 %");
  assert.equal(share(5, 5), "100 %");
  assert.equal(share(0, 0), "\u2013");
});

test("numbers and nouns fit each other", () => {
  assert.equal(number(590326), "590,326");
  assert.equal(counted(1, "patch", "patches"), "1 patch");
  assert.equal(said(0, 256, true), "0 of 256 patches");
  assert.equal(said(256, 256, false), "All 256 patches");
});

test("a search does not care for case and accents", () => {
  assert.equal(folded("\u00c5land \u2014 C\u00f4te"), "aland \u2014 cote");
});
