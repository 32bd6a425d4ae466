// @ts-check
/**
 * Colours of index pictures. They are data, so they are the same in a light and a dark page, and in the Python code:
 * the steps of the site's figures, amber below a middle and teal above it, lightness falling to both ends.
 */

/** @typedef {"diverging" | "sequential"} PaletteName */
/** @typedef {[number, number, number]} Rgb */

const UP = ["#f3f4f5", "#dcedef", "#b7dade", "#86c1c8", "#55a3ae", "#1c7382", "#0a4a56"];
const DOWN = ["#5e3707", "#91590f", "#cf9142", "#e4b273", "#f1d3ab", "#f8ead7"];
/** Evenly spaced from the lowest to the highest value. @type {Record<PaletteName, string[]>} */
export const STOPS = { diverging: [...DOWN, ...UP], sequential: UP };

/** @param {string} colour "#rrggbb" @returns {Rgb} */
export const rgbOf = (colour) => /** @type {Rgb} */ ([1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));

/** @param {PaletteName} name @returns {(share: number) => Rgb} colours between the stops by linear interpolation */
export function palette(name) {
  const stops = STOPS[name].map(rgbOf);
  return (share) => {
    const place = share * (stops.length - 1);
    const below = Math.min(Math.floor(place), stops.length - 2);
    const [low, high] = [stops[below], stops[below + 1]];
    return /** @type {Rgb} */ (low.map((value, channel) => value + (high[channel] - value) * (place - below)));
  };
}

/**
 * Colour of a class code: the official one, else a hue of its own, far from those of its neighbours, as in
 * dsdocs.imagery.composite.
 * @param {number} code @param {string | null | undefined} official
 * @returns {Rgb}
 */
export function classColour(code, official) {
  if (official && /^#[0-9a-f]{6}$/i.test(official)) return rgbOf(official);
  const hue = ((code * 0.618034) % 1) * 6;
  return /** @type {Rgb} */ (
    [5, 3, 1].map((shift) => {
      const step = (shift + hue) % 6;
      return 255 * 0.85 * (1 - 0.55 * Math.max(0, Math.min(step, 4 - step, 1)));
    })
  );
}
