// @ts-check
/** What the reader chooses: picture, bands, formula, stretch. */
/** @import {KeyedBand} from "./types.js" */
/** @import {Choice} from "./choices.js" */
/** @import {Settings} from "./render.js" */
import { el } from "../ui/dom.js";
import { LONGEST } from "./formula.js";

const NAMES = ["Red", "Green", "Blue"];

/**
 * @param {{onChange: (change: Partial<Settings>) => void}} options
 */
export function createControls({ onChange }) {
  const choices = el("div", { class: "ds-x-lab-choices", role: "group", "aria-label": "Picture" });
  const channels = NAMES.map((name, at) => select(name, () => change({ rgb: own(at), index: null })));
  const formula = el("input", {
    class: "ds-x-field ds-x-lab-input", type: "text", id: "ds-x-lab-formula", maxlength: String(LONGEST), spellcheck: "false",
    autocomplete: "off", autocapitalize: "off", "aria-describedby": "ds-x-lab-help ds-x-lab-error",
  });
  const error = el("p", { class: "ds-x-note ds-x-wrong", id: "ds-x-lab-error", role: "alert" });
  const help = el("p", { class: "ds-x-note", id: "ds-x-lab-help" });
  const form = el(
    "form",
    { class: "ds-x-lab-own", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), apply()) },
    el("label", { for: "ds-x-lab-formula" }, "Formula"),
    formula,
    el("button", { type: "submit", class: "ds-x-button" }, "Show"),
  );
  const low = percent("Darkest (%)", 0, 49, () => change({ low: low.value() }));
  const high = percent("Brightest (%)", 51, 100, () => change({ high: high.value() }));
  const method = select("Coarse bands", () => change({ method: /** @type {"nearest"} */ (method.input.value) }));
  method.fill([["nearest", "As they are"], ["bilinear", "Smooth"]]);
  const palette = select("Colours", () => change({ palette: /** @type {"automatic"} */ (palette.input.value) }));
  palette.fill([["automatic", "Automatic"], ["diverging", "Around 0"], ["sequential", "From low to high"]]);
  const node = el(
    "div",
    { class: "ds-x-lab-controls" },
    choices,
    el("div", { class: "ds-x-lab-line", role: "group", "aria-label": "Bands" }, ...channels.map((one) => one.node)),
    form,
    help,
    error,
    el("div", { class: "ds-x-lab-line", role: "group", "aria-label": "Stretch and colours" }, low.node, high.node, method.node, palette.node),
  );

  /** @param {Partial<Settings>} changed */
  const change = (changed) => onChange(changed);
  /** @param {number} at channel that was just changed */
  const own = (at) => {
    // From grey or an index, the other two have no band yet.
    const keys = channels.map(({ input }) => input.value || channels[at].input.value);
    return keys.every((key) => key === keys[0]) ? [keys[0]] : keys;
  };
  const apply = () => change({ index: formula.value.trim() });

  return {
    node,
    /** @param {KeyedBand[]} bands of the patch @param {Choice[]} offered */
    offer(bands, offered) {
      const usable = bands.filter(({ sensor }) => sensor.kind !== "map");
      const options = usable.map((band) => /** @type {[string, string]} */ ([band.key, [band.key, band.description].filter(Boolean).join(" – ")]));
      for (const one of channels) one.fill(options);
      choices.replaceChildren(
        ...offered.map((one) =>
          el("button", { type: "button", class: "ds-x-button", title: one.title, "data-rgb": one.rgb?.join("\n"), "data-index": one.index, onclick: () => change(one.rgb ? { rgb: one.rgb, index: null } : { index: one.index }) }, one.name),
        ),
      );
      help.textContent = `Names of bands, numbers, + - * / ( ), min, max, abs and sqrt.`;
    },
    /** @param {Settings} settings @param {string} problem */
    show(settings, problem) {
      const rgb = settings.rgb.length === 1 ? Array(3).fill(settings.rgb[0]) : settings.rgb;
      channels.forEach(({ input }, at) => (input.value = settings.index === null ? (rgb[at] ?? "") : ""));
      for (const button of choices.children) {
        const { rgb: shown, index } = button.dataset;
        const on = settings.index === null ? shown === settings.rgb.join("\n") : index === settings.index;
        button.setAttribute("aria-pressed", String(on));
      }
      if (document.activeElement !== formula || !problem) formula.value = settings.index ?? "";
      error.textContent = problem;
      formula.setAttribute("aria-invalid", String(problem !== ""));
      low.input.value = String(settings.low);
      high.input.value = String(settings.high);
      method.input.value = settings.method;
      palette.input.value = settings.palette;
      palette.node.hidden = settings.index === null;
    },
  };
}

/** @param {string} name @param {() => void} onchange */
export function select(name, onchange) {
  const input = el("select", { class: "ds-x-field", onchange });
  return {
    input,
    node: el("label", { class: "ds-x-labelled" }, el("span", {}, name), input),
    /** @param {[string, string][]} options value and text */
    fill(options) {
      input.replaceChildren(...options.map(([value, text]) => el("option", { value }, text)));
    },
  };
}

/** @param {string} name @param {number} min @param {number} max @param {() => void} onchange */
function percent(name, min, max, onchange) {
  const input = el("input", { class: "ds-x-field ds-x-lab-percent", type: "number", min: String(min), max: String(max), step: "0.5", onchange });
  const value = () => Math.min(Math.max(Number(input.value) || 0, min), max);
  return { input, value, node: el("label", { class: "ds-x-labelled" }, el("span", {}, name), input) };
}
