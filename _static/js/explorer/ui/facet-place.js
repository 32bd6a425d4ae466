// @ts-check
// Where: a box by its coordinates, and the tools that draw one, or an outline, on the map.
import { withPart } from "./edit.js";
import { el, icon } from "./dom.js";
import { createFacet } from "./facet.js";

const SIDES = /** @type {const} */ ([["West", -180, 180], ["South", -90, 90], ["East", -180, 180], ["North", -90, 90]]);

/** @param {{open: boolean, onSelect: (selection: any) => void, onTool: (tool: "box" | "lasso") => void}} how */
export function createPlace({ open, onSelect, onTool }) {
  /** @type {any} */
  let selection = {};
  const fields = SIDES.map(([text, min, max]) => {
    const input = el("input", { type: "number", class: "ds-x-field", min, max, step: "any", inputmode: "decimal", required: true });
    return { input, label: el("label", {}, el("span", {}, text), input) };
  });
  const problem = el("p", { class: "ds-x-note ds-x-wrong", role: "alert", hidden: true });
  const form = el("form", { class: "ds-x-box-form", onsubmit: onSubmit, novalidate: true },
    ...fields.map((field) => field.label), el("button", { class: "ds-x-button" }, "Set box"));
  const tools = el("div", { class: "ds-x-tools" },
    el("button", { type: "button", class: "ds-x-button", onclick: () => onTool("box") }, icon("box"), "Draw a box"),
    el("button", { type: "button", class: "ds-x-button", onclick: () => onTool("lasso") }, icon("lasso"), "Draw an outline"));
  const facet = createFacet(
    { name: "place", title: "Place", open, onClear: () => onSelect(withPart(withPart(selection, "box", null), "lasso", null)) },
    tools, form, problem,
  );
  return { node: facet.node, update, show: facet.show };

  /** @param {any} now */
  function update(now) {
    selection = now;
    facet.mark((selection.box ? 1 : 0) + (selection.lasso ? 1 : 0));
    if (form.contains(document.activeElement)) return;
    fields.forEach((field, at) => (field.input.value = selection.box ? String(selection.box[at]) : ""));
  }

  /** @param {Event} event */
  function onSubmit(event) {
    event.preventDefault();
    const wrong = fields.findIndex((field) => !field.input.checkValidity());
    const box = fields.map((field) => Number(field.input.value));
    const upside = wrong < 0 && box[1] > box[3];
    problem.hidden = wrong < 0 && !upside;
    if (wrong >= 0) {
      const [text, min, max] = SIDES[wrong];
      problem.textContent = `${text} has to be a number from ${min} to ${max} degrees.`;
      fields[wrong].input.focus();
    } else if (upside) {
      problem.textContent = "South has to lie below north.";
      fields[1].input.focus();
    } else {
      onSelect(withPart(selection, "box", box));
    }
  }
}
