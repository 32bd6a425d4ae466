"""Random selections of an explorer, and their recount with pandas from the summary alone."""

from __future__ import annotations

import hashlib
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dsdocs.explorer.model import Column, Explorer
from dsdocs.findings import Finding

Selection = dict[str, Any]
Mask = NDArray[np.bool_]
Reals = NDArray[np.float64]
_FOLD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")  # ASCII's letters and no others
_BLANKS = re.compile("[ \t\n\r\f\v]+")
_BLIND = 0.2  # share of selections that are drawn without a patch in mind; many of them select nothing


def random_selections(explorer: Explorer, n: int, *, seed: int = 0) -> Iterator[Selection]:
    """Yield selections of all kinds with up to nine conditions; most are such that some patch meets them all."""
    draw = random.Random(seed)
    for number in range(n):
        row = None if draw.random() < _BLIND else draw.randrange(explorer.n)
        known = {} if row is None else explorer.row(row)
        few = draw.random() < 0.4  # so that large selections occur too
        some = draw.sample(explorer.columns, draw.randint(0, min(1 if few else 4, len(explorer.columns))))
        if draw.random() < 0.5:
            some.append(explorer.columns[0])  # the labels
        filters = {column.name: _filter(column, known, draw) for column in some}
        selection: Selection = {"filters": filters} if number else {}
        centre = _centre(explorer, row, draw)
        if draw.random() < (0.15 if few else 0.3):
            selection["box"] = _box(centre, draw)
        if draw.random() < (0.15 if few else 0.3):
            selection["lasso"] = _lasso(centre, draw)
        if draw.random() < (0.1 if few else 0.25):
            name = explorer.ids[draw.randrange(explorer.n) if row is None else row]
            words = [name[start : start + draw.randint(1, 4)] for start in draw.choices(range(len(name)), k=2)]
            selection["text"] = draw.choice([words[0], words[0].translate(_FOLD), f" {words[0]}\t{words[1]}\n"])
        yield selection


def _filter(column: Column, known: Mapping[str, Any], draw: random.Random) -> dict[str, Any]:
    """Draw a filter that a patch meets, if one is known."""
    found: dict[str, Any] = {}
    value = known.get(column.name)
    if column.kind == "day":
        first, last = sorted(draw.choices(column.values, k=2))
        if value:
            first, last = draw.choice([first, value, min(first, value)]), draw.choice([last, value, max(last, value)])
            first, last = min(first, value), max(last, value)
        found = {part: day for part, day in (("from", first), ("to", last)) if draw.random() < 0.8}
    elif column.kind == "category":
        found["any"] = _some(column.options, draw, [value] if value else [])
    else:
        own = _terms_of(column, value)
        others = [option for option in column.options if option not in own]
        parts = draw.choice([["any"], ["all"], ["none"], ["any", "all"], ["any", "none"], ["any", "all", "none"]])
        if "any" in parts:
            found["any"] = _some(column.options, draw, own and [draw.choice(own)])
        if "all" in parts:
            found["all"] = _some(own or column.options, draw)
        if "none" in parts and others:
            found["none"] = _some(others, draw)
    if draw.random() < 0.15 or (known and value is None and "all" not in found):
        found["missing"] = True
    return found


def _terms_of(column: Column, names: Sequence[str] | None) -> list[str]:
    """Return the classes of a patch and the groups above them."""
    held = {number for number, term in enumerate(column.terms) if not term.level and term.key in (names or ())}
    return [term.key for term in column.terms if held.intersection(term.members)]


def _some(options: Sequence[str], draw: random.Random, with_: Sequence[str] = ()) -> list[str]:
    drawn = {*with_, *draw.sample(options, draw.randint(1, min(3, len(options))))}
    return draw.sample(sorted(drawn), len(drawn))


def _centre(explorer: Explorer, row: int | None, draw: random.Random) -> tuple[float, float]:
    placed = np.flatnonzero(np.isfinite(explorer.lon))
    if row is None or not math.isfinite(explorer.lon[row]):
        row = int(placed[draw.randrange(len(placed))]) if len(placed) else None
    return (0.0, 0.0) if row is None else (float(explorer.lon[row]), float(explorer.lat[row]))


def _size(draw: random.Random) -> float:
    """Draw degrees from a village to a continent."""
    return float(10 ** draw.uniform(-2, 1.7))


def _box(centre: tuple[float, float], draw: random.Random) -> list[float]:
    lon, lat = centre
    west, east = (lon - _size(draw) + 180) % 360 - 180, (lon + _size(draw) + 180) % 360 - 180
    if draw.random() < 0.2:  # almost around the globe
        west, east = lon - 0.01, lon - 0.02
    return [west, lat - _size(draw), east, lat + _size(draw)]


def _lasso(centre: tuple[float, float], draw: random.Random) -> list[list[float]]:
    """Draw a ring around a point, or one that crosses itself."""
    lon, lat = centre
    size, corners = _size(draw), draw.randint(3, 12)
    angles = [draw.uniform(0, 2 * math.pi) for _ in range(corners)]
    if draw.random() < 0.6:
        angles = sorted([*angles, 0.1, 2.2, 4.3])
    reach = [size * draw.uniform(0.3, 1) for _ in angles]
    return [
        [lon + far * math.cos(angle), lat + far * math.sin(angle)] for angle, far in zip(angles, reach, strict=True)
    ]


def kinds_of(explorer: Explorer, selection: Selection) -> Iterator[str]:
    """Yield what a selection has: each part of each column, terms of labels by level, and the rest."""
    for name, filter_ in selection.get("filters", {}).items():
        column = explorer.column(name)
        level = {term.key: term.level for term in column.terms}
        for part, value in filter_.items():
            if column.kind == "set" and part != "missing":
                yield from (f"{name} {part} {level[key]}" for key in value)
            else:
                yield f"{name} {part}"
    if "box" in selection:
        yield "box across 180" if selection["box"][0] > selection["box"][2] else "box"
    yield from (part for part in ("lasso", "text") if part in selection)


class Recount:
    """Counts by pandas, from the columns of a summary; only the centres are those of the explorer.

    Every column becomes a categorical: of values, or of the sets that occur. A table says which has which option.

    Parameters
    ----------
    explorer
        Tells the centres, the order of rows and options, and the members of groups.
    summary
        One row per patch.
    findings
        What is known of the patches beside the summary.
    """

    def __init__(self, explorer: Explorer, summary: pa.Table, findings: Sequence[Finding] = ()) -> None:
        self.explorer = explorer
        table = summary.take(pa.array(explorer.order))
        ids = table["id"].to_pandas()
        self.frame = pd.DataFrame({"lon": explorer.lon, "lat": explorer.lat})
        self.names = pd.Series([name.translate(_FOLD) for name in ids], dtype="string[pyarrow]")
        self.has: dict[str, pd.DataFrame] = {}
        for column in explorer.columns:
            if column.kind == "set":
                classes, missing = _membership(table, column.name, findings)
                self.frame[column.name], self.has[column.name] = _sets(column, classes, missing)
                continue
            if column.kind == "day":
                found = pc.strftime(table["datetime"], "%Y-%m-%d")
            else:
                found = table[column.name].cast(pa.string())
            values = found.dictionary_encode().to_pandas()
            assert set(values.cat.categories) == set(column.values)
            self.frame[column.name] = values.cat.set_categories(list(column.values))
            identity = np.eye(len(column.values), dtype=np.int64)
            self.has[column.name] = pd.DataFrame(identity, columns=list(column.values))

    def _rows(self, name: str, met: pd.Series, missing: bool) -> Mask:
        """Tell which rows have a value or a set that is met."""
        return np.append(met.to_numpy(bool), missing)[self.frame[name].cat.codes]  # the code of a missing one is -1

    def own(self, column: Column, filter_: Mapping[str, Any]) -> Mask | None:
        """Tell which rows the choice of a filter takes; None: there is no choice."""
        if not {key for key in ("any", "from", "to", "missing") if filter_.get(key)}:
            return None
        options = filter_.get("any", [])
        if "from" in filter_ or "to" in filter_:
            days = pd.Series(column.values)
            options = days[days.between(filter_.get("from", "0000"), filter_.get("to", "9999"))].tolist()
        return self._rows(column.name, self.has[column.name][options].any(axis=1), bool(filter_.get("missing")))

    def rest(self, selection: Selection) -> Mask:
        """Tell which rows meet everything that is not a choice of a column."""
        lon, lat = self.frame["lon"], self.frame["lat"]
        every = np.ones(len(self.frame), dtype=bool)
        for word in filter(None, _BLANKS.split(selection.get("text", ""))):
            every &= self.names.str.contains(word.translate(_FOLD), regex=False).to_numpy(bool)
        if "box" in selection:
            west, south, east, north = map(_rounded, selection["box"])
            across = lon.between(west, east) if west <= east else (lon >= west) | (lon <= east)
            every &= (across & lat.between(south, north)).to_numpy()
        if "lasso" in selection:
            every &= _inside(
                lon.to_numpy(), lat.to_numpy(), [[*map(_rounded, corner)] for corner in selection["lasso"]]
            )
        for name, filter_ in selection.get("filters", {}).items():
            has = self.has[name]
            if filter_.get("all"):
                every &= self._rows(name, has[filter_["all"]].all(axis=1), missing=False)
            if filter_.get("none"):
                every &= self._rows(name, ~has[filter_["none"]].any(axis=1), missing=True)
        return every

    def count(self, selection: Selection) -> dict[str, Any]:
        """Count a selection: its rows, and the options of every column over those that meet everything else.

        Parameters
        ----------
        selection
            Not in normal form; its columns and options exist.

        Returns
        -------
        dict
            In the form of ``tests/js/explorer/counts.mjs``; `mask` is a digest of a byte for each row.
        """
        rest, filters = self.rest(selection), selection.get("filters", {})
        own = {column.name: self.own(column, filters.get(column.name, {})) for column in self.explorer.columns}
        choices = {name: rows for name, rows in own.items() if rows is not None}
        every = np.logical_and.reduce([rest, *choices.values()])
        selected = self.frame[every]
        counts, missing, bases = {}, {}, {}
        for name in own:
            others = [rest, *(rows for one, rows in choices.items() if one != name)]
            of_column = self.frame.loc[np.logical_and.reduce(others), name] if name in choices else selected[name]
            counts[name] = (of_column.value_counts(sort=False).to_numpy() @ self.has[name].to_numpy()).tolist()
            missing[name] = int(of_column.isna().sum())
            bases[name] = len(of_column)
        pairs = self._pairs(selected["labels"]) if "labels" in own else None
        digest = hashlib.sha256(every.tobytes()).hexdigest()
        found = {"count": int(every.sum()), "counts": counts, "missing": missing, "bases": bases}
        return {**found, "pairs": pairs, "mask": digest}

    def _pairs(self, labels: pd.Series) -> dict[str, list[int]]:
        terms = [number for number, term in enumerate(self.explorer.column("labels").terms) if not term.level]
        has = self.has["labels"].to_numpy()[:, terms]
        together = (has * labels.value_counts(sort=False).to_numpy()[:, None]).T @ has
        return {"terms": terms, "values": together.ravel().tolist()}


def _membership(table: pa.Table, name: str, findings: Sequence[Finding]) -> tuple[pd.DataFrame, Mask]:
    """Return true and false for each class of a set column, and which rows have no set."""
    if name == "flags":
        booleans = [field.name for field in table.schema if ":" in field.name and pa.types.is_boolean(field.type)]
        flags = table.select(booleans).to_pandas()
        return flags.eq(True), flags.isna().all(axis=1).to_numpy()
    if name == "findings":
        ids = table["id"].to_pandas()
        about = {one.key: [line[one.columns.index("Patch")] for line in one.rows]
                 for one in findings if "Patch" in one.columns and one.rows}  # fmt: skip
        return pd.DataFrame({key: ids.isin(patches) for key, patches in about.items()}), np.zeros(len(ids), dtype=bool)
    lists = table["assets" if name == "sensors" else name].combine_chunks()
    members = lists.flatten() if name == "labels" else pc.struct_field(lists.flatten(), "key")
    words = members.dictionary_encode()
    flags = np.zeros((len(lists), len(words.dictionary)), dtype=bool)
    flags[pc.list_parent_indices(lists).to_numpy(), words.indices.to_numpy()] = True
    return pd.DataFrame(flags, columns=words.dictionary.to_pylist()), pc.is_null(lists).to_numpy(zero_copy_only=False)


def _sets(column: Column, classes: pd.DataFrame, missing: Mask) -> tuple[pd.Categorical, pd.DataFrame]:
    """Return the set of each row, and which option each set has; a set has a group if it has any of its members."""
    keys = [term.key for term in column.terms]
    assert {term.key for term in column.terms if not term.level} == set(classes.columns)
    packed = np.packbits(np.ascontiguousarray(classes, dtype=bool), axis=1)
    _, first, number = np.unique(packed.view(f"V{packed.shape[1]}").ravel(), return_index=True, return_inverse=True)
    number[missing] = -1
    sets = classes.iloc[first]
    has = {term.key: sets[[keys[one] for one in term.members]].any(axis=1).to_numpy(np.int64) for term in column.terms}
    return pd.Categorical.from_codes(number, categories=range(len(first))), pd.DataFrame(has)


def _rounded(degrees: float) -> float:
    return math.floor(degrees * 100_000 + 0.5) / 100_000


def _inside(x: Reals, y: Reals, ring: list[list[float]]) -> Mask:
    """Count the edges to the east of each point; an odd number is inside."""
    inside = np.zeros(len(x), dtype=bool)
    for (xi, yi), (xj, yj) in zip(ring, [ring[-1], *ring[:-1]], strict=True):
        if yi != yj:
            inside ^= ((yi > y) != (yj > y)) & (x < (xj - xi) * (y - yi) / (yj - yi) + xi)
    return inside & np.isfinite(x)
