// @ts-check
/** Run an ONNX model with onnxruntime-web, one thread, in the thread that calls; `onnx.js` has a worker do it. */
import { download } from "./download.js";
/** @import {Expected} from "./download.js" */

/**
 * @typedef {Record<string, Float32Array>} Outputs by name; models of dsdocs have `scores` and `features`
 * @typedef {{outputs: string[], run: (pixels: Float32Array, shape: number[]) => Promise<Outputs>, close: () => Promise<void>}} Model
 */

const VENDOR = new URL("../../../vendor/onnxruntime-web/", import.meta.url).href;
const PROGRAM = "ort-wasm-simd-threaded.wasm.gz";
const PROGRAM_BYTES = 3_650_000; // about; only for the bar, before the server has told

/** @type {Promise<any> | null} */
let runtime = null;

/**
 * Open a model.
 * @param {string} url @param {Expected} [expected] `onProgress` counts the bytes of the model and, once, of the runtime
 * @returns {Promise<Model>}
 */
export async function openSession(url, { onProgress, ...expected } = {}) {
  const sizes = { program: [0, runtime ? 0 : PROGRAM_BYTES], model: [0, expected.bytes ?? 0] };
  const tell = (/** @type {"program" | "model"} */ what) => (/** @type {number} */ done, /** @type {number} */ total) => {
    sizes[what] = [done, total];
    onProgress?.(sizes.program[0] + sizes.model[0], sizes.program[1] + sizes.model[1]);
  };
  runtime ??= load(tell("program"));
  runtime.catch(() => (runtime = null));
  const [ort, bytes] = await Promise.all([runtime, download(url, { ...expected, onProgress: tell("model") })]);
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const [input] = session.inputNames;
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  return {
    outputs: [...session.outputNames],
    run(pixels, shape) {
      // A session runs one thing at a time.
      const next = last.then(async () => {
        const found = await session.run({ [input]: new ort.Tensor("float32", pixels, shape) });
        return Object.fromEntries(Object.entries(found).map(([name, tensor]) => [name, Float32Array.from(tensor.data)]));
      });
      last = next.catch(() => {});
      return next;
    },
    close: () => session.release(),
  };
}

/** @param {(done: number, total: number) => void} onProgress */
async function load(onProgress) {
  const [ort, program] = await Promise.all([
    import(new URL("ort.wasm.min.mjs", VENDOR).href),
    download(new URL(PROGRAM, VENDOR).href, { onProgress }),
  ]);
  ort.env.wasm.numThreads = 1; // more would need headers that static hosts do not send
  ort.env.wasm.wasmPaths = VENDOR;
  ort.env.wasm.wasmBinary = program.buffer;
  return ort;
}
