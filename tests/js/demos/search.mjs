/**
 * Search the indices of a folder, for tests in Python to compare.
 *
 *   node search.mjs FOLDER ENCODER QUERIES.json
 *
 * QUERIES.json is a list of calls: {"method": "search", "vector", "k", "mask": rows or null, "exclude"},
 * {"method": "neighbours", "row"}, {"method": "vectors", "rows"} or {"method": "all", "limit"}. The output is JSON.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Indices } from "../../../_static/js/demos/search/indices.js";

const [folder, name, queries] = process.argv.slice(2);
const manifest = JSON.parse(await readFile(path.join(folder, "manifest.json"), "utf8"));
const base = pathToFileURL(path.join(path.resolve(folder), "manifest.json")).href;
const read = async (url) => Uint8Array.from(await readFile(fileURLToPath(url)));
const indices = new Indices(manifest, base, () => {}, read);

const answers = {
  search: ({ vector, mask, ...wanted }) => {
    const allowed = mask && new Uint8Array(manifest.rows);
    for (const row of mask ?? []) allowed[row] = 1;
    return indices.search(name, Float32Array.from(vector), { ...wanted, mask: allowed });
  },
  neighbours: ({ row }) => indices.neighbours(name, row),
  vectors: async ({ rows }) => (await indices.vectors(name, rows)).map((vector) => vector && [...vector]),
  all: async ({ limit }) => {
    const { rows, vectors, total } = await indices.all(name, limit);
    return { rows: [...rows], vectors: [...vectors], total };
  },
};
const found = [];
for (const query of JSON.parse(await readFile(queries, "utf8"))) found.push(await answers[query.method](query));
process.stdout.write(JSON.stringify(found));
