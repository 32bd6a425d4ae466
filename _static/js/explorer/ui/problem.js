// @ts-check
// What went wrong, in words, with what to do next.
import { el, icon } from "./dom.js";

/**
 * @param {HTMLElement} host where it is shown, in place of an older one
 * @param {unknown} error
 * @param {{what: string, onRetry?: () => void, whole?: boolean}} how `whole`: nothing works without it
 */
export function showProblem(host, error, { what, onRetry, whole = false }) {
  const close = () => node.remove();
  const advice = whole
    ? "If it stays so, the data of this page was not built (run \u201cdsdocs build\u201d), or the site is being replaced at the moment."
    : "If it stays so, load the page again: the site may have been replaced while it was open.";
  const tools = el("p", { class: "ds-x-tools" });
  if (onRetry) tools.append(el("button", { type: "button", class: "ds-x-button ds-x-button-strong", onclick: () => (close(), onRetry()) }, "Try again"));
  if (whole) {
    const leave = () => document.documentElement.classList.remove("ds-x-on");
    tools.append(el("button", { type: "button", class: "ds-x-button", onclick: leave }, "Read the page without the explorer"));
  }
  const node = el("div", { class: `ds-x-problem${whole ? " ds-x-problem-whole" : ""}`, role: "alert" },
    whole ? null : el("button", { type: "button", class: "ds-x-icon-button", "aria-label": "Close this message", onclick: close }, icon("close")),
    el("h2", {}, what),
    el("p", {}, error instanceof Error ? error.message : String(error)),
    error instanceof Error ? el("p", { class: "ds-x-note" }, advice) : null,
    tools.childElementCount ? tools : null);
  for (const old of host.querySelectorAll(":scope > .ds-x-problem")) old.remove();
  host.append(node);
  return node;
}
