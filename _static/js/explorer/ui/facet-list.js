// @ts-check
// A facet of values: a list, or a tree of the nomenclature's levels, with a search box where it is long.
import { filterOf, roleOf, withFilter, withMissing, withRole, ROLES } from "./edit.js";
import { el, fill } from "./dom.js";
import { createFacet } from "./facet.js";
import { createRow } from "./facet-row.js";
import { number, share } from "./format.js";
import { optionsOf, visible } from "./options.js";

const FEW = 8; // options of a flat list before one asks for more
const LONG = 12; // options from which on there is a search box
const SMALL_TREE = 12; // a tree of so many options stands open

/**
 * @param {any} column of the manifest
 * @param {{open: boolean, onSelect: (selection: any) => void}} how
 */
export function createList(column, { open, onSelect }) {
  const options = optionsOf(column);
  const tree = options.some((option) => option.group);
  const opened = new Set(); // keys that the reader opened
  for (const option of options) if (option.group && options.length <= SMALL_TREE) opened.add(option.key);
  /** @type {Map<string, ReturnType<typeof createRow>>} */
  const rows = new Map();
  /** @type {any} */
  let now = { selection: {}, result: null };
  let all = false;

  const search = el("input", {
    type: "search", class: "ds-x-field", placeholder: `Search ${options.length} entries`,
    "aria-label": `Search in ${column.title}`, oninput: () => draw(),
  });
  const list = el("ul", { class: "ds-x-options", onkeydown: onKey });
  const more = el("button", { type: "button", class: "ds-x-more", onclick: () => ((all = !all), draw()) });
  const empty = el("p", { class: "ds-x-note", hidden: true }, "No entry has this in its name.");
  const missingBox = el("input", { type: "checkbox", onchange: () => onSelect(withMissing(now.selection, column.name, missingBox.checked)) });
  const missingCount = el("span", { class: "ds-x-count" });
  const missingShare = el("span", { class: "ds-x-share" });
  const missing = el("ul", { class: "ds-x-options ds-x-missing", hidden: !column.missing },
    el("li", { class: "ds-x-option" }, el("label", {}, missingBox, el("span", { class: "ds-x-name" }, "Not stated"), missingCount, missingShare)));
  const facet = createFacet(
    { name: column.name, title: column.title, open, onOpen: () => draw(), onClear: () => onSelect(withFilter(now.selection, column.name, {})) },
    ...(options.length > LONG ? [search] : []), list, empty, more, missing,
  );
  const { node } = facet;
  return { node, update, show: facet.show };

  /** @param {any} selection @param {any} result */
  function update(selection, result) {
    now = { selection, result };
    const filter = filterOf(selection, column.name);
    facet.mark(ROLES.reduce((sum, role) => sum + (filter[role]?.length ?? 0), filter.missing ? 1 : 0));
    if (!facet.body.hidden) draw();
  }

  function draw() {
    const { selection, result } = now;
    const counts = result?.counts[column.name] ?? column.counts;
    const base = result?.bases?.[column.name] ?? result?.count ?? 0;
    const leaves = options.filter((option) => option.depth === 0 || !tree);
    const most = Math.max(1, ...leaves.map((option) => counts[option.index]));
    const isKept = (/** @type {any} */ option) => roleOf(selection, column.name, option.key) !== null;
    const limit = tree || all ? Infinity : FEW;
    const { shown, more: hidden } = visible(options, { search: search.value, open: opened, most: limit, kept: isKept });
    const focused = document.activeElement;
    const nodes = shown.map((option) => {
      const row = rowOf(option);
      const role = roleOf(selection, column.name, option.key);
      row.update({ count: counts[option.index], base, most, role, open: opened.has(option.key) || Boolean(search.value) });
      return row.node;
    });
    if (nodes.length !== list.children.length || nodes.some((node, at) => list.children[at] !== node)) fill(list, ...nodes);
    if (focused instanceof HTMLElement && list.contains(focused)) focused.focus(); // moving a node takes its focus
    empty.hidden = shown.length > 0;
    more.hidden = tree || Boolean(search.value) || options.length <= FEW || (hidden === 0 && !all);
    more.textContent = all ? "Show fewer" : `Show all ${number(options.length)}`;
    missingBox.checked = Boolean(filterOf(selection, column.name).missing);
    const without = result?.missing?.[column.name] ?? column.missing;
    missingCount.textContent = number(without);
    missingShare.textContent = share(without, base);
  }

  /** @param {import("./options.js").Option} option */
  function rowOf(option) {
    let row = rows.get(option.key);
    if (!row) {
      row = createRow(option, {
        column,
        onRole: (key, role) => onSelect(withRole(now.selection, column.name, key, role)),
        onFold: (key) => {
          if (!opened.delete(key)) opened.add(key);
          draw();
        },
      });
      rows.set(option.key, row);
    }
    return row;
  }

  /** Arrow keys go from box to box, so that a long list is no long way. @param {KeyboardEvent} event */
  function onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !(event.target instanceof HTMLInputElement)) return;
    const boxes = Array.from(list.querySelectorAll("input"));
    boxes[boxes.indexOf(event.target) + step]?.focus();
    event.preventDefault();
  }
}
