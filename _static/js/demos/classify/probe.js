// @ts-check
/**
 * A linear probe: logistic regression on stored embeddings, trained in the page. No DOM.
 *
 * Minimises  sum_i s_i log(1 + exp(-y_i (w . x_i + b))) + lambda / 2 |w|^2  with y = 1 for examples and -1 for
 * counter-examples, and weights s_i with which either side sums to one half. x is standardised over all embeddings and
 * then scaled to the length sqrt(d), so that no odd patch stands far out on any side; b is not penalised. The problem is convex, so its solution needs no random start; Newton's method with conjugate gradients finds it.
 */

export const LAMBDA = 0.1;
export const SEED = 7;
const NEWTON_STEPS = 50;

/** @typedef {{weights: Float64Array, bias: number}} Probe on prepared embeddings */

/** Columns of mean 0 and deviation 1, constant ones 0; then rows of length sqrt(dimensions), those of zeros as they are. @param {Float32Array} vectors row-major @param {number} dimensions @returns {Float64Array} */
export function prepared(vectors, dimensions) {
  const n = vectors.length / dimensions;
  const out = Float64Array.from(vectors);
  for (let at = 0; at < dimensions; at++) {
    let [mean, square] = [0, 0];
    for (let row = 0; row < n; row++) mean += out[row * dimensions + at] / n;
    for (let row = 0; row < n; row++) square += (out[row * dimensions + at] - mean) ** 2 / n;
    const scale = square > 1e-24 ? 1 / Math.sqrt(square) : 0;
    for (let row = 0; row < n; row++) out[row * dimensions + at] = (out[row * dimensions + at] - mean) * scale;
  }
  for (let row = 0; row < n; row++) {
    const x = out.subarray(row * dimensions, (row + 1) * dimensions);
    const length = Math.sqrt(norm2(x, dimensions));
    if (length > 0) for (let at = 0; at < dimensions; at++) x[at] *= Math.sqrt(dimensions) / length;
  }
  return out;
}

/**
 * @param {Float64Array} x prepared, row-major @param {number} dimensions @param {number[]} likes places of examples
 * @param {number[]} others places of counter-examples @param {number} [lambda] @returns {Probe}
 */
export function train(x, dimensions, likes, others, lambda = LAMBDA) {
  if (!likes.length || !others.length) throw new RangeError("examples of both sides are needed");
  const places = [...likes, ...others];
  const y = places.map((_, at) => (at < likes.length ? 1 : -1));
  const s = places.map((_, at) => 0.5 / (at < likes.length ? likes.length : others.length));
  const rows = places.map((place) => x.subarray(place * dimensions, (place + 1) * dimensions));
  // The bias is the last of the parameters.
  const theta = new Float64Array(dimensions + 1);
  const margin = (/** @type {Float64Array} */ t, /** @type {number} */ i) => dot(rows[i], t) + t[dimensions];
  const loss = (/** @type {Float64Array} */ t) =>
    rows.reduce((sum, _, i) => sum + s[i] * softplus(-y[i] * margin(t, i)), 0) + (lambda / 2) * norm2(t, dimensions);
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const p = rows.map((_, i) => sigmoid(margin(theta, i)));
    const gradient = combine(rows, p.map((value, i) => s[i] * (value - (y[i] + 1) / 2)), dimensions);
    for (let at = 0; at < dimensions; at++) gradient[at] += lambda * theta[at];
    if (Math.sqrt(norm2(gradient, dimensions + 1)) < 1e-10) break;
    const curvature = p.map((value, i) => s[i] * value * (1 - value));
    const hessian = (/** @type {Float64Array} */ v) => {
      const out = combine(rows, rows.map((_, i) => curvature[i] * margin(v, i)), dimensions);
      for (let at = 0; at < dimensions; at++) out[at] += lambda * v[at];
      return out;
    };
    const direction = conjugateGradients(hessian, gradient);
    let [length, now] = [1, loss(theta)];
    const slope = gradient.reduce((sum, value, at) => sum - value * direction[at], 0);
    while (length > 1e-8 && loss(moved(theta, direction, -length)) > now + 1e-4 * length * slope) length /= 2;
    if (length <= 1e-8) break;
    theta.set(moved(theta, direction, -length));
  }
  return { weights: theta.slice(0, dimensions), bias: theta[dimensions] };
}

/** @param {Probe} probe @param {Float64Array} x prepared, row-major @returns {Float64Array} w . x + b of each row */
export function decisions({ weights, bias }, x) {
  const dimensions = weights.length;
  return Float64Array.from({ length: x.length / dimensions }, (_, row) => dot(x.subarray(row * dimensions, (row + 1) * dimensions), weights) + bias);
}

/**
 * Places drawn without repetition from those that are not taken, the same every time (mulberry32).
 * @param {number} n @param {number} count @param {Set<number>} taken @param {number} [seed] @returns {number[]} ascending
 */
export function drawn(n, count, taken, seed = SEED) {
  const free = Array.from({ length: n }, (_, at) => at).filter((at) => !taken.has(at));
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const most = Math.min(count, free.length);
  for (let at = 0; at < most; at++) {
    const other = at + Math.floor(next() * (free.length - at));
    [free[at], free[other]] = [free[other], free[at]];
  }
  return free.slice(0, most).sort((a, b) => a - b);
}

/** @param {(v: Float64Array) => Float64Array} matrix symmetric, positive @param {Float64Array} right @returns {Float64Array} */
function conjugateGradients(matrix, right) {
  const found = new Float64Array(right.length);
  const rest = right.slice();
  let direction = right.slice();
  let now = norm2(rest, rest.length);
  const enough = 1e-20 * now;
  for (let step = 0; step < 2 * right.length && now > enough; step++) {
    const image = matrix(direction);
    const share = now / direction.reduce((sum, value, at) => sum + value * image[at], 0);
    for (let at = 0; at < found.length; at++) {
      found[at] += share * direction[at];
      rest[at] -= share * image[at];
    }
    const then = norm2(rest, rest.length);
    direction = moved(rest, direction, then / now);
    now = then;
  }
  return found;
}

/** @param {Float64Array[]} rows @param {number[]} shares @param {number} dimensions @returns {Float64Array} with the sum of shares behind */
function combine(rows, shares, dimensions) {
  const out = new Float64Array(dimensions + 1);
  rows.forEach((row, i) => {
    for (let at = 0; at < dimensions; at++) out[at] += shares[i] * row[at];
    out[dimensions] += shares[i];
  });
  return out;
}

/** @param {Float64Array} row @param {Float64Array} w at least as long */
function dot(row, w) {
  let sum = 0;
  for (let at = 0; at < row.length; at++) sum += row[at] * w[at];
  return sum;
}

/** @param {Float64Array} v @param {number} count */
function norm2(v, count) {
  let sum = 0;
  for (let at = 0; at < count; at++) sum += v[at] * v[at];
  return sum;
}

/** @param {Float64Array} from @param {Float64Array} direction @param {number} length */
const moved = (from, direction, length) => from.map((value, at) => value + length * direction[at]);
/** @param {number} z */
const sigmoid = (z) => 1 / (1 + Math.exp(-z));
/** @param {number} z */
const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
