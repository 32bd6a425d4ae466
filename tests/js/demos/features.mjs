/**
 * Run what Python has written down, for tests in Python to compare.
 *
 *   node features.mjs FOLDER
 *
 * FOLDER/cases.json is a list of {kind, values: file of float32, ...}; the output is JSON: a list of numbers for each.
 *   resample: from, to (rows and columns)      encode: entry, manifest (path of a manifest beside the files of the entry)
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { resample } from "../../../_static/js/demos/core/resample.js";
import { openEncoder } from "../../../_static/js/demos/features/encode.js";

const [folder] = process.argv.slice(2);
const read = async (name) => Uint8Array.from(await readFile(path.join(folder, name)));
// Node fetches no file: addresses.
globalThis.fetch = async (url) => new Response(Uint8Array.from(await readFile(fileURLToPath(url))));

const results = [];
for (const { kind, values, ...given } of JSON.parse(await readFile(path.join(folder, "cases.json"), "utf8"))) {
  const pixels = new Float32Array((await read(values)).buffer);
  if (kind === "resample") {
    results.push([...resample(pixels, given.from, given.to)]);
  } else {
    const manifest = pathToFileURL(path.join(folder, "manifest.json")).href;
    const encoder = await openEncoder(given.entry, manifest);
    results.push([...(await encoder.encode(pixels))]);
  }
}
process.stdout.write(JSON.stringify(results));
