// @ts-check
/** Take what a model needs out of a GeoTIFF: the middle, all bands, names, place and the mask of data. No DOM. */
import { number } from "../../explorer/ui/format.js";
import { lengthSaid } from "../core/said.js";
import { placed } from "./georef.js";
/** @import {Raster, Window} from "./types.js" */
import { InputError } from "./types.js";

export const MOST_BANDS = 256;
export const MOST_VALUES = 2 ** 26; // of the window, all bands: 256 MB as float32
const MOST_BLOCK = 2 ** 27; // bytes of a strip or tile when decoded
const MARGIN = 4; // px around the needed window, so that its edges are those of the file's own neighbours
const KINDS = { 1: "uint", 2: "int", 3: "float" };

/**
 * @param {any} GeoTIFF the library @param {Blob} file @param {string} name @param {[number, number] | null} ground metres
 * that are needed in the middle @returns {Promise<Raster>}
 */
export async function readTiff(GeoTIFF, file, name, ground) {
  const tiff = await GeoTIFF.fromBlob(file);
  const image = await tiff.getImage(0);
  const whole = /** @type {[number, number]} */ ([image.getWidth(), image.getHeight()]);
  const count = image.getSamplesPerPixel();
  checkShape(name, image, whole, count);
  const pixel = image.fileDirectory.getValue("PlanarConfiguration") === 2 ? image.getSampleByteSize(0) : image.getBytesPerPixel();
  const length = image.getTileWidth() * image.getBlockHeight(0) * pixel;
  GeoTIFF.addDecoder([8, 32946], () => Promise.resolve(boundedInflate(GeoTIFF.BaseDecoder, length)));
  const place = placeOf(image, whole);
  const window = windowOf(whole, place.gsd, ground);
  checkSize(name, window, count, place.gsd, ground);
  const { x, y, width, height } = window;
  const rasters = await image.readRasters({ window: [x, y, x + width, y + height] });
  const nodata = image.getGDALNoData();
  const dtype = `${KINDS[/** @type {keyof typeof KINDS} */ (image.getSampleFormat())] ?? "unknown"}${image.getBitsPerSample()}`;
  const names = await namesOf(image, count);
  const alpha = alphaOf(image, count);
  const bands = [...rasters].map((values, at) => ({ name: names[at], values: Float32Array.from(values) }));
  const mask = maskOf(bands, nodata, alpha);
  const kept = bands.filter((_, at) => at !== alpha);
  const notes = [...place.notes];
  if (alpha !== null) notes.push(`Band ${alpha + 1} says how opaque a pixel is; where it is 0, there is no data.`);
  if (nodata !== null) notes.push(`${nodata} means that there is no data.`);
  return { name, kind: "geotiff", width, height, bands: kept, mask, gsd: place.gsd, crs: place.crs, centre: place.centre, dtype, whole, notes };
}

/** @param {string} name @param {any} image @param {[number, number]} whole @param {number} count */
function checkShape(name, image, [width, height], count) {
  if (!(width > 0 && height > 0)) throw new InputError(`${name} says that it has ${width} \u00d7 ${height} pixels.`);
  if (!(count > 0 && count <= MOST_BANDS)) throw new InputError(`${name} has ${number(count)} bands; up to ${MOST_BANDS} are read here.`);
  if (image.fileDirectory.getValue("PhotometricInterpretation") === 3) {
    throw new InputError(`${name} holds numbers of a colour table, not measured values; save it as RGB first.`);
  }
  if (image.getSampleFormat() > 4) throw new InputError(`${name} holds complex numbers, as radar does before it is an image; save the amplitude first.`);
  const block = image.getTileWidth() * image.getBlockHeight(0) * image.getBytesPerPixel();
  if (!(block <= MOST_BLOCK)) throw new InputError(`${name} is stored in blocks of ${number(Math.round(block / 1e6))} MB, which is more than can be read at once here. Save it in tiles first: gdal_translate -co TILED=YES.`);
}

/** @param {string} name @param {Window} window @param {number} count @param {[number, number] | null} gsd @param {[number, number] | null} ground */
function checkSize(name, { width, height }, count, gsd, ground) {
  if (width * height * count <= MOST_VALUES) return;
  const what = ground && gsd
    ? `At ${lengthSaid(gsd[0])} per pixel, the ${lengthSaid(ground[0])} of a patch are ${number(width)} \u00d7 ${number(height)} pixels`
    : `${name} has ${number(width)} \u00d7 ${number(height)} pixels`;
  throw new InputError(`${what} with ${count} bands, which is more than fits here. Make the pixels larger first, with gdalwarp -tr for example.`);
}

/** @param {any} image @param {[number, number]} whole */
function placeOf(image, [width, height]) {
  let [origin, step] = [[0, 0], [0, 0]];
  try {
    [origin, step] = [image.getOrigin(), image.getResolution()];
  } catch {
    return { gsd: null, crs: null, centre: null, notes: ["The file does not say where it lies."] };
  }
  const [dx, dy] = [Math.abs(step[0]), Math.abs(step[1])];
  if (!(dx > 0 && dy > 0 && Number.isFinite(dx) && Number.isFinite(dy))) {
    return { gsd: null, crs: null, centre: null, notes: ["The file says that its pixels have no size."] };
  }
  const transform = image.fileDirectory.getValue("ModelTransformation");
  const middle = /** @type {[number, number]} */ (transform
    ? [transform[3] + (transform[0] * width) / 2 + (transform[1] * height) / 2, transform[7] + (transform[4] * width) / 2 + (transform[5] * height) / 2]
    : [origin[0] + (step[0] * width) / 2, origin[1] + (step[1] * height) / 2]);
  const found = placed(image.getGeoKeys(), [dx, dy], middle);
  if (transform && (transform[1] || transform[4])) found.notes.push("The file is turned against its coordinate system; it is taken as it is stored.");
  return found;
}

/** @param {[number, number]} whole @param {[number, number] | null} gsd @param {[number, number] | null} ground @returns {Window} */
function windowOf([width, height], gsd, ground) {
  if (!gsd || !ground) return { x: 0, y: 0, width, height };
  const side = (/** @type {number} */ length, /** @type {number} */ metres, /** @type {number} */ pixel) => Math.min(length, Math.ceil(metres / pixel) + MARGIN);
  const [w, h] = [side(width, ground[0], gsd[0]), side(height, ground[1], gsd[1])];
  return { x: Math.floor((width - w) / 2), y: Math.floor((height - h) / 2), width: w, height: h };
}

/** @param {any} image @param {number} count @returns {Promise<(string | null)[]>} */
async function namesOf(image, count) {
  /** @type {(string | null)[]} */
  const names = [];
  for (let at = 0; at < count; at++) {
    const metadata = /** @type {Record<string, unknown> | null} */ (await image.getGDALMetadata(at).catch(() => null));
    const said = metadata?.DESCRIPTION ?? metadata?.description ?? metadata?.BAND_NAME ?? null;
    names.push(typeof said === "string" && said.trim() ? unescaped(said.trim()).slice(0, 60) : null);
  }
  const isColours = image.fileDirectory.getValue("PhotometricInterpretation") === 2 && count >= 3;
  return isColours && names.every((name) => name === null) ? names.map((_, at) => ["red", "green", "blue"][at] ?? null) : names;
}

/** @param {string} text of XML */
const unescaped = (text) => text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => ({ lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" })[/** @type {"lt"} */ (name)]);

/** @param {any} image @param {number} count @returns {number | null} place of a band of opacity */
function alphaOf(image, count) {
  const extra = image.fileDirectory.getValue("ExtraSamples");
  const at = extra ? Array.from(extra).findIndex((kind) => kind === 1 || kind === 2) : -1;
  return at < 0 ? null : count - extra.length + at;
}

/** @param {{values: Float32Array}[]} bands @param {number | null} nodata @param {number | null} alpha @returns {Uint8Array | null} null: all is data */
function maskOf(bands, nodata, alpha) {
  const mask = new Uint8Array(bands[0].values.length).fill(1);
  const lacking = nodata === null ? NaN : Math.fround(nodata);
  let holes = 0;
  bands.forEach(({ values }, band) => {
    for (let i = 0; i < values.length; i++) {
      const none = band === alpha ? values[i] === 0 : values[i] === lacking || !Number.isFinite(values[i]);
      if (none && mask[i]) {
        mask[i] = 0;
        holes++;
      }
    }
  });
  return holes ? mask : null;
}

/**
 * A decoder of Deflate that stops where a block is as long as it has to be: a small file may hold gigabytes.
 * @param {any} Base @param {number} length bytes of a block
 */
function boundedInflate(Base, length) {
  return class extends Base {
    /** @param {ArrayBuffer} buffer */
    async decodeBlock(buffer) {
      const out = new Uint8Array(length);
      const reader = new Blob([buffer]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
      let filled = 0;
      while (filled < length) {
        const { done, value } = await reader.read().catch((error) => {
          if (filled) return { done: true, value: undefined }; // bytes behind the stream, which some programs leave there
          throw error;
        });
        if (done || !value) break;
        out.set(value.subarray(0, length - filled), filled);
        filled += value.length;
      }
      reader.cancel().catch(() => {});
      return out.buffer;
    }
  };
}
