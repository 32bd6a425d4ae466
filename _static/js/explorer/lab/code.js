// @ts-check
/** The code of each picture, to be copied. */
/** @import {Picture} from "./render.js" */
import { el } from "../ui/dom.js";
import { pythonCode } from "./python.js";

/** @param {Picture[]} pictures @returns {HTMLElement[]} */
export function codeBlocks(pictures) {
  return pictures.flatMap(({ recipe, patch }) => {
    if (!recipe) return [];
    const text = pythonCode(recipe);
    const said = el("span", { class: "ds-x-note", role: "status" });
    const copy = el("button", { type: "button", class: "ds-x-button" }, "Copy");
    copy.addEventListener("click", () => {
      // Where the page is not served over https there is no clipboard.
      (navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"))).then(
        () => (said.textContent = "Copied."),
        () => (said.textContent = "The browser does not allow it; select the text and copy it."),
      );
    });
    const pre = el("pre", { tabindex: "0", "aria-label": `Python code for ${patch.id}` }, el("code", {}, text));
    const title = pictures.length > 1 ? `This picture in Python: ${patch.id}` : "This picture in Python";
    return [el("details", { class: "ds-x-lab-python" }, el("summary", {}, title), el("p", {}, copy, " ", said), pre)];
  });
}
