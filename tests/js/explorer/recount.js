/** Select and count row by row, straight from the cells: slow, and without anything of the code under test. */

const fold = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const degree = (value) => Math.floor(value * 1e5 + 0.5) / 1e5;

/** @returns {[number, number] | null} longitude and latitude by the polynomials of the row's group */
export function placeOf({ groups, places }, row) {
  let start = 0;
  const group = groups.find((one) => (start += one.rows) > row);
  if (!group || group.none) return null;
  const [su, ou, sv, ov] = group.scale;
  const [u, v] = [places[row][0] * su + ou, places[row][1] * sv + ov];
  const powers = [1, u, v, u * u, u * v, v * v, u * u * u, u * u * v, u * (v * v), v * v * v];
  const sum = (factors) => factors.reduce((total, factor, index) => total + factor * powers[index], 0);
  const lon = sum(group.lon);
  return [lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon, sum(group.lat)];
}

const hasTerm = ({ terms }, cell, key) => {
  const index = terms.findIndex((term) => term.key === key);
  const wanted = terms[index].level > 0 ? terms[index].members : [index];
  return cell.some((one) => wanted.includes(one));
};

/** The column's own choice (what its counts leave out), and the rest of its filter. */
function meets(column, cell, filter) {
  const { any = [], all = [], none = [], from, to, missing = false } = filter;
  if (column.kind === "set") {
    const own = any.length === 0 && !missing ? true : cell === null ? missing : any.some((key) => hasTerm(column, cell, key));
    const has = (key) => cell !== null && hasTerm(column, cell, key);
    return { own, rest: all.every(has) && !none.some(has) };
  }
  const chosen = any.length > 0 || Boolean(from) || Boolean(to);
  if (!chosen && !missing) return { own: true, rest: true };
  if (cell === null) return { own: missing, rest: true };
  const value = column.values[cell];
  const inside = column.kind === "day" ? value >= (from ?? "") && value <= (to ?? "~") : any.includes(value);
  return { own: chosen && inside, rest: true };
}

function inLasso([x, y], ring) {
  let inside = false;
  ring.forEach(([xi, yi], index) => {
    const [xj, yj] = ring[(index + ring.length - 1) % ring.length];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  });
  return inside;
}

/** @returns {{count: number, counts: object, missing: object, bases: object, pairs: number[], rows: number[]}} */
export function recount(source, { filters = {}, box, lasso, text = "" }) {
  const { ids, columns } = source;
  const sizes = columns.map((column) => (column.terms ?? column.values).length);
  const each = (value) => Object.fromEntries(columns.map((column, index) => [column.name, value(index)]));
  const [counts, missing, bases] = [each((index) => new Array(sizes[index]).fill(0)), each(() => 0), each(() => 0)];
  const labels = columns[0].terms.flatMap((term, index) => (term.level === 0 ? [index] : []));
  const pairs = new Array(labels.length ** 2).fill(0);
  const rows = [];
  const bounds = box?.map(degree);
  const ring = lasso?.map((pair) => pair.map(degree));
  ids.forEach((id, row) => {
    const place = placeOf(source, row);
    const met = columns.map((column) => meets(column, column.cells[row], filters[column.name] ?? {}));
    let others = text.split(" ").every((word) => fold(id).includes(fold(word)));
    if (bounds) {
      const [w, s, e, n] = bounds;
      others &&= place !== null && (w <= e ? place[0] >= w && place[0] <= e : place[0] >= w || place[0] <= e);
      others &&= place[1] >= s && place[1] <= n;
    }
    if (ring) others &&= place !== null && inLasso(place, ring);
    if (!others || !met.every((one) => one.rest)) return;
    const failed = columns.filter((_, index) => !met[index].own);
    if (failed.length > 1) return;
    for (const column of failed.length ? failed : columns) {
      const cell = column.cells[row];
      bases[column.name]++;
      if (cell === null) missing[column.name]++;
      else if (column.kind !== "set") counts[column.name][cell]++;
      else column.terms.forEach((term, index) => (counts[column.name][index] += Number(hasTerm(column, cell, term.key))));
    }
    if (failed.length) return;
    rows.push(row);
    const cell = columns[0].cells[row] ?? [];
    for (const one of cell) for (const other of cell) pairs[labels.indexOf(one) * labels.length + labels.indexOf(other)]++;
  });
  return { count: rows.length, counts, missing, bases, pairs, rows };
}
