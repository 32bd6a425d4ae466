// @ts-check
/** The grid of the selection, of which only what is in sight is in the document. */
import { el } from "../ui/dom.js";
import { ROOMY } from "./cell.js";
import { layOut, moved, reveal, scrolledFor, seen, topOf } from "./geometry.js";
import { Lines, cellsIn } from "./lines.js";

const GAP = 4; // px
const CAPTION = 44; // px

/**
 * @param {HTMLElement} host
 * @param {{pictures: import("./source.js").Pictures, rows: import("./rows.js").SelectedRows, onOpen: (id: string) => void}} parts
 */
export function createGrid(host, { pictures, rows, onOpen }) {
  const space = el("div", { class: "ds-x-grid-space", role: "presentation" });
  const scroller = el("div", { class: "ds-x-grid", role: "grid", "aria-label": "Patches of the selection", tabindex: 0 }, space);
  host.append(scroller);
  const lines = new Lines(space);
  let [count, wanted, active, frame] = [0, 64, 0, 0];
  /** @type {string | null} */
  let rendering = null;
  let grid = layOut({ count: 0, width: 1, view: 1, wanted, gap: GAP, caption: 0 });
  const sizes = new ResizeObserver(() => relayout());
  sizes.observe(scroller);
  scroller.addEventListener("scroll", draw, { passive: true });
  scroller.addEventListener("keydown", onKey);
  scroller.addEventListener("click", onClick);
  scroller.addEventListener("focusin", onFocus);
  return { show, draw, focus, destroy, node: scroller };

  /** @param {{count?: number, wanted?: number, rendering?: string | null, anew?: boolean}} how */
  function show(how) {
    if (how.rendering !== undefined) rendering = how.rendering;
    if (how.wanted !== undefined) wanted = how.wanted;
    if (how.count !== undefined) count = how.count;
    if (how.anew) {
      active = 0;
      scroller.scrollTop = 0;
    }
    relayout();
  }

  function relayout() {
    const kept = Math.floor(topOf(grid, scroller.scrollTop) / grid.pitch) * grid.columns;
    const style = getComputedStyle(scroller);
    const width = scroller.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (width < 1) return; // hidden
    const caption = wanted >= ROOMY ? CAPTION : 0;
    const before = grid;
    grid = layOut({ count, width, view: scroller.clientHeight, wanted, gap: GAP, caption });
    space.style.height = `${grid.real}px`;
    scroller.style.setProperty("--ds-x-size", `${grid.size}px`);
    scroller.style.setProperty("--ds-x-columns", String(grid.columns));
    scroller.setAttribute("aria-rowcount", String(grid.lines));
    scroller.setAttribute("aria-colcount", String(grid.columns));
    scroller.tabIndex = count ? -1 : 0;
    if (before.columns !== grid.columns || before.pitch !== grid.pitch) {
      lines.keep(() => false);
      scroller.scrollTop = scrolledFor(grid, Math.floor(kept / grid.columns) * grid.pitch);
    }
    lines.keep((line, { cells }) => cells.length === cellsIn(grid, line));
    active = Math.min(active, Math.max(0, count - 1));
    draw();
  }

  function draw() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      place();
    });
  }

  function place() {
    const top = topOf(grid, scroller.scrollTop);
    const [from, to] = seen(grid, top);
    const held = Math.floor(active / grid.columns); // its cell is where the Tab key leads, so it stays
    lines.keep((line) => (line >= from && line < to) || line === held);
    const shown = Array.from({ length: to - from }, (_, index) => from + index);
    if (grid.count && (held < from || held >= to)) held < from ? shown.unshift(held) : shown.push(held);
    for (const line of shown) {
      const { node, cells } = lines.line(grid, line);
      // Lines lie where they are seen, however much shorter the element is than all of them.
      node.style.transform = `translateY(${line * grid.pitch - top + scroller.scrollTop}px)`;
      cells.forEach((cell, index) => fillCell(cell, line * grid.columns + index));
    }
  }

  /** @param {import("./cell.js").Cell} cell @param {number} at */
  function fillCell(cell, at) {
    const row = rows.row(at);
    cell.node.tabIndex = at === active ? 0 : -1;
    cell.show(pictures, row, row === undefined ? undefined : rows.about(row), rendering, grid.size);
  }

  /** Let a cell have the focus, and be seen. @param {number} at */
  function focus(at) {
    active = at;
    const line = Math.floor(at / grid.columns);
    scroller.scrollTop = scrolledFor(grid, reveal(grid, topOf(grid, scroller.scrollTop), line));
    place();
    lines.line(grid, line).cells[at % grid.columns].node.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (!count || event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(active);
      return;
    }
    const to = moved(grid, active, event.key, event.ctrlKey);
    if (to === null) return;
    event.preventDefault();
    focus(to);
  }

  /** @param {Event} event @returns {number | null} */
  function cellAt(event) {
    const node = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest?.(".ds-x-cell"));
    return node ? Number(node.dataset.at) : null;
  }

  /** @param {Event} event */
  function onClick(event) {
    const at = cellAt(event);
    if (at === null) return;
    active = at;
    draw();
    open(at);
  }

  /** @param {Event} event */
  function onFocus(event) {
    const at = cellAt(event);
    if (at !== null && at !== active) {
      active = at;
      draw();
    }
  }

  /** @param {number} at */
  async function open(at) {
    const row = rows.row(at) ?? (await rows.explorer.page(at, at + 1))[0];
    const about = rows.about(row) ?? (await rows.explorer.describe(Uint32Array.of(row)))[0];
    onOpen(about.id);
  }

  function destroy() {
    cancelAnimationFrame(frame);
    sizes.disconnect();
    scroller.remove();
  }
}
