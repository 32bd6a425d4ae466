// @ts-check
// One option of a facet: a check box with its count, its bar and its share, and what is asked of it.
import { ROLES } from "./edit.js";
import { el, icon } from "./dom.js";
import { number, share } from "./format.js";

const ASKED = { any: "any of", all: "all of", none: "none of" };

/**
 * @param {import("./options.js").Option} option
 * @param {{column: any, onRole: (key: string, role: import("./edit.js").Role | null) => void, onFold: (key: string) => void}} how
 */
export function createRow(option, { column, onRole, onFold }) {
  const { key, name } = option;
  const box = el("input", { type: "checkbox", onchange: () => onRole(key, box.checked ? "any" : null) });
  const count = el("span", { class: "ds-x-count" });
  const part = el("span", { class: "ds-x-share" });
  const label = el("label", {}, box, el("span", { class: "ds-x-name" }, name), count, part);
  const roles = column.kind !== "set" ? null : el("select", {
    class: "ds-x-role", hidden: true, "aria-label": `Patches with ${name}: any, all or none`,
    onchange: () => onRole(key, roles.value),
  }, ...ROLES.map((role) => el("option", { value: role }, ASKED[role])));
  const fold = option.group
    ? el("button", { type: "button", class: "ds-x-fold", "aria-expanded": false, "aria-label": `Members of ${name}`, onclick: () => onFold(key) }, icon("down"))
    : null;
  const node = el("li", { class: `ds-x-option${option.group ? " ds-x-group" : ""}`, title: name }, fold, label, roles);
  node.style.setProperty("--ds-x-depth", option.depth);
  let last = "";

  return { node, box, update };

  /** @param {{count: number, base: number, most: number, role: string | null, open: boolean}} now */
  function update({ count: patches, base, most, role, open }) {
    const said = `${patches} ${base} ${most} ${role} ${open}`;
    if (said === last) return; // most rows of a long list do not change with a click
    last = said;
    count.textContent = number(patches);
    part.textContent = share(patches, base);
    node.style.setProperty("--ds-x-bar", most ? String(patches / most) : "0");
    node.classList.toggle("ds-x-nothing", patches === 0);
    box.checked = role !== null;
    node.dataset.role = role ?? "";
    if (roles) {
      roles.hidden = role === null;
      roles.value = role ?? "any";
    }
    fold?.setAttribute("aria-expanded", String(open));
  }
}
