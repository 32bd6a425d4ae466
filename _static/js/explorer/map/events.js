// @ts-check
/** Listeners by name. Pure. */

/** @typedef {(...values: any[]) => void} Listener */

/** @returns {{on: (name: string, listener: Listener) => () => void, emit: (name: string, ...values: any[]) => void}} `on` returns
 *  what takes the listener away again */
export function createEvents() {
  /** @type {Map<string, Set<Listener>>} */
  const listeners = new Map();
  return {
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(listener));
      return () => void set.delete(listener);
    },
    emit(name, ...values) {
      for (const listener of listeners.get(name) ?? []) listener(...values);
    },
  };
}
