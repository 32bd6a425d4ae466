// @ts-check
/** One cell of the grid: a picture, or the name where there is none; labels where there is room. */
import { errataWords } from "../core/errata.js";
import { el } from "../ui/dom.js";
import { drawCell, keyOf } from "./source.js";

export const ROOMY = 120; // px from which on a cell has a caption
const LARGE = 96; // px from which on a thumbnail is shown, where there is one
const CHIPS = 2;

export class Cell {
  constructor() {
    this.canvas = el("canvas", { class: "ds-x-picture", "aria-hidden": "true", width: 32, height: 32 });
    this.words = el("span", { class: "ds-x-cell-words" });
    this.caption = el("span", { class: "ds-x-cell-caption", "aria-hidden": "true" }); // the words say all of it
    this.mark = el("span", { class: "ds-x-cell-mark", "aria-hidden": "true", hidden: true }, "!");
    this.node = el("div", { class: "ds-x-cell", role: "gridcell", tabindex: -1 }, this.canvas, this.mark, this.words, this.caption);
    this.shown = "";
    this.about = null;
    /** @type {HTMLImageElement | null} */
    this.image = null;
  }

  /**
   * @param {import("./source.js").Pictures} pictures @param {number | undefined} row @param {any} about
   * @param {string | null} rendering @param {number} size px
   */
  show(pictures, row, about, rendering, size) {
    const large = size >= LARGE;
    const key = `${row} ${rendering} ${large}`;
    if (key !== this.shown) this.picture(pictures, row, rendering, large, key);
    if (about !== this.about || this.roomy !== size >= ROOMY) this.name(about, size >= ROOMY);
  }

  /** @param {import("./source.js").Pictures} pictures @param {number | undefined} row @param {string | null} rendering @param {boolean} large @param {string} key */
  async picture(pictures, row, rendering, large, key) {
    this.shown = key;
    this.node.classList.remove("ds-x-cell-bare", "ds-x-cell-ready");
    this.canvas.getContext("2d")?.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.image?.remove();
    this.image = null;
    if (row === undefined) return;
    let drawn = false;
    try {
      const cell = await pictures.cell(rendering, row);
      if (this.shown !== key) return;
      if (cell) drawCell(this.canvas, cell);
      drawn = Boolean(cell);
      if (large) await this.thumbnail(pictures, row, rendering, key);
    } catch (error) {
      this.node.title = String(error); // the name stands in place of the picture
    }
    if (this.shown !== key) return;
    this.node.classList.add("ds-x-cell-ready");
    this.node.classList.toggle("ds-x-cell-bare", !drawn && !this.image);
  }

  /** @param {import("./source.js").Pictures} pictures @param {number} row @param {string | null} rendering @param {string} key */
  async thumbnail(pictures, row, rendering, key) {
    const entry = pictures.entry(rendering);
    const one = entry && (await pictures.thumbnails(row)).find((other) => keyOf(other) === keyOf(entry));
    if (!one || this.shown !== key) return;
    this.image = el("img", { class: "ds-x-picture ds-x-thumbnail", src: one.url, alt: "", decoding: "async" });
    this.canvas.after(this.image);
  }

  /** @param {any} about @param {boolean} roomy */
  name(about, roomy) {
    this.about = about;
    this.roomy = roomy;
    const labels = Array.isArray(about?.labels) ? about.labels : [];
    const name = about?.id ?? "";
    const errata = errataWords(about);
    this.mark.hidden = !errata;
    this.node.classList.toggle("ds-x-cell-erratum", Boolean(errata));
    this.words.textContent = name ? [name, ...labels, ...(errata ? [errata] : [])].join("\n") : "";
    this.caption.replaceChildren();
    if (!roomy || !name) return;
    this.caption.append(el("span", { class: "ds-x-cell-name" }, name), el("span", { class: "ds-x-cell-chips" },
      ...labels.slice(0, CHIPS).map((/** @type {string} */ label) => el("span", { class: "ds-x-cell-chip" }, label)),
      labels.length > CHIPS ? el("span", { class: "ds-x-cell-more" }, `+${labels.length - CHIPS}`) : null));
  }
}
