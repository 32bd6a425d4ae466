// @ts-check
// Numbers and names as the page writes them. No DOM.

const grouped = new Intl.NumberFormat("en-US"); // made once: `toLocaleString` makes one for each number

/** @param {number} value @returns {string} with a comma at each thousand, as everywhere in the guide */
export function number(value) {
  return grouped.format(value);
}

/** @param {number} count @param {number} whole @returns {string} percent: one decimal below ten, never 0 % for a few */
export function share(count, whole) {
  if (!whole) return "\u2013";
  const percent = (100 * count) / whole;
  if (count > 0 && percent < 0.1) return "<0.1 %";
  if (count < whole && percent > 99.9) return ">99.9 %";
  return `${percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** @param {number} count @param {string} one @param {string} many */
export function counted(count, one, many) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** @param {number} count patches @param {number} whole of the data set @param {boolean} filtered */
export function said(count, whole, filtered) {
  if (!filtered) return `All ${counted(whole, "patch", "patches")}`;
  return `${number(count)} of ${counted(whole, "patch", "patches")}`;
}

/** @param {number} degrees @param {"lon" | "lat"} axis */
export function degrees(degrees, axis) {
  const side = axis === "lon" ? (degrees < 0 ? "W" : "E") : degrees < 0 ? "S" : "N";
  return `${Math.abs(degrees).toFixed(2)}\u00b0 ${side}`;
}

/** Fold for a search as one types: case, and accents, do not matter. @param {string} text */
export function folded(text) {
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
}
