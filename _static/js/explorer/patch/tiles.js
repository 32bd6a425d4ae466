// @ts-check
/** Other patches as a row of small pictures, each a button. */
import { drawCell } from "../gallery/source.js";
import { el } from "../ui/dom.js";

const MOST = 12;

/**
 * @param {any} explorer @param {import("../gallery/source.js").Pictures} pictures @param {Uint32Array} rows nearest first
 * @param {{onOpen: (id: string) => void, say: (about: any) => string, rendering: string | null}} how
 * @returns {Promise<HTMLElement>}
 */
export async function tiles(explorer, pictures, rows, { onOpen, say, rendering }) {
  const shown = rows.subarray(0, MOST);
  const described = await explorer.describe(shown);
  const list = el("ul", { class: "ds-x-tiles" });
  for (const about of described) {
    const canvas = el("canvas", { width: 32, height: 32, "aria-hidden": "true" });
    const words = say(about);
    list.append(el("li", {}, el("button", { type: "button", class: "ds-x-tile", title: about.id, "aria-label": `${about.id}, ${words}`, onclick: () => onOpen(about.id) },
      canvas, el("span", {}, words))));
    pictures.cell(rendering, about.row).then((cell) => (cell ? drawCell(canvas, cell) : canvas.classList.add("ds-x-tile-bare")), () => {});
  }
  if (rows.length > MOST) list.append(el("li", { class: "ds-x-note" }, `and ${rows.length - MOST} more`));
  return list;
}
