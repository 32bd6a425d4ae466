// @ts-check
/** The picture of a row: the guide's own where there is one, else the small one; words where there is none. */
import { drawCell, keyOf } from "../../explorer/gallery/source.js";
import { el } from "../../explorer/ui/dom.js";

/**
 * @param {any} pictures of the explorer @param {number} row @param {string | null} rendering
 * @returns {HTMLElement} filled when the picture is there; what it shows stands beside it, so it says nothing itself
 */
export function pictureOf(pictures, row, rendering) {
  const canvas = el("canvas", { width: 32, height: 32, "aria-hidden": "true" });
  const node = el("span", { class: "ds-d-picture" }, canvas);
  draw().catch(() => node.classList.add("ds-d-bare"));
  return node;

  async function draw() {
    const cell = await pictures.cell(rendering, row);
    if (cell) drawCell(canvas, cell);
    const entry = pictures.entry(rendering);
    const large = entry && (await pictures.thumbnails(row).catch(() => [])).find((/** @type {any} */ one) => keyOf(one) === keyOf(entry));
    if (large) node.append(el("img", { src: large.url, alt: "", decoding: "async", class: entry.rendering === "map" ? "ds-d-exact" : "" }));
    node.classList.toggle("ds-d-bare", !cell && !large);
  }
}
