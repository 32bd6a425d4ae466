// @ts-check
// The frame of one facet: a heading that folds it, how many conditions it has, and a button that takes them away.
import { el, icon } from "./dom.js";

/**
 * @param {{name: string, title: string, note?: string, open: boolean, onClear: () => void, onOpen?: () => void}} how
 * @param {...Node} content
 */
export function createFacet({ name, title, note, open, onClear, onOpen }, ...content) {
  const id = `ds-x-facet-${name.replace(/[^\w-]/g, "-")}`;
  const badge = el("span", { class: "ds-x-badge", hidden: true });
  const toggle = el("button", { type: "button", class: "ds-x-facet-toggle", "aria-expanded": open, "aria-controls": id, onclick: fold },
    icon("down"), el("span", {}, title), badge);
  const clear = el("button", { type: "button", class: "ds-x-facet-clear", hidden: true, "aria-label": `Clear ${title}`, onclick: onClear }, "Clear");
  const body = el("div", { class: "ds-x-facet-body", id, hidden: !open }, note ? el("p", { class: "ds-x-note" }, note) : null, ...content);
  const node = el("section", { class: "ds-x-facet", "data-column": name, "aria-label": title },
    el("div", { class: "ds-x-facet-head" }, el("h2", {}, toggle), clear), body);
  return { node, body, show, mark };

  function fold() {
    show(body.hidden);
  }

  /** @param {boolean} wanted */
  function show(wanted) {
    body.hidden = !wanted;
    toggle.setAttribute("aria-expanded", String(wanted));
    if (wanted) onOpen?.();
  }

  /** @param {number} conditions */
  function mark(conditions) {
    if (conditions === 0 && document.activeElement === clear) toggle.focus();
    badge.hidden = clear.hidden = conditions === 0;
    badge.textContent = String(conditions);
    badge.setAttribute("aria-label", `${conditions} chosen`);
  }
}
