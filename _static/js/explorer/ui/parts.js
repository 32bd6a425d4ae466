// @ts-check
// The parts that a reader may never ask for: pictures, a patch, the band lab, the menu to take a selection away.
// Each is loaded when it is first needed, and says so where it cannot be.

/**
 * @param {{find: (id: string) => any, explorer: any, store: any, announcer: {say: (text: string) => void},
 *   problem: (error: unknown, what: string) => void, isSeen: (pane: "gallery") => boolean}} page
 */
export function createParts({ find, explorer, store, announcer, problem, isSeen }) {
  /** @type {Map<string, Promise<any>>} */
  const held = new Map();
  /** @type {any} */
  let result = null;
  const { state: first } = store;
  if (first.patch || first.lab) queueMicrotask(() => showState(first, {}));
  return { take, show, describe, showState, update };

  /** @param {string} name @param {string} what it is, in words @param {() => Promise<any>} make @returns {Promise<any>} null where it failed */
  function part(name, what, make) {
    const made = held.get(name) ?? make();
    held.set(name, made);
    return made.catch((error) => {
      held.delete(name);
      problem(error, `${what} could not be opened`);
      return null;
    });
  }

  function gallery() {
    return part("gallery", "The pictures", async () => {
      const { createGallery } = await import("../gallery/gallery.js");
      const made = createGallery(find("gallery"), explorer, { onOpen: (/** @type {string} */ id) => store.set({ patch: id }), onShow: (/** @type {string} */ show) => store.set({ show }) });
      if (store.state.show) made.show(store.state.show);
      return made;
    });
  }

  function panel() {
    return part("panel", "The patch", async () => {
      const { createPatchPanel } = await import("../patch/panel.js");
      return createPatchPanel(find("panel"), explorer, {
        onOpen: (/** @type {string} */ id) => store.set({ patch: id }),
        onClose: () => store.set({ patch: null }),
        onLab: (/** @type {string} */ id) => store.set({ lab: id }),
        onCompare: (/** @type {string} */ a, /** @type {string} */ b) => store.set({ lab: a, with: b }),
        onSelect: (/** @type {any} */ selection) => store.set({ selection }),
        getState: () => store.state,
        announcer,
      });
    });
  }

  function lab() {
    return part("lab", "The band lab", async () => {
      const { createLab } = await import("../lab/lab.js");
      return createLab(find("lab"), explorer, {
        onChange: (/** @type {any} */ changes, { push = false } = {}) => store.set(changes, { step: push }),
        onClose: () => store.set({ lab: null, with: null, rgb: null, index: null }),
      });
    });
  }

  function take() {
    return part("take", "The menu to take patches away", async () => {
      const { createTake } = await import("../take/take.js");
      return createTake(find("take"), explorer, { getState: () => store.state, announcer });
    });
  }

  /** Open the patch of a row. @param {number} row */
  async function show(row) {
    try {
      const [{ id }] = await explorer.describe([row]);
      store.set({ patch: id });
    } catch (error) {
      problem(error, "The patch could not be opened");
    }
  }

  /** @param {number} row @returns {Promise<string>} name and labels, for a hint beside the pointer */
  async function describe(row) {
    try {
      const [{ id, labels }] = await explorer.describe([row]);
      return Array.isArray(labels) && labels.length ? `${id}\n${labels.join(", ")}` : id;
    } catch {
      return ""; // a hint that cannot be shown is no news
    }
  }

  /** @param {any} state @param {any} before */
  async function showState(state, before) {
    if (state.patch !== before.patch) {
      if (state.patch) (await panel())?.open(state.patch);
      else if (held.has("panel")) (await panel())?.close();
    }
    const changed = ["lab", "with", "rgb", "index"].some((key) => JSON.stringify(state[key]) !== JSON.stringify(before[key]));
    if (changed) {
      if (state.lab) (await lab())?.open(state.lab, { with: state.with, rgb: state.rgb, index: state.index });
      else if (held.has("lab")) (await lab())?.close?.();
    }
    if (state.show !== before.show && held.has("gallery")) (await gallery())?.show(state.show);
  }

  /** @param {any} now of select */
  async function update(now) {
    result = now;
    if (isSeen("gallery")) (await gallery())?.update(result);
  }
}
