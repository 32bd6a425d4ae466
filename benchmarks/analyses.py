"""All statistics of a summary (labels, time, places, splits, leakage), and leakage against a loop over an index.

Ours reads the summary, answers every question of the pages on labels, time, places and splits, with leakage beside five
shuffled splits, and computes the facts that prose quotes; the floor reads the same Parquet whole. The peer measures the
distances of leakage, and no other kind of it, with a spatial index of geopandas for each CRS and a loop.
"""

from __future__ import annotations

import json
from pathlib import Path

import archives
import numpy as np
import pyarrow as pa
from measure import Goal, compare, folder, growth, parser, run, side, timed

SCRIPT = Path(__file__).name
JOB = "statistics of a summary"
QUESTIONS = (
    "label_frequency", "labels_per_patch", "label_imbalance", "label_pairs", "label_sets", "label_representation",
    "acquisition_time", "places", "coverage", "density", "splits", "kept_together", "leakage",
)  # fmt: skip
GROUPS = ("split", "season", "country", "tile")
SECONDS, MEGABYTES = 15.0, 1000.0  # for 590,326 patches on two cores
PEER = 20_000  # patches; a loop over more takes minutes
FASTER = {PEER: 1 / 10}
GROWTH = 1.1
DISTANCES = (0.0, 1000.0, 2000.0, 5000.0, 10_000.0)  # m
SHUFFLED = 5
SETS = 3000  # combinations of labels
_COUNTRIES = ("AT", "BE", "CH", "FI", "IE", "LT", "LU", "PT", "RS", "XK")


def summary(patches: int, path: Path) -> Path:
    """Write a summary of so many invented patches, with splits in blocks of 2 x 2, if it is not there."""
    if path.exists():
        return path
    import pyarrow.compute as pc

    from dsdocs.geo.footprints import place
    from dsdocs.summary.schema import COLUMNS
    from dsdocs.summary.write import ROW_GROUP, SIDES, Extent, write_summary

    made = archives.plan(patches)
    placed = place(made.crs.tolist(), made.rings)
    random = np.random.default_rng(0)
    n, seasons = len(made), np.array(["winter", "spring", "summer", "autumn"], dtype=object)
    days, number = np.unique(made.tile * 10 + made.day, return_inverse=True)
    flights = [made._flight(int(np.flatnonzero(number == flight)[0])) for flight in range(len(days))]
    when = np.array([moment for moment, _ in flights], dtype="datetime64[us]")[number]
    names = [f"{flights[flight][1]}_{column}_{row}" for flight, column, row in zip(
        number.tolist(), made.column.tolist(), made.row.tolist(), strict=True)]  # fmt: skip
    months = when.astype("datetime64[M]").astype(int) % 12 + 1
    labels = _labels(n, random)
    block = np.array(["train", "train", "val", "test"], dtype=object)[2 * (made.column % 2) + made.row % 2]
    table = {
        "id": pa.array(names),
        "labels": labels,
        "split": pa.array(block, pa.string()).dictionary_encode(),
        "datetime": pa.array(when, pa.timestamp("us", "UTC")),
        "season": pa.array(seasons[months % 12 // 3], pa.string()).dictionary_encode(),
        "crs": pa.array(made.crs.astype(object), pa.string()).dictionary_encode(),
        "geometry": placed.wkb,
        "bbox": pa.StructArray.from_arrays([pa.array(corner) for corner in placed.bbox.T], list(SIDES)),
        "tile": pa.array(np.array(archives.TILES, dtype=object)[made.tile], pa.string()).dictionary_encode(),
        "gsd": pa.array(np.full(n, 10.0)),
        "width": pa.array(np.full(n, 120), pa.int32()),
        "height": pa.array(np.full(n, 120), pa.int32()),
        "country": pa.array(np.array(_COUNTRIES, dtype=object)[made.tile % 10], pa.string()).dictionary_encode(),
    }
    columns = [table.get(column.name, pa.nulls(n, column.type)) for column in COLUMNS]
    whole = pa.table(
        [one.cast(column.type) for one, column in zip(columns, COLUMNS, strict=True)],
        names=[column.name for column in COLUMNS],
    )
    middle = np.lexsort((made.column, made.row, made.tile))
    whole = whole.take(pa.array(middle))
    extent = Extent()
    bbox = whole["bbox"].combine_chunks()
    extent.add(pa.table({"geometry": whole["geometry"], **{side: pc.struct_field(bbox, side) for side in SIDES}}))
    groups = (whole.slice(start, ROW_GROUP) for start in range(0, n, ROW_GROUP))
    write_summary(path, groups, COLUMNS, extent, {})
    return path


def _labels(n: int, random: np.random.Generator) -> pa.Array:
    """Draw the labels of n patches from a few thousand combinations, few of them common, as in the real archive."""
    classes = np.array(sorted(archives._classes()), dtype=object)
    sizes = random.integers(1, 9, SETS)
    sets = [classes[np.unique((len(classes) * random.random(size) ** 3).astype(np.int64))].tolist() for size in sizes]
    drawn = (SETS * random.random(n) ** 3).astype(np.int64)
    return pa.array(sets, pa.list_(pa.string())).take(pa.array(drawn))


def ours(path: Path) -> None:
    """Answer all questions; what a page and the facts both ask is worked out once for a summary."""
    import dsdocs
    from dsdocs.analyses.facts import facts
    from dsdocs.summary import read_summary

    with timed():
        table = read_summary(path)
        for name in QUESTIONS:
            getattr(dsdocs, name)(table).views()
        for column in GROUPS:
            dsdocs.label_groups(table, column).views()
        facts(table, n_files=1, n_bytes=1)


def leaking(path: Path) -> None:
    """Measure the leakage of the split, beside five shuffled ones."""
    from dsdocs.analyses.leakage import leakage
    from dsdocs.summary import read_summary

    with timed():
        leakage(read_summary(path))


def peer(path: Path) -> None:
    """Measure the same as one would write it: for each CRS an index, and a loop over test patches and distances."""
    import geopandas

    with timed():
        frame = geopandas.read_parquet(path, columns=["split", "crs", "geometry"])
        random = np.random.default_rng(0)
        native = [own.to_crs(crs) for crs, own in frame.groupby("crs", observed=True)]
        for deal in range(1 + SHUFFLED):
            near = dict.fromkeys(DISTANCES, 0)
            for own in native:
                split = own.split.to_numpy() if not deal else random.permutation(own.split.to_numpy())
                index = own.geometry[split == "train"].sindex
                for footprint in own.geometry[split == "test"]:
                    for distance in DISTANCES:
                        near[distance] += bool(len(index.query(footprint, predicate="dwithin", distance=distance)))
            assert near[DISTANCES[-1]] <= len(frame)


def floor(path: Path) -> None:
    """Read the Parquet."""
    import pyarrow.parquet as pq

    with timed():
        assert pq.read_table(path).num_rows


SIDES_OF = {"ours": ours, "leakage": leaking, "peer": peer, "floor": floor}


def main() -> None:
    """Measure, or be one of the sides."""
    arguments = parser(__doc__, [PEER, archives.WHOLE])
    given = arguments.parse_args()
    if given.side:
        SIDES_OF[given.side](given.data)
        return
    lines = []
    with folder(given.data) as data:
        for size in given.sizes:
            path = summary(size, data / f"summary-{size}.parquet")
            runs = {name: lambda name=name, path=path: run(side(SCRIPT, name, "--data", path)) for name in SIDES_OF}
            if size <= PEER:
                goals = [Goal("peer", FASTER[size])] if size in FASTER else []
                sides = {name: runs[name] for name in ("leakage", "peer")}
                compare("leakage", size, sides, rounds=given.rounds, goals=goals)
            line = compare(JOB, size, {name: runs[name] for name in ("ours", "floor")}, rounds=given.rounds)
            lines.append(line)
            # One process does the work, so these are the seconds of a machine that has nothing else to do.
            used = {key: line[key]["ours"] for key in ("cpu_s", "peak_mb")}
            limits = {"cpu_s": SECONDS, "peak_mb": MEGABYTES}
            within = all(used[key] <= limit for key, limit in limits.items())
            print(json.dumps({"job": JOB, "size": size, **used, "limits": limits, "reached": within}), flush=True)
    growth(JOB, lines, "ours", limit=GROWTH)


if __name__ == "__main__":
    main()
