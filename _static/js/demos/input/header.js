// @ts-check
/** What kind of file it is, and how many pixels it says it has, before anything is decoded. No DOM. */

/** @typedef {{kind: "tiff" | "png" | "jpeg" | "webp" | null, size: [number, number] | null}} Header size: width, height, px */

/** @param {Uint8Array} bytes the first ones of a file @returns {Header} */
export function headerOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (/** @type {number} */ from, /** @type {number} */ to) => String.fromCharCode(...bytes.subarray(from, to));
  const order = text(0, 2);
  if (order === "II" || order === "MM") {
    const magic = bytes.length >= 4 ? view.getUint16(2, order === "II") : 0;
    return { kind: magic === 42 || magic === 43 ? "tiff" : null, size: null };
  }
  if (text(1, 4) === "PNG" && bytes.length >= 24) return { kind: "png", size: [view.getUint32(16), view.getUint32(20)] };
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return { kind: "jpeg", size: jpegSize(view) };
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return { kind: "webp", size: null }; // 16,383 px at most on each side
  return { kind: null, size: null };
}

/** Walk the segments of a JPEG to the one with its size. @param {DataView} view @returns {[number, number] | null} */
function jpegSize(view) {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}
