// @ts-check
/** How large a download will be, told before it is made. No DOM. */

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const [unit, value] = bytes < 1e6 ? ["kB", bytes / 1e3] : bytes < 1e9 ? ["MB", bytes / 1e6] : ["GB", bytes / 1e9];
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

/**
 * What a list as CSV takes, from the mean length of names and values.
 * @param {import("../core/types.js").Manifest} manifest @param {number} count rows
 */
export function csvSize({ names, columns, rows }, count) {
  const name = names.files.reduce((sum, file) => sum + (file.inflated ?? 0), 0) / Math.max(1, rows);
  let line = name + 1 + 22; // a newline; longitude and latitude with their commas
  for (const { values, terms, counts } of columns) {
    const texts = values ?? (terms ?? []).filter((term) => term.level === 0).map((term) => term.name);
    line += 1 + texts.reduce((sum, text, at) => sum + (text.length + (terms ? 1 : 0)) * (counts[at] ?? 0), 0) / Math.max(1, rows);
  }
  return Math.round(line * count);
}
