// @ts-check
// The card of what is searched for: a patch of the archive, or a picture of the reader's own.
import { el, fill } from "../../explorer/ui/dom.js";
import { labelChips } from "./labels.js";
import { pictureOf } from "./picture.js";

/** @param {HTMLElement} host @param {any} pictures @param {{explorerLink: (id: string) => string}} how */
export function createQuery(host, pictures, { explorerLink }) {
  return { show, none };

  /** @param {import("./session.js").Outcome} outcome @param {string | null} rendering @param {HTMLCanvasElement | null} preview of the reader's own */
  function show({ query, own }, rendering, preview) {
    const name = query?.id ?? own ?? "Marked patches only";
    const facts = query ? [query.date, query.country, query.split].filter((one) => typeof one === "string") : [];
    const picture = query ? pictureOf(pictures, query.row, rendering) : el("span", { class: "ds-d-picture" }, preview);
    fill(host,
      query || own ? picture : null,
      el("div", { class: "ds-d-query-words" },
        el("p", { class: "ds-d-query-kind" }, own ? "Your picture" : query ? "Searching for patches like" : "Searching for patches like those marked"),
        el("p", { class: "ds-d-query-name" }, query ? el("a", { href: explorerLink(name), title: "Open in the explorer" }, name) : name),
        facts.length ? el("p", { class: "ds-d-note" }, facts.join(" \u00b7 ")) : null,
        query ? labelChips(query.labels) : null,
        own ? el("p", { class: "ds-d-note" }, "It stays on your machine: a link to this page does not hold it.") : null));
  }

  /** @param {HTMLElement | null} beginnings */
  function none(beginnings) {
    fill(host, el("div", { class: "ds-d-query-words" },
      el("p", { class: "ds-d-query-kind" }, "Begin with one of these, find a patch by its name, let chance choose one, or open a picture of your own."),
      beginnings));
  }
}
