// @ts-check
// What went wrong, in words and in place, with a way on.
import { el, icon } from "../../explorer/ui/dom.js";

/** @param {HTMLElement} host where problems are shown, the last one alone */
export function createProblems(host) {
  /** @type {HTMLElement | null} */
  let shown = null;
  const close = () => {
    shown?.remove();
    shown = null;
  };
  return {
    close,
    /** @param {unknown} error @param {string} what could not be done @param {() => void} [onRetry] */
    show(error, what, onRetry) {
      close();
      const again = () => (close(), onRetry?.());
      shown = el("div", { class: "ds-d-problem", role: "alert" },
        el("button", { type: "button", class: "ds-d-icon-button", "aria-label": "Close this message", onclick: close }, icon("close")),
        el("p", { class: "ds-d-problem-what" }, what),
        el("p", {}, error instanceof Error ? error.message : String(error)),
        onRetry ? el("p", {}, el("button", { type: "button", class: "ds-d-button", onclick: again }, "Try again")) : null);
      host.append(/** @type {HTMLElement} */ (shown));
    },
  };
}
