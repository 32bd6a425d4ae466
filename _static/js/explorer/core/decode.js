// @ts-check
/** From the bytes of files to typed arrays: codes, positions, names. */
/** @import {Codes, Column, Group, Places, PlacedGroup} from "./types.js" */

/**
 * Room for codes. Narrow ones get 16 bits too: loops over arrays of a single type are twice as fast.
 * @param {Column["dtype"]} dtype @param {number} length @returns {Codes}
 */
export const codeArray = (dtype, length) => (dtype === "uint32" ? new Uint32Array(length) : new Uint16Array(length));

/**
 * Read little-endian numbers that were written as byte planes: all lowest bytes, then all second ones, ...
 * @param {Uint8Array} bytes @param {Codes} target at least as wide; filled from `start` on
 * @param {number} start @param {number} count
 */
export function readPlanes(bytes, target, start, count) {
  const width = count === 0 ? 0 : bytes.length / count;
  if (![0, 1, 2, 4].includes(width) || width > target.BYTES_PER_ELEMENT || bytes.length !== count * width) {
    throw new RangeError(`${count} numbers expected, ${bytes.length} bytes found`);
  }
  for (let i = 0; i < count; i++) target[start + i] = bytes[i];
  for (let plane = 1; plane < width; plane++) {
    for (let i = 0; i < count; i++) target[start + i] |= bytes[plane * count + i] << (8 * plane);
  }
}

/** @param {Group[]} groups @param {number} rows @returns {Places} */
export function emptyPlaces(groups, rows) {
  const group = new Uint16Array(rows);
  let row = 0;
  groups.forEach((one, index) => group.fill(index, row, (row += one.rows)));
  const [lon, lat] = [new Float64Array(rows).fill(NaN), new Float64Array(rows).fill(NaN)];
  return { lon, lat, gx: new Int32Array(rows), gy: new Int32Array(rows), group };
}

/**
 * Read the stream of one chunk: the length of its first part, all dx, all dy.
 * @param {Uint8Array} bytes @param {Group[]} groups @param {Places} places filled for rows `from` <= row < `to`
 * @param {number} from @param {number} to
 */
export function readPlaces(bytes, groups, places, from, to) {
  const spans = spansOf(groups, from, to);
  if (bytes.length < 4) throw new RangeError(`a stream of ${bytes.length} bytes has no head`);
  const first = bytes[0] + bytes[1] * 2 ** 8 + bytes[2] * 2 ** 16 + bytes[3] * 2 ** 24;
  if (4 + first > bytes.length) throw new RangeError(`${first} bytes of dx expected, ${bytes.length - 4} found`);
  readDeltas(bytes, 4, 4 + first, spans, places.gx);
  readDeltas(bytes, 4 + first, bytes.length, spans, places.gy);
  for (const span of spans) toDegrees(span.group, places, span.from, span.to);
}

/** @typedef {{group: PlacedGroup, from: number, to: number}} Span rows of a group that lie in a chunk */
/** @param {Group[]} groups @param {number} from @param {number} to */
function spansOf(groups, from, to) {
  /** @type {Span[]} */
  const spans = [];
  let start = 0;
  for (const group of groups) {
    const span = { from: Math.max(start, from), to: Math.min(start + group.rows, to) };
    if (!group.none && span.from < span.to) spans.push({ group, ...span });
    start += group.rows;
  }
  return spans;
}

/** @param {Uint8Array} bytes @param {number} at @param {number} end @param {Span[]} spans @param {Int32Array} target */
function readDeltas(bytes, at, end, spans, target) {
  for (const { from, to } of spans) {
    let value = 0;
    for (let row = from; row < to; row++) {
      let coded = 0;
      let scale = 1; // not a shift: differences of 32-bit numbers have 33 bits
      let byte = 0x80;
      while (byte & 0x80) {
        if (at >= end) throw new RangeError("a stream of positions ends too early");
        byte = bytes[at++];
        coded += (byte & 0x7f) * scale;
        scale *= 128;
      }
      value += coded % 2 ? -(coded + 1) / 2 : coded / 2;
      target[row] = value;
    }
  }
  if (at !== end) throw new RangeError(`a stream of positions has ${end - at} bytes too many`);
}

/** @param {PlacedGroup} group @param {Places} places @param {number} from @param {number} to */
function toDegrees(group, places, from, to) {
  const { lon, lat, gx, gy } = places;
  for (let row = from; row < to; row++) {
    [lon[row], lat[row]] = degrees(group, gx[row], gy[row]);
  }
}

/**
 * Longitude and latitude of a place in the grid of a group, by its polynomials of third degree.
 * @param {PlacedGroup} group @param {number} x @param {number} y @returns {[number, number]}
 */
export function degrees(group, x, y) {
  const [su, ou, sv, ov] = group.scale;
  const [u, v] = [x * su + ou, y * sv + ov];
  const [uu, uv, vv] = [u * u, u * v, v * v];
  const [uuu, uuv, uvv, vvv] = [uu * u, uu * v, u * vv, vv * v];
  /** @param {number[]} c */ // from left to right, as Python adds them: the last bit counts at the edge of a box
  const sum = (c) =>
    c[0] + c[1] * u + c[2] * v + c[3] * uu + c[4] * uv + c[5] * vv + c[6] * uuu + c[7] * uuv + c[8] * uvv + c[9] * vvv;
  const lon = sum(group.lon);
  return [lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon, sum(group.lat)];
}

/**
 * Corners of a footprint as longitudes and latitudes, from the south-west one counterclockwise.
 * @param {PlacedGroup} group @param {number} x @param {number} y centre in the group's grid @returns {number[]} 8 numbers
 */
export function corners(group, x, y) {
  const [w, h] = [group.size[0] / 2, group.size[1] / 2];
  return [[-w, -h], [w, -h], [w, h], [-w, h]].flatMap(([dx, dy]) => degrees(group, x + dx, y + dy));
}

/**
 * Where each name starts in a file of names, and behind the last one where one more would start.
 * @param {Uint8Array} bytes names joined with newlines, UTF-8 @param {number} count
 */
export function nameOffsets(bytes, count) {
  const offsets = new Uint32Array(count + 1);
  let found = count > 0 ? 1 : 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (found < count) offsets[found] = at + 1;
    found++;
  }
  if (found !== count) throw new RangeError(`${count} names expected, ${found} found`);
  offsets[count] = bytes.length + 1;
  return offsets;
}
