// @ts-check
/** What the panel shows of a patch, one section after the other. */
import { el } from "../ui/dom.js";
import { facts, filesOf } from "./facts.js";
import { pathOf } from "./labels.js";
import { snippet } from "./snippet.js";

/** @param {string} title @param {...(Node | null)} children @returns {HTMLElement} */
export function section(title, ...children) {
  return el("section", { class: "ds-x-part" }, el("h3", {}, title), ...children);
}

/**
 * @param {any} explorer @param {string[] | null} labels @param {(key: string) => void} onLabel
 * @returns {HTMLElement | null}
 */
export function labelSection(explorer, labels, onLabel) {
  const column = explorer.manifest.columns.find((/** @type {any} */ one) => one.name === "labels");
  if (!column) return null;
  if (!labels?.length) return section("Labels", el("p", { class: "ds-x-note" }, "This patch has none."));
  const coloured = column.terms.some((/** @type {any} */ term) => term.colour); // a class may have none where others do
  const items = labels.map((name) => {
    const path = pathOf(column.terms, name);
    const term = path[path.length - 1];
    const swatch = el("span", { class: "ds-x-swatch", "aria-hidden": "true" });
    if (term?.colour) swatch.style.setProperty("--ds-x-colour", term.colour);
    return el("li", {}, coloured ? swatch : null, el("span", {},
      path.length > 1 ? el("span", { class: "ds-x-label-path" }, `${path.slice(0, -1).map((one) => one.name).join(" \u203a ")} \u203a`) : null,
      el("button", { type: "button", class: "ds-x-link", title: "Show all patches with this label", onclick: () => onLabel(term?.key ?? name) }, name)));
  });
  return section("Labels", el("ul", { class: "ds-x-label-list" }, ...items));
}

/** @param {any} explorer @param {any} detail @param {any} about */
export function factSection(explorer, detail, about) {
  const rows = facts(detail, explorer.manifest, about).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  return section("About", el("dl", { class: "ds-x-facts" }, ...rows));
}

/** @param {any} explorer @param {any} detail @returns {{files: string[], nodes: HTMLElement[]}} */
export function fileSections(explorer, detail) {
  const { loading } = explorer.manifest;
  const files = filesOf(detail.assets, loading?.assets ?? {});
  if (!files.length) return { files, nodes: [section("Files", el("p", { class: "ds-x-note" }, "The archive that this site was built from holds no files of this patch."))] };
  const list = el("ul", { class: "ds-x-files", tabindex: 0, role: "list", "aria-label": "Files in the archive" }, ...files.map((file) => el("li", {}, file)));
  const nodes = [section("Files in the archive", list)];
  if (loading) {
    const window = detail.window ? Object.values(detail.window).map(Number) : null;
    const blocks = detail.assets.map((/** @type {any} */ { key, href }) => codeBlock(loading.assets[key]?.title ?? key, snippet(loading, key, href, window)));
    nodes.push(section("Load it", el("p", { class: "ds-x-note" }, "From the folder of the unpacked archive:"), ...blocks));
  }
  return { files, nodes };
}

/** @param {string} title @param {string} source */
function codeBlock(title, source) {
  const button = el("button", { type: "button", class: "ds-x-button", onclick: copy }, "Copy");
  return el("div", { class: "ds-x-code" }, el("div", { class: "ds-x-code-head" }, el("span", {}, title), button),
    el("pre", { tabindex: 0, "aria-label": `Code for ${title}` }, el("code", {}, source)));

  async function copy() {
    try {
      await navigator.clipboard.writeText(source);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it and copy"; // the browser does not let the page write
    }
    setTimeout(() => (button.textContent = "Copy"), 2500);
  }
}
