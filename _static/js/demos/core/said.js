// @ts-check
// Amounts as the demos write them. No DOM.

/** @param {number} bytes */
export function bytesSaid(bytes) {
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${Math.max(Math.round(bytes / 1e3), bytes ? 1 : 0)} kB`;
}

/** @param {number} metres */
export function lengthSaid(metres) {
  if (metres >= 10_000) return `${(metres / 1000).toFixed(0)} km`;
  if (metres >= 1000) return `${trimmed(metres / 1000, 2)} km`;
  return `${trimmed(metres, metres >= 100 ? 0 : 1)} m`;
}

/** @param {number} value @param {number} digits behind the point at most */
export function trimmed(value, digits) {
  return String(Number(value.toFixed(digits)));
}

/** @param {string[]} names @param {string} [last] the word before the last one */
export function listed(names, last = "and") {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} ${last} ${names[names.length - 1]}`;
}
