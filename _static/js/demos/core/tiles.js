// @ts-check
// Patches as small pictures, each a button with its labels as its name.
import { drawCell } from "../../explorer/gallery/source.js";
import { el, fill } from "../../explorer/ui/dom.js";

/** @typedef {{key: number, row: number}} Tile `row` of the explorer */

/**
 * @param {any} explorer @param {import("../../explorer/gallery/source.js").Pictures} pictures
 * @param {{label: string, onPick: (row: number, key: number) => void, pressed?: boolean}} how `pressed`: whether one is chosen
 */
export function createTiles(explorer, pictures, { label, onPick, pressed = true }) {
  const node = el("ul", { class: "ds-d-tiles", "aria-label": label });
  /** @type {Map<number, HTMLButtonElement>} */
  const buttons = new Map();
  let turn = 0;

  return {
    node,
    button: (/** @type {number} */ key) => buttons.get(key),
    /** @param {Tile[]} tiles @param {number | null} chosen key @param {(key: number) => string} say what is true of a tile */
    async show(tiles, chosen, say) {
      const mine = ++turn;
      buttons.clear();
      fill(node, ...tiles.map(({ key, row }) => {
        const canvas = el("canvas", { width: 64, height: 64, "aria-hidden": "true" });
        const words = say(key);
        const button = el("button", { type: "button", class: "ds-d-tile", title: words, "aria-label": words, "aria-pressed": pressed ? key === chosen : null, onclick: () => onPick(row, key) },
          canvas, el("span", { class: "ds-d-tile-words", "aria-hidden": "true" }, words));
        buttons.set(key, button);
        pictures.cell(null, row).then((cell) => (cell ? drawCell(canvas, cell) : button.classList.add("ds-d-tile-bare")), () => button.classList.add("ds-d-tile-bare"));
        return el("li", {}, button);
      }));
      const described = await explorer.describe(tiles.map(({ row }) => row)).catch(() => []);
      if (mine !== turn) return;
      tiles.forEach(({ key }, at) => {
        if (described[at]) buttons.get(key)?.setAttribute("title", `${described[at].id}: ${say(key)}`);
      });
    },
    /** @param {number | null} key */
    press(key) {
      for (const [one, button] of buttons) button.setAttribute("aria-pressed", String(one === key));
    },
  };
}
