// @ts-check
/** How large a pixel is on the ground, and where it lies, from the keys of a GeoTIFF. No DOM. */

const [A, F] = [6378137, 1 / 298.257223563]; // WGS 84, m; ETRS89 and NAD83 differ by less than a millimetre here
const E2 = F * (2 - F);
// EPSG codes of linear units: metres in one.
const UNITS = { 9001: 1, 9002: 0.3048, 9003: 1200 / 3937, 9036: 1000 };
// Families of codes that are zones of UTM: first code, first zone, number of zones, south.
/** @type {[number, number, number, boolean][]} */
const UTM = [[32601, 1, 60, false], [32701, 1, 60, true], [25828, 28, 11, false], [26901, 1, 23, false], [32201, 1, 60, false], [32301, 1, 60, true]];
const DEGREES = Math.PI / 180;

/**
 * @typedef {{GTModelTypeGeoKey?: number, ProjectedCSTypeGeoKey?: number, GeographicTypeGeoKey?: number,
 *   ProjLinearUnitsGeoKey?: number, GTCitationGeoKey?: string, PCSCitationGeoKey?: string}} GeoKeys
 * @typedef {{gsd: [number, number] | null, crs: string | null, centre: [number, number] | null, notes: string[]}} Place
 */

/**
 * @param {GeoKeys | null} keys @param {[number, number]} step size of a pixel in the units of the CRS, positive
 * @param {[number, number]} middle of the file in its CRS @returns {Place}
 */
export function placed(keys, step, middle) {
  if (!keys) return { gsd: null, crs: null, centre: null, notes: ["The file does not say in which coordinate system it is."] };
  if (keys.GTModelTypeGeoKey === 2 || (!keys.ProjectedCSTypeGeoKey && keys.GeographicTypeGeoKey)) {
    return inDegrees(keys.GeographicTypeGeoKey, step, middle);
  }
  const code = keys.ProjectedCSTypeGeoKey ?? null;
  const named = code && code !== 32767 ? `EPSG:${code}` : text(keys.PCSCitationGeoKey ?? keys.GTCitationGeoKey);
  const unit = keys.ProjLinearUnitsGeoKey === undefined ? 1 : UNITS[/** @type {keyof typeof UNITS} */ (keys.ProjLinearUnitsGeoKey)];
  if (unit === undefined) {
    return { gsd: null, crs: named, centre: null, notes: [`The unit of its coordinate system (EPSG:${keys.ProjLinearUnitsGeoKey}) is not known here.`] };
  }
  const centre = code === null ? null : lonLat(code, middle);
  // Web Mercator stretches everything by 1 / cos(latitude).
  const scale = code === 3857 && centre ? Math.cos(centre[1] * DEGREES) : 1;
  const notes = scale < 1 ? [`Web Mercator stretches the ground by ${(1 / scale).toFixed(2)} here, which is taken back.`] : [];
  return { gsd: [step[0] * unit * scale, step[1] * unit * scale], crs: named, centre, notes };
}

/** @param {number | undefined} code @param {[number, number]} step @param {[number, number]} middle @returns {Place} */
function inDegrees(code, step, middle) {
  const [lon, lat] = middle;
  const crs = code && code !== 32767 ? `EPSG:${code}` : "degrees";
  if (!(Math.abs(lat) <= 90) || !(Math.abs(lon) <= 540)) return { gsd: null, crs, centre: null, notes: ["Its place is outside of the earth."] };
  const [east, north] = metresPerDegree(lat);
  return { gsd: [step[0] * east, step[1] * north], crs, centre: [((((lon + 180) % 360) + 360) % 360) - 180, lat], notes: [] };
}

/** Length of one degree of longitude and of latitude on the ellipsoid. @param {number} lat degrees @returns {[number, number]} m */
export function metresPerDegree(lat) {
  const sin = Math.sin(lat * DEGREES);
  const w = Math.sqrt(1 - E2 * sin * sin);
  return [(A * Math.cos(lat * DEGREES) * DEGREES) / w, (A * (1 - E2) * DEGREES) / w ** 3];
}

/** @param {number} code EPSG @param {[number, number]} place x, y in m @returns {[number, number] | null} null: not computed here */
export function lonLat(code, [x, y]) {
  if (code === 3857) return [x / A / DEGREES, Math.atan(Math.sinh(y / A)) / DEGREES];
  for (const [first, zone, count, south] of UTM) {
    if (code >= first && code < first + count) return fromUtm(x, y, zone + code - first, south);
  }
  return null;
}

/**
 * Transverse Mercator back to degrees, by Krueger's series to the third order (Karney, 2011, equations 7 to 12): well
 * below a metre within a zone.
 * @param {number} x @param {number} y m @param {number} zone @param {boolean} south @returns {[number, number]}
 */
function fromUtm(x, y, zone, south) {
  const n = F / (2 - F);
  const radius = (A / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
  const beta = [n / 2 - (2 * n ** 2) / 3 + (37 * n ** 3) / 96, n ** 2 / 48 + n ** 3 / 15, (17 * n ** 3) / 480];
  let xi = (y - (south ? 1e7 : 0)) / (0.9996 * radius);
  let eta = (x - 5e5) / (0.9996 * radius);
  const [xi0, eta0] = [xi, eta];
  beta.forEach((value, at) => {
    const k = 2 * (at + 1);
    xi -= value * Math.sin(k * xi0) * Math.cosh(k * eta0);
    eta -= value * Math.cos(k * xi0) * Math.sinh(k * eta0);
  });
  const conformal = Math.asin(Math.sin(xi) / Math.cosh(eta));
  // From the conformal latitude by iteration, which converges by a factor of 150 a step.
  const e = Math.sqrt(E2);
  const psi = Math.atanh(Math.sin(conformal));
  let lat = conformal;
  for (let step = 0; step < 5; step++) lat = Math.asin(Math.tanh(psi + e * Math.atanh(e * Math.sin(lat))));
  const lon = Math.atan2(Math.sinh(eta), Math.cos(xi));
  return [zone * 6 - 183 + lon / DEGREES, lat / DEGREES];
}

/** @param {unknown} value a text of the file */
function text(value) {
  return typeof value === "string" && value.trim() ? value.replace(/\0+$/, "").split("|")[0].slice(0, 80) : null;
}
