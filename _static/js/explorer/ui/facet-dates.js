// @ts-check
// The facet of days: a bar for each month to press or to draw over, and two fields for the keyboard.
import { filterOf, withFilter, withMissing } from "./edit.js";
import { el } from "./dom.js";
import { createFacet } from "./facet.js";
import { counted, number } from "./format.js";
import { spanCounts, spansOf } from "./months.js";

/**
 * @param {any} column of the manifest, of kind day
 * @param {{open: boolean, onSelect: (selection: any, how?: {step: boolean}) => void}} how
 */
export function createDates(column, { open, onSelect }) {
  const { name, title, values } = column;
  const spans = spansOf(values);
  const [first, last] = [values[0], values[values.length - 1]];
  /** @type {any} */
  let selection = {};
  /** @type {string[]} */
  const shown = []; // what each bar says
  let start = -1; // the bar where drawing began
  const bars = spans.map((_, at) => el("span", { class: "ds-x-month", "data-at": at }, el("span", {})));
  const plot = el("div", {
    class: "ds-x-months", role: "img",
    onpointerdown: onDown, onpointermove: onMove, onpointerup: onUp, onpointercancel: onUp,
  }, ...bars);
  const ends = el("div", { class: "ds-x-month-ends", "aria-hidden": "true" }, el("span", {}, spans[0]?.name ?? ""), el("span", {}, spans.at(-1)?.name ?? ""));
  const from = field("From", "from");
  const to = field("To", "to");
  const box = el("input", { type: "checkbox", onchange: () => onSelect(withMissing(selection, name, box.checked)) });
  const count = el("span", { class: "ds-x-count" });
  const missing = el("ul", { class: "ds-x-options ds-x-missing", hidden: !column.missing },
    el("li", { class: "ds-x-option" }, el("label", {}, box, el("span", { class: "ds-x-name" }, "Not stated"), count)));
  const facet = createFacet({ name, title, open, onClear: () => onSelect(withFilter(selection, name, {})) },
    plot, ends, el("div", { class: "ds-x-pair" }, from.label, to.label), missing);
  return { node: facet.node, update, show: facet.show };

  /** @param {any} now @param {any} result */
  function update(now, result) {
    selection = now;
    const filter = filterOf(selection, name);
    facet.mark((filter.from || filter.to ? 1 : 0) + (filter.missing ? 1 : 0));
    const counts = spanCounts(spans, result?.counts[name] ?? column.counts);
    const most = Math.max(1, ...counts);
    spans.forEach((span, at) => {
      const outside = span.to < (filter.from ?? "") || span.from > (filter.to ?? "9999");
      const said = `${counts[at]} ${most} ${outside}`;
      if (said === shown[at]) return;
      shown[at] = said;
      bars[at].title = `${span.name}: ${counted(counts[at], "patch", "patches")}`;
      bars[at].style.setProperty("--ds-x-bar", String(counts[at] / most));
      bars[at].classList.toggle("ds-x-outside", outside);
    });
    const top = counts.indexOf(Math.max(...counts));
    plot.setAttribute("aria-label", `Patches over time, ${first} to ${last}; most in ${spans[top]?.name}: ${number(counts[top] ?? 0)}`);
    if (document.activeElement !== from.input) from.input.value = filter.from ?? "";
    if (document.activeElement !== to.input) to.input.value = filter.to ?? "";
    box.checked = Boolean(filter.missing);
    count.textContent = number(result?.missing?.[name] ?? column.missing);
  }

  /** @param {string} text @param {"from" | "to"} end */
  function field(text, end) {
    const input = el("input", {
      type: "date", class: "ds-x-field", min: first, max: last,
      onchange: () => onSelect(withFilter(selection, name, { ...filterOf(selection, name), [end]: input.value || undefined })),
    });
    return { input, label: el("label", {}, el("span", {}, text), input) };
  }

  /** @param {PointerEvent} event */
  function at(event) {
    const box = plot.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * spans.length);
    return Math.min(spans.length - 1, Math.max(0, place));
  }

  /** @param {PointerEvent} event */
  function onDown(event) {
    if (event.button) return;
    plot.setPointerCapture(event.pointerId);
    start = at(event);
    choose(start, start, true);
  }

  /** @param {PointerEvent} event */
  function onMove(event) {
    if (start >= 0) choose(start, at(event), false);
  }

  function onUp() {
    start = -1;
  }

  /** @param {number} a @param {number} b @param {boolean} step */
  function choose(a, b, step) {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const filter = filterOf(selection, name);
    const wanted = { from: spans[low].from, to: spans[high].to };
    // The month that is chosen already gives all months back.
    const same = step && filter.from === wanted.from && filter.to === wanted.to;
    if (!step && filter.from === wanted.from && filter.to === wanted.to) return;
    onSelect(withFilter(selection, name, same ? { missing: filter.missing } : { ...filter, ...wanted }), { step });
    if (same) start = -1;
  }
}
