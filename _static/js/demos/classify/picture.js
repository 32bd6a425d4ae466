// @ts-check
// The largest picture that the site has of a patch.
import { drawCell, keyOf } from "../../explorer/gallery/source.js";
import { el } from "../../explorer/ui/dom.js";

/** @param {import("../../explorer/gallery/source.js").Pictures} pictures @param {number} row @param {string} id @returns {Promise<HTMLElement>} */
export async function patchPicture(pictures, row, id) {
  const first = pictures.entries[0];
  const thumbnails = await pictures.thumbnails(row).catch(() => []);
  const large = thumbnails.find((one) => !first || keyOf(one) === keyOf(first));
  if (large) return el("img", { src: large.url, width: large.width, height: large.height, alt: `Patch ${id}` });
  const cell = await pictures.cell(null, row).catch(() => null);
  if (!cell) return el("p", { class: "ds-d-note" }, "There is no picture of this patch here.");
  const canvas = el("canvas", { role: "img", "aria-label": `Patch ${id}, ${cell.edge} pixels wide` });
  drawCell(canvas, cell);
  return canvas;
}
