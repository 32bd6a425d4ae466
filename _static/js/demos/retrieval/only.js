// @ts-check
// Conditions that results have to meet: the filters of the explorer, folded away until they are wanted.
import { createChips } from "../../explorer/ui/chips.js";
import { el } from "../../explorer/ui/dom.js";
import { isEmpty } from "../../explorer/ui/edit.js";
import { createFacets } from "../../explorer/ui/facets.js";
import { counted, number } from "../../explorer/ui/format.js";

/**
 * @param {HTMLElement} host @param {any} explorer
 * @param {{select: (selection: any) => Promise<any>, onSelect: (selection: any, how?: {step: boolean}) => void, onTool: (tool: "box" | "lasso") => void,
 *   onProblem: (error: unknown, what: string) => void}} how
 */
export function createOnly(host, explorer, { select, onSelect, onTool, onProblem }) {
  const { manifest } = explorer;
  const panel = el("div", { class: "ds-d-facets" });
  const note = el("span", { class: "ds-d-only-count" });
  const chips = createChips(manifest, { onSelect });
  const details = el("details", { class: "ds-d-fold ds-d-only", ontoggle: open }, el("summary", {}, "Only among\u2026 ", note), el("div", { class: "ds-x-app ds-d-fold-body" }, panel));
  host.append(details, el("div", { class: "ds-x-app ds-d-only-chips" }, chips.node));
  /** @type {ReturnType<typeof createFacets> | null} */
  let facets = null;
  /** @type {any} */
  let selection = {};
  let turn = 0;
  return { update };

  /** @param {any} now */
  async function update(now) {
    selection = now;
    const mine = ++turn;
    chips.update(now);
    facets?.update(now, null);
    note.textContent = isEmpty(now) ? `all ${counted(manifest.rows, "patch", "patches")}` : "";
    if (isEmpty(now) && !facets) return;
    try {
      const result = await select(now);
      if (mine !== turn || !result) return;
      facets?.update(now, result);
      if (!isEmpty(now)) note.textContent = `${number(result.count)} of ${counted(manifest.rows, "patch", "patches")}`;
    } catch (error) {
      onProblem(error, "The conditions could not be counted");
    }
  }

  function open() {
    if (!details.open || facets) return;
    facets = createFacets(panel, manifest, { onSelect, onTool, onClose: () => {} });
    update(selection);
  }
}
