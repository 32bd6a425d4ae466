// @ts-check
/** The errata of a patch in its panel. */
import { errataOf, followable, saidOf } from "../core/errata.js";
import { el } from "../ui/dom.js";
import { section } from "./sections.js";

/**
 * @param {any} explorer @param {import("../core/types.js").LoadFile} load @param {string} id
 * @returns {Promise<HTMLElement | null>} null where the patch has none
 */
export async function errataSection(explorer, load, id) {
  const { errata } = explorer.manifest;
  if (!errata) return null;
  let found;
  try {
    found = errataOf(JSON.parse(new TextDecoder().decode(await load(errata))), id);
  } catch (error) {
    return section("Errata", el("p", { class: "ds-x-note" }, `They could not be read: ${error instanceof Error ? error.message : error}`));
  }
  if (!found.length) return null;
  const node = section("Errata", el("ul", { class: "ds-x-errata", role: "list" }, ...found.map(item)));
  node.classList.add("ds-x-part-errata");
  return node;
}

/** @param {import("../core/errata.js").Erratum} erratum */
function item(erratum) {
  const link = followable(erratum.link);
  return el("li", { class: `ds-x-erratum ds-x-erratum-${erratum.status}` },
    el("p", {}, el("strong", {}, `${erratum.what}: `), erratum.text),
    el("p", { class: "ds-x-note" }, saidOf(erratum), link ? ". " : "", link ? el("a", { href: link, rel: "nofollow noopener noreferrer", target: "_blank" }, "Discussion") : null));
}
