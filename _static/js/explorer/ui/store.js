// @ts-check
// The state of the page: in the address, in the history, and told to all who listen.
import { checkSelection } from "../core/filters.js";
import { formatState, parseState } from "../core/state.js";

/** @typedef {Record<string, any>} State */

/**
 * @param {any} manifest
 * @param {(unknown: string[]) => void} onUnknown told what an address asks for that this data set has not
 * @param {{location?: Location, history?: History, target?: EventTarget}} [browser]
 */
export function createStore(manifest, onUnknown, { location = window.location, history = window.history, target = window } = {}) {
  /** @type {State} */
  let state = read();
  let written = formatState(/** @type {any} */ (state));
  /** @type {Set<(state: State, before: State) => void>} */
  const listeners = new Set();
  const onHistory = () => {
    const before = state;
    state = read();
    written = formatState(/** @type {any} */ (state));
    tell(before);
  };
  target.addEventListener("popstate", onHistory);
  target.addEventListener("hashchange", onHistory);

  return {
    get state() {
      return state;
    },
    /**
     * Change some of the state. A choice is a step of the history; what moves under the hand is not.
     * @param {State} changes @param {{step?: boolean}} [how]
     */
    set(changes, { step = true } = {}) {
      const before = state;
      state = { ...state, ...changes };
      // In the normal form, so that the order of clicks shows nowhere.
      if (changes.selection) state.selection = checkSelection(manifest, changes.selection).selection;
      tell(before); // first: the worker counts while the browser writes the address, which takes some milliseconds
      const now = formatState(/** @type {any} */ (state));
      if (now === written) return;
      written = now;
      const address = `${location.pathname}${location.search}${now}`;
      if (step) history.pushState(null, "", address);
      else history.replaceState(null, "", address);
    },
    /** @param {(state: State, before: State) => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    destroy() {
      target.removeEventListener("popstate", onHistory);
      target.removeEventListener("hashchange", onHistory);
      listeners.clear();
    },
  };

  function read() {
    const parsed = parseState(location.hash);
    const { selection, unknown } = checkSelection(manifest, parsed.selection);
    if (unknown.length) onUnknown(unknown);
    return { ...parsed, selection };
  }

  /** @param {State} before */
  function tell(before) {
    for (const listener of listeners) listener(state, before);
  }
}
