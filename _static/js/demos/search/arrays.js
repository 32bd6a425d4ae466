// @ts-check
/** Numbers out of bytes: all lowest bytes first, then the second ones, and so on. */

/** @param {Uint8Array} bytes @param {number} [width] bytes of a number @returns {Uint32Array<ArrayBuffer>} */
export function wholes(bytes, width = 4) {
  const n = bytes.length / width;
  const found = new Uint32Array(n);
  for (let plane = 0; plane < width; plane++) {
    const shift = 8 * plane;
    for (let i = 0, from = plane * n; i < n; i++) found[i] |= bytes[from + i] << shift;
  }
  return found;
}

/** @type {Float32Array | null} */
let halves = null;

/** What each of the 65,536 numbers of 16 bits is (IEEE 754 binary16). */
function halfTable() {
  const table = new Float32Array(1 << 16);
  for (let bits = 0; bits < table.length; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size =
      exponent === 0 ? fraction * 2 ** -24
      : exponent === 31 ? (fraction ? NaN : Infinity)
      : (1 + fraction / 1024) * 2 ** (exponent - 15);
    table[bits] = bits & 0x8000 ? -size : size;
  }
  return table;
}

/** @param {Uint8Array} bytes @param {"float16" | "float32"} dtype @returns {Float32Array<ArrayBuffer>} */
export function reals(bytes, dtype) {
  if (dtype === "float32") return new Float32Array(wholes(bytes).buffer);
  const table = (halves ??= halfTable());
  const n = bytes.length / 2;
  const found = new Float32Array(n);
  for (let i = 0; i < n; i++) found[i] = table[bytes[i] | (bytes[n + i] << 8)];
  return found;
}

/** Whole numbers of steps, modulo 2 ** 16. @param {Uint8Array} bytes @param {number} step */
export function fixed(bytes, step) {
  const n = bytes.length / 2;
  const found = new Float32Array(n);
  for (let i = 0; i < n; i++) found[i] = (((bytes[i] | (bytes[n + i] << 8)) << 16) >> 16) * step;
  return found;
}

/**
 * Vectors, row by row, of what they have beyond a centroid, axis by axis: what is above the low bits in planes of 16
 * bits, where 0, -1, 1, -2 ... are 0, 1, 2, 3 ...; then the low bits of all numbers, the lowest first, without gaps.
 * @param {Uint8Array} bytes @param {number} n vectors @param {number[]} low bits of each axis @param {Float32Array} centroid @param {number} step
 */
export function unpacked(bytes, n, low, centroid, step) {
  const d = low.length;
  const found = new Float32Array(n * d);
  let from = 2 * n * d;
  for (let axis = 0, at = 0, rest = 0, held = 0; axis < d; axis++) {
    const bits = low[axis];
    const mask = (1 << bits) - 1;
    const middle = centroid[axis] / step;
    for (let to = axis; to < found.length; to += d, at++) {
      for (; held < bits; held += 8) rest |= bytes[from++] << held;
      const folded = bytes[at] | (bytes[n * d + at] << 8);
      found[to] = ((((folded >>> 1) ^ -(folded & 1)) << bits) + (rest & mask) + middle) * step;
      rest >>>= bits;
      held -= bits;
    }
  }
  return found;
}

/** Sum steps up in place, anew from each start on. @param {Uint32Array} steps @param {ArrayLike<number>} sizes of the parts */
export function summed(steps, sizes) {
  let place = 0;
  for (let part = 0; part < sizes.length; part++) {
    for (let i = 1; i < sizes[part]; i++) steps[place + i] += steps[place + i - 1];
    place += sizes[part];
  }
  return steps;
}

/** Where each part begins, and where the last one ends. @param {ArrayLike<number>} sizes */
export function startsOf(sizes) {
  const starts = new Uint32Array(sizes.length + 1);
  for (let i = 0; i < sizes.length; i++) starts[i + 1] = starts[i] + sizes[i];
  return starts;
}
