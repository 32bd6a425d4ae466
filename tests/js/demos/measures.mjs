/**
 * Compute what the classification demo computes, for tests in Python to compare.
 *
 *   node measures.mjs < given.json
 *
 * given: {tables: [{n, classes, truth, scores, threshold, single}], probes: [{dimensions, vectors, likes, others, lambda}]};
 * the output is JSON with a result for each.
 */
import { readFileSync } from "node:fs";
import { averagePrecision, column, decide, summarise } from "../../../_static/js/demos/classify/metrics.js";
import { decisions, prepared, train } from "../../../_static/js/demos/classify/probe.js";

const given = JSON.parse(readFileSync(0, "utf8"));
const tables = given.tables.map(({ n, classes, truth, scores, threshold, single }) => {
  const table = { n, classes, truth: Uint8Array.from(truth), scores: Float32Array.from(scores) };
  const summary = summarise(table, decide(table, threshold, single));
  const precisions = Array.from({ length: classes }, (_, at) => averagePrecision(column(table.truth, classes, at), column(table.scores, classes, at)));
  return { ...summary, precisions };
});
const probes = given.probes.map(({ dimensions, vectors, likes, others, lambda }) => {
  const x = prepared(Float32Array.from(vectors), dimensions);
  return [...decisions(train(x, dimensions, likes, others, lambda), x)];
});
process.stdout.write(JSON.stringify({ tables, probes }));
