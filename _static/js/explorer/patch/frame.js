// @ts-check
/** The frame of the panel: name, steps, closing, and where the focus goes. */
import { el, fill, icon } from "../ui/dom.js";

const COVERS = "(max-width: 51.99rem)"; // the panel covers the page below this width, as in explorer.css

/** @param {HTMLElement} host @param {{onClose: () => void, onStep: (by: -1 | 1) => void}} how */
export function createFrame(host, { onClose, onStep }) {
  const title = el("h2", { id: "ds-x-panel-title", tabindex: -1 });
  const place = el("p", { class: "ds-x-panel-place", role: "status" });
  const before = el("button", { type: "button", class: "ds-x-button", disabled: true, onclick: () => onStep(-1) }, "Previous");
  const after = el("button", { type: "button", class: "ds-x-button", disabled: true, onclick: () => onStep(1) }, "Next");
  const shut = el("button", { type: "button", class: "ds-x-icon-button", "aria-label": "Close the patch", onclick: onClose }, icon("close"));
  const body = el("div", { class: "ds-x-panel-body", tabindex: -1 });
  const node = el("div", { class: "ds-x-panel", role: "dialog", "aria-labelledby": "ds-x-panel-title", hidden: true, onkeydown: onKey },
    el("div", { class: "ds-x-panel-head" }, title, shut), el("div", { class: "ds-x-panel-steps" }, before, after, place), body);
  const covers = window.matchMedia(COVERS);
  const onCover = () => node.setAttribute("aria-modal", String(covers.matches));
  covers.addEventListener("change", onCover);
  onCover();
  host.append(node);
  /** @type {Element | null} */
  let opener = null;
  return { open, wait, fail, show, steps, close, isOpen: () => !node.hidden, destroy };

  /** @param {string} id */
  function open(id) {
    title.textContent = id;
    if (!node.hidden) return;
    opener = document.activeElement;
    node.hidden = false;
    title.focus();
  }

  function wait() {
    body.setAttribute("aria-busy", "true");
    place.textContent = "";
    if (!body.firstChild) fill(body, el("p", { class: "ds-x-note" }, "Reading the patch\u2026"));
  }

  /** @param {string} problem */
  function fail(problem) {
    body.removeAttribute("aria-busy");
    before.disabled = after.disabled = true;
    fill(body, el("p", { class: "ds-x-wrong", role: "alert" }, problem));
  }

  /** @param {(Node | null)[]} parts */
  function show(parts) {
    body.removeAttribute("aria-busy");
    fill(body, ...parts);
    body.scrollTop = 0;
  }

  /** @param {string} text @param {boolean} back @param {boolean} on */
  function steps(text, back, on) {
    const held = document.activeElement;
    place.textContent = text;
    before.disabled = !back;
    after.disabled = !on;
    if ((held === before && !back) || (held === after && !on)) title.focus(); // a disabled button loses the focus
  }

  function close() {
    node.hidden = true;
    fill(body);
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      return onClose();
    }
    const target = /** @type {HTMLElement} */ (event.target);
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
    if (plain && (event.key === "ArrowLeft" || event.key === "ArrowRight") && !target.closest("pre, .ds-x-files, input, select")) {
      event.preventDefault();
      return onStep(event.key === "ArrowLeft" ? -1 : 1);
    }
    if (event.key === "Tab" && covers.matches) stay(event);
  }

  /** Stay in the panel while it covers the page. @param {KeyboardEvent} event */
  function stay(event) {
    const stops = /** @type {HTMLElement[]} */ ([...node.querySelectorAll("button:not(:disabled), a[href], [tabindex='0']")]).filter((one) => one.offsetParent);
    const [first, last] = [stops[0], stops[stops.length - 1]];
    const active = document.activeElement;
    if (active === (event.shiftKey ? first : last) || (event.shiftKey && active === title)) {
      event.preventDefault();
      (event.shiftKey ? last : first)?.focus();
    }
  }

  function destroy() {
    covers.removeEventListener("change", onCover);
    node.remove();
  }
}
