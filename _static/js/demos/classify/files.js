// @ts-check
/** The manifest of the classifiers, and the scores of a test set, checked before they are used. */
import { FileError, fetchBytes } from "../../explorer/core/manifest.js";
/** @import {LoadFile} from "../../explorer/core/types.js" */
/** @import {ModelEntry, TestSet} from "./types.js" */

export const FORMAT = 1;

/** @param {string} url @returns {Promise<{format: number, fingerprint: string, models: ModelEntry[]}>} */
export async function readManifest(url) {
  const value = JSON.parse(new TextDecoder().decode(await fetchBytes(url)));
  const need = (/** @type {unknown} */ holds, /** @type {string} */ problem) => {
    if (!holds) throw new FileError("classify/manifest.json", problem);
  };
  need(value?.format === FORMAT, `format ${FORMAT} expected, ${value?.format} found; build the site anew`);
  need(Array.isArray(value.models) && value.models.length, "it names no model");
  for (const { name, classes, activation } of value.models) {
    need(classes?.length, `${name}: a model without classes`);
    need(["sigmoid", "softmax"].includes(activation), `${name}: the activation ${activation} is not known`);
  }
  return value;
}

/** @param {LoadFile} load @param {ModelEntry} model @param {number} known rows of the explorer @returns {Promise<TestSet>} */
export async function readTestSet(load, { name, classes, test }, known) {
  if (!test) return { n: 0, classes: classes.length, rows: new Uint32Array(0), scores: new Float32Array(0), truth: new Uint8Array(0) };
  const [rowBytes, scoreBytes, truth] = await Promise.all([load(test.rows), load(test.scores), load(test.truth)]);
  const rows = new Uint32Array(littleEndian(rowBytes, 4));
  const scores = new Float32Array(littleEndian(scoreBytes, 4));
  const cells = rows.length * classes.length;
  const need = (/** @type {boolean} */ holds, /** @type {string} */ problem) => {
    if (!holds) throw new FileError(name, problem);
  };
  need(scores.length === cells, `${cells} scores expected, ${scores.length} found`);
  need(truth.length === cells, `${cells} labels expected, ${truth.length} found`);
  need(rows.every((row) => row < known), `a row beyond the ${known} of the data set`);
  need(truth.every((one) => one <= 1), "a label that is neither 0 nor 1");
  need(scores.every((score) => score >= 0 && score <= 1), "a score that is no share");
  return { n: rows.length, classes: classes.length, rows, scores, truth };
}

/** The bytes as arrays of whole numbers take them; every browser runs on little-endian machines. @param {Uint8Array<ArrayBuffer>} bytes @param {number} item */
function littleEndian(bytes, item) {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length - (bytes.length % item));
}
