// @ts-check
/** What a search did, step by step, in words and numbers. No DOM. */
import { counted, number, share } from "../../explorer/ui/format.js";
import { bytesSaid } from "../core/said.js";
import { WEIGHTS } from "./rocchio.js";

/** @typedef {{title: string, text: string}} Step */

const MOST = 12; // numbers of lists that a sentence can hold

/** @param {import("./session.js").Outcome} outcome @param {number} rows of the data set @returns {Step[]} */
export function explained(outcome, rows) {
  const { encoder, steps, stored, allowed, more, less, results } = outcome;
  /** @type {Step[]} */
  const found = [{ title: "Describe", text: described(outcome) }];
  if (more.length || less.length) found.push({ title: "Move", text: rocchio(outcome.query !== null || outcome.own !== null, more.length, less.length) });
  if (stored) {
    found.push({ title: "Look up", text: `For every patch, the ${encoder.neighbours.k} nearest others were found when this site was built, by comparing it with ${encoder.neighbours.exact ? `all ${number(rows)}` : "all patches of the lists nearest to it"}. They are looked up in one file${size(steps.bytes)}, so nothing was searched.` });
    found.push({ title: "Show", text: `${counted(results.length, "patch", "patches")}, nearest first${time(steps.milliseconds)}.` });
    return found;
  }
  if (allowed !== null) found.push({ title: "Choose", text: `${number(allowed)} of ${counted(rows, "patch meets", "patches meet")} your conditions (${share(allowed, rows)}). The others are passed over in what follows.` });
  const { lists = 0, probed = [], scanned = 0, reranked = 0, shards = 0 } = steps;
  found.push({ title: "Probe", text: probe(lists, probed.map(({ list }) => list)) });
  if (encoder.index.kind === "flat") {
    found.push({ title: "Compare", text: `${counted(reranked, "patch", "patches")} of ${lists === 1 ? "it" : "these lists"} ${reranked === 1 ? "was" : "were"} compared by their full descriptors. This archive is small; in a large one, short codes would come first.` });
  } else {
    found.push({ title: "Scan", text: `${counted(scanned, "patch", "patches")} of these lists ${scanned === 1 ? "was" : "were"} compared by a short code in place of the full descriptor: fast, and nearly right.` });
    found.push({ title: "Re-rank", text: `The best candidates lie in ${counted(shards, "small file", "small files")}. All ${number(reranked)} patches of these were compared by their full descriptors, and put in order by the true distance${steps.exhausted ? ": no other patch was left" : ""}.` });
  }
  found.push({ title: "Show", text: `${counted(results.length, "patch", "patches")}, nearest first${fetched(steps.bytes)}${time(steps.milliseconds)}.` });
  return found;
}

/** @param {import("./session.js").Outcome} outcome */
function described({ encoder, own, query }) {
  const { asset, bands } = encoder.input;
  const from = `${counted(bands.length, "band", "bands")} of ${asset}`;
  const whose = own ? `Your picture was made into ${counted(encoder.dimensions, "number", "numbers")} here, in your browser` : `${query ? "This patch" : "Each patch"} was made into ${counted(encoder.dimensions, "number", "numbers")} when the site was built`;
  return `${whose}: its descriptor, from ${from}. Patches that look alike to the encoder have descriptors that lie close together.`;
}

/** @param {number} lists @param {number[]} read */
function probe(lists, read) {
  const named = read.slice(0, MOST).join(", ") + (read.length > MOST ? " \u2026" : "");
  if (lists === 1) return "The patches lie in one list, which was read.";
  const whole = `The patches lie in ${counted(lists, "list", "lists")}, each around a centre.`;
  if (read.length === lists) return `${whole} All of them were read.`;
  return `${whole} The ${number(read.length)} whose centres are nearest to the query were read: number ${named}.`;
}

/** @param {boolean} queried @param {number} more @param {number} less */
function rocchio(queried, more, less) {
  const parts = [
    queried ? `${WEIGHTS.query} \u00d7 the query` : "",
    more ? `${queried ? "+ " : ""}${WEIGHTS.more} \u00d7 ${mean(more)} that you want more of` : "",
    less ? `\u2212 ${WEIGHTS.less} \u00d7 ${mean(less)} that you want less of` : "",
  ].filter(Boolean);
  return `The descriptor was moved: ${parts.join(" ")}, divided by the sum of the weights.`;
}

/** @param {number} count */
const mean = (count) => (count === 1 ? "the one" : `the mean of the ${count}`);

/** @param {number | undefined} count */
const size = (count) => (count ? ` of ${bytesSaid(count)}` : "");

/** @param {number | undefined} count */
const fetched = (count) => (count === undefined ? "" : count ? `; ${bytesSaid(count)} were fetched` : "; nothing had to be fetched, it was here already");

/** @param {number | undefined} milliseconds */
const time = (milliseconds) => (milliseconds === undefined ? "" : `, in ${milliseconds < 1 ? "less than 1" : Math.round(milliseconds)} ms`);
