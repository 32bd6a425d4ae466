// @ts-check
// The question of the reader: in the address, in the history, and told to whoever listens.
import { checkSelection } from "../../explorer/core/filters.js";
import { EMPTY, formatQuestion, parseQuestion, same } from "./state.js";
/** @import {Question} from "./state.js" */

/**
 * @param {any} manifest of the explorer
 * @param {{onChange: (now: Question, before: Question) => void, onUnknown: (unknown: string[]) => void}} how
 */
export function createAsked(manifest, { onChange, onUnknown }) {
  /** @type {Question} */
  let now = EMPTY;
  now = read();
  window.addEventListener("popstate", onHistory);
  window.addEventListener("hashchange", onHistory);
  return {
    get now() {
      return now;
    },
    /** @param {Partial<Question>} changes @param {{step?: boolean}} [how] a step of the history, or not */
    set(changes, { step = true } = {}) {
      const before = now;
      now = { ...now, ...changes };
      if (changes.selection) now.selection = checkSelection(manifest, changes.selection).selection;
      if (same(now, before)) return;
      const { pathname, search } = window.location;
      window.history[step ? "pushState" : "replaceState"](null, "", `${pathname}${search}${formatQuestion(now)}`);
      onChange(now, before);
    },
    destroy() {
      window.removeEventListener("popstate", onHistory);
      window.removeEventListener("hashchange", onHistory);
    },
  };

  function read() {
    const { hash } = window.location;
    if (hash.length > 1 && !hash.includes("=")) return now; // the anchor of a heading
    const asked = parseQuestion(hash);
    const { selection, unknown } = checkSelection(manifest, asked.selection);
    if (unknown.length) queueMicrotask(() => onUnknown(unknown));
    return { ...asked, selection };
  }

  function onHistory() {
    const before = now;
    now = read();
    if (!same(now, before)) onChange(now, before);
  }
}
