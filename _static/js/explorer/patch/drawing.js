// @ts-check
/** Outlines as paths of SVG. No DOM. */

/** @typedef {{lon: number, lat: number, x: number, y: number, width: number, height: number}} View px of a degree: x, y */

/** @param {number} lon @param {number} lat @param {number} across degrees of latitude @param {number} width @param {number} height px @returns {View} */
export function windowAround(lon, lat, across, width, height) {
  const y = height / across;
  return { lon, lat, x: y * Math.max(0.05, Math.cos((lat * Math.PI) / 180)), y, width, height };
}

/** @param {number} lon @param {number} middle @returns {number} the same meridian within half a turn of the middle */
const near = (lon, middle) => lon - 360 * Math.round((lon - middle) / 360);

/**
 * @param {number[][][]} lines of [lon, lat] @param {View} view @param {boolean} closed
 * @returns {string} those that come into sight
 */
export function outlinePath(lines, view, closed) {
  const parts = [];
  for (const line of lines) {
    const points = projected(line, view);
    const xs = points.map((point) => point[0]);
    const ys = points.map((point) => point[1]);
    if (Math.min(...bounded(xs)) > view.width || Math.max(...bounded(xs)) < 0) continue;
    if (Math.min(...bounded(ys)) > view.height || Math.max(...bounded(ys)) < 0) continue;
    parts.push(`M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}${closed ? "Z" : ""}`);
  }
  return parts.join("");
}

/** The least and the largest of many numbers, which are too many for arguments. @param {number[]} values */
function bounded(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** @param {number[][]} line @param {View} view @returns {[number, number][]} px; a line goes on where it left off */
function projected(line, { lon, lat, x, y, width, height }) {
  let last = lon;
  return line.map((point) => {
    last = near(point[0], last);
    return [width / 2 + (last - lon) * x, height / 2 - (point[1] - lat) * y];
  });
}

/**
 * Footprints drawn as large as they fit, the first one in the middle.
 * @param {number[][]} rings eight numbers each @param {number} width @param {number} height px
 * @returns {(at: number) => string}
 */
export function nearbyPath(rings, width, height) {
  const [lon, lat] = [0, 1].map((axis) => (rings[0][axis] + rings[0][axis + 4]) / 2);
  const narrow = Math.max(0.05, Math.cos((lat * Math.PI) / 180));
  const points = rings.map((ring) => [0, 2, 4, 6].map((at) => [(near(ring[at], lon) - lon) * narrow, ring[at + 1] - lat]));
  const [wide, high] = [0, 1].map((axis) => Math.max(...points.flat().map((point) => Math.abs(point[axis]))));
  const scale = 0.9 * Math.min(width / 2 / wide, height / 2 / high, Infinity);
  return (at) => `M${points[at].map(([x, y]) => `${(width / 2 + x * scale).toFixed(1)} ${(height / 2 - y * scale).toFixed(1)}`).join("L")}Z`;
}
