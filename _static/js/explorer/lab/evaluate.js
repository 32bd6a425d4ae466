// @ts-check
/** Compute a parsed formula on a grid, and write it in Python. */
/** @import {Node} from "./formula.js" */

/** @type {Record<string, (a: number, b: number) => number>} */
const BINARY = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
};

/** Names of the bands that a formula uses, each once. @param {Node} node @returns {string[]} */
export function bandsOf(node) {
  if (node.kind === "band") return [node.name];
  if (node.kind === "negative") return bandsOf(node.of);
  if (node.kind === "binary") return [...new Set([...bandsOf(node.left), ...bandsOf(node.right)])];
  return node.kind === "call" ? [...new Set(node.of.flatMap(bandsOf))] : [];
}

/**
 * @param {Node} node
 * @param {number} size pixels of the grid
 * @param {(band: string) => Float64Array} lookup values of a band on the grid, NaN where there is no data
 * @returns {Float64Array} NaN where a band has no data, and where the formula has no finite value
 */
export function evaluate(node, size, lookup) {
  const found = compute(node, size, lookup);
  const out = typeof found === "number" ? new Float64Array(size).fill(found) : Float64Array.from(found);
  for (let at = 0; at < size; at++) if (!Number.isFinite(out[at])) out[at] = NaN;
  return out;
}

/** @param {Node} node @param {number} size @param {(band: string) => Float64Array} lookup @returns {Float64Array | number} */
function compute(node, size, lookup) {
  if (node.kind === "number") return node.value;
  if (node.kind === "band") return lookup(node.name);
  if (node.kind === "negative") return each((value) => -value, compute(node.of, size, lookup));
  if (node.kind === "binary") {
    return both(BINARY[node.operator], compute(node.left, size, lookup), compute(node.right, size, lookup), size);
  }
  const values = node.of.map((of) => compute(of, size, lookup));
  if (node.name === "abs" || node.name === "sqrt") return each(Math[node.name], values[0]);
  return values.reduce((left, right) => both(BINARY[node.name], left, right, size));
}

/** @param {(value: number) => number} change @param {Float64Array | number} values */
const each = (change, values) => (typeof values === "number" ? change(values) : values.map(change));

/**
 * @param {(a: number, b: number) => number} join
 * @param {Float64Array | number} left @param {Float64Array | number} right @param {number} size
 */
function both(join, left, right, size) {
  if (typeof left === "number" && typeof right === "number") return join(left, right);
  const out = new Float64Array(size);
  for (let at = 0; at < size; at++) {
    out[at] = join(typeof left === "number" ? left : left[at], typeof right === "number" ? right : right[at]);
  }
  return out;
}

/** A part without bands becomes its value: Python itself divides nothing by zero. @param {Node} node */
function constant(node) {
  const value = Number(compute(node, 0, () => new Float64Array(0)));
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "np.nan" : value > 0 ? "np.inf" : "(-np.inf)";
}

/** The formula as NumPy computes it, fully in parentheses. @param {Node} node @param {(band: string) => string} name */
export function inPython(node, name) {
  /** @param {Node} one @returns {string} */
  const write = (one) => {
    if (!bandsOf(one).length) return constant(one);
    if (one.kind === "number") return String(one.value);
    if (one.kind === "band") return name(one.name);
    if (one.kind === "negative") return `(-${write(one.of)})`;
    if (one.kind === "binary") return `(${write(one.left)} ${one.operator} ${write(one.right)})`;
    const values = one.of.map(write);
    if (one.name === "abs" || one.name === "sqrt") return `np.${one.name}(${values[0]})`;
    return values.reduce((left, right) => `np.${one.name}imum(${left}, ${right})`);
  };
  const text = write(node);
  return node.kind === "binary" ? text.slice(1, -1) : text;
}
