import assert from "node:assert/strict";
import test from "node:test";
import { createStore } from "../../../_static/js/explorer/ui/store.js";

const MANIFEST = { columns: [{ name: "split", title: "Split", kind: "category", values: ["train", "test"], counts: [1, 1], missing: 0 }] };

/** An address and a history as a browser has them. @param {string} hash */
function browser(hash = "") {
  const entries = [hash];
  let at = 0;
  const location = { pathname: "/repo/explorer.html", search: "", get hash() { return entries[at]; } };
  const hashOf = (address) => address.slice(address.indexOf("explorer.html") + "explorer.html".length);
  const history = {
    pushState: (_state, _title, address) => entries.splice(++at, Infinity, hashOf(address)),
    replaceState: (_state, _title, address) => (entries[at] = hashOf(address)),
  };
  const target = new EventTarget();
  const go = (steps) => ((at += steps), target.dispatchEvent(new Event("popstate")));
  return { location, history, target, entries, go };
}

const TRAIN = { filters: { split: { any: ["train"] } } };

test("a choice is a step that back undoes, and a movement is none", () => {
  const fake = browser();
  const store = createStore(MANIFEST, assert.fail, fake);
  store.set({ selection: TRAIN });
  store.set({ at: [1, 2, 3] }, { step: false });
  store.set({ at: [2, 2, 3] }, { step: false });
  assert.equal(fake.entries.length, 2);
  assert.equal(fake.location.hash, "#split=train&at=2,2,3");
  fake.go(-1);
  assert.deepEqual(store.state.selection, {});
  fake.go(1);
  assert.deepEqual(store.state.selection, TRAIN);
});

test("what changes nothing is no step", () => {
  const fake = browser("#split=train");
  const store = createStore(MANIFEST, assert.fail, fake);
  store.set({ selection: structuredClone(TRAIN) });
  assert.deepEqual(fake.entries, ["#split=train"]);
});

test("listeners are told what was before, until they leave", () => {
  const store = createStore(MANIFEST, assert.fail, browser());
  const told = [];
  const leave = store.subscribe((now, before) => told.push([before.colour, now.colour]));
  store.set({ colour: "split" });
  leave();
  store.set({ colour: null });
  assert.deepEqual(told, [[null, "split"]]);
});

test("an address that names what the data set has not is told of, and the rest of it counts", () => {
  const told = [];
  const store = createStore(MANIFEST, (unknown) => told.push(...unknown), browser("#split=train&split=moon&sensor=x"));
  assert.deepEqual(store.state.selection, TRAIN);
  assert.equal(told.length, 2);
});
