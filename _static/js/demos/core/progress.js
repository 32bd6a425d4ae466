// @ts-check
// How far something is, as a bar with words.
import { el } from "../../explorer/ui/dom.js";
import { bytesSaid } from "./said.js";

/** @param {HTMLElement} host where the bar appears */
export function createProgress(host) {
  const words = el("span", {});
  const bar = el("progress", { "aria-label": "Progress" });
  const node = el("p", { class: "ds-d-progress", hidden: true }, bar, words);
  host.append(node);
  return {
    /** @param {string | null} text null: there is nothing to wait for @param {number} [done] bytes @param {number} [total] bytes */
    show(text, done, total) {
      node.hidden = text === null;
      if (text === null) return;
      if (done === undefined || !total) bar.removeAttribute("value");
      else [bar.max, bar.value] = [total, done];
      words.textContent = done !== undefined && total ? `${text}: ${bytesSaid(done)} of ${bytesSaid(total)}` : `${text}\u2026`;
    },
  };
}
