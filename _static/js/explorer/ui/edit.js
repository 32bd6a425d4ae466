// @ts-check
// Change a selection: every function returns a new one. No DOM.
import { nameOf } from "./options.js";

/** @typedef {{any?: string[], all?: string[], none?: string[], missing?: boolean, from?: string, to?: string}} Filter */
/** @typedef {{filters?: Record<string, Filter>, box?: number[], lasso?: number[][], text?: string}} Selection */
/** @typedef {"any" | "all" | "none"} Role */

/** @type {Role[]} */
export const ROLES = ["any", "all", "none"];

/** @param {Selection} selection @param {string} column @returns {Filter} */
export function filterOf(selection, column) {
  return selection.filters?.[column] ?? {};
}

/** @param {Selection} selection @param {string} column @param {string} key @returns {Role | null} what is asked of a value */
export function roleOf(selection, column, key) {
  const filter = filterOf(selection, column);
  return ROLES.find((role) => filter[role]?.includes(key)) ?? null;
}

/** @param {Selection} selection @param {string} column @param {Filter} filter @returns {Selection} */
export function withFilter(selection, column, filter) {
  /** @type {Record<string, any>} */
  const kept = {};
  for (const [name, value] of Object.entries(filter)) {
    if (Array.isArray(value) ? value.length : value) kept[name] = value;
  }
  const filters = { ...selection.filters };
  if (Object.keys(kept).length) filters[column] = kept;
  else delete filters[column];
  return { ...selection, filters };
}

/** Ask something of a value, or with null nothing. @param {Selection} selection @param {string} column @param {string} key @param {Role | null} role */
export function withRole(selection, column, key, role) {
  const filter = { ...filterOf(selection, column) };
  for (const each of ROLES) filter[each] = (filter[each] ?? []).filter((other) => other !== key);
  if (role) filter[role] = [...(filter[role] ?? []), key];
  return withFilter(selection, column, filter);
}

/** @param {Selection} selection @param {string} column @param {boolean} missing */
export function withMissing(selection, column, missing) {
  return withFilter(selection, column, { ...filterOf(selection, column), missing });
}

/** @param {Selection} selection @param {"box" | "lasso" | "text"} part @param {any} value null or "" takes it away */
export function withPart(selection, part, value) {
  const changed = { ...selection, [part]: value };
  if (!value?.length) delete changed[part];
  return changed;
}

/** @param {Selection} selection */
export function isEmpty(selection) {
  return !Object.keys(selection.filters ?? {}).length && !selection.box && !selection.lasso && !selection.text;
}

/**
 * Every condition of a selection by itself, with the selection that is left without it.
 * @param {Selection} selection
 * @param {any[]} columns of the manifest
 * @returns {{id: string, column: string, role: string, title: string, text: string, without: Selection}[]}
 */
export function conditions(selection, columns) {
  const found = [];
  for (const column of columns) {
    const filter = filterOf(selection, column.name);
    const { name, title } = column;
    for (const role of ROLES) {
      for (const key of filter[role] ?? []) {
        const text = nameOf(column, key);
        found.push({ id: `${name} ${role} ${key}`, column: name, role, title, text, without: withRole(selection, name, key, null) });
      }
    }
    if (filter.from || filter.to) {
      const text = [filter.from ?? "", filter.to ?? ""].join(" \u2013 ").trim();
      const without = withFilter(selection, name, { missing: filter.missing });
      found.push({ id: `${name} days`, column: name, role: "any", title, text, without });
    }
    if (filter.missing) {
      found.push({ id: `${name} missing`, column: name, role: "any", title, text: "not stated", without: withMissing(selection, name, false) });
    }
  }
  if (selection.text) found.push(part("text", "Name", `\u201c${selection.text}\u201d`));
  if (selection.box) found.push(part("box", "Box", selection.box.map((value) => value.toFixed(2)).join(", ")));
  if (selection.lasso) found.push(part("lasso", "Outline", `${selection.lasso.length} corners`));
  return found;

  /** @param {"text" | "box" | "lasso"} name @param {string} title @param {string} text */
  function part(name, title, text) {
    return { id: name, column: "", role: "any", title, text, without: withPart(selection, name, null) };
  }
}
