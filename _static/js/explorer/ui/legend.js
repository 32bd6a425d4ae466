// @ts-check
// What the colours of the map mean.
import { el, fill } from "./dom.js";
import { number } from "./format.js";

/** @param {HTMLElement} host @param {{onPick: (key: string) => void}} how */
export function createLegend(host, { onPick }) {
  const body = el("div", { class: "ds-x-legend-body" });
  const title = el("summary", {});
  const node = el("details", { class: "ds-x-legend", hidden: true }, title, body);
  node.open = window.matchMedia("(min-width: 40rem)").matches; // on a phone it would cover the map
  host.append(node);
  return { categories, steps, hide, destroy: () => node.remove() };

  function hide() {
    node.hidden = true;
  }

  /** @param {string} name @param {import("./colouring.js").Entry[]} entries @param {string} note @param {number[] | null} counts */
  function categories(name, entries, note, counts) {
    node.hidden = false;
    title.textContent = name;
    fill(body, el("ul", {}, ...entries.map((entry, at) => el("li", {}, swatch(`var(${entry.token})`), label(entry),
      counts ? el("span", { class: "ds-x-count" }, number(counts[at])) : null))),
    note ? el("p", { class: "ds-x-note" }, note) : null);
  }

  /** @param {import("./colouring.js").Entry} entry */
  function label(entry) {
    const { key, name } = entry;
    if (key === null) return el("span", { class: "ds-x-name" }, name);
    return el("button", { type: "button", class: "ds-x-name", title: `Filter for ${name}`, onclick: () => onPick(key) }, name);
  }

  /**
   * @param {string} name @param {{from: number, to: number, colour: string}[]} list rising
   * @param {string} note @param {(value: number) => string} said
   */
  function steps(name, list, note, said) {
    node.hidden = false;
    title.textContent = name;
    const ends = list.length ? [list[0].from, ...(list[0].from < 0 ? [0] : []), list[list.length - 1].to] : [];
    fill(body,
      el("ul", { class: "ds-x-ramp" }, ...list.map(({ from, to, colour }) => {
        const text = from === to ? said(from) : `${said(from)} to ${said(to)}`;
        const step = swatch(colour);
        step.title = text;
        return el("li", {}, step, el("span", { class: "ds-x-sr" }, text));
      })),
      el("p", { class: "ds-x-ramp-ends", "aria-hidden": "true" }, ...ends.map((value) => el("span", {}, said(value)))),
      note ? el("p", { class: "ds-x-note" }, note) : null);
  }

  /** @param {string} colour */
  function swatch(colour) {
    const node = el("span", { class: "ds-x-swatch" });
    node.style.setProperty("--ds-x-colour", colour.startsWith("--") ? `var(${colour})` : colour);
    return node;
  }
}
