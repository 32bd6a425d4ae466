// @ts-check
/** The pictures of the selection, with a choice of what they show and how large they are. */
import { el } from "../ui/dom.js";
import { counted, number } from "../ui/format.js";
import { createGrid } from "./grid.js";
import { SelectedRows } from "./rows.js";
import { Pictures } from "./source.js";

const [LEAST, MOST, USUAL, BARE] = [32, 256, 72, 176]; // px; the last where there is no picture at all
const REMEMBERED = "ds-x-size";

/**
 * @param {HTMLElement} host @param {any} explorer
 * @param {{onOpen: (id: string) => void, onShow?: (rendering: string) => void}} how
 */
export function createGallery(host, explorer, { onOpen, onShow }) {
  const pictures = new Pictures(explorer);
  const rows = new SelectedRows(explorer, () => grid.draw());
  const renderings = pictures.renderings();
  const choice = el("select", { class: "ds-x-field", id: "ds-x-show", onchange: () => choose(choice.value, true) },
    ...renderings.map(({ key, title }) => el("option", { value: key }, title)));
  const size = el("input", { type: "range", id: "ds-x-cell-size", min: LEAST, max: MOST, step: 4, value: remembered(), oninput: resize });
  const note = el("p", { class: "ds-x-note", id: "ds-x-gallery-note" });
  const tools = el("div", { class: "ds-x-map-tools ds-x-gallery-tools" },
    renderings.length > 0 ? el("label", { class: "ds-x-labelled" }, el("span", {}, "Show"), choice) : null,
    el("label", { class: "ds-x-labelled" }, el("span", {}, "Size"), size), note);
  const empty = el("p", { class: "ds-x-gallery-empty", hidden: true }, "No patch meets all of these filters.");
  host.append(tools, empty);
  const grid = createGrid(host, { pictures, rows, onOpen });
  grid.show({ wanted: Number(size.value) });
  choose(renderings[0]?.key ?? null, false);
  return { update, show, destroy };

  /** Show another selection. @param {{count: number}} result of select */
  function update({ count }) {
    rows.clear();
    empty.hidden = count > 0;
    grid.node.hidden = count === 0;
    grid.show({ count, anew: true });
  }

  /** @param {string | null} rendering `asset.rendering`, or a rendering alone; null: the first */
  function show(rendering) {
    const key = renderings.find(({ key }) => key === rendering || key.split(".").pop() === rendering)?.key;
    choose(key ?? renderings[0]?.key ?? null, false);
  }

  /** @param {string | null} key @param {boolean} tell */
  function choose(key, tell) {
    if (key) choice.value = key;
    grid.show({ rendering: key });
    const shown = renderings.find((one) => one.key === key);
    const whole = explorer.manifest.rows;
    note.textContent = !shown ? "This data set has no pictures here" : shown.count < whole ? `${number(shown.count)} of ${counted(whole, "patch has", "patches have")} this picture` : "";
    if (tell && key) onShow?.(key);
  }

  function resize() {
    grid.show({ wanted: Number(size.value) });
    try {
      localStorage.setItem(REMEMBERED, size.value);
    } catch {
      // Without storage the size lasts as long as the page.
    }
  }

  function remembered() {
    try {
      const stored = Number(localStorage.getItem(REMEMBERED));
      if (stored >= LEAST && stored <= MOST) return stored;
    } catch {
      // as above
    }
    return renderings.length > 0 ? USUAL : BARE;
  }

  function destroy() {
    grid.destroy();
    rows.destroy();
    pictures.destroy();
    host.replaceChildren();
  }
}
