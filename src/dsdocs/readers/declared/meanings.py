"""What the fields of paths and the table say of patches, brought together and checked against each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.geo.crs import to_crs84
from dsdocs.layout import Layout, Pattern
from dsdocs.readers.declared.columns import (
    MOMENT,
    Problems,
    agreed,
    column_of,
    convert,
    country_of,
    found_in,
    moment_of,
    split_of,
    whole_number,
    word_of,
)
from dsdocs.readers.declared.files import FIELD
from dsdocs.readers.declared.table import LABELS

Columns = dict[str, pa.Array]
Floats = npt.NDArray[np.float64]
_DAY = dt.timedelta(days=1)  # a path often tells the day alone, and days begin with the time zone
_TURN = 360.0  # degrees


def words(units: pa.Table, said: pa.Table | None, layout: Layout, problems: Problems) -> Columns:
    """Return split, tile and country, as far as anything tells them.

    Parameters
    ----------
    units
        Patches with the fields of their paths.
    said
        The row of the table for each patch; rows of nulls where there is none.
    problems
        Where paths and table differ, or a word is not known, the row is added.
    """
    values = layout.values
    columns = {}
    for name, function in (
        ("split", split_of(values.get("split", {}))),
        ("tile", word_of(values.get("tile", {}))),
        ("country", country_of(values.get("country", {}))),
    ):
        told = _field(units, said, name)
        own = None if told is None else convert(told, function, pa.string(), problems, name)
        found = agreed(own, found_in(said, name), problems, name)
        if found is not None:
            columns[name] = found
    return columns


def moments(units: pa.Table, said: pa.Table | None, layout: Layout, problems: Problems) -> Columns:
    """Return the column ``datetime``: of the table, else of the fields ``date`` and ``time``."""
    date, time = (_field(units, said, name) for name in ("date", "time"))
    exact = found_in(said, "datetime")
    if date is None:
        return {} if exact is None else {"datetime": exact}
    day = convert(date, moment_of(layout.date), MOMENT, problems, "date")
    if time is not None:
        both = pc.binary_join_element_wise(date, time, pa.scalar(" "))
        function = moment_of(f"{layout.date} {layout.time}")
        day = pc.coalesce(convert(both, function, MOMENT, problems, "date and time"), day)
    return {"datetime": agreed(exact, day, problems, "date", _DAY)}


def facts(units: pa.Table, said: pa.Table | None, layout: Layout, problems: Problems) -> Columns:
    """Return the facts of paths and table under their prefix; fields of digits are numbers."""
    whole = _whole_fields(layout)
    columns = {}
    for name in layout.fact_fields():
        told = _field(units, said, name)
        if told is None:
            continue
        function = whole_number if name in whole else word_of(layout.values.get(name, {}))
        kind = pa.int64() if name in whole else pa.string()
        columns[f"{layout.prefix}:{name}"] = convert(told, function, kind, problems, name)
    given = () if said is None else said.column_names
    return columns | {name: column_of(said, name) for name in given if ":" in name and not name.startswith(FIELD)}


def _whole_fields(layout: Layout) -> set[str]:
    """Return the fields that are digits in every pattern, and that no words are given for."""
    words = set(layout.values)
    table = [Pattern.compile(layout.table.path)] if layout.table else []
    for pattern in [*(pattern for _, pattern in layout.compiled()), *table]:
        first = {part.name: part for part in reversed(pattern.parts) if not isinstance(part, str)}
        words |= {name for name, form in first.items() if not form.digits}
    return set(layout.fact_fields()) - words


def labels(units: pa.Table, said: pa.Table | None, layout: Layout, several: bool, problems: Problems) -> Columns:
    """Return the column ``labels``: those of the table and the class of the path.

    Parameters
    ----------
    several
        Whether the table lists several labels; then the path may add one, else both must say the same.
    """
    renamed = {**layout.values.get("class", {}), **layout.values.get("label", {})}
    own = [field for name in ("class", "label") if (field := _field(units, said, name)) is not None]
    own = [convert(field, word_of(renamed), pa.string(), problems, "class") for field in own]
    listed = found_in(said, "labels")
    if not own and listed is None:
        return {}
    if listed is None and len(own) == 1:
        return {"labels": _one_each(own[0])}
    lists = [[] for _ in range(units.num_rows)] if listed is None else _listed(listed, renamed)
    for row, told in enumerate(zip(*(column.to_pylist() for column in own), strict=True)):
        for label in dict.fromkeys(told):
            if label is None or label in lists[row]:
                continue
            if listed is not None and lists[row] and not several:
                reason = f"its path says {label!r}, the table says {', '.join(lists[row])}"
                problems.setdefault(row, ("label.conflict", reason))
            lists[row] = [*lists[row], label]
    return {"labels": pa.array(lists, LABELS)}


def places(units: pa.Table, said: pa.Table | None, problems: Problems) -> Columns:
    """Return CRS and ring: of the raster where it has them, else of the table; the two must lie at one place."""
    crs, ring = found_in(units, "crs"), found_in(units, "ring")
    other, around = found_in(said, "crs"), found_in(said, "ring")
    if crs is None or ring is None:
        return {} if other is None else {"crs": other, "ring": around}
    if other is None or around is None:
        return {"crs": crs, "ring": ring}
    both = pa.array(np.flatnonzero(np.asarray(pc.and_(crs.is_valid(), other.is_valid()))))
    if len(both):
        apart = _elsewhere(_boxes(crs.take(both), ring.take(both)), _boxes(other.take(both), around.take(both)))
        for row in np.asarray(both)[apart].tolist():
            reason = "the table places it where its image does not lie; check table.crs and table.key"
            problems.setdefault(row, ("meta.mismatch", reason))
    return {"crs": pc.coalesce(crs, other), "ring": pc.if_else(crs.is_valid(), ring, around)}


def _field(units: pa.Table, said: pa.Table | None, name: str) -> pa.Array | None:
    """Return the texts of a field: of the paths of the files, else of the path of the table."""
    own, other = found_in(units, FIELD + name), found_in(said, FIELD + name)
    if own is None or other is None:
        return other if own is None else own
    return pc.coalesce(own, other)


def _one_each(column: pa.Array) -> pa.Array:
    """Return lists of one label each, empty where there is none."""
    offsets = np.concatenate([[0], np.cumsum(np.asarray(column.is_valid()))])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), column.drop_null())


def _listed(column: pa.Array, renamed: Mapping[str, str]) -> list[list[str]]:
    lists = [texts or [] for texts in column.to_pylist()]
    if not renamed:
        return lists
    return [[word for text in texts if (word := renamed.get(text, text))] for texts in lists]


def _boxes(crs: pa.Array, rings: pa.Array) -> Floats:
    """Return west, south, east, north in degrees, shape (n, 4)."""
    corners = np.asarray(rings.flatten()).reshape(-1, 4, 2)
    boxes = np.full((len(crs), 4), np.nan)
    codes = np.array(crs.to_pylist(), dtype=object)
    for code in sorted(set(codes)):
        own = codes == code
        lon, lat = to_crs84(code, corners[own, :, 0], corners[own, :, 1])
        boxes[own] = np.stack([lon.min(axis=1), lat.min(axis=1), lon.max(axis=1), lat.max(axis=1)], axis=-1)
    return boxes


def _elsewhere(first: Floats, second: Floats) -> npt.NDArray[np.bool_]:
    """Tell where neither box holds the middle of the other; longitudes that differ by a turn are one."""
    apart = np.abs((first[:, :2] + first[:, 2:]) - (second[:, :2] + second[:, 2:])) / 2
    apart[:, 0] = np.minimum(apart[:, 0], np.abs(_TURN - apart[:, 0]))
    reach = np.maximum(first[:, 2:] - first[:, :2], second[:, 2:] - second[:, :2]) / 2
    return np.asarray((apart > reach).any(axis=1))
