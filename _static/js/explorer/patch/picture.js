// @ts-check
/** The large picture of a patch, in each of its renderings. */
import { drawCell, keyOf } from "../gallery/source.js";
import { el, fill } from "../ui/dom.js";

/**
 * @param {import("../gallery/source.js").Pictures} pictures @param {number} row @param {string} id @param {string | null} first rendering that is shown first
 * @returns {Promise<HTMLElement>}
 */
export async function largePicture(pictures, row, id, first) {
  /** @type {Set<string>} */
  const failed = new Set();
  const without = (/** @type {any} */ nothing) => (/** @type {unknown} */ error) => {
    failed.add(error instanceof Error ? error.message : String(error));
    return nothing;
  };
  const thumbnails = await pictures.thumbnails(row).catch(without([]));
  /** @type {{key: string, title: string, rendering: string, thumbnail: any, cell: import("../gallery/source.js").Cell | null}[]} */
  const found = [];
  for (const entry of pictures.entries) {
    const key = keyOf(entry);
    const thumbnail = thumbnails.find((/** @type {any} */ one) => keyOf(one) === key);
    const cell = thumbnail ? null : await pictures.cell(key, row).catch(without(null));
    if (thumbnail || cell) found.push({ key, title: entry.title, rendering: entry.rendering, thumbnail, cell });
  }
  const problem = failed.size ? el("p", { class: "ds-x-note" }, `Some pictures could not be read: ${[...failed].join("; ")}`) : null;
  if (!found.length) return problem ?? el("p", { class: "ds-x-note" }, "There is no picture of this patch here.");
  const stage = el("div", { class: "ds-x-large" });
  const note = el("p", { class: "ds-x-note" });
  const buttons = found.map((one) => el("button", { type: "button", class: "ds-x-choice", onclick: () => show(one) }, short(one.title)));
  show(found.find(({ key, rendering }) => key === first || rendering === first) ?? found[0]);
  return el("figure", { class: "ds-x-figure" }, stage, found.length > 1 ? el("div", { class: "ds-x-choices", role: "group", "aria-label": "Picture" }, ...buttons) : null, note, problem);

  /** @param {typeof found[0]} one */
  function show(one) {
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(found[at] === one)));
    const name = `${id}, ${one.title}`;
    if (one.thumbnail) {
      const { url, width, height } = one.thumbnail;
      fill(stage, el("img", { src: url, width, height, alt: name, class: one.rendering === "map" ? "ds-x-exact" : "" }));
      note.textContent = "";
    } else if (one.cell) {
      const canvas = el("canvas", { role: "img", "aria-label": name });
      drawCell(canvas, one.cell);
      canvas.style.imageRendering = "pixelated"; // as large as this, its pixels should be seen for what they are
      fill(stage, canvas);
      note.textContent = `Preview of ${one.cell.edge} \u00d7 ${one.cell.edge} pixels; the archive has all of them.`;
    }
  }
}

/** What differs between titles: the part behind the last comma. @param {string} title */
const short = (title) => {
  const name = title.slice(title.lastIndexOf(",") + 1).trim();
  return name.charAt(0).toUpperCase() + name.slice(1);
};
