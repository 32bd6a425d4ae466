// @ts-check
/** What became of each class of a patch, and the order in which classes are listed. No DOM. */
import { highest } from "./metrics.js";

/** @typedef {"right" | "wrong" | "missed" | "given" | "none"} Verdict given: there is nothing to compare it with */
/** @typedef {{name: string, at: number, score: number, live: number | null, truth: boolean | null, verdict: Verdict}} Line */

/**
 * @param {string[]} names @param {ArrayLike<number>} scores that decide @param {ArrayLike<number> | null} live scores of
 * the model in the browser @param {ArrayLike<number> | null} truth null: not known @param {number} threshold
 * @param {boolean} single @returns {Line[]} by falling score, equal ones in the order of the classes
 */
export function linesOf(names, scores, live, truth, threshold, single) {
  const best = highest(scores, 0, names.length);
  return names
    .map((name, at) => {
      const given = scores[at] >= threshold && (!single || at === best);
      const is = truth ? Boolean(truth[at]) : null;
      return { name, at, score: scores[at], live: live ? live[at] : null, truth: is, verdict: verdictOf(given, is) };
    })
    .sort((a, b) => b.score - a.score || a.at - b.at);
}

/** @param {boolean} given @param {boolean | null} truth @returns {Verdict} */
function verdictOf(given, truth) {
  if (truth === null) return given ? "given" : "none";
  if (given) return truth ? "right" : "wrong";
  return truth ? "missed" : "none";
}

/** @type {Record<Verdict, string>} */
export const SAID = { right: "given, right", wrong: "given, wrong", missed: "missed", given: "given", none: "" };
