// @ts-check
/** The columns of the GeoParquet file: those of the summary, and the bounds of each footprint. No DOM. */

const SIDES = ["xmin", "ymin", "xmax", "ymax"];

/** @typedef {{name: string, type?: any, repetition_type?: any, converted_type?: any, logical_type?: any, num_children?: number}} Element */

/**
 * @param {Element[]} schema of the files of details, depth first
 * @returns {{schema: Element[], names: string[], geometry: boolean}} with bounds and real times; `names`: top columns
 */
export function withBounds(schema) {
  const names = topNames(schema);
  const geometry = names.includes("geometry");
  const elements = schema.map((element, at) => (element.name === "datetime" && isTop(schema, at)
    ? { name: "datetime", type: "INT64", repetition_type: "OPTIONAL", converted_type: "TIMESTAMP_MICROS", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" } }
    : { ...element }));
  if (!geometry) return { schema: elements, names, geometry };
  elements[0].num_children = names.length + 1;
  elements.push({ name: "bbox", repetition_type: "OPTIONAL", num_children: SIDES.length });
  for (const side of SIDES) elements.push({ name: side, type: "DOUBLE", repetition_type: "OPTIONAL" });
  return { schema: elements, names: [...names, "bbox"], geometry };
}

/** Names of the columns, whatever lies below them. @param {Element[]} schema @returns {string[]} */
export function topNames(schema) {
  return schema.filter((_, at) => isTop(schema, at)).map(({ name }) => name);
}

/** @param {Element[]} schema @param {number} at */
function isTop(schema, at) {
  for (let child = 1; child < schema.length; child = behind(schema, child)) if (child === at) return true;
  return false;
}

/** Where the element behind all that lies below one stands. @param {Element[]} schema @param {number} at @returns {number} */
function behind(schema, at) {
  let next = at + 1;
  for (let child = schema[at].num_children ?? 0; child > 0; child--) next = behind(schema, next);
  return next;
}

/**
 * The metadata that makes a Parquet file a GeoParquet one, version 1.1.
 * @param {Set<string>} types of geometries @param {number[]} bbox of all @returns {{key: string, value: string}}
 */
export function geoMetadata(types, bbox) {
  const covering = { bbox: Object.fromEntries(SIDES.map((side) => [side, ["bbox", side]])) };
  const geometry = { encoding: "WKB", geometry_types: [...types].sort(), ...(bbox.every(Number.isFinite) ? { bbox } : {}), covering };
  return { key: "geo", value: JSON.stringify({ version: "1.1.0", primary_column: "geometry", columns: { geometry } }) };
}
