// @ts-check
// What stands where nothing is searched for yet: some patches to begin with.
import { el } from "../../explorer/ui/dom.js";
import { pictureOf } from "./picture.js";

const SHOWN = 6;

/** Patches from all over the data set. @param {any} explorer @param {any} pictures @param {{onAsk: (id: string) => void, rendering: string | null}} how @returns {Promise<HTMLElement>} */
export async function beginnings(explorer, pictures, { onAsk, rendering }) {
  const { rows } = explorer.manifest;
  const chosen = new Set(Array.from({ length: SHOWN }, (_, part) => Math.floor(((2 * part + 1) * rows) / (2 * SHOWN))));
  const described = await explorer.describe(Uint32Array.from(chosen));
  return el("ul", { class: "ds-d-begin", role: "list", "aria-label": "Patches to begin with" }, ...described.map((/** @type {any} */ { row, id }) => el("li", {},
    el("button", { type: "button", class: "ds-d-ask", title: `Search from ${id}`, "aria-label": `Search from ${id}`, onclick: () => onAsk(id) }, pictureOf(pictures, row, rendering)))));
}
