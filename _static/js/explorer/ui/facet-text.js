// @ts-check
// Free text on the names of patches.
import { withPart } from "./edit.js";
import { el, icon, settled } from "./dom.js";

/** @param {{onSelect: (selection: any, how?: {step: boolean}) => void}} how */
export function createText({ onSelect }) {
  /** @type {any} */
  let selection = {};
  let typing = false; // the first letter is a step of the history, the next ones are not
  const input = el("input", {
    type: "search", class: "ds-x-field", placeholder: "Part of a patch name", "aria-label": "Patches whose name holds",
    autocomplete: "off", spellcheck: "false", oninput: settled(send, 150), onchange: () => ((typing = false), send()), onblur: () => (typing = false),
  });
  const node = el("div", { class: "ds-x-search" }, icon("search"), input);
  return { node, update, show() {} };

  /** @param {any} now */
  function update(now) {
    selection = now;
    if (document.activeElement !== input || !selection.text) input.value = selection.text ?? "";
  }

  function send() {
    const text = input.value.trim();
    if (text === (selection.text ?? "")) return;
    const step = !typing;
    typing = true;
    onSelect(withPart(selection, "text", text), { step });
  }
}
