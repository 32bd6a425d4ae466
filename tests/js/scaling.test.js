import assert from "node:assert/strict";
import test from "node:test";
import { classic } from "./classic.js";

const { averagePrecision, change, hammingLoss, measures, precisionRecallF } = classic("scaling.js");

const truth = [
  [1, 0, 1],
  [0, 1, 0],
];
const scores = [
  [0.9, 0.8, 0.7],
  [0.6, 0.6, 0.1],
];
const near = (/** @type {number} */ found, /** @type {number} */ expected) =>
  assert.ok(Math.abs(found - expected) < 1e-12, `${found} is not ${expected}`);

test("average precision by hand, with a tie", () => {
  // All cells: ranks 1 and 3 are right, then a tie of two with one right: (1 + 2/3 + 3/5) / 3.
  near(averagePrecision(truth, scores, "micro"), (1 + 2 / 3 + 3 / 5) / 3);
  near(averagePrecision(truth, scores, "samples"), ((1 + 2 / 3) / 2 + 1 / 2) / 2);
  near(averagePrecision(truth, scores, "macro"), (1 + 1 / 2 + 1) / 3);
});

test("equal scores are one threshold, whatever stands first", () => {
  for (const row of [[1, 0], [0, 1]]) near(averagePrecision([row], [[0.5, 0.5]], "samples"), 0.5);
});

test("a list without a positive counts as 0", () => {
  near(averagePrecision([[0, 1]], [[0.5, 0.4]], "macro"), 0.5);
});

test("decisions by hand", () => {
  const given = [
    [1, 1, 1],
    [1, 1, 0],
  ];
  const micro = precisionRecallF(truth, given, "micro", 1);
  near(micro.precision, 3 / 5);
  near(micro.recall, 1);
  near(micro.f, 6 / 8);
  near(precisionRecallF(truth, given, "micro", 2).f, 15 / 17);
  near(precisionRecallF(truth, given, "samples", 1).f, (4 / 5 + 2 / 3) / 2);
  near(hammingLoss(truth, given), 2 / 6);
});

test("nothing predicted gives 0, not NaN", () => {
  const none = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  assert.deepEqual(precisionRecallF(truth, none, "macro", 1), { precision: 0, recall: 0, f: 0 });
});

test("scaling leaves average precision alone and moves F1", () => {
  const [one, small] = [1, 0.6].map((factor) => measures(truth, scores.map((row) => row.map((s) => s * factor)), 0.5));
  for (const name of ["AP, micro", "AP, macro", "AP, samples"]) assert.equal(one[name], small[name]);
  assert.notEqual(one["F1, micro"], small["F1, micro"]);
});

test("a change below the digits that are shown is none", () => {
  assert.equal(change(0.5001, 0.5), "unchanged");
  assert.equal(change(0.512, 0.5), "+0.012");
  assert.equal(change(0.25, 0.5), "\u22120.250");
});
