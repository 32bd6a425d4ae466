/** Load a classic script of the site, which a page runs without modules, and return what it exports for tests. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

/** @param {string} name file below _static/js */
export function classic(name) {
  const path = fileURLToPath(new URL(`../../_static/js/${name}`, import.meta.url));
  const module = { exports: /** @type {any} */ ({}) };
  vm.runInThisContext(`(function (module) {${readFileSync(path, "utf8")}\n})`, path)(module);
  return module.exports;
}
