// @ts-check
// A place for a file: a button that opens the system's dialog, and room to drop one on.
import { el } from "../../explorer/ui/dom.js";

const KINDS = ".tif,.tiff,.png,.jpg,.jpeg,.webp,image/tiff,image/png,image/jpeg,image/webp";

/** @param {{onFile: (file: File) => void, onReject: (why: string) => void}} how */
export function createDrop({ onFile, onReject }) {
  const input = el("input", { type: "file", accept: KINDS, class: "ds-d-drop-input", onchange: () => take(input.files) });
  const name = el("span", { class: "ds-d-drop-name", role: "status" });
  const node = el("label", { class: "ds-d-drop" },
    el("span", { class: "ds-d-drop-what" }, "Choose a file, or drop one here"),
    el("span", { class: "ds-d-note" }, "GeoTIFF, PNG, JPEG or WebP. It is read on this machine and goes nowhere."),
    name, input);
  let depth = 0; // of dragenter without dragleave: moving over a child leaves the parent
  const over = (/** @type {number} */ step) => {
    depth = step ? depth + step : 0;
    node.classList.toggle("ds-d-drop-over", depth > 0);
  };
  const listen = (/** @type {string} */ event, /** @type {(event: DragEvent) => void} */ then) =>
    node.addEventListener(event, (/** @type {DragEvent} */ given) => {
      given.preventDefault();
      then(given);
    });
  listen("dragenter", () => over(1));
  listen("dragleave", () => over(-1));
  listen("dragover", () => {});
  listen("drop", (event) => {
    over(0);
    take(event.dataTransfer?.files ?? null);
  });

  return {
    node,
    /** @param {string | null} text what is held, or is being read @param {boolean} [busy] */
    show(text, busy = false) {
      name.textContent = text ?? "";
      node.toggleAttribute("data-busy", busy);
    },
  };

  /** @param {FileList | null} files */
  function take(files) {
    const [file, ...more] = files ?? [];
    if (!file) return onReject("Nothing was dropped that is a file; save a picture first, and drop the file.");
    input.value = ""; // so that the same file can be chosen again
    onFile(file);
    if (more.length) onReject(`${more.length + 1} files were given; the first one, ${file.name}, is read.`);
  }
}
