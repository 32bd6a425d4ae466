// @ts-check
// Choose a patch of the test set: small pictures, some at a time, by what is true of them and what the model made of it.
import { counted, number } from "../../explorer/ui/format.js";
import { el, fill } from "../../explorer/ui/dom.js";
import { createTiles } from "../core/tiles.js";
/** @import {ModelEntry, TestSet} from "./types.js" */

const PAGE = 12;

/**
 * @param {HTMLElement} host @param {any} explorer @param {import("../../explorer/gallery/source.js").Pictures} pictures
 * @param {{onPick: (at: number) => void, canRun: (row: number) => boolean}} how `onPick`: place in the test set
 */
export function createChooser(host, explorer, pictures, { onPick, canRun }) {
  const select = el("select", { class: "ds-d-field", onchange: () => ((from = 0), list()) });
  const span = el("span", { class: "ds-d-note", role: "status" });
  const back = el("button", { type: "button", class: "ds-d-button", onclick: () => turn(-PAGE) }, "Previous");
  const on = el("button", { type: "button", class: "ds-d-button", onclick: () => turn(PAGE) }, "Next");
  const pages = el("span", { class: "ds-d-pages" }, back, on);
  const tiles = createTiles(explorer, pictures, { label: "Patches of the test set", onPick: (_, at) => take(at) });
  host.append(
    el("div", { class: "ds-d-tools" }, el("label", { class: "ds-d-labelled" }, el("span", {}, "Show"), select), span, pages),
    tiles.node);
  /** @type {ModelEntry} */
  let model;
  /** @type {TestSet} */
  let test;
  /** @type {Uint8Array} */
  let given;
  /** @type {number[]} places of the test set, mixed, for neighbours look alike */
  let order = [];
  let from = 0;
  let chosen = -1;

  return {
    /** @param {ModelEntry} next @param {TestSet} set @param {Uint8Array} decided */
    show(next, set, decided) {
      [model, test, given, from, chosen] = [next, set, decided, 0, -1];
      order = mixed(set.n);
      const runnable = order.some((at) => canRun(set.rows[at]));
      const has = next.classes.map((name, at) => [`class ${at}`, `With ${name}`]).filter((_, at) => order.some((one) => set.truth[one * set.classes + at]));
      const options = [...(runnable ? [["run", "Patches that the model can be run on here"]] : []), ["all", "All patches of the test set"], ["wrong", "Where a label is wrong or missed"], ...has];
      fill(select, ...options.map(([value, text]) => el("option", { value }, text)));
      list();
    },
    /** Decisions have changed. @param {Uint8Array} decided */
    update(decided) {
      given = decided;
      if (select.value === "wrong") list();
    },
    /** Choose the first patch that is listed. */
    first() {
      const [at] = matching();
      if (at !== undefined) take(at);
    },
    none() {
      chosen = -1;
      tiles.press(null);
    },
  };

  /** @param {number} at */
  function take(at) {
    chosen = at;
    tiles.press(at);
    onPick(at);
  }

  function matching() {
    const { value } = select;
    if (value === "run") return order.filter((at) => canRun(test.rows[at]));
    if (value === "wrong") return order.filter(isWrong);
    if (value === "all") return order;
    const at = Number(value.split(" ")[1]);
    return order.filter((one) => test.truth[one * test.classes + at]);
  }

  /** @param {number} at */
  function isWrong(at) {
    for (let cell = at * test.classes; cell < (at + 1) * test.classes; cell++) if (given[cell] !== test.truth[cell]) return true;
    return false;
  }

  /** @param {number} step */
  function turn(step) {
    from += step;
    list();
  }

  function list() {
    const found = matching();
    from = Math.min(Math.max(from, 0), Math.max(Math.ceil(found.length / PAGE) - 1, 0) * PAGE);
    const page = found.slice(from, from + PAGE);
    span.textContent = found.length ? `${number(from + 1)} to ${number(from + page.length)} of ${counted(found.length, "patch", "patches")}` : "No patch";
    pages.hidden = found.length <= PAGE;
    back.disabled = from === 0;
    on.disabled = from + PAGE >= found.length;
    tiles.show(page.map((at) => ({ key: at, row: test.rows[at] })), chosen, (at) => said(at));
  }

  /** @param {number} at */
  function said(at) {
    const names = model.classes.filter((_, one) => test.truth[at * test.classes + one]);
    return names.join(", ") || "no label";
  }
}

/** All places in an order that has nothing to do with where they lie, the same every time. @param {number} n */
function mixed(n) {
  const key = (/** @type {number} */ at) => Math.imul(at + 1, 0x9e3779b1) >>> 0; // Fibonacci hashing: no two are equal
  return Array.from({ length: n }, (_, at) => at).sort((a, b) => key(a) - key(b));
}
