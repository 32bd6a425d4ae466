// @ts-check
/**
 * Bicubic resampling, equal to the bit to `dsdocs.features.resample`: the kernel of R. G. Keys (1981) with a = -1/2,
 * centres of pixels aligned, edges repeated, rows before columns; widened where the picture shrinks. No DOM.
 */

const A = -0.5;

/**
 * Resample one band; what is no finite number counts as 0.
 * @param {ArrayLike<number>} values row after row @param {[number, number]} from rows and columns
 * @param {[number, number]} to rows and columns of the result @returns {Float32Array<ArrayBuffer>}
 */
export function resample(values, from, to) {
  const [rows, columns] = from;
  const [newRows, newColumns] = to;
  if (values.length !== rows * columns) throw new RangeError(`${rows} x ${columns} pixels expected, ${values.length} found`);
  const finite = Float64Array.from(values, (value) => (Number.isFinite(value) ? value : 0));
  const tall = rows === newRows ? finite : downwards(finite, columns, taps(rows, newRows));
  const wide = columns === newColumns ? tall : sidewards(tall, newRows, columns, taps(columns, newColumns));
  return Float32Array.from(wide);
}

/** @param {Float64Array<ArrayBuffer>} values @param {number} columns @param {Taps} taps */
function downwards(values, columns, { places, weights, count, length }) {
  const result = new Float64Array(length * columns);
  for (let i = 0; i < length; i += 1) {
    for (let tap = 0; tap < count; tap += 1) {
      const start = places[i * count + tap] * columns;
      const weight = weights[i * count + tap];
      for (let j = 0; j < columns; j += 1) result[i * columns + j] += values[start + j] * weight;
    }
  }
  return result;
}

/** @param {Float64Array<ArrayBuffer>} values @param {number} rows @param {number} columns @param {Taps} taps */
function sidewards(values, rows, columns, { places, weights, count, length }) {
  const result = new Float64Array(rows * length);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < length; j += 1) {
      let sum = 0;
      for (let tap = 0; tap < count; tap += 1) sum += values[i * columns + places[j * count + tap]] * weights[j * count + tap];
      result[i * length + j] = sum;
    }
  }
  return result;
}

/**
 * Which pixels of `n` make each of `m`, and with which weight.
 * @typedef {{places: Int32Array, weights: Float64Array, count: number, length: number}} Taps `count` for each of `length`
 * @param {number} n @param {number} m @returns {Taps}
 */
export function taps(n, m) {
  if (n < 1 || m < 1) throw new RangeError(`a picture of ${n} pixels cannot become one of ${m}`);
  const step = n / m;
  const widened = Math.max(1, step);
  const count = 2 * Math.ceil(2 * widened);
  const places = new Int32Array(m * count);
  const weights = new Float64Array(m * count);
  for (let i = 0; i < m; i += 1) {
    const centre = (i + 0.5) * step - 0.5;
    const first = Math.floor(centre) - count / 2 + 1;
    let total = 0;
    for (let tap = 0; tap < count; tap += 1) {
      weights[i * count + tap] = keys((centre - (first + tap)) / widened);
      total += weights[i * count + tap];
    }
    for (let tap = 0; tap < count; tap += 1) {
      places[i * count + tap] = Math.min(Math.max(first + tap, 0), n - 1);
      weights[i * count + tap] /= total;
    }
  }
  return { places, weights, count, length: m };
}

/** The kernel at a distance in pixels. @param {number} distance */
function keys(distance) {
  const x = Math.abs(distance);
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  if (x < 2) return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
  return 0;
}
