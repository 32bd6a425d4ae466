// @ts-check
// The strip of results: pictures, distances, labels in common, and what a reader can do with each.
import { errataWords } from "../../explorer/core/errata.js";
import { el, fill } from "../../explorer/ui/dom.js";
import { distance } from "./common.js";
import { labelChips } from "./labels.js";
import { pictureOf } from "./picture.js";
/** @import {Outcome} from "./session.js" */

/**
 * @param {HTMLElement} host @param {any} pictures
 * @param {{onAsk: (id: string) => void, onMark: (id: string, kind: "more" | "less") => void, onHover: (row: number | null) => void,
 *   explorerLink: (id: string) => string}} how
 */
export function createResults(host, pictures, { onAsk, onMark, onHover, explorerLink }) {
  const list = el("ol", { class: "ds-d-cards", "aria-label": "Similar patches, nearest first", onkeydown: onKey, onfocusin: onFocus });
  const empty = el("p", { class: "ds-d-empty", hidden: true });
  fill(host, empty, list);
  /** @type {Map<string, {node: HTMLElement, buttons: Record<"more" | "less", HTMLElement>}>} */
  let cards = new Map();
  let active = 0;
  return { show, mark };

  /** @param {Outcome} outcome @param {string | null} rendering */
  function show(outcome, rendering) {
    const { results, query } = outcome;
    const far = Math.max(...results.map((one) => one.distance), 1e-12);
    cards = new Map();
    fill(list, ...results.map((one, at) => card(one, at, far, query?.labels ?? [], rendering)));
    active = 0;
    reach();
    list.hidden = !results.length;
    empty.hidden = results.length > 0;
    empty.textContent = outcome.allowed === 0 ? "No patch meets all of these conditions." : "No other patch was found.";
  }

  /** @param {import("./session.js").Found} found @param {number} at @param {number} far @param {string[]} asked @param {string | null} rendering */
  function card({ row, distance: value, about }, at, far, asked, rendering) {
    const { id } = about;
    const when = [about.date, about.country].filter((one) => typeof one === "string").join(", ");
    const mark = (/** @type {"more" | "less"} */ kind, /** @type {string} */ sign, /** @type {string} */ words) => el("button", {
      type: "button", class: `ds-d-mark ds-d-mark-${kind}`, "aria-pressed": "false", "aria-label": `${words}: ${id}`, title: words, onclick: () => onMark(id, kind),
    }, sign);
    const buttons = { more: mark("more", "+", "More like this"), less: mark("less", "\u2212", "Less like this") };
    const bar = el("span", { class: "ds-d-bar", "aria-hidden": "true" }, el("span", {}));
    bar.firstChild.style.setProperty("--ds-d-share", String(value / far));
    const node = el("li", { class: "ds-d-card", "data-id": id, onpointerenter: () => onHover(row), onpointerleave: () => onHover(null), onfocusin: () => onHover(row) },
      el("button", { type: "button", class: "ds-d-ask", title: `Search from ${id}`, "aria-label": `Search from ${id}, result ${at + 1}, distance ${distance(value)}`, onclick: () => onAsk(id) },
        pictureOf(pictures, row, rendering), el("span", { class: "ds-d-rank", "aria-hidden": "true" }, String(at + 1))),
      el("p", { class: "ds-d-distance" }, bar, el("span", { class: "ds-sr" }, "Distance "), el("span", {}, distance(value))),
      el("p", { class: "ds-d-name" }, el("a", { href: explorerLink(id), title: `${id}: open in the explorer` }, el("bdi", {}, id))),
      when ? el("p", { class: "ds-d-when" }, when) : null,
      errataWords(about) ? el("p", { class: "ds-d-erratum" }, errataWords(about)) : null,
      labelChips(about.labels, asked),
      el("div", { class: "ds-d-marks", role: "group", "aria-label": `Mark ${id}` }, buttons.more, buttons.less));
    cards.set(id, { node, buttons });
    return node;
  }

  /** Show what is marked. @param {{more: string[], less: string[]}} marks */
  function mark(marks) {
    for (const [id, { node, buttons }] of cards) {
      for (const kind of /** @type {const} */ (["more", "less"])) {
        const has = marks[kind].includes(id);
        buttons[kind].setAttribute("aria-pressed", String(has));
        node.classList.toggle(`ds-d-${kind}`, has);
      }
    }
  }

  /** The Tab key leads to one card; arrows go from card to card. */
  function reach() {
    [...cards.values()].forEach(({ node }, at) => {
      for (const one of node.querySelectorAll("a, button")) /** @type {HTMLElement} */ (one).tabIndex = at === active ? 0 : -1;
    });
  }

  /** @param {FocusEvent} event */
  function onFocus(event) {
    const at = [...list.children].findIndex((node) => node.contains(/** @type {Node} */ (event.target)));
    if (at < 0 || at === active) return;
    active = at;
    reach();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const nodes = /** @type {HTMLElement[]} */ ([...list.children]);
    const wide = nodes.filter((node) => node.offsetTop === nodes[0].offsetTop).length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: wide, ArrowUp: -wide, Home: -active, End: nodes.length - 1 - active }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const to = active + step;
    if (!nodes[to]) return;
    const controls = (/** @type {HTMLElement} */ node) => [...node.querySelectorAll("a, button")];
    const place = controls(nodes[active]).indexOf(/** @type {Element} */ (event.target));
    active = to;
    reach();
    /** @type {HTMLElement} */ (controls(nodes[to])[Math.max(0, place)]).focus();
  }
}
