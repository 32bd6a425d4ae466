import assert from "node:assert/strict";
import test from "node:test";
import { classic } from "./classic.js";

Object.assign(globalThis, { document: { querySelector: () => null } });
const { asked, frameAddress } = classic("comments.js");

test("the frame learns where it stands, without what came back from logging in", () => {
  const url = new URL(frameAddress("https://giscus.app/en/widget?repo=a%2Fb", "https://me.example/p.html?giscus=s&x=1#y", "s", true));
  assert.equal(url.searchParams.get("repo"), "a/b");
  assert.equal(url.searchParams.get("origin"), "https://me.example/p.html?x=1");
  assert.equal(url.searchParams.get("session"), "s");
  assert.equal(url.searchParams.get("theme"), "dark");
});

test("only the frame's own origin is heard, and only what is known", () => {
  const from = "https://giscus.app";
  assert.deepEqual(asked({ origin: from, data: { giscus: { resizeHeight: 99.5 } } }, from), { height: 100 });
  assert.deepEqual(asked({ origin: from, data: { giscus: { resizeHeight: 1e9 } } }, from), { height: 50_000 });
  assert.deepEqual(asked({ origin: from, data: { giscus: { signOut: true } } }, from), { signOut: true });
  for (const data of [null, 7, "x", {}, { giscus: null }, { giscus: {} }, { giscus: { resizeHeight: -1 } }, { giscus: { resizeHeight: "tall" } }]) {
    assert.equal(asked({ origin: from, data }, from), null);
  }
  assert.equal(asked({ origin: "https://giscus.app.example", data: { giscus: { signOut: true } } }, from), null);
});
