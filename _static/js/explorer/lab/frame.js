// @ts-check
/** The panel that the lab lies in: over the page, which waits behind it. */
import { el, icon } from "../ui/dom.js";

/**
 * @param {HTMLElement} host @param {{title: string, onClose: () => void}} options
 * @param {...Node} tools in the head, beside the title
 */
export function createFrame(host, { title, onClose }, ...tools) {
  const heading = el("h2", { id: "ds-x-lab-title", tabindex: "-1" }, title);
  const status = el("p", { class: "ds-x-note", role: "status" });
  const body = el("div", { class: "ds-x-lab-body" });
  const shut = el("button", { type: "button", class: "ds-x-icon-button", "aria-label": `Close the ${title.toLowerCase()}`, onclick: onClose }, icon("close"));
  const head = el("div", { class: "ds-x-lab-head" }, heading, el("div", { class: "ds-x-lab-tools" }, ...tools), shut);
  const node = el("section", { class: "ds-x-lab", role: "dialog", "aria-modal": "true", "aria-labelledby": "ds-x-lab-title", hidden: true }, head, status, body);
  /** @type {Element | null} */
  let before = null;
  /** @type {Element[]} */
  let quiet = [];
  node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
  });
  host.append(node);

  /** @returns {boolean} whether it was open */
  function close() {
    if (node.hidden) return false;
    node.hidden = true;
    for (const element of quiet) element.removeAttribute("inert");
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    return true;
  }

  return {
    body,
    open() {
      if (!node.hidden) return;
      node.hidden = false;
      before = document.activeElement;
      // The page behind keeps still for keyboard and screen reader, as it does for the pointer.
      quiet = [...(host.parentElement?.children ?? [])].filter((one) => one !== host && !one.hasAttribute("inert") && one.tagName !== "SCRIPT");
      for (const element of quiet) element.setAttribute("inert", "");
      heading.focus();
    },
    close,
    /** @param {string} text */
    say(text) {
      status.textContent = text;
      status.hidden = text === "";
    },
    destroy() {
      close();
      node.remove();
    },
  };
}
