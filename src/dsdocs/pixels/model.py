"""What is known of the pixels of a data set: plain records, and the columns of its two tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from dsdocs.summary.schema import Column

_CATEGORY = pa.dictionary(pa.int32(), pa.string())
# pixels.parquet: in the order of the summary; within a patch, assets and bands in the order of its sensors.
BAND_COLUMNS = (
    Column("row", pa.int32(), "Row of the patch in the summary, counted from 0."),
    Column("id", pa.string(), "Name of the patch."),
    Column("asset", _CATEGORY, "Key of the sensor or map, as in the summary's assets."),
    Column("band", _CATEGORY, "Name of the band, as its sensor has it."),
    Column("dtype", _CATEGORY, "Kind of number that is stored."),
    Column("width", pa.int32(), "Columns of the band as it is stored.", "px"),
    Column("height", pa.int32(), "Rows of the band as it is stored.", "px"),
    Column("count", pa.int64(), "Pixels with data.", "px"),
    Column("invalid", pa.int64(), "Pixels without data: the declared nodata value, NaN or infinity.", "px"),
    Column(
        "saturated",
        pa.int64(),
        "Pixels that are saturated: from the value on that the sensor declares, else at the largest of the kind of "
        "number; 0 for floats without such a value.",
        "px",
    ),
    Column("mean", pa.float64(), "Mean of the pixels with data; null without any, and for maps of classes."),
    Column("std", pa.float64(), "Their standard deviation as a whole population; null as for the mean."),
    Column("min", pa.float64(), "Smallest value; null without any."),
    Column("max", pa.float64(), "Largest value; null without any."),
    Column("constant", pa.bool_(), "Whether all pixels with data are equal, and there is one."),
)
# pixel-hashes.parquet: row i is that of the summary's row i.
HASH_COLUMNS = (
    Column("id", pa.string(), "Name of the patch."),
    Column(
        "phash",
        pa.uint64(),
        "Perceptual hash of 64 bit, see `dsdocs.pixels.phash`; null: not read, or a constant picture.",
    ),
    Column(
        "content",
        pa.binary(16),
        "Digest of all decoded pixels of all bands; equal for patches with the same pixels. Null: not all were read.",
    ),
)


@dataclass(frozen=True, slots=True)
class Bins:
    """A histogram with bins of one width."""

    start: float  # lower end of the first bin
    width: float
    counts: tuple[int, ...]  # pixels from start + i * width up to, not including, start + (i + 1) * width
    below: int  # pixels below the first bin
    above: int  # pixels above the last one


@dataclass(frozen=True, slots=True)
class BandFigures:
    """What is known of the values of one band over all patches that were read."""

    asset: str
    band: str
    kind: str  # of the sensor: optical, radar, map
    dtypes: tuple[str, ...]  # one, unless files differ
    sizes: tuple[tuple[int, int, int], ...]  # width and height in px, and patches of that size; most frequent first
    gsd: float | None  # m, as the sensor says
    patches: int
    count: int  # pixels with data
    invalid: int  # pixels without data
    saturated: int  # pixels from `saturated_from` on
    mean: float | None  # None without a value, and for maps
    std: float | None
    minimum: float | None
    maximum: float | None
    percentiles: Mapping[int, float]  # 1, 2, 50, 98, 99; empty without a value, and for maps
    exact: bool  # whether percentiles are exact; else `dsdocs.pixels.histogram.RELATIVE_ERROR` bounds their error
    bins: Bins | None
    values: Mapping[int, int]  # of a map: value -> pixels, ascending; else empty
    saturated_from: tuple[float, ...] = ()  # one for each of `dtypes` that has such a value; none for a map
    declared: bool = False  # whether the sensor declares that value; else it is the largest of the kind of number

    @property
    def nodata_share(self) -> float:
        """Share of pixels without data, from 0 to 1."""
        return self.invalid / max(1, self.count + self.invalid)

    @property
    def saturated_share(self) -> float:
        """Share of the pixels with data that are saturated, from 0 to 1."""
        return self.saturated / max(1, self.count)


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One band over the patches that carry one label."""

    label: str
    asset: str
    band: str
    patches: int
    count: int  # pixels with data
    mean: float
    std: float  # over all pixels


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file whose pixels could not be read."""

    path: str
    category: str  # as in `dsdocs.records.CATEGORIES`
    reason: str


@dataclass(frozen=True, slots=True)
class OrderFinding:
    """A sign that bands are not in the order, or not of the sensor, that is said."""

    asset: str
    rule: str  # identifier, for example "replication"
    bands: tuple[str, ...]  # that the sign is about
    text: str  # one sentence with the numbers


@dataclass(frozen=True, slots=True)
class OrderCheck:
    """The band-order test of one sensor."""

    asset: str
    patches: int  # that the test looked at
    rules: tuple[str, ...]  # identifiers of the rules that could be applied
    findings: tuple[OrderFinding, ...]  # none: the order is as it is said


@dataclass(frozen=True, slots=True)
class PixelFigures:
    """The content of ``pixels.json``."""

    patches: int  # with files
    read: int  # of which at least one band was read
    sampled: bool  # whether only a sample was to be read
    bands: tuple[BandFigures, ...]  # in the order of the sensors
    classes: tuple[ClassFigures, ...]  # by label, then in the order of the bands; none for maps
    unreadable: tuple[Unreadable, ...]  # by path
    order: tuple[OrderCheck, ...]
