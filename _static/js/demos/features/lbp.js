// @ts-check
/**
 * Local binary patterns, uniform and the same for every rotation, as `dsdocs.features.lbp` counts them: LBP(P, R, riu2)
 * of Ojala, Pietikäinen and Mäenpää (2002), equations 9 to 11. No DOM.
 */

/**
 * @typedef {{offsets: Int32Array, weights: Float32Array, first: number}} Neighbour the pixels that it is interpolated
 *   from, as steps from the centre; the `first` of them lie on one diagonal of their square, the others on the other one
 */
const STEPS = 100_000;
const round = (/** @type {number} */ value) => Math.floor(value * STEPS + 0.5) / STEPS;

/**
 * @param {Float32Array} image row after row @param {number} rows @param {number} columns
 * @param {[number, number]} ring number of neighbours and their distance in px
 * @returns {Float64Array<ArrayBuffer>} the share of each of P + 2 patterns; all 0 where the picture is too small
 */
export function patterns(image, rows, columns, [points, radius]) {
  const margin = Math.ceil(radius);
  const found = new Float64Array(points + 2);
  const circle = Array.from({ length: points }, (_, point) => neighbour((2 * Math.PI * point) / points, radius, columns));
  for (let row = margin; row < rows - margin; row += 1) {
    for (let place = row * columns + margin; place < (row + 1) * columns - margin; place += 1) {
      const first = isBright(image, place, circle[0]);
      let before = first;
      let ones = first;
      let changes = 0;
      for (let point = 1; point < points; point += 1) {
        const bright = isBright(image, place, circle[point]);
        ones += bright;
        changes += bright ^ before;
        before = bright;
      }
      changes += first ^ before;
      found[changes <= 2 ? ones : points + 1] += 1;
    }
  }
  const counted = found.reduce((sum, count) => sum + count, 0);
  return counted ? found.map((count) => count / counted) : found;
}

/** Whether a neighbour is at least as bright as its centre, 0 or 1. @param {Float32Array} image @param {number} place @param {Neighbour} neighbour */
function isBright(image, place, { offsets, weights, first }) {
  const centre = image[place];
  let one = 0;
  let other = 0;
  // Rounded after each step, because Python counts in float32.
  for (let i = 0; i < offsets.length; i += 1) {
    const term = Math.fround(Math.fround(image[place + offsets[i]] - centre) * weights[i]);
    if (i < first) one = Math.fround(one + term);
    else other = Math.fround(other + term);
  }
  return Math.fround(one + other) >= 0 ? 1 : 0;
}

/** @param {number} angle @param {number} radius @param {number} columns @returns {Neighbour} */
function neighbour(angle, radius, columns) {
  const down = round(-radius * Math.sin(angle));
  const right = round(radius * Math.cos(angle));
  const [top, left] = [Math.floor(down), Math.floor(right)];
  const [y, x] = [down - top, right - left];
  /** @type {[number, number, number][][]} */
  const diagonals = [
    [[(1 - y) * (1 - x), top, left], [y * x, top + 1, left + 1]],
    [[(1 - y) * x, top, left + 1], [y * (1 - x), top + 1, left]],
  ];
  // The centre itself differs by nothing.
  const [one, other] = diagonals.map((some) => some.filter(([weight, i, j]) => weight > 0 && (i !== 0 || j !== 0)));
  const all = [...one, ...other];
  return {
    offsets: Int32Array.from(all, ([, i, j]) => i * columns + j),
    weights: Float32Array.from(all, ([weight]) => weight),
    first: one.length,
  };
}
