// @ts-check
/** What a footprint as WKB says about itself. No DOM. */

const NAMES = ["", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"];
const PARTS = new Set([4, 5, 6]);

/**
 * Type and bounds of a geometry in two dimensions.
 * @param {Uint8Array} bytes well-known binary @returns {{type: string, bbox: [number, number, number, number]}} west, south, east, north
 */
export function measure(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {[number, number, number, number]} */
  const bbox = [Infinity, Infinity, -Infinity, -Infinity];
  let at = 0;
  const type = geometry();
  if (at !== bytes.length) throw new RangeError(`WKB of ${bytes.length} bytes ends after ${at}`);
  return { type, bbox };

  function geometry() {
    const little = view.getUint8(at) === 1;
    const code = view.getUint32(at + 1, little);
    const name = NAMES[code];
    if (!name) throw new RangeError(`WKB of type ${code} is not read here`);
    at += 5;
    const count = () => {
      at += 4;
      return view.getUint32(at - 4, little);
    };
    const points = (/** @type {number} */ number) => {
      for (; number > 0; number--, at += 16) grow(view.getFloat64(at, little), view.getFloat64(at + 8, little));
    };
    if (PARTS.has(code)) for (let number = count(); number > 0; number--) geometry();
    else if (code === 3) for (let rings = count(); rings > 0; rings--) points(count());
    else points(code === 1 ? 1 : count());
    return name;
  }

  /** @param {number} x @param {number} y */
  function grow(x, y) {
    bbox[0] = Math.min(bbox[0], x);
    bbox[1] = Math.min(bbox[1], y);
    bbox[2] = Math.max(bbox[2], x);
    bbox[3] = Math.max(bbox[3], y);
  }
}
