// @ts-check
/** Drops of a score as colours over a picture, and in words. */

/** [red, green, blue]: what speaks for a class, and what speaks against it. */
const [FOR, AGAINST] = [[255, 214, 10], [60, 120, 255]];
const LEAST = 0.01; // of a score: less than this is shown as nothing, for it would be noise in full colour

/** The largest change, to either side. @param {ArrayLike<number>} drops */
export function rangeOf(drops) {
  let most = LEAST;
  for (let at = 0; at < drops.length; at++) most = Math.max(most, Math.abs(drops[at]));
  return most;
}

/** @param {HTMLCanvasElement} canvas @param {Float32Array} drops @param {number} width @param {number} height @param {number} most */
export function drawDrops(canvas, drops, width, height, most) {
  [canvas.width, canvas.height] = [width, height];
  const pixels = new Uint8ClampedArray(4 * drops.length);
  drops.forEach((drop, at) => {
    pixels.set(drop > 0 ? FOR : AGAINST, 4 * at);
    pixels[4 * at + 3] = (255 * Math.abs(drop)) / most;
  });
  canvas.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
}

const NINTHS = ["upper left", "upper middle", "upper right", "left", "middle", "right", "lower left", "lower middle", "lower right"];

/** Where covering lowers the score most, in words. @param {Float32Array} drops @param {number} width @param {number} height @param {number} base @param {string} name */
export function whereMost(drops, width, height, base, name) {
  let best = 0;
  for (let at = 1; at < drops.length; at++) if (drops[at] > drops[best]) best = at;
  const start = `Score of \u201c${name}\u201d: ${base.toFixed(2)}.`;
  if (drops[best] < LEAST) return `${start} Covering no part of the picture lowers it by as much as ${LEAST}.`;
  // The middle of all that is nearly as strong; the first of equal pixels would always be the upper left one.
  let [sumX, sumY, count] = [0, 0, 0];
  drops.forEach((drop, at) => {
    if (drop < 0.9 * drops[best]) return;
    sumX += at % width;
    sumY += Math.floor(at / width);
    count++;
  });
  const third = (/** @type {number} */ sum, /** @type {number} */ length) => Math.min(Math.floor((3 * (sum / count + 0.5)) / length), 2);
  return `${start} It falls most, by ${drops[best].toFixed(2)}, where the ${NINTHS[3 * third(sumY, height) + third(sumX, width)]} of the picture is covered.`;
}
