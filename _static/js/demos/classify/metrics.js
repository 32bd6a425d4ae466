// @ts-check
/** How good decisions are: the definitions of dsdocs.metrics, with the same rules where a value would divide by zero. No DOM. */

/**
 * @typedef {{precision: number, recall: number, f1: number, f2: number}} Measures
 * @typedef {Measures & {support: number, given: number, hits: number}} ClassMeasures support: patches that have the class
 * @typedef {{micro: Measures, macro: Measures, samples: Measures, classes: ClassMeasures[]}} Summary
 * @typedef {{n: number, classes: number, scores: Float32Array, truth: Uint8Array}} Table row-major (n, classes)
 */

/**
 * Decide which classes are given: several labels where the score reaches the threshold; of one label, the first highest
 * score, if it does.
 * @param {Table} table @param {number} threshold @param {boolean} single @returns {Uint8Array}
 */
export function decide({ n, classes, scores }, threshold, single) {
  const given = new Uint8Array(n * classes);
  if (!single) {
    for (let i = 0; i < given.length; i++) given[i] = scores[i] >= threshold ? 1 : 0;
    return given;
  }
  for (let row = 0; row < n; row++) {
    const at = row * classes + highest(scores, row * classes, classes);
    given[at] = scores[at] >= threshold ? 1 : 0;
  }
  return given;
}

/** @param {ArrayLike<number>} scores @param {number} from @param {number} count @returns {number} place of the first highest */
export function highest(scores, from, count) {
  let best = 0;
  for (let at = 1; at < count; at++) if (scores[from + at] > scores[from + best]) best = at;
  return best;
}

/** @param {Table} table @param {Uint8Array} given @returns {Summary} */
export function summarise({ n, classes, truth }, given) {
  const [hits, said, right] = [new Uint32Array(classes), new Uint32Array(classes), new Uint32Array(classes)];
  const samples = [0, 0, 0, 0];
  for (let row = 0; row < n; row++) {
    let [both, own, real] = [0, 0, 0];
    for (let at = 0; at < classes; at++) {
      const [g, t] = [given[row * classes + at], truth[row * classes + at]];
      hits[at] += g & t;
      said[at] += g;
      right[at] += t;
      both += g & t;
      own += g;
      real += t;
    }
    const { precision, recall, f1, f2 } = measures(both, own, real);
    samples[0] += precision;
    samples[1] += recall;
    samples[2] += f1;
    samples[3] += f2;
  }
  const perClass = Array.from(hits, (hit, at) => ({ ...measures(hit, said[at], right[at]), support: right[at], given: said[at], hits: hit }));
  const sum = (/** @type {Uint32Array} */ counts) => counts.reduce((all, one) => all + one, 0);
  const [precision, recall, f1, f2] = samples.map((value) => (n ? value / n : 0));
  return { micro: measures(sum(hits), sum(said), sum(right)), macro: meanOf(perClass), samples: { precision, recall, f1, f2 }, classes: perClass };
}

/** @param {number} hits @param {number} given @param {number} right @returns {Measures} F in counts, as in Python */
function measures(hits, given, right) {
  const f = (/** @type {number} */ beta) => ratio((1 + beta ** 2) * hits, beta ** 2 * right + given);
  return { precision: ratio(hits, given), recall: ratio(hits, right), f1: f(1), f2: f(2) };
}

/** @param {number} part @param {number} whole */
const ratio = (part, whole) => (whole ? part / whole : 0);

/** @param {Measures[]} all @returns {Measures} */
function meanOf(all) {
  const mean = (/** @type {keyof Measures} */ key) => (all.length ? all.reduce((sum, one) => sum + one[key], 0) / all.length : 0);
  return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1"), f2: mean("f2") };
}

/**
 * Average precision: the sum over thresholds of (R_n - R_(n-1)) P_n; equal scores are one threshold.
 * @param {ArrayLike<number>} truth 0 or 1 @param {ArrayLike<number>} scores @returns {number} 0 without a positive
 */
export function averagePrecision(truth, scores) {
  const order = Uint32Array.from({ length: scores.length }, (_, at) => at).sort((a, b) => scores[b] - scores[a]);
  let [hits, before, sum] = [0, 0, 0];
  for (let at = 0; at < order.length; at++) {
    hits += truth[order[at]];
    if (at + 1 < order.length && scores[order[at + 1]] === scores[order[at]]) continue;
    sum += ((hits - before) * hits) / (at + 1);
    before = hits;
  }
  return hits ? sum / hits : 0;
}

/** One column of a table. @template {Float32Array | Uint8Array} T @param {T} values @param {number} classes @param {number} at @returns {number[]} */
export function column(values, classes, at) {
  return Array.from({ length: values.length / classes }, (_, row) => values[row * classes + at]);
}
