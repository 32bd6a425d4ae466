import assert from "node:assert/strict";
import test from "node:test";
import { agreement, compared, distance } from "../../../_static/js/demos/retrieval/common.js";
import { explained } from "../../../_static/js/demos/retrieval/explained.js";
import { placed } from "../../../_static/js/demos/retrieval/pinplaces.js";
import { WEIGHTS, moved } from "../../../_static/js/demos/retrieval/rocchio.js";
import { AskError, createSession } from "../../../_static/js/demos/retrieval/session.js";
import { COUNTS, EMPTY, formatQuestion, parseQuestion } from "../../../_static/js/demos/retrieval/state.js";
import { random } from "../explorer/build.js";

const TEXTS = ["a", "S2A_T29TNE_15_38", "Water, open", "A&B=C", "50 % + 1", "a+b", "森", "<b>", "~", "more", "line\nbreak"];
const COLUMNS = ["labels", "encoder", "more", "less", "n", "more.any", "~more", "patch", "split"];

test("a question comes back from its link as it was, whatever its texts and columns are called", () => {
  const { next, pick, some } = random(7);
  for (let round = 0; round < 1000; round++) {
    const filters = Object.fromEntries(some(COLUMNS, 3).map((name) => [name, { [pick(["any", "all", "none"])]: [pick(TEXTS)] }]));
    const selection = Object.keys(filters).length ? { filters } : {};
    const more = some(TEXTS, 3);
    const question = {
      patch: next() < 0.5 ? pick(TEXTS) : null, encoder: next() < 0.5 ? pick(TEXTS) : null, selection, more,
      less: some(TEXTS, 2).filter((id) => !more.includes(id)), count: pick(COUNTS),
    };
    const link = formatQuestion(question);
    assert.deepEqual(parseQuestion(new URL(`http://site/retrieval.html${link}`).hash), question, link);
  }
});

test("nothing asked is an empty address, and a link of the explorer is understood", () => {
  assert.equal(formatQuestion(EMPTY), "");
  assert.deepEqual(parseQuestion(""), { ...EMPTY });
  assert.deepEqual(parseQuestion("#patch=X&mode=density&at=1,2,3&n=7"), { ...EMPTY, patch: "X" });
  assert.equal(parseQuestion("#more=a&more=a&more=b&less=b&less=c").more.join(), "a,b");
  assert.equal(parseQuestion("#more=a&more=a&more=b&less=b&less=c").less.join(), "c");
});

test("Rocchio's formula on numbers by hand", () => {
  const f = (...values) => Float32Array.of(...values);
  assert.deepEqual(moved(f(1, 2), [], []), f(1, 2));
  // (1 (2, 0) + 0.75 (4, 4)) / 1.75, with (4, 4) the mean of the liked
  assert.deepEqual(moved(f(2, 0), [f(3, 4), f(5, 4)], []), f(5 / 1.75, 3 / 1.75));
  // ((2, 0) - 0.15 (1, 1)) / 0.85
  assert.deepEqual(moved(f(2, 0), [], [f(1, 1)]), f(1.85 / 0.85, -0.15 / 0.85));
  assert.deepEqual(moved(null, [f(1, 3), f(3, 5)], []), f(2, 4));
  assert.throws(() => moved(null, [], [f(1)]), RangeError);
  assert.throws(() => moved(f(1, 2), [f(1)], []), /1 values, the query 2/);
});

test("moving commutes with moving the origin, so no origin is special", () => {
  const { next } = random(3);
  for (let round = 0; round < 200; round++) {
    const vector = () => Float32Array.from({ length: 5 }, () => next() * 2 - 1);
    const shift = vector();
    const shifted = (one) => one.map((value, at) => value + shift[at]);
    const [query, more, less] = [vector(), [vector(), vector()], [vector()]];
    const there = shifted(moved(query, more, less));
    moved(shifted(query), more.map(shifted), less.map(shifted)).forEach((value, at) => assert.ok(Math.abs(value - there[at]) < 1e-5));
  }
  assert.ok(WEIGHTS.query + WEIGHTS.more - WEIGHTS.less > 0);
});

test("labels in common stand first and are counted", () => {
  assert.deepEqual(compared(["a", "c"], ["b", "c", "a"]), { labels: [{ name: "c", common: true }, { name: "a", common: true }, { name: "b", common: false }], shared: 2 });
  assert.equal(compared(null, ["b"]).shared, 0);
  assert.equal(compared(["a"], null).labels.length, 0);
  assert.equal(agreement(["a", "b"], [["a"], ["a", "b"], [], null]), "2 of 4 share a label with it, 1 has all of its 2");
  assert.equal(agreement(["a"], [["a"], ["b"]]), "1 of 2 has its label");
  assert.equal(agreement(null, [["a"]]), "");
});

test("distances have three digits that count", () => {
  assert.deepEqual([0, 0.5, 1.3, 12.345, 0.00012, 123456, Infinity].map(distance), ["0", "0.500", "1.30", "12.3", "1.20e-4", "1.23e+5", "\u2013"]);
});

test("pins stand where the map has their places, also across the antimeridian", () => {
  assert.deepEqual(placed(10, 50, { lon: 10, lat: 50, zoom: 3 }, 400, 300), [200, 150]);
  const [x] = placed(-179, 0, { lon: 179, lat: 0, zoom: 0 }, 0, 0);
  assert.ok(Math.abs(x - (2 / 360) * 256) < 1e-9);
  const [, y] = placed(0, 85.0511287798066, { lon: 0, lat: 0, zoom: 0 }, 0, 0); // the upper end of the square of Web Mercator
  assert.ok(Math.abs(y + 128) < 1e-6);
});

/** Patches on a line, at their numbers, with a label each; `labels` selects by parity. */
function made({ kind = "flat", k = 3, rows = 10 } = {}) {
  const entry = { name: "one", title: "One", input: { asset: "s2", bands: ["B02", "B03"], size: [8, 8] }, dimensions: 1, index: { kind }, neighbours: { k, exact: true } };
  const calls = { neighbours: 0, search: [], selections: [] };
  const nearest = (at, allowed, count) => Array.from({ length: rows }, (_, row) => ({ row, distance: Math.abs(row - at) }))
    .filter(({ row }) => allowed(row)).sort((a, b) => a.distance - b.distance || a.row - b.row).slice(0, count);
  const searcher = {
    entry,
    neighbours: async (row) => ({ results: nearest(row, (other) => other !== row, k), bytes: 50, milliseconds: 1 }),
    vectors: async (some) => Array.from(some, (row) => (row === 9 ? null : Float32Array.of(row))),
    async search(vector, { k: count, mask, exclude }) {
      calls.search.push({ at: vector[0], exclude });
      return { results: nearest(vector[0], (row) => !exclude.includes(row) && (!mask || mask[row] === 1), count), steps: { lists: 4, probed: [{ list: 2 }, { list: 0 }], scanned: 6, reranked: 5, shards: 2, bytes: 1234, milliseconds: 2.4 } };
    },
  };
  let newest = 0;
  const explorer = {
    manifest: { rows },
    find: async (id) => (/^p\d$/.test(id) ? Number(id[1]) : -1),
    describe: async (some) => Array.from(some, (row) => ({ row, id: `p${row}`, labels: [row % 2 ? "odd" : "even"] })),
    async select(selection) {
      const call = ++newest;
      calls.selections.push(selection);
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (call !== newest) return null; // as the real one: overtaken
      return { mask: Uint8Array.from({ length: rows }, (_, row) => (row % 2 ? 0 : 1)), count: rows / 2 };
    },
  };
  return { session: createSession(explorer, { manifest: { encoders: [entry] }, encoder: () => searcher }), calls };
}
const EVEN = { filters: { labels: { any: ["even"] } } };
const ids = (outcome) => outcome.results.map(({ about }) => about.id).join(" ");

test("a patch without conditions is looked up; more results, conditions or marks are searched for", async () => {
  const { session, calls } = made();
  const looked = await session.ask({ ...EMPTY, patch: "p4", count: 3 });
  assert.equal(ids(looked), "p3 p5 p2");
  assert.equal(looked.stored, true);
  assert.equal(calls.search.length, 0);
  const searched = await session.ask({ ...EMPTY, patch: "p4", count: 4 });
  assert.equal(ids(searched), "p3 p5 p2 p6");
  assert.deepEqual(calls.search, [{ at: 4, exclude: [4] }]);
  const even = await session.ask({ ...EMPTY, patch: "p4", selection: EVEN, count: 3 });
  assert.equal(ids(even), "p2 p6 p0");
  assert.equal(even.allowed, 5);
});

test("marks move the query, and what is not wanted is left out", async () => {
  const { session, calls } = made();
  const outcome = await session.ask({ ...EMPTY, patch: "p2", more: ["p6"], less: ["p1", "nobody"], count: 3 });
  const at = (2 + 0.75 * 6 - 0.15 * 1) / 1.6;
  assert.ok(Math.abs(calls.search[0].at - at) < 1e-6);
  assert.deepEqual(calls.search[0].exclude, [2, 1]);
  assert.deepEqual(outcome.unknown, ["nobody"]);
  assert.deepEqual([outcome.more[0].id, outcome.less[0].id], ["p6", "p1"]);
  assert.equal((await session.ask({ ...EMPTY, more: ["p5"], count: 2 })).results.length, 2);
});

test("what cannot be asked is said in words, and nothing asked is no answer", async () => {
  const { session } = made();
  assert.equal(await session.ask({ ...EMPTY }), null);
  await assert.rejects(session.ask({ ...EMPTY, patch: "gone" }), AskError);
  await assert.rejects(session.ask({ ...EMPTY, patch: "p9", count: 96 }), /could not be read/);
});

test("a picture of the reader's own goes before the patch, and can be moved by marks", async () => {
  const { session, calls } = made();
  const own = async () => ({ name: "mine.tif", vector: Float32Array.of(7.4) });
  const outcome = await session.ask({ ...EMPTY, patch: "p0", count: 2 }, { own });
  assert.equal(ids(outcome), "p7 p8");
  assert.equal(outcome.own, "mine.tif");
  assert.equal(outcome.query, null);
  await session.ask({ ...EMPTY, more: ["p1"], count: 2 }, { own });
  assert.ok(Math.abs(calls.search[1].at - (7.4 + 0.75) / 1.75) < 1e-6);
});

test("selections that overlap are answered one after the other", async () => {
  const { session } = made();
  const [a, b, c] = await Promise.all([session.select({ text: "x" }), session.select(EVEN), session.ask({ ...EMPTY, patch: "p4", selection: EVEN, count: 2 })]);
  assert.ok(a && b);
  assert.equal(ids(c), "p2 p6");
});

test("the steps of a search are told with their numbers", async () => {
  const looked = explained(await made().session.ask({ ...EMPTY, patch: "p4", count: 3 }), 10);
  assert.deepEqual(looked.map((step) => step.title), ["Describe", "Look up", "Show"]);
  assert.match(looked[1].text, /3 nearest others .* all 10/);
  const index = await made({ kind: "ivf-pq" }).session.ask({ ...EMPTY, patch: "p4", more: ["p1"], selection: EVEN, count: 3 });
  const steps = explained(index, 10);
  assert.deepEqual(steps.map((step) => step.title), ["Describe", "Move", "Choose", "Probe", "Scan", "Re-rank", "Show"]);
  assert.match(steps[2].text, /^5 of 10 patches meet your conditions \(50 %\)/);
  assert.match(steps[3].text, /4 lists.*The 2 whose centres .*: number 2, 0\./);
  assert.match(steps[4].text, /^6 patches/);
  assert.match(steps[5].text, /2 small files\. All 5 patches/);
  assert.match(steps[6].text, /3 patches, nearest first; 1 kB were fetched, in 2 ms/);
  const flat = explained(await made().session.ask({ ...EMPTY, patch: "p4", count: 4 }), 10);
  assert.deepEqual(flat.map((step) => step.title), ["Describe", "Probe", "Compare", "Show"]);
});
