// @ts-check
/** What is told of a patch, in words. No DOM. */

const LEFT_OUT = new Set(["id", "labels", "geometry", "bbox", "assets"]);
const NAMES = {
  split: "Split", datetime: "Acquired", season: "Season", crs: "Coordinate system", tile: "Tile", gsd: "Ground sample distance",
  country: "Country", window: "Window in its file",
};

/**
 * @param {Record<string, unknown>} detail of the row @param {import("../core/types.js").Manifest} manifest
 * @param {{lon: number | null, lat: number | null}} place
 * @returns {[string, string][]} name and value
 */
export function facts(detail, manifest, { lon, lat }) {
  /** @type {[string, string][]} */
  const found = [];
  const { width, height } = detail;
  for (const [key, value] of Object.entries(detail)) {
    if (LEFT_OUT.has(key) || key === "height" || value === null || value === undefined || value === "") continue;
    if (key === "width") found.push(["Size", `${width} \u00d7 ${height} px`]);
    else found.push([titleOf(key), said(key, value, manifest)]);
  }
  if (lon !== null && lat !== null) found.push(["Centre", `${Math.abs(lat).toFixed(5)}\u00b0 ${lat < 0 ? "S" : "N"}, ${Math.abs(lon).toFixed(5)}\u00b0 ${lon < 0 ? "W" : "E"}`]);
  return found;
}

/** @param {string} key */
function titleOf(key) {
  const known = /** @type {Record<string, string>} */ (NAMES)[key];
  if (known) return known;
  const name = key.slice(key.indexOf(":") + 1).replace(/[_-]+/g, " ").trim() || key;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** @param {string} key @param {any} value @param {import("../core/types.js").Manifest} manifest */
function said(key, value, manifest) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (key === "gsd") return `${value} m`;
  if (key === "datetime") return String(value).replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
  if (key === "window") return Object.values(value).join(", ");
  const column = /** @type {any} */ (manifest.columns.find((one) => one.name === key));
  const at = column?.titles ? column.values.indexOf(value) : -1;
  if (at >= 0) return `${column.titles[at]} (${value})`;
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  return Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Paths of a patch's files. @param {any} assets of the row @param {Record<string, {bands: string[]}>} known @returns {string[]} */
export function filesOf(assets, known) {
  return (assets ?? []).flatMap((/** @type {{key: string, href: string}} */ { key, href }) =>
    href.includes("{band}") ? (known[key]?.bands ?? ["{band}"]).map((band) => href.replaceAll("{band}", band)) : [href]);
}
