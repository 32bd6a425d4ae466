import assert from "node:assert/strict";
import test from "node:test";
import { curvesOf, STEPS } from "../../../_static/js/demos/classify/curve.js";
import { rangeOf, whereMost } from "../../../_static/js/demos/classify/heat.js";
import { averagePrecision, decide, summarise } from "../../../_static/js/demos/classify/metrics.js";
import { covered, covers, greyOf, occlusion } from "../../../_static/js/demos/classify/occlusion.js";
import { probabilities } from "../../../_static/js/demos/classify/probabilities.js";
import { decisions, drawn, prepared, train } from "../../../_static/js/demos/classify/probe.js";
import { linesOf } from "../../../_static/js/demos/classify/verdict.js";
import { random } from "../explorer/build.js";

const input = { asset: "a", bands: ["x", "y"], size: [6, 8] };

/** Scores and truth of a generated test set. */
function generated(n, classes, seed = 1) {
  const { next } = random(seed);
  const truth = Uint8Array.from({ length: n * classes }, () => (next() < 0.3 ? 1 : 0));
  const scores = Float32Array.from(truth, (one) => Math.round(100 * Math.min(Math.max(0.35 * one + 0.65 * next(), 0), 1)) / 100);
  return { n, classes, truth, scores };
}

test("decisions of one patch, counted by hand", () => {
  const table = { n: 1, classes: 4, truth: Uint8Array.of(1, 1, 0, 0), scores: Float32Array.of(0.9, 0.2, 0.5, 0.1) };
  const given = decide(table, 0.5, false);
  assert.deepEqual([...given], [1, 0, 1, 0]);
  const { micro, classes } = summarise(table, given);
  assert.deepEqual(micro, { precision: 0.5, recall: 0.5, f1: 0.5, f2: 0.5 });
  assert.deepEqual(classes[3], { precision: 0, recall: 0, f1: 0, f2: 0, support: 0, given: 0, hits: 0 });
});

test("of one label, the first highest score decides, if it reaches the threshold", () => {
  const table = { n: 2, classes: 3, truth: new Uint8Array(6), scores: Float32Array.of(0.4, 0.4, 0.2, 0.3, 0.3, 0.35) };
  assert.deepEqual([...decide(table, 0.36, true)], [1, 0, 0, 0, 0, 0]);
  assert.deepEqual([...decide(table, 0, true)], [1, 0, 0, 0, 0, 1]);
});

test("equal scores are one threshold of the average precision", () => {
  assert.equal(averagePrecision([1, 0, 1], [0.9, 0.8, 0.7]), (1 + 2 / 3) / 2);
  assert.equal(averagePrecision([1, 0], [0.5, 0.5]), 0.5);
  assert.equal(averagePrecision([0, 0], [0.5, 0.4]), 0);
});

for (const single of [false, true]) {
  test(`curves are the micro averages at each threshold (${single ? "one label" : "several labels"})`, () => {
    const table = generated(60, 5, 3);
    const curves = curvesOf(table, single);
    for (let at = 0; at <= STEPS; at++) {
      const { micro } = summarise(table, decide(table, at / STEPS, single));
      const precision = Number.isNaN(curves.precision[at]) ? 0 : curves.precision[at];
      for (const [found, wanted] of [[precision, micro.precision], [curves.recall[at], micro.recall], [curves.f1[at], micro.f1]]) {
        assert.ok(Math.abs(found - wanted) < 1e-12, `threshold ${at / STEPS}: ${found}, ${wanted}`);
      }
    }
  });
}

test("a square slides over all of a picture, its last places flush with the edges", () => {
  const places = covers([6, 8], 3, 2);
  assert.deepEqual([...new Set(places.map(({ x }) => x))], [0, 2, 4, 5]);
  assert.deepEqual([...new Set(places.map(({ y }) => y))], [0, 2, 3]);
  assert.deepEqual(covers([2, 2], 5, 3), [{ x: 0, y: 0, width: 2, height: 2 }]);
});

test("a covered part has the mean of each band", () => {
  const tensor = Float32Array.from({ length: 96 }, (_, at) => at);
  const grey = greyOf(tensor, 2);
  assert.deepEqual(grey, [23.5, 71.5]);
  const out = covered(tensor, input, { x: 1, y: 2, width: 2, height: 1 }, grey);
  assert.deepEqual([...out.slice(16, 20)], [16, 23.5, 23.5, 19]);
  assert.deepEqual([out[48 + 17], tensor[17]], [71.5, 17]);
});

test("the map finds the pixel that a model looks at", async () => {
  const tensor = new Float32Array(96);
  tensor[3 * 8 + 6] = 1;
  const model = async (seen) => [0, seen[3 * 8 + 6]];
  const steps = [];
  const how = { edge: 2, step: 1, signal: new AbortController().signal, onProgress: (done, total) => steps.push([done, total]) };
  const { base, drops } = await occlusion(tensor, input, model, 1, how);
  assert.equal(base, 1);
  assert.equal(drops.indexOf(Math.max(...drops)), 3 * 8 + 6);
  assert.equal(drops[0], 0);
  assert.deepEqual(steps.at(-1), [35, 35]);
  assert.match(whereMost(drops, 8, 6, base, "Sea"), /“Sea”: 1.00. It falls most, by .* where the right of the picture/);
  assert.ok(rangeOf(drops) > 0.9);
});

test("a map can be stopped", async () => {
  const abort = new AbortController();
  const how = { edge: 2, step: 1, signal: abort.signal, onProgress: (done) => done === 3 && abort.abort() };
  await assert.rejects(occlusion(new Float32Array(96), input, async () => [0], 0, how), { name: "AbortError" });
});

test("a score that nothing changes has no place", () => {
  assert.match(whereMost(new Float32Array(48), 8, 6, 0.4, "Sea"), /no part/);
  assert.equal(rangeOf(new Float32Array(48)), 0.01);
});

test("outputs become probabilities without overflow", () => {
  assert.deepEqual([...probabilities([0, 800, -800], "sigmoid")], [0.5, 1, 0]);
  assert.deepEqual([...probabilities([1000, 1000], "softmax")], [0.5, 0.5]);
});

test("lines come by falling score, each with its verdict", () => {
  const lines = linesOf(["a", "b", "c", "d"], [0.6, 0.9, 0.1, 0.2], null, [0, 1, 1, 0], 0.5, false);
  assert.deepEqual(lines.map(({ name, verdict }) => [name, verdict]), [["b", "right"], ["a", "wrong"], ["d", "none"], ["c", "missed"]]);
  const single = linesOf(["a", "b"], [0.6, 0.7], null, null, 0.5, true);
  assert.deepEqual(single.map(({ verdict }) => verdict), ["given", "none"]);
});

test("prepared embeddings have standard columns and rows of one length", () => {
  const x = prepared(Float32Array.of(1, 5, 3, 5, 8, 5), 2);
  assert.deepEqual([x[1], x[3], x[5]], [0, 0, 0]); // a constant column
  for (const at of [0, 2, 4]) assert.ok(Math.abs(Math.abs(x[at]) - Math.SQRT2) < 1e-12);
});

test("a probe separates what can be separated, and its gradient is zero", () => {
  const { next } = random(4);
  const x = Float64Array.from({ length: 40 * 3 }, (_, at) => next() - 0.5 + (at % 3 === 0 && at < 60 ? 2 : 0));
  const likes = [0, 1, 2, 3, 4];
  const others = [30, 31, 32];
  const probe = train(x, 3, likes, others, 0.05);
  const found = decisions(probe, x);
  assert.ok(found.slice(0, 20).every((value) => value > 0) && found.slice(20).every((value) => value < 0));
  const gradient = [...probe.weights].map((w) => 0.05 * w);
  let bias = 0;
  for (const [places, y] of [[likes, 1], [others, -1]]) {
    for (const place of places) {
      const share = (-y * 0.5) / places.length / (1 + Math.exp(y * found[place]));
      for (let at = 0; at < 3; at++) gradient[at] += share * x[3 * place + at];
      bias += share;
    }
  }
  for (const value of [...gradient, bias]) assert.ok(Math.abs(value) < 1e-9, `${gradient} ${bias}`);
  assert.throws(() => train(x, 3, likes, []), RangeError);
});

test("draws are the same every time, without repetition, and leave out what is taken", () => {
  const found = drawn(50, 20, new Set([1, 2, 3]), 9);
  assert.deepEqual(found, drawn(50, 20, new Set([1, 2, 3]), 9));
  assert.equal(new Set(found).size, 20);
  assert.ok(!found.some((at) => at < 4 && at > 0) && found.every((at) => at < 50));
  assert.notDeepEqual(found, drawn(50, 20, new Set([1, 2, 3]), 10));
  assert.deepEqual(drawn(3, 9, new Set([0])), [1, 2]);
});
