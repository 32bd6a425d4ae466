// @ts-check
/** Read a file that the reader has chosen: a GeoTIFF in a worker, a picture by the browser's own decoders. */
import { number } from "../../explorer/ui/format.js";
import { bytesSaid } from "../core/said.js";
import { headerOf } from "./header.js";
/** @import {Raster} from "./types.js" */
import { InputError } from "./types.js";

export const MOST_BYTES = 2 ** 30; // of a file; of a GeoTIFF only what is needed is read
export const MOST_PIXELS = 2 ** 26; // of a picture, which is decoded as a whole
const PATIENCE = 60_000; // ms that a GeoTIFF may take
const HEAD = 2 ** 18; // bytes in which a JPEG has said its size

/**
 * @param {File} file @param {[number, number] | null} ground metres along x and y that are needed in the middle; null: all
 * @returns {Promise<Raster>}
 * @throws {InputError} with a sentence for the reader
 */
export async function readFile(file, ground) {
  if (!file.size) throw new InputError(`${file.name} is empty.`);
  if (file.size > MOST_BYTES) throw new InputError(`${file.name} has ${bytesSaid(file.size)}, more than the ${bytesSaid(MOST_BYTES)} that are read here. Cut out a part of it first.`);
  const { kind, size } = headerOf(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
  if (kind === null) throw new InputError(`${file.name} is no GeoTIFF, and no picture in PNG, JPEG or WebP: its first bytes are those of none of them.`);
  if (kind === "tiff") return readTiff(file, ground);
  if (size && size[0] * size[1] > MOST_PIXELS) throw tooLarge(file.name, size);
  return readPicture(file);
}

/** @param {string} name @param {[number, number]} size */
const tooLarge = (name, [width, height]) =>
  new InputError(`${name} has ${number(width)} \u00d7 ${number(height)} pixels, more than the ${number(MOST_PIXELS)} that are read here. Make it smaller first.`);

/** @param {File} file @param {[number, number] | null} ground @returns {Promise<Raster>} */
function readTiff(file, ground) {
  return new Promise((resolve, reject) => {
    // A worker of its own, ended afterwards: whatever a broken file does to a decoder, the page goes on.
    const worker = new Worker(new URL("./tiff-worker.js", import.meta.url), { type: "module" });
    const end = (/** @type {() => void} */ then) => {
      clearTimeout(timer);
      worker.terminate();
      then();
    };
    const fail = (/** @type {string} */ message) => end(() => reject(new InputError(message)));
    const timer = setTimeout(() => fail(`${file.name} could not be read within a minute; it may be broken, or larger than it looks.`), PATIENCE);
    worker.onmessage = ({ data }) => (data.error ? fail(data.error) : end(() => resolve(data.raster)));
    worker.onerror = (event) => {
      event.preventDefault();
      fail(`${file.name} could not be read: its decoder has stopped${event.message ? ` (${event.message})` : ""}.`);
    };
    worker.postMessage({ file, name: file.name, ground });
  });
}

/** @param {File} file @returns {Promise<Raster>} */
async function readPicture(file) {
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    // Numbers as they are in the file: neither made lighter or darker for a screen, nor mixed with what lies behind.
    bitmap = await createImageBitmap(file, { premultiplyAlpha: "none", colorSpaceConversion: "none" });
  } catch {
    throw new InputError(`${file.name} looks like a picture, but the browser cannot decode it; it may be cut off or broken.`);
  }
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) {
    bitmap.close();
    throw tooLarge(file.name, [width, height]);
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return fromPixels(file.name, context.getImageData(0, 0, width, height));
}

/** @param {string} name @param {{data: ArrayLike<number>, width: number, height: number}} image four bytes a pixel @returns {Raster} */
export function fromPixels(name, { data, width, height }) {
  const count = width * height;
  const bands = ["red", "green", "blue"].map((band, at) => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = data[4 * i + at];
    return { name: band, values };
  });
  const mask = new Uint8Array(count);
  let clear = 0;
  for (let i = 0; i < count; i++) {
    mask[i] = data[4 * i + 3] ? 1 : 0;
    clear += 1 - mask[i];
  }
  const notes = ["A picture does not say how large a pixel is on the ground."];
  return { name, kind: "image", width, height, bands, mask: clear ? mask : null, gsd: null, crs: null, centre: null, dtype: "uint8", whole: [width, height], notes };
}
