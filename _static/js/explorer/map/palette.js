// @ts-check
/** Colours as the 32-bit words of an image, and the steps of density and difference. Pure. */
import { countBreaks, differenceBreaks } from "./cells.js";

/** @typedef {import("./types.js").Step} Step */

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** @param {ArrayLike<number>} bytes red, green, blue, alpha @param {number} [opacity] 0..1
 *  @returns {number} a pixel of an image; never 0, which is empty */
export function pixel(bytes, opacity = 1) {
  const [r, g, b, a] = [bytes[0], bytes[1], bytes[2], Math.max(1, Math.round(bytes[3] * opacity))];
  return (littleEndian ? (a << 24) | (b << 16) | (g << 8) | r : (r << 24) | (g << 16) | (b << 8) | a) >>> 0;
}

/** Opacity of patches outside the selection. */
const FAINT = 0.28;
/** Opacity of cells, through which borders and coasts are seen. */
const CELL = 0.9;

/**
 * The colours of points: outside the selection, each code, missing.
 * @param {(name: string) => number[]} rgba @param {string[] | null} palette null: one colour for all
 * @returns {Uint32Array}
 */
export function pointColours(rgba, palette) {
  const within = palette ? [...palette, "--ds-muted"] : ["--ds-patches"];
  return Uint32Array.from([pixel(rgba("--ds-muted"), FAINT), ...within.map((name) => pixel(rgba(name)))]);
}

/** Tokens of n steps, spread over the six of a palette so that the last is always its strongest.
 *  @param {string} prefix @param {number} count @returns {string[]} */
function tokens(prefix, count) {
  const token = (/** @type {number} */ step) => (count === 1 ? 4 : Math.round(1 + (step * 5) / (count - 1)));
  return Array.from({ length: count }, (_, step) => `${prefix}${token(step)}`);
}

/** @param {Uint32Array} counts by cell @returns {Step[]} rising, without a step for empty cells */
export function densitySteps(counts) {
  let most = 0;
  for (const count of counts) if (count > most) most = count;
  const ends = countBreaks(most);
  const colours = tokens("--ds-step-", ends.length);
  return ends.map((to, step) => ({ from: step ? ends[step - 1] + 1 : 1, to, colour: colours[step] }));
}

/** @param {Float64Array} differences NaN is left out @returns {Step[]} from the most negative to the most positive */
export function differenceSteps(differences) {
  let most = 0;
  for (const value of differences) if (Math.abs(value) > most) most = Math.abs(value);
  const ends = differenceBreaks(most);
  const [over, under] = [tokens("--ds-step-", ends.length), tokens("--ds-under-", ends.length)];
  const side = ends.map((to, step) => ({ from: step ? ends[step - 1] : 0, to, step }));
  return [
    ...side.map(({ from, to, step }) => ({ from: -to, to: -from, colour: under[step] })).reverse(),
    ...side.map(({ from, to, step }) => ({ from, to, colour: over[step] })),
  ];
}

/**
 * Cells as pixels.
 * @param {ArrayLike<number>} values counts or differences by cell @param {Step[]} steps rising
 * @param {(name: string) => number[]} rgba @param {boolean} signed whether 0 has a colour of its own, else it is empty
 * @param {Uint32Array} out filled
 */
export function paintCells(values, steps, rgba, signed, out) {
  const colours = steps.map(({ colour }) => pixel(rgba(colour), CELL));
  const none = pixel(rgba("--ds-step-0"), CELL);
  for (let cell = 0; cell < values.length; cell++) {
    const value = values[cell];
    if (!value) {
      out[cell] = signed && value === 0 ? none : 0;
      continue;
    }
    let step = 0;
    // Below zero the lower end belongs to a step, above it the upper end.
    while (step < steps.length - 1 && (value < 0 ? value >= steps[step].to : value > steps[step].to)) step++;
    out[cell] = colours[step];
  }
}
