/** A random data set with everything the format knows, and random selections of it. */
import { build, random } from "./build.js";

const HOSTILE = ["Arable; land", "Water, open", "A&B=C", "#1", "\n", "Ärger 森 \u{1f332}", "<img src=x>", "a|b", 'say "hi"', "=1+1", "100%"];
const SPLITS = ["train", "val", "test"];

function nomenclature() {
  const classes = HOSTILE.map((name) => ({ key: name, name, level: 0, level_name: "class", members: [] }));
  const groups = [[0, 1, 2], [2, 3, 4, 5], [6, 7, 8, 9, 10], []].map((members, index) => ({
    key: `level 1/Group ${index}`, name: `Group ${index}`, level: 1, level_name: "level 1", members,
  }));
  return [...classes, ...groups];
}

export function days(count) {
  return Array.from({ length: count }, (_, day) => new Date(Date.UTC(2017, 5, 1 + day)).toISOString().slice(0, 10));
}

/** @param {number} rows @param {number} seed @param {object} [options] of `build` */
export function synthetic(rows, seed, options = {}) {
  const { below, next, pick, some } = random(seed);
  const cells = (make, rare = 0.05) => Array.from({ length: rows }, () => (next() < rare ? null : make()));
  const range = (count) => Array.from({ length: count }, (_, index) => index);
  const terms = nomenclature();
  const flags = ["snow", "cloud"].map((name) => ({ key: name, name, level: 0, level_name: "flag", members: [] }));
  const columns = [
    { name: "labels", kind: "set", terms, cells: cells(() => some(range(HOSTILE.length), 3)) },
    { name: "split", kind: "category", values: SPLITS, cells: cells(() => below(3)) },
    { name: "date", kind: "day", values: days(300), cells: cells(() => below(300)) },
    { name: "text", kind: "category", values: HOSTILE, cells: cells(() => below(HOSTILE.length), 0) },
    { name: "tile.all", kind: "category", values: range(400).map((one) => `T${one}`), cells: cells(() => below(400)) },
    { name: "flags", kind: "set", terms: flags, cells: cells(() => some([0, 1], 1), 0.5) },
  ];
  const placed = Math.floor(rows * 0.98);
  const half = placed >> 1;
  const group = (count, lon) => ({
    rows: count, scale: [0.001, -1, 0.001, -1], size: [12, 12], metres: [1200, 1200], error_m: 0.1,
    lon: [lon, 5, 0.01, 0.02, 0.001, 0, 0, 0.0001, 0, 0], lat: [50, 0.01, 4, 0, 0, 0.02, 0, 0, 0, 0.0001],
  });
  const groups = [group(half, 10), group(placed - half, 179), { rows: rows - placed, none: true }];
  const places = range(rows).map((row) => (row < placed ? [below(2000), below(2000)] : null));
  const ids = range(rows).map((row) => `${pick(["S2A_MSIL2A", "S2B_MSIL2A", "Étang"])}_2017_${row}_${below(90)}`);
  return { ...build({ ids, columns, groups, places, ...options }), source: { ids, columns, groups, places } };
}

/** @param {any} manifest @param {ReturnType<typeof random>} source */
export function randomSelection(manifest, { next, pick, some, below }) {
  const filters = {};
  for (const column of manifest.columns) {
    if (next() < 0.55) continue;
    const options = column.kind === "set" ? column.terms.map((term) => term.key) : column.values;
    const filter = {};
    if (column.kind === "day") {
      const [from, to] = [pick(options), pick(options)].sort();
      if (next() < 0.8) filter.from = from;
      if (next() < 0.8) filter.to = to;
    } else if (next() < 0.8) filter.any = some(options, Math.max(2, options.length / 2));
    if (column.kind === "set") {
      if (next() < 0.3) filter.all = some(options, 1);
      if (next() < 0.3) filter.none = some(options, 1);
    }
    if (next() < 0.2) filter.missing = true;
    filters[column.name] = filter;
  }
  const selection = { filters };
  const [w, s, e, n] = manifest.extent ?? [-180, -90, 180, 90];
  const point = () => [w + next() * (e - w), s + next() * (n - s)];
  if (next() < 0.2) {
    const [one, two] = [point(), point()];
    selection.box = [one[0], Math.min(one[1], two[1]), two[0], Math.max(one[1], two[1])]; // west may be east of east
  }
  if (next() < 0.2) selection.lasso = Array.from({ length: 3 + below(40) }, point);
  if (next() < 0.2) selection.text = pick(["s2a", "S2B 7", "étang", "Étang 1", "_2017_1 5", "nothing"]);
  return selection;
}
