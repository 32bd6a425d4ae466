// @ts-check
// What describes the patches, how many are shown, and as which pictures.
import { el, fill } from "../../explorer/ui/dom.js";
import { COUNTS } from "./state.js";

/**
 * @param {HTMLElement} host @param {any[]} encoders of the manifest @param {{key: string, title: string}[]} renderings
 * @param {{onEncoder: (name: string) => void, onCount: (count: number) => void, onRendering: () => void}} how
 */
export function createChoices(host, encoders, renderings, { onEncoder, onCount, onRendering }) {
  const encoder = select("Descriptor", encoders.map(({ name, title }) => [name, title]), onEncoder);
  const count = select("Results", COUNTS.map((one) => [String(one), String(one)]), (value) => onCount(Number(value)));
  const picture = select("Pictures", renderings.map(({ key, title }) => [key, title]), onRendering);
  fill(host, encoders.length > 1 ? encoder.node : null, count.node, renderings.length > 1 ? picture.node : null);
  return {
    /** @returns {string | null} */
    rendering: () => picture.input.value || null,
    /** @param {import("./state.js").Question} question */
    show(question) {
      encoder.input.value = question.encoder ?? encoders[0].name;
      if (!encoder.input.value) encoder.input.value = encoders[0].name; // a link may name one that is gone
      count.input.value = String(question.count);
    },
  };

  /** @param {string} text @param {string[][]} options @param {(value: string) => void} onChange */
  function select(text, options, onChange) {
    const input = el("select", { class: "ds-d-field", onchange: () => onChange(input.value) }, ...options.map(([value, name]) => el("option", { value }, name)));
    return { input, node: el("label", { class: "ds-d-labelled" }, el("span", {}, text), input) };
  }
}
