// @ts-check
/**
 * What the parts of the classification demo hand to each other; no code.
 *
 * @typedef {import("../../explorer/core/types.js").Entry} Entry
 * @typedef {import("../input/types.js").Input} Input
 * @typedef {{name: string, title: string, model: Entry, input: Input, classes: string[],
 *   activation: "sigmoid" | "softmax", threshold: number, provenance: Record<string, any>, training: Record<string, any> | null,
 *   parity: number | null, quantised: boolean, test: {rows: Entry, scores: Entry, truth: Entry} | null}} ModelEntry
 * @typedef {{n: number, classes: number, rows: Uint32Array, scores: Float32Array, truth: Uint8Array}} TestSet
 *   row-major (n, classes): probabilities, and 1 where a patch has a class; rows: of the explorer
 */
export {};
