"""From parts to the figures of each band, class and patch: exact sums, so nothing depends on how files were grouped."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.imagery.statistics import Added
from dsdocs.pixels import exact
from dsdocs.pixels.batch import Grey
from dsdocs.pixels.histogram import Histogram, bins_of, percentiles_of
from dsdocs.pixels.model import BAND_COLUMNS, BandFigures, ClassFigures
from dsdocs.pixels.packing import Part, hash_of
from dsdocs.pixels.plan import AssetPlan, saturation
from dsdocs.sensors import Sensor

Array = np.ndarray[Any, Any]
_HALF = 32  # bits: squares are added up in two halves, so that no sum of them reaches 63 bits
_SCHEMA = pa.schema([column.field() for column in BAND_COLUMNS])


@dataclass(slots=True)
class _Band:
    """What is known so far of one band, or of one band and class."""

    patches: int = 0
    valid: int = 0
    invalid: int = 0
    saturated: int = 0
    whole: int = 0  # pixels with data whose values are whole numbers of up to 16 bit
    first: int = 0  # their sum
    second: int = 0  # sum of their squares
    added: Added = field(default_factory=Added)  # of all other pixels
    low: float = math.inf
    high: float = -math.inf
    dtypes: Counter[str] = field(default_factory=Counter)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation; there must be a value."""
        other = self.added.figures()
        if not other.count or other.mean is None or other.std is None:
            return exact.mean_and_std(self.whole, self.first, self.second)
        if not self.whole:
            return other.mean, other.std
        # Files of both kinds: Chan, Golub and LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample
        # Variances, 1979, equation 2.1.
        mean, std = exact.mean_and_std(self.whole, self.first, self.second)
        total, step = self.whole + other.count, other.mean - mean
        spread = self.whole * std**2 + other.count * other.std**2 + step**2 * self.whole * other.count / total
        return mean + step * other.count / total, math.sqrt(spread / total)


class Totals:
    """Takes in the rows of all patches, in the order of the summary, and says what they come to.

    Parameters
    ----------
    summary
        Reads ``id`` and ``labels``.
    plans
        What was read of each asset.
    expected
        For each row of the summary, how many bands it has, maps left out: ``(n,)``.
    """

    def __init__(self, summary: pa.Table, plans: Sequence[AssetPlan], expected: Array) -> None:
        self._plans, self._expected = plans, expected
        self._ids = summary["id"].combine_chunks()
        labels = summary["labels"].combine_chunks()
        self.labels: list[str] = sorted(pc.unique(labels.flatten()).drop_null().to_pylist())
        self._codes = pc.index_in(labels.flatten(), pa.array(self.labels, pa.string())).to_numpy(zero_copy_only=False)
        lengths = pc.fill_null(pc.list_value_length(labels), 0).to_numpy()
        self._starts = np.concatenate([[0], np.cumsum(lengths)])
        self._is_map = np.array([plan.kind == "map" for plan in plans])
        self._width = max((len(plan.bands) for plan in plans), default=1)
        self._bands = [[_Band() for _ in plan.bands] for plan in plans]
        self._histograms: dict[tuple[int, int, bool], Histogram] = {}
        shape = (len(self.labels), len(plans) * self._width)
        self._class_sums = {name: np.zeros(shape, np.int64) for name in ("patches", "valid", "first", "upper", "lower")}
        self._class_added: dict[tuple[int, int], Added] = {}
        self._greys: dict[tuple[int, int], Grey] = {}
        self.hash_asset = np.full(len(self._ids), np.iinfo(np.int16).max, np.int16)
        self.hashes, self.hashed = np.zeros(len(self._ids), np.uint64), np.zeros(len(self._ids), bool)
        self.contents, self.whole = np.zeros((len(self._ids), 16), np.uint8), np.zeros(len(self._ids), bool)
        self.read = 0  # patches of which at least one band was read

    def add_rest(self, part: Part, rows: Array) -> None:
        """Take in what a part says besides its rows; ``rows`` are the rows of the summary of its patches."""
        for key, (places, counts) in part.histograms.items():
            self._histograms.setdefault(key, Histogram(key[2])).merge(places, counts)
        for entry in part.hashes.to_pylist():
            row, asset = int(rows[entry["number"]]), entry["asset"]
            if entry["total"] is None:
                self._set_hash(row, asset, entry["hash"])
                continue
            grey = self._greys.setdefault((row, asset), Grey(0, 0.0, np.zeros(len(entry["total"]))))
            grey.bands, grey.most = grey.bands + entry["bands"], max(grey.most, entry["most"])
            grey.total = grey.total + np.array(entry["total"])
            if grey.bands == len(self._plans[asset].grey):
                self._set_hash(row, asset, hash_of(self._greys.pop((row, asset))))

    def _set_hash(self, row: int, asset: int, found: int | None) -> None:
        # Of a patch with several assets, the first one is hashed.
        if asset < self.hash_asset[row]:
            self.hash_asset[row] = asset
            self.hashes[row], self.hashed[row] = found or 0, found is not None

    def add_rows(self, rows: pa.Table) -> pa.Table:
        """Take in all rows of some patches, sorted by patch, asset and band; return them as `BAND_COLUMNS`.

        ``number`` is the row of the patch in the summary.
        """
        found = {name: rows[name].combine_chunks() for name in rows.column_names}
        number = found["number"].to_numpy()
        asset, band = found["asset"].to_numpy(), found["band"].to_numpy()
        whole = np.asarray(found["first"].is_valid())
        first, second = (pc.fill_null(found[name], 0).to_numpy() for name in ("first", "second"))
        others = {
            int(index): exact.unpack(data)
            for index, data in zip(np.flatnonzero(~whole), found["exact"].drop_null().to_pylist(), strict=True)
        }
        self._add_bands(found, asset, band, whole, first, second, others)
        self._add_classes(found, number, asset * self._width + band, whole, first, second, others)
        self._add_contents(found, number, asset, band, first, second)
        return self._table(found, number, asset, band, whole, first, second, others)

    def _add_bands(
        self, found: dict[str, Any], asset: Array, band: Array, whole: Array, first: Array, second: Array,
        others: dict[int, Added],
    ) -> None:  # fmt: skip
        columns = {name: found[name].to_numpy() for name in ("valid", "invalid", "saturated", "width", "height")}
        dtypes = np.array(found["dtype"].to_pylist(), dtype=object)
        lows, highs = (
            pc.fill_null(found[name], empty).to_numpy() for name, empty in (("low", math.inf), ("high", -math.inf))
        )
        for key in np.unique(asset * self._width + band).tolist():
            at = np.flatnonzero(asset * self._width + band == key)
            total = self._bands[key // self._width][key % self._width]
            total.patches += len(at)
            total.valid += int(columns["valid"][at].sum())
            total.invalid += int(columns["invalid"][at].sum())
            total.saturated += int(columns["saturated"][at].sum())
            total.whole += int(columns["valid"][at][whole[at]].sum())
            total.first += int(first[at].sum())
            total.second += sum(second[at].tolist())
            for index in at[~whole[at]].tolist():
                total.added.merge(others[index])
            total.low, total.high = min(total.low, float(lows[at].min())), max(total.high, float(highs[at].max()))
            total.dtypes.update(dtypes[at].tolist())
            total.sizes.update(zip(columns["width"][at].tolist(), columns["height"][at].tolist(), strict=True))

    def _add_classes(
        self, found: dict[str, Any], number: Array, key: Array, whole: Array, first: Array, second: Array,
        others: dict[int, Added],
    ) -> None:  # fmt: skip
        counts = self._starts[number + 1] - self._starts[number]
        row = np.repeat(np.arange(len(number)), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        label = self._codes[np.repeat(self._starts[number], counts) + within]
        known = np.flatnonzero(~self._is_map[key[row] // self._width])
        row, label = row[known], label[known]
        values = {
            "patches": np.ones(len(number), np.int64), "valid": found["valid"].to_numpy(), "first": first,
            "upper": second >> _HALF, "lower": second & (2**_HALF - 1),
        }  # fmt: skip
        for name, column in values.items():
            np.add.at(self._class_sums[name], (label, key[row]), column[row])
        for at in np.flatnonzero(~whole[row]).tolist():
            place = (int(label[at]), int(key[row[at]]))
            self._class_added.setdefault(place, Added()).merge(others[int(row[at])])

    def _add_contents(
        self, found: dict[str, Any], number: Array, asset: Array, band: Array, first: Array, second: Array
    ) -> None:
        kinds = {name: np.dtype(name).num for name in pc.unique(found["dtype"]).to_pylist()}
        columns = [
            asset, band, [kinds[name] for name in found["dtype"].to_pylist()], found["width"], found["height"],
            found["checksum"], found["valid"], first, second,
            *(pc.fill_null(found[name], 0.0).to_numpy().view(np.int64) for name in ("low", "high")),
        ]  # fmt: skip
        record = np.stack([np.asarray(column).astype(np.int64) for column in columns], axis=1).astype("<i8")
        keep = np.flatnonzero(~self._is_map[asset])
        record, number = record[keep], number[keep]
        rows, starts, sizes = np.unique(number, return_index=True, return_counts=True)
        self.read += len(rows)
        for row, start, size in zip(rows.tolist(), starts.tolist(), sizes.tolist(), strict=True):
            if size == self._expected[row]:
                content = record[start : start + size].tobytes()
                digest = hashlib.blake2b(content, digest_size=16).digest()
                self.contents[row], self.whole[row] = np.frombuffer(digest, np.uint8), True

    def _table(
        self, found: dict[str, Any], number: Array, asset: Array, band: Array, whole: Array, first: Array,
        second: Array, others: dict[int, Added],
    ) -> pa.Table:  # fmt: skip
        valid = found["valid"].to_numpy()
        mean, std = _moments(valid, first, second)
        for index, added in others.items():
            figures = added.figures()
            mean[index] = math.nan if figures.mean is None else figures.mean
            std[index] = math.nan if figures.std is None else figures.std
        unknown = (valid == 0) | self._is_map[asset]
        low, high = found["low"], found["high"]
        names = [[plan.key for plan in self._plans], [name for plan in self._plans for name in plan.bands]]
        offsets = np.cumsum([0, *(len(plan.bands) for plan in self._plans)])
        columns = {
            "row": pa.array(number.astype(np.int32)),
            "id": self._ids.take(pa.array(number)),
            "asset": _category(asset, names[0]),
            "band": _category(offsets[asset] + band, names[1]),
            "dtype": _encoded(found["dtype"]),
            "width": found["width"], "height": found["height"],
            "count": found["valid"], "invalid": found["invalid"], "saturated": found["saturated"],
            "mean": pa.array(mean, mask=unknown), "std": pa.array(std, mask=unknown),
            "min": low, "max": high,
            "constant": pc.fill_null(pc.equal(low, high), False),
        }  # fmt: skip
        return pa.table([columns[name] for name in _SCHEMA.names], schema=_SCHEMA)

    def bands(self, sensors: Sequence[Sensor]) -> tuple[BandFigures, ...]:
        """Return the figures of every band that was read, in the order of the sensors."""
        return tuple(
            self._figures(asset, band, sensor)
            for asset, sensor in enumerate(sensors)
            for band, total in enumerate(self._bands[asset])
            if total.patches
        )

    def _figures(self, asset: int, band: int, sensor: Sensor) -> BandFigures:
        total, is_map = self._bands[asset][band], bool(self._is_map[asset])
        found = [(counted, self._histograms.get((asset, band, counted))) for counted in (True, False)]
        parts = [(counted, *histogram.values()) for counted, histogram in found if histogram is not None]
        values = np.concatenate([part[1] for part in parts])
        counts = np.concatenate([part[2] for part in parts])
        order = np.argsort(values, kind="stable")
        values, counts = values[order], counts[order]
        known = bool(values.size)
        percentiles = percentiles_of(values, counts, total.low, total.high) if known and not is_map else {}
        is_exact = all(counted for counted, *_ in parts)
        mean, std = total.moments() if known and not is_map else (None, None)
        found_levels = (saturation(np.dtype(name), sensor.saturated) for name in sorted(total.dtypes))
        levels = tuple(dict.fromkeys(level for level in found_levels if level is not None))
        sizes = sorted(total.sizes.items(), key=lambda pair: (-pair[1], pair[0]))
        return BandFigures(
            self._plans[asset].key, self._plans[asset].bands[band], self._plans[asset].kind,
            tuple(sorted(total.dtypes)), tuple((*size, count) for size, count in sizes), sensor.bands[band].gsd,
            total.patches, total.valid, total.invalid, 0 if is_map else total.saturated, mean, std,
            total.low if known else None, total.high if known else None, percentiles, is_exact,
            bins_of(values, counts, percentiles, whole=is_exact) if percentiles else None,
            dict(zip(map(int, values.tolist()), counts.tolist(), strict=True)) if is_map else {},
            () if is_map else levels, bool(levels) and not is_map and set(levels) == {sensor.saturated},
        )  # fmt: skip

    def classes(self) -> tuple[ClassFigures, ...]:
        """Return the figures of every class and band with at least one pixel, maps left out."""
        return tuple(self._classes())

    def _classes(self) -> Iterator[ClassFigures]:
        for code, label in enumerate(self.labels):
            for asset, plan in enumerate(self._plans):
                for band, name in enumerate(plan.bands):
                    place = (code, asset * self._width + band)
                    sums = {key: int(column[place]) for key, column in self._class_sums.items()}
                    added = self._class_added.get(place, Added())
                    whole = sums["valid"] - added.figures().count
                    if not sums["valid"]:
                        continue
                    second = (sums["upper"] << _HALF) + sums["lower"]
                    total = _Band(valid=sums["valid"], whole=whole, first=sums["first"], second=second, added=added)
                    mean, std = total.moments()
                    yield ClassFigures(label, plan.key, name, sums["patches"], sums["valid"], mean, std)


def _moments(valid: Array, first: Array, second: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of each row; NaN, or anything, where it has no whole numbers.

    The sum of squares is moved to a whole number near the mean, in integers, before anything is rounded.
    """
    count = np.maximum(valid, 1)
    near = first // count
    rest = first - near * count
    spread = second - 2 * near * first + near * near * valid
    variance = (spread - rest.astype(np.float64) ** 2 / count) / count
    return first / count, np.sqrt(np.maximum(variance, 0.0))


def _category(codes: Array, names: Sequence[str]) -> pa.DictionaryArray:
    distinct = list(dict.fromkeys(names))
    place = np.array([distinct.index(name) for name in names], np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(place[codes]), pa.array(distinct, pa.string()))


def _encoded(texts: pa.StringArray) -> pa.DictionaryArray:
    names = sorted(pc.unique(texts).to_pylist())
    return pa.DictionaryArray.from_arrays(
        pc.index_in(texts, pa.array(names, pa.string())), pa.array(names, pa.string())
    )
