// @ts-check
// "More like these, not like those": what is marked, and the button that searches again.
import { el, fill } from "../../explorer/ui/dom.js";
import { pictureOf } from "./picture.js";
import { WEIGHTS } from "./rocchio.js";

/**
 * @param {HTMLElement} host @param {any} pictures
 * @param {{onSearch: (marks: {more: string[], less: string[]}) => void, onMarks: (marks: {more: string[], less: string[]}) => void}} how
 */
export function createMarks(host, pictures, { onSearch, onMarks }) {
  let marks = { more: /** @type {string[]} */ ([]), less: /** @type {string[]} */ ([]) };
  let asked = marks;
  /** @type {Map<string, number>} rows of ids that have been seen */
  const rows = new Map();
  /** @type {string | null} */
  let rendering = null;
  const trays = el("div", { class: "ds-d-trays" });
  const search = el("button", { type: "button", class: "ds-d-button ds-d-button-strong", onclick: () => onSearch(marks) }, "Search again with these");
  const clear = el("button", { type: "button", class: "ds-d-button", onclick: () => set({ more: [], less: [] }, true) }, "Forget them");
  const note = el("p", { class: "ds-d-note" }, `The query moves: ${WEIGHTS.query} part of itself, ${WEIGHTS.more} of the mean of what you want more of, less ${WEIGHTS.less} of the mean of what you do not (Rocchio, 1971).`);
  const bar = el("section", { class: "ds-d-feedback", "aria-label": "Marked patches", hidden: true }, trays, note, el("div", { class: "ds-d-line" }, search, clear));
  host.append(bar);
  return { toggle, show, get now() { return marks; } };

  /** @param {string} id @param {"more" | "less"} kind @param {number} row */
  function toggle(id, kind, row) {
    rows.set(id, row);
    const without = (/** @type {string[]} */ ids) => ids.filter((other) => other !== id);
    const next = { more: without(marks.more), less: without(marks.less) };
    if (!marks[kind].includes(id)) next[kind] = [...next[kind], id];
    set(next, false);
  }

  /** What the search knows of. @param {import("./session.js").Outcome} outcome @param {string | null} shown */
  function show({ more, less }, shown) {
    rendering = shown;
    for (const one of [...more, ...less]) rows.set(one.id, one.row);
    asked = { more: more.map((one) => one.id), less: less.map((one) => one.id) };
    set(asked, false);
  }

  /** @param {typeof marks} next @param {boolean} searching */
  function set(next, searching) {
    marks = next;
    const changed = JSON.stringify(marks) !== JSON.stringify(asked);
    const any = marks.more.length + marks.less.length > 0;
    if (!any && bar.contains(document.activeElement)) host.focus();
    bar.hidden = !any && !changed;
    search.disabled = !changed;
    search.textContent = any ? "Search again with these" : "Search again without marks";
    clear.hidden = !any;
    fill(trays, tray("more", "More like"), tray("less", "Less like"));
    onMarks(marks);
    if (searching && JSON.stringify(marks) !== JSON.stringify(asked)) onSearch(marks);
  }

  /** @param {"more" | "less"} kind @param {string} title */
  function tray(kind, title) {
    if (!marks[kind].length) return null;
    const items = marks[kind].map((id) => el("li", {}, el("button", {
      type: "button", class: "ds-d-held", title: `Take the mark off ${id}`, "aria-label": `Take the mark \u201c${title.toLowerCase()}\u201d off ${id}`, onclick: () => toggle(id, kind, rows.get(id) ?? -1),
    }, pictureOf(pictures, rows.get(id) ?? -1, rendering))));
    return el("div", { class: `ds-d-tray ds-d-tray-${kind}` }, el("p", {}, `${kind === "more" ? "+" : "\u2212"} ${title} (${items.length})`), el("ul", { role: "list" }, ...items));
  }
}
