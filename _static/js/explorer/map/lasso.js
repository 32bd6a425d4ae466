// @ts-check
/** What the box and lasso tools give: shapes in degrees as a selection has them. Pure. */
import { latOf, lonOf, normalLon, rounded } from "./mercator.js";

/** @typedef {[number, number]} Point */

/** @param {Point} one world @param {Point} two @returns {[number, number, number, number]} west, south, east, north;
 *  west > east where it crosses 180 */
export function boxOf(one, two) {
  const [west, east] = [Math.min(one[0], two[0]), Math.max(one[0], two[0])];
  const [north, south] = [Math.min(one[1], two[1]), Math.max(one[1], two[1])];
  const whole = east - west >= 1;
  return [
    whole ? -180 : rounded(normalLon(lonOf(west))), rounded(latOf(south)),
    whole ? 180 : rounded(normalLon(lonOf(east))), rounded(latOf(north)),
  ];
}

/**
 * Leave out points that change a line by less than a tolerance (Douglas and Peucker, 1973).
 * @param {Point[]} points @param {number} tolerance in their unit @returns {Point[]}
 */
export function simplified(points, tolerance) {
  if (points.length < 3) return points.slice();
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const parts = [[0, points.length - 1]];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const [from, to] = part;
    let [worst, at] = [tolerance, -1];
    for (let i = from + 1; i < to; i++) {
      const off = offLine(points[i], points[from], points[to]);
      if (off > worst) [worst, at] = [off, i];
    }
    if (at < 0) continue;
    keep[at] = 1;
    parts.push([from, at], [at, to]);
  }
  return points.filter((_, i) => keep[i]);
}

/** @param {Point} point @param {Point} from @param {Point} to @returns {number} distance from the piece of line */
function offLine(point, from, to) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = dx * dx + dy * dy;
  const part = length ? Math.max(0, Math.min(1, ((point[0] - from[0]) * dx + (point[1] - from[1]) * dy) / length)) : 0;
  return Math.hypot(point[0] - from[0] - part * dx, point[1] - from[1] - part * dy);
}

/** @param {Point[]} points a line in pixels @param {number} most points @returns {Point[]} simplified until it has so few */
export function thinned(points, most) {
  let tolerance = 1;
  let line = simplified(points, tolerance);
  while (line.length > most) line = simplified(points, (tolerance *= 1.5));
  return line;
}

/**
 * A ring in the world as a selection has it. Where it crosses 180 degrees, it is cut there and the two parts are joined
 * by a line there and back, which the even-odd rule does not see.
 * @param {Point[]} ring world, not closed @returns {Point[]} lon, lat
 */
export function lassoOf(ring) {
  const turn = Math.floor(Math.min(...ring.map(([x]) => x)));
  const inTurn = ring.map(([x, y]) => /** @type {Point} */ ([x - turn, y]));
  const west = cut(inTurn, 1, (x) => x <= 1);
  const east = cut(inTurn, 1, (x) => x >= 1).map(([x, y]) => /** @type {Point} */ ([x - 1, y]));
  const parts = [west, east].filter((part) => part.length > 2).map((part) => part.map(degrees));
  if (parts.length < 2) return parts[0] ?? ring.map(degrees);
  return [...parts[0], parts[0][0], ...parts[1], parts[1][0]];
}

/** @param {Point} point world @returns {Point} */
function degrees([x, y]) {
  return [rounded(lonOf(x)), rounded(latOf(y))];
}

/** Clip a ring at a line of longitude (Sutherland and Hodgman, 1974). @param {Point[]} ring @param {number} line
 *  @param {(x: number) => boolean} keeps @returns {Point[]} */
function cut(ring, line, keeps) {
  /** @type {Point[]} */
  const kept = [];
  ring.forEach((point, i) => {
    const before = ring[(i + ring.length - 1) % ring.length];
    if (keeps(point[0]) !== keeps(before[0])) {
      const part = (line - before[0]) / (point[0] - before[0]);
      kept.push([line, before[1] + part * (point[1] - before[1])]);
    }
    if (keeps(point[0])) kept.push(point);
  });
  return kept;
}

/** Whether a ring holds a point, by the even-odd rule of a selection. @param {Point[]} ring @param {number} x @param {number} y */
export function ringHolds(ring, x, y) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
