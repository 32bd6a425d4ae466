// @ts-check
/** The lines of the grid that are in the document, in their order. */
import { el } from "../ui/dom.js";
import { Cell } from "./cell.js";

/** @typedef {{node: HTMLElement, cells: Cell[]}} Line */

/** @param {import("./geometry.js").Grid} grid @param {number} line */
export function cellsIn({ columns, count }, line) {
  return Math.max(0, Math.min(columns, count - line * columns));
}

export class Lines {
  /** @param {HTMLElement} space */
  constructor(space) {
    this.space = space;
    /** @type {Map<number, Line>} */
    this.held = new Map();
  }

  /** Take lines out of the document. @param {(line: number, held: Line) => boolean} stays */
  keep(stays) {
    for (const [line, held] of [...this.held]) {
      if (stays(line, held)) continue;
      held.node.remove();
      this.held.delete(line);
    }
  }

  /** A line, which is made if it is not there. @param {import("./geometry.js").Grid} grid @param {number} line @returns {Line} */
  line(grid, line) {
    const there = this.held.get(line);
    if (there) return there;
    const cells = Array.from({ length: cellsIn(grid, line) }, (_, index) => {
      const cell = new Cell();
      cell.node.setAttribute("aria-colindex", String(index + 1));
      cell.node.dataset.at = String(line * grid.columns + index);
      return cell;
    });
    const node = el("div", { class: "ds-x-line", role: "row", "aria-rowindex": line + 1 }, ...cells.map((cell) => cell.node));
    // In the order of the document, which is the one that is read aloud.
    const next = Math.min(...[...this.held.keys()].filter((other) => other > line));
    this.space.insertBefore(node, this.held.get(next)?.node ?? null);
    const made = { node, cells };
    this.held.set(line, made);
    return made;
  }
}
