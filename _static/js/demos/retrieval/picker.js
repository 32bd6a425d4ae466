// @ts-check
// Choose what to search for: by name, by chance.
import { el, fill, icon, settled } from "../../explorer/ui/dom.js";
import { counted, number } from "../../explorer/ui/format.js";
import { pictureOf } from "./picture.js";

const SHOWN = 8;

/**
 * @param {HTMLElement} host @param {any} explorer @param {any} pictures
 * @param {{select: (selection: any) => Promise<any>, onAsk: (id: string) => void, say: (text: string) => void, rendering: () => string | null}} how
 */
export function createPicker(host, explorer, pictures, { select, onAsk, say, rendering }) {
  const input = el("input", {
    type: "search", class: "ds-d-field", id: "ds-d-find", placeholder: "Part of its name", autocomplete: "off", spellcheck: "false",
    "aria-describedby": "ds-d-find-note", oninput: settled(() => look(), 250), onkeydown: onKey,
  });
  const note = el("p", { class: "ds-d-note", id: "ds-d-find-note", hidden: true });
  const list = el("ul", { class: "ds-d-found", role: "list", hidden: true, onkeydown: onKey });
  const chance = el("button", { type: "button", class: "ds-d-button", onclick: surprise }, "Surprise me");
  const form = el("form", { class: "ds-d-line", onsubmit: onSubmit },
    el("label", { class: "ds-d-labelled", for: "ds-d-find" }, "Find a patch"), el("span", { class: "ds-d-search" }, icon("search"), input), chance);
  fill(host, form, note, list);
  let turn = 0;

  async function look() {
    const mine = ++turn;
    const text = input.value.trim();
    if (!text) return show([], "");
    try {
      const { mask, count } = await select({ text });
      if (mine !== turn) return;
      /** @type {number[]} */
      const rows = [];
      for (let row = 0; row < mask.length && rows.length < SHOWN; row++) if (mask[row]) rows.push(row);
      const about = rows.length ? await explorer.describe(Uint32Array.from(rows)) : [];
      if (mine === turn) show(about, count ? `${counted(count, "patch has", "patches have")} this in the name${count > SHOWN ? `; the first ${SHOWN} are shown` : ""}` : "No patch has this in its name");
    } catch (error) {
      if (mine === turn) show([], `The names could not be searched: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** @param {any[]} found @param {string} words */
  function show(found, words) {
    note.textContent = words;
    note.hidden = !words;
    list.hidden = !found.length;
    fill(list, ...found.map(({ row, id }) => el("li", {}, el("button", { type: "button", class: "ds-d-pick", onclick: () => ask(id) },
      pictureOf(pictures, row, rendering()), el("span", {}, id)))));
    if (words) say(words);
  }

  /** @param {string} id */
  function ask(id) {
    turn += 1;
    input.value = "";
    if (list.contains(document.activeElement)) input.focus();
    show([], "");
    onAsk(id);
  }

  /** @param {Event} event */
  async function onSubmit(event) {
    event.preventDefault();
    const text = input.value.trim();
    // Who pastes a whole name need not choose it from a list of one.
    if (text && (await explorer.find(text).catch(() => -1)) >= 0) ask(text);
    else look();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const buttons = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("button")]);
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      show([], "");
      input.focus();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !buttons.length) return;
    event.preventDefault();
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + step;
    if (at < 0) input.focus();
    else buttons[at]?.focus();
  }

  async function surprise() {
    const { rows } = explorer.manifest;
    if (!rows) return;
    const [{ id }] = await explorer.describe([Math.floor(Math.random() * rows)]);
    say(`Chosen from ${number(rows)}: ${id}`);
    ask(id);
  }
}
