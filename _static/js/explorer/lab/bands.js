// @ts-check
/** Names for bands, and their values from a file of the build. */
/** @import {BandLayout, KeyedBand, Sensor, Values} from "./types.js" */

const KINDS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/**
 * Give each band a key: its name, or asset.name where two sensors have a band of that name.
 * @param {Sensor[]} sensors
 * @returns {KeyedBand[]} in the order of the sensors
 */
export function keyedBands(sensors) {
  /** @type {Map<string, number>} */
  const uses = new Map();
  for (const { bands } of sensors) for (const { name } of bands) uses.set(name, (uses.get(name) ?? 0) + 1);
  return sensors.flatMap((sensor) =>
    sensor.bands.map((band) => ({
      ...band,
      sensor,
      key: uses.get(band.name) === 1 ? band.name : `${sensor.asset}.${band.name}`,
    })),
  );
}

/**
 * Undo planes and differences; see dsdocs.explorer.band_files for the format.
 * @param {Uint8Array} bytes the file, inflated
 * @param {BandLayout[]} layouts
 * @returns {Values[]} row-major
 */
export function decodeBands(bytes, layouts) {
  let start = 0;
  const bands = layouts.map(({ name, width, height, dtype }) => {
    const Kind = KINDS[/** @type {keyof typeof KINDS} */ (dtype)];
    if (!Kind) throw new RangeError(`${name}: values of the kind ${dtype} are not known`);
    const size = width * height;
    const end = start + size * Kind.BYTES_PER_ELEMENT;
    if (end > bytes.length) throw new RangeError(`${name}: ${end} bytes expected, ${bytes.length} found`);
    const values = new Kind(size);
    joinPlanes(bytes.subarray(start, end), new Uint8Array(values.buffer), size);
    sumRows(values, width);
    start = end;
    return values;
  });
  if (start !== bytes.length) throw new RangeError(`bands of ${start} bytes expected, ${bytes.length} found`);
  return bands;
}

/** @param {Uint8Array} planes @param {Uint8Array} out little-endian, as every browser's arrays are @param {number} size */
function joinPlanes(planes, out, size) {
  const item = out.length / size;
  for (let plane = 0; plane < item; plane++) {
    for (let at = 0, from = plane * size; at < size; at++) out[at * item + plane] = planes[from + at];
  }
}

/** Sum the differences of each row in the arithmetic of whole numbers that wraps around. @param {Values} values @param {number} width */
function sumRows(values, width) {
  const bits = wholeNumbers(values);
  for (let at = 1; at < bits.length; at++) {
    // @ts-expect-error Either both are BigInt, or neither is.
    if (at % width) bits[at] += bits[at - 1];
  }
}

/** @param {Values} values */
function wholeNumbers(values) {
  const { buffer, BYTES_PER_ELEMENT: item } = values;
  if (item === 1) return new Uint8Array(buffer);
  if (item === 2) return new Uint16Array(buffer);
  return item === 4 ? new Uint32Array(buffer) : new BigUint64Array(buffer);
}
