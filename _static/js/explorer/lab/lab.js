// @ts-check
/** The band lab: a patch with all its bands, alone or beside another one. */
/** @import {Explorer} from "../core/client.js" */
/** @import {LabState, Patch} from "./types.js" */
/** @import {Rendered, Settings} from "./render.js" */
import { el } from "../ui/dom.js";
import { choicesOf } from "./choices.js";
import { codeBlocks } from "./code.js";
import { createControls, select } from "./controls.js";
import { FormulaError } from "./formula.js";
import { createFrame } from "./frame.js";
import { legend } from "./legend.js";
import { Library } from "./library.js";
import { readoutOf } from "./readout.js";
import { render } from "./render.js";
import { spectra } from "./spectrum.js";
import { createView } from "./view.js";

/** @type {Settings} */
const FIRST = { rgb: [], index: null, low: 2, high: 98, method: "nearest", palette: "automatic" };

/**
 * @param {HTMLElement} host @param {Explorer} explorer
 * @param {{onChange?: (state: LabState) => void, onClose?: () => void}} [options]
 *   onChange: the reader chose something; rgb and index are null where they are the default
 */
export function createLab(host, explorer, { onChange = () => {}, onClose = () => {} } = {}) {
  const library = new Library(explorer);
  const first = select("Patch", () => open(first.input.value, asked(), true));
  const second = select("Compare with", () => open(first.input.value, asked(), true));
  const controls = createControls({ onChange: choose });
  const views = [0, 1].map(() => createView({ onPoint: point }));
  const frame = createFrame(host, { title: "Band lab", onClose: close }, first.node, second.node);
  const [pictures, key, charts, code] = ["pictures", "meaning", "charts", "code"].map((name) => el("div", { class: `ds-x-lab-${name}` }));
  frame.body.append(controls.node, el("div", { class: "ds-x-lab-columns" }, el("div", {}, pictures, key), charts), code);

  let patches = /** @type {Patch[]} */ ([]);
  let settings = FIRST;
  /** @type {string[]} */
  let usual = []; // bands that are shown before the reader has chosen
  /** @type {Rendered | null} */
  let rendered = null;
  /** @type {[number, number]} */
  let place = [0.5, 0.5];
  let call = 0;
  let statistics = /** @type {Awaited<ReturnType<Library["statistics"]>>} */ ({});

  const asked = () => {
    const rgb = settings.rgb.join("\n") === usual.join("\n") ? null : settings.rgb;
    return { with: second.input.value || null, rgb, index: settings.index };
  };

  /** @param {string | null} id of the sample; null: the first one @param {Partial<LabState>} [state] @param {boolean} [tell] */
  async function open(id, state = {}, tell = false) {
    const mine = ++call;
    frame.open();
    frame.say("Reading the bands…");
    try {
      const listed = await library.list();
      if (mine !== call) return;
      if (!listed.length) return frame.say("No patch has its bands in this page.");
      const shown = listed.find((one) => one.id === id) ?? listed[0];
      const other = listed.find((one) => one.id === state.with && one !== shown);
      const rows = other ? [shown.row, other.row] : [shown.row];
      const [figures, ...found] = await Promise.all([library.statistics().catch((error) => ({ error })), ...rows.map((row) => library.patch(row))]);
      if (mine !== call) return;
      [statistics, patches] = [figures.error ? {} : figures, found];
      const names = listed.map((one) => /** @type {[string, string]} */ ([one.id, one.id]));
      first.fill(names);
      second.fill([["", "None"], ...names.filter(([name]) => name !== shown.id)]);
      [first.input.value, second.input.value] = [shown.id, other?.id ?? ""];
      frame.say(id === null || id === shown.id ? "" : `${id} has no bands in this page; it has those of ${listed.length} patches.`);
      if (figures.error) frame.say(`Spectra are shown without those of classes: ${figures.error.message}`);
      adopt(state);
      if (tell) report();
    } catch (error) {
      if (mine === call) frame.say(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {Partial<LabState>} state */
  function adopt({ rgb = null, index = null }) {
    const bands = [...patches[0].layers.values()].map(({ band }) => band);
    const choices = choicesOf(bands);
    usual = choices[0]?.rgb ?? bands.slice(0, 1).map(({ key }) => key);
    const known = rgb?.filter((name) => library.keyed.some(({ key }) => key === name)) ?? [];
    settings = { ...settings, rgb: known.length === 1 || known.length === 3 ? known : usual, index: index || null };
    controls.offer(bands, choices);
    views.forEach((view) => view.node.remove());
    pictures.append(...patches.map((_, at) => views[at].node));
    pictures.dataset.count = String(patches.length);
    draw();
  }

  /** @param {Partial<Settings>} change */
  function choose(change) {
    if (!patches.length) return;
    settings = { ...settings, ...change, index: change.index === undefined ? settings.index : change.index || null };
    if (draw() && ("rgb" in change || "index" in change)) report();
  }

  /** @returns {boolean} whether there is something to show */
  function draw() {
    try {
      rendered = render(patches, settings, library.keyed);
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      controls.show(settings, error.message);
      return false;
    }
    controls.show(settings, "");
    const shown = settings.index ?? rendered.keys.join(", ");
    rendered.pictures.forEach((picture, at) => views[at].draw(picture, shown));
    key.replaceChildren(legend(rendered, settings, library.keyed));
    code.replaceChildren(...codeBlocks(rendered.pictures));
    mark();
    return true;
  }

  /** @param {number} along @param {number} down */
  function point(along, down) {
    place = [along, down];
    mark();
  }

  function mark() {
    const pixels = patches.map((_, at) => views[at].mark(...place));
    const now = rendered;
    now?.pictures.forEach((picture, at) => views[at].say(readoutOf(picture, now, pixels[at])));
    /** @returns {HTMLDetailsElement[]} */
    const tables = () => [...charts.querySelectorAll("details")];
    const open = tables().map((one) => one.open);
    charts.replaceChildren(...spectra(patches, pixels, statistics));
    tables().forEach((one, at) => (one.open = open[at] ?? false));
  }

  const report = () => onChange({ lab: patches[0].id, ...asked() });

  function close() {
    call += 1;
    if (frame.close()) onClose();
  }

  return {
    /** @param {string | null} id @param {Partial<LabState>} [state] */
    open: (id, state) => open(id, state),
    close: () => (call++, void frame.close()), // without a word to the page
    destroy: () => (call++, frame.destroy()),
  };
}
