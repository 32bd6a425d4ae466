"""A summary of many invented patches: every kind of column, missing values everywhere, and names that break things."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dsdocs.findings import Finding
from dsdocs.geo.footprints import place
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.summary.schema import COLUMNS

NOMENCLATURE = "bigearthnet-43"
SIDE, CELLS = 1200.0, 90  # m, side of a patch; patches along the side of a tile
LOOSE, NOWHERE = 400, 3000  # patches on no grid, and without a footprint
FLIGHTS, SETS = 420, 2500  # days over a tile; combinations of labels
# Cells of a table, formulas, markup, bars, names of JavaScript's own, a key of a group, and letters beyond ASCII.
HOSTILE = (
    "=1+1", '"a", b', "<img src=x onerror=alert(1)>", "a|b", "__proto__", "constructor", "Level 1/Water bodies",
    "Zürich 漢字 🌍", "back\\slash", "@home", "it's",
)  # fmt: skip
# On both sides of the equator and of the antimeridian (which is at about 833 km in zone 60 and 166 km in zone 1).
_CORNERS = (
    ("EPSG:32629", 500_000.0, 4_300_000.0),
    ("EPSG:32633", 600_000.0, 5_100_000.0),
    ("EPSG:32635", 400_000.0, 6_900_000.0),
    ("EPSG:32721", 300_000.0, 7_200_000.0),
    ("EPSG:32660", 780_000.0, 20_000.0),
    ("EPSG:32601", 150_000.0, 400_000.0),
)


def generated_summary(n: int, *, seed: int = 0) -> pa.Table:
    """Return a summary of n patches, always the same one for a seed."""
    random = np.random.default_rng(seed)
    flight = np.sort(random.integers(0, FLIGHTS, n))
    corner = flight // 3 % len(_CORNERS)  # three days for each tile
    tile = flight // 3
    # Runs of cells, so that patches have neighbours, and some places were seen twice or three times.
    first = np.searchsorted(flight, np.arange(FLIGHTS))
    cell = (np.arange(n) - first[flight] + random.integers(0, CELLS**2, FLIGHTS)[flight]) % CELLS**2
    west, south = (np.array([line[axis] for line in _CORNERS])[corner] for axis in (1, 2))
    left = west + 130_000.0 * (tile % 2) * (corner < 4) + SIDE * (cell % CELLS)
    low = south + 110_000.0 * (tile // 12 % 4) + SIDE * (cell // CELLS)
    left[-LOOSE - NOWHERE : -NOWHERE] += random.integers(1, 1199, LOOSE)
    crs = np.array([line[0] for line in _CORNERS], dtype=object)[corner]
    crs[-NOWHERE:] = None
    x, y = (
        np.stack([left, left + SIDE, left + SIDE, left], axis=1),
        np.stack([low + SIDE, low + SIDE, low, low], axis=1),
    )
    rings = np.stack([x, y], axis=-1)
    rings[-NOWHERE:] = np.nan
    placed = place(crs.tolist(), rings)
    days = np.datetime64("2016-02-20", "D") + random.permutation(2 * FLIGHTS)[:FLIGHTS]
    when = days[flight].astype("datetime64[us]") + random.integers(0, 86_400_000_000, FLIGHTS)[flight]
    undated = flight % 71 == 0
    season = when.astype("datetime64[M]").astype(np.int64) % 12 // 3
    columns = {
        "id": pa.array(_ids(n, flight, cell)),
        "labels": _labels(n, random),
        "split": _words(["train", "val", "test", "spare", None], (cell // 9 + tile) % 5),
        "datetime": pa.array(when, pa.timestamp("us", "UTC"), mask=undated),
        "season": _words(["winter", "spring", "summer", "autumn", None], np.where(undated, 4, season)),
        "crs": pa.array(crs, pa.string()),
        "geometry": placed.wkb,
        "bbox": pa.StructArray.from_arrays(
            [pa.array(side) for side in placed.bbox.T], ["xmin", "ymin", "xmax", "ymax"]
        ),
        "tile": _words(
            [None, *(f"T{number:02}" for number in range(1, FLIGHTS // 3))], np.minimum(tile, FLIGHTS // 3 - 1)
        ),
        "country": _words(["PT", "AT", "FI", "BR", None, "FJ"], corner),
        "assets": _assets(random.choice(5, n, p=[0.55, 0.3, 0.1, 0.03, 0.02])),
        "x:snow": _flags(random, n, 0.1),
        "x:cloud": _flags(random, n, 0.03),
        'x:say "what", then': _words(["=1+1", 'q"u,o', "plain", "<b>", None], random.integers(0, 5, n)),
        "x:instrument": _words(["A", "B", "C"], flight % 3),
    }
    types = {column.name: column.type for column in COLUMNS}
    for column in COLUMNS:
        columns.setdefault(column.name, pa.nulls(n, column.type))
    return pa.table({name: values.cast(types[name]) if name in types else values for name, values in columns.items()})


def generated_findings(summary: pa.Table, *, seed: int = 0) -> tuple[Finding, ...]:
    """Return findings that name patches: many, some and one, some of them twice."""
    random, ids = np.random.default_rng(seed), summary["id"]
    found = []
    for key, count in (("many", summary.num_rows // 20), ("some", 500), ("one", 1)):
        rows = tuple((name, "B02") for name in ids.take(pa.array(random.integers(0, len(ids), count))).to_pylist())
        found.append(Finding(key, "note", key.title(), "", count, "patches", ("Patch", "Band"), rows))
    return tuple(found)


def _ids(n: int, flight: np.ndarray, cell: np.ndarray) -> list[str]:
    names = [f"S2{'AB'[day % 2]}_{day:03}_{place // CELLS}_{place % CELLS}_{row:x}" for row, (day, place) in enumerate(
        zip(flight.tolist(), cell.tolist(), strict=True))]  # fmt: skip
    odd = ("=A1", 'say "hi", you', "Äpfel und ÉCLAIRS", "漢字🌍", "<script>", "-1", "it's")
    for row in range(n - NOWHERE, n, 3):
        names[row] = f"{odd[row % len(odd)]} {row}"
    return names


def _labels(n: int, random: np.random.Generator) -> pa.Array:
    """Draw labels from some combinations, few of them common; some patches have none, and of some it is not known."""
    classes = [*HOSTILE[:2], *(entry.name for entry in load_nomenclature(NOMENCLATURE).classes), *HOSTILE[2:]]
    places = [np.unique((len(classes) * random.random(random.integers(1, 9)) ** 1.5).astype(int)) for _ in range(SETS)]
    sets = [*(sorted(classes[place] for place in one) for one in places), [], None]
    drawn = (SETS * random.random(n) ** 3).astype(np.int64)
    drawn[random.random(n) < 0.02] = SETS
    drawn[random.random(n) < 0.03] = SETS + 1
    return pa.array(sets, pa.list_(pa.string())).take(pa.array(drawn))


def _assets(number: np.ndarray) -> pa.Array:
    keys = (["sentinel-2"], ["sentinel-1", "sentinel-2"], ["map", "sentinel-2"], [], None)
    kind = next(column.type for column in COLUMNS if column.name == "assets")
    some = pa.array([keys_ and [{"key": key, "href": key} for key in keys_] for keys_ in keys], kind)
    return some.take(pa.array(number))


def _flags(random: np.random.Generator, n: int, share: float) -> pa.Array:
    drawn = random.random(n)
    return pa.array(drawn < share, mask=(drawn > 0.9) | (np.arange(n) % 17 == 0))


def _words(values: list[str | None], number: np.ndarray) -> pa.Array:
    return pa.array(values, pa.string()).take(pa.array(number))
