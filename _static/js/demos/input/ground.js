// @ts-check
/** What the archive says of its patches that a file of the reader is compared with. No DOM. */
/** @import {Input, Sensor} from "./types.js" */

/** @param {any} manifest of the explorer @param {Input} input @returns {Sensor | undefined} */
export function sensorOf(manifest, { asset }) {
  return manifest.bands?.sensors.find((/** @type {Sensor} */ sensor) => sensor.asset === asset);
}

/**
 * Ground that a patch covers: that of most of them, by their footprints, else by the pixels of one of them.
 * @param {any} manifest of the explorer @param {Input} input @returns {[number, number] | null} metres along x and y
 */
export function groundOf(manifest, input) {
  /** @type {{rows: number, none?: boolean, metres?: [number, number]}[]} */
  const groups = (manifest.positions?.groups ?? []).filter((/** @type {any} */ group) => !group.none && group.metres);
  /** @type {Map<string, {rows: number, metres: [number, number]}>} */
  const sizes = new Map();
  for (const { rows, metres } of groups) {
    if (!metres) continue;
    const key = metres.map((length) => Math.round(length)).join();
    sizes.set(key, { metres, rows: (sizes.get(key)?.rows ?? 0) + rows });
  }
  if (sizes.size) return [...sizes.values()].reduce((best, one) => (one.rows > best.rows ? one : best)).metres;
  const sensor = sensorOf(manifest, input);
  for (const patch of manifest.bands?.patches ?? []) {
    if (patch.asset !== input.asset) continue;
    for (const { name, width, height, window } of patch.bands) {
      const gsd = sensor?.bands.find((band) => band.name === name)?.gsd;
      if (gsd && !window) return [width * gsd, height * gsd];
    }
  }
  return null;
}
