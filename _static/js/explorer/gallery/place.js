// @ts-check
/** Which cell of which sheet is of a row. No DOM. */

/**
 * @param {{edge: number, columns: number, per_sheet: number, count: number, empty?: number[]}} entry
 * @param {Uint32Array | null} rows rows that have a picture, ascending; null: all of them
 * @param {number} row
 * @returns {{sheet: number, x: number, y: number} | null} px within the sheet; null where the row has no picture
 */
export function placeOf(entry, rows, row) {
  const at = rows ? indexOf(rows, row) : row < entry.count ? row : -1;
  if (at < 0 || entry.empty?.includes(row)) return null;
  const cell = at % entry.per_sheet;
  return {
    sheet: (at - cell) / entry.per_sheet,
    x: (cell % entry.columns) * entry.edge,
    y: Math.floor(cell / entry.columns) * entry.edge,
  };
}

/** @param {ArrayLike<number>} rows ascending @param {number} row @returns {number} -1 where it is not among them */
export function indexOf(rows, row) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle] < row) low = middle + 1;
    else high = middle;
  }
  return rows[low] === row ? low : -1;
}
