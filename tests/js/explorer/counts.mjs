/**
 * Count selections of a data set on disk, for tests in Python to compare.
 *
 *   node counts.mjs FOLDER SELECTIONS.json [--write FOLDER]
 *
 * SELECTIONS.json is a list of selections. The output is JSON: one object for each, with count, counts, missing, bases,
 * pairs, the SHA-256 of the mask (a byte, 0 or 1, for each row), and milliseconds.
 * `--write` puts N.csv and N.toml of each selection into a folder.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkManifest, fileLoader } from "../../../_static/js/explorer/core/manifest.js";
import { Rows } from "../../../_static/js/explorer/core/rows.js";

const [folder, selections, option, target] = process.argv.slice(2);
const manifest = checkManifest(JSON.parse(await readFile(path.join(folder, "manifest.json"), "utf8")));
const base = pathToFileURL(path.join(path.resolve(folder), "manifest.json")).href;
const rows = new Rows(manifest, fileLoader(base, async (url) => Uint8Array.from(await readFile(fileURLToPath(url)))));
await rows.preload();

const results = [];
for (const [index, selection] of JSON.parse(await readFile(selections, "utf8")).entries()) {
  const { mask, pairs, ...result } = await rows.select(selection);
  const each = (values) => Object.fromEntries(Object.entries(values).map(([name, list]) => [name, [...list]]));
  results.push({
    ...result,
    counts: each(result.counts),
    pairs: pairs && { terms: pairs.terms, values: [...pairs.values] },
    mask: createHash("sha256").update(mask).digest("hex"),
  });
  if (option !== "--write") continue;
  await writeFile(path.join(target, `${index}.csv`), Buffer.from(await (await rows.csv()).arrayBuffer()));
  await writeFile(path.join(target, `${index}.toml`), rows.recipe());
}
process.stdout.write(JSON.stringify(results));
