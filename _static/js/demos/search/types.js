// @ts-check
/**
 * The shapes that the parts of the search hand to each other; no code. docs/retrieval.md describes the files.
 *
 * @typedef {import("../../explorer/core/types.js").Entry} Entry
 * @typedef {{kind: "flat" | "ivf-pq", lists: number, shards: number, step: number | null, low_bits: number[] | null, code_bytes: number,
 *   coarse: Entry, rotation: Entry | null, codebooks: Entry | null, directory: Entry,
 *   places: {rows_per_file: number, dtype: "uint8" | "uint16" | "uint32", files: Entry[]}}} IndexEntry
 * @typedef {{name: string, title: string, kind: string, browser: boolean, dimensions: number, metric: "l2",
 *   rows: number, folder: string, index: IndexEntry, search: {bytes: number, list_bytes: number, rerank: number},
 *   neighbours: {k: number, rows_per_file: number, files_per_directory: number, directories: Entry[], exact: boolean},
 *   recall: {at: number, measured: number, queries: number, bound: number},
 *   bytes: {open: number, query: number, neighbours: number, total: number}, [more: string]: any}} EncoderEntry
 * @typedef {{format: number, fingerprint: string, rows: number, explorer: string, encoders: EncoderEntry[]}} Manifest
 *
 * @typedef {{row: number, distance: number}} Near an explorer row and its Euclidean distance
 * @typedef {{results: Near[], bytes: number, milliseconds: number}} Neighbours `bytes`: those that were fetched
 * @typedef {{list: number, distance: number, rows: number, allowed: number}} Probed a list that was looked into
 * @typedef {{lists: number, probed: Probed[], scanned: number, reranked: number, shards: number, bytes: number,
 *   exhausted: boolean, milliseconds: number}} Steps `bytes`: of the files that were read, cached or not
 * @typedef {{results: Near[], steps: Steps}} Found
 * @typedef {{k?: number, mask?: Uint8Array | null, exclude?: number[]}} Wanted `mask`: 1 = the explorer row is allowed
 * @typedef {{counts: Uint32Array, bytes: Uint32Array, digests: string[]}} Directory
 * @typedef {{rows: Uint32Array, vectors: Float32Array}} Shard row-major
 */
export {};
