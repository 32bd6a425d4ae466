// @ts-check
/** From what a model puts out to shares between 0 and 1. No DOM. */

/** @param {ArrayLike<number>} logits @param {"sigmoid" | "softmax"} activation @returns {Float32Array} */
export function probabilities(logits, activation) {
  if (activation === "sigmoid") return Float32Array.from(logits, (value) => 1 / (1 + Math.exp(-value)));
  let most = -Infinity;
  for (let at = 0; at < logits.length; at++) most = Math.max(most, logits[at]);
  const powers = Float64Array.from(logits, (value) => Math.exp(value - most));
  const sum = powers.reduce((all, one) => all + one, 0);
  return Float32Array.from(powers, (value) => value / sum);
}
