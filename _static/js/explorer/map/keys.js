// @ts-check
/** Keys of the map when no tool takes them. Pure. */

/** @typedef {{pan?: [number, number], zoom?: number, home?: boolean, pick?: boolean}} Act pan in CSS pixels, as a drag */

const STEP = 80;

/** @param {string} key @param {boolean} far whether Shift is held @returns {Act | null} null: the key is not the map's */
export function actOf(key, far) {
  const step = far ? 3 * STEP : STEP;
  switch (key) {
    case "ArrowLeft": return { pan: [step, 0] };
    case "ArrowRight": return { pan: [-step, 0] };
    case "ArrowUp": return { pan: [0, step] };
    case "ArrowDown": return { pan: [0, -step] };
    case "+": case "=": return { zoom: 1 };
    case "-": case "_": return { zoom: -1 };
    case "0": return { home: true };
    case "Enter": return { pick: true };
    default: return null;
  }
}
