"""The table ``[layout]`` of dsdocs.toml as typed values, with the patterns in it checked."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from dsdocs.layout.pattern import ANYTHING, Pattern, parse
from dsdocs.layout.pattern import Field as PatternField

# What a field of these names says of a patch; any other field is a fact.
KNOWN_FIELDS = (
    "split", "class", "label", "product", "patch", "band", "date", "time", "sensor", "tile", "country",
)  # fmt: skip
BAND, SENSOR = "band", "sensor"
ONE_HOT, BY_FILE = "one-hot", "file"
_ONE_OR_MORE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}


def _pattern(text: str) -> str:
    Pattern.compile(text)
    return text


def _patterns(given: object) -> tuple[str, ...]:
    texts = [given] if isinstance(given, str) else given
    if not (isinstance(texts, list | tuple) and texts and all(isinstance(text, str) for text in texts)):
        raise ValueError('expected the pattern of a path, such as "{class}/{patch}.tif", or a list of them')
    return tuple(_pattern(text) for text in texts)


def _columns(given: object) -> object:
    several = isinstance(given, list | tuple) and given and all(isinstance(name, str) for name in given)
    if not (given is None or (given and isinstance(given, str)) or several):
        raise ValueError(f"expected the name of a column, a list of columns of 0 and 1, or {ONE_HOT!r}")
    return given


def _moment(text: str) -> str:
    """Refuse a format that cannot be read back."""
    try:
        dt.datetime.strptime(dt.datetime(2024, 12, 31, 23, 58, 59).strftime(text), text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no format of a date: {error}; write one like '%Y-%m-%d'") from None
    if "%" not in text:
        raise ValueError(f"{text!r} is no format of a date; write one like '%Y-%m-%d'")
    return text


Text = Annotated[str, StringConstraints(min_length=1)]  # not stripped: it names files and columns
PathPattern = Annotated[str, AfterValidator(_pattern)]
PathPatterns = Annotated[tuple[str, ...], BeforeValidator(_patterns), WithJsonSchema(_ONE_OR_MORE)]
Moment = Annotated[str, AfterValidator(_moment)]
FactName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$")]


class _Section(BaseModel):
    """A table of the file; unknown keys are errors, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AssetSection(_Section):
    """One kind of image that a patch has."""

    key: Text = Field(description="Key of the image in the summary and under `[sensors]`, for example `sentinel-2`.")
    files: PathPatterns = Field(description="Pattern of the paths of its files; a list if there are several.")
    bands: tuple[Text, ...] = Field(
        default=(),
        description="Bands that every patch must have; files of others are ignored. Default: all bands found.",
    )
    finest: Text | None = Field(
        default=None, description="The band that size and place are read from. Default: the first by name."
    )


class TableSection(_Section):
    """A table that says more of the patches: labels, splits, dates, places, facts."""

    path: PathPattern = Field(
        description="Path in the archive, else beside this file. It may be a pattern: `{split}.csv`. CSV, TSV, XLSX, "
        "Parquet, JSON or GeoJSON."
    )
    key: Text = Field(description="Column that tells which patch a row is of.")
    key_is: PathPattern | None = Field(
        default=None,
        description="What the column `key` holds, with fields of the files: `{patch}.jpg`; or `file` for the name of "
        "the file. Default: as `layout.id`.",
    )
    labels: Annotated[str | tuple[str, ...] | None, BeforeValidator(_columns)] = Field(
        default=None,
        description="Column of the labels, a list of columns of 0 and 1 that are named after labels, or `one-hot` for "
        "all columns that no other key names.",
    )
    separator: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        default=None, description="What stands between the labels of a cell. Default: a cell holds one label."
    )
    split: Text | None = Field(default=None, description="Column of the split.")
    date: Text | None = Field(default=None, description="Column of the acquisition time, in UTC if it names no zone.")
    date_format: Moment | None = Field(
        default=None, description="How it is written, as Python's strptime takes it. Default: ISO 8601."
    )
    tile: Text | None = Field(default=None, description="Column of the source granule.")
    country: Text | None = Field(
        default=None, description="Column of the country: its English name or ISO 3166-1 code."
    )
    facts: tuple[FactName, ...] = Field(default=(), description="Columns that become facts, under `layout.prefix`.")
    geometry: Text | None = Field(
        default=None,
        description="Column of the footprint as WKB, WKT or GeoJSON; points need `size`. It counts before "
        "`bbox`, and that before `lon`.",
    )
    bbox: tuple[Text, Text, Text, Text] | None = Field(
        default=None, description="Columns of the west, south, east and north side of the footprint."
    )
    lon: Text | None = Field(
        default=None, description="Column of the longitude of the centre, in degrees; needs `size`."
    )
    lat: Text | None = Field(default=None, description="Column of the latitude of the centre, in degrees.")
    size: float | None = Field(default=None, gt=0, description="Edge of the square around a centre in metres.")
    crs: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]+:\w+$")] | None = Field(
        default=None,
        description="Reference system of `geometry` or `bbox`. Default: what the table says, else OGC:CRS84.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.lon) != bool(self.lat) or (self.lon and self.size is None):
            raise ValueError("'lon', 'lat' and 'size' belong together: the centre in degrees and the edge in metres")
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the columns that the keys name, each once."""
        named = [self.key, self.split, self.date, self.tile, self.country, self.geometry, self.lon, self.lat]
        labels = (
            () if self.labels in (None, ONE_HOT) else (self.labels,) if isinstance(self.labels, str) else self.labels
        )
        every = [*(name for name in named if name), *(labels or ()), *(self.bbox or ()), *self.facts]
        return tuple(dict.fromkeys(every))


class Layout(_Section):
    """Which files a data set has, and what their paths say; read without any code."""

    files: PathPatterns = Field(
        default=(),
        description="Pattern of the paths of the images, from any folder on: `{split}/{class}/{patch}.tif`; a list if "
        "there are several.",
    )
    id: Text | None = Field(
        default=None,
        description="Name of a patch, put together of fields; files with one name are one patch. Default: `{patch}`, "
        "after `{product}` and `{tile}` where all patterns have them.",
    )
    date: Moment = Field(default="%Y%m%d", description="How `{date}` is written, as Python's strptime takes it.")
    time: Moment = Field(default="%H%M%S", description="How `{time}` is written.")
    prefix: FactName = Field(default="my", description="What stands before the names of facts, and a colon.")
    bands: tuple[Text, ...] = Field(
        default=(),
        description="Bands that every patch must have; files of others are ignored. Default: all bands found.",
    )
    finest: Text | None = Field(
        default=None, description="The band that size and place are read from. Default: the first by name."
    )
    assets: tuple[AssetSection, ...] = Field(default=(), description="Kinds of images, instead of or besides `files`.")
    values: dict[Text, dict[Text, str]] = Field(
        default_factory=dict,
        description="For a field or column, the archive's words and what they mean; an empty text means nothing.",
    )
    table: TableSection | None = Field(default=None, description="A table that says more of the patches.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = self.compiled()
        if not found:
            raise ValueError('names no files; write files = "{class}/{patch}.tif", as their paths are')
        shared = set.intersection(*(set(pattern.fields) for _, pattern in found))
        _check_id(self.id, shared, found)
        _check_assets(self, found)
        _check_values(self)
        if self.table is not None:
            _check_table(self, self.table, shared)
        return self

    def compiled(self) -> tuple[tuple[AssetSection | None, Pattern], ...]:
        """Return every pattern with the asset that it stands under, those of `files` first."""
        pairs: list[tuple[AssetSection | None, Pattern]] = [(None, Pattern.compile(text)) for text in self.files]
        pairs += [(asset, Pattern.compile(text)) for asset in self.assets for text in asset.files]
        return tuple(pairs)

    def name_pattern(self) -> str:
        """Return what the name of a patch is put together of."""
        if self.id is not None:
            return self.id
        shared = set.intersection(*(set(pattern.fields) for _, pattern in self.compiled()))
        return "_".join(f"{{{name}}}" for name in ("product", "tile", "patch") if name in shared)

    def key_pattern(self) -> Pattern | None:
        """Return what the column `table.key` holds; None without a table."""
        if self.table is None:
            return None
        if self.table.key_is == BY_FILE:
            return Pattern.compile(self.compiled()[0][1].text.rpartition("/")[2])
        return Pattern.compile(self.table.key_is or self.name_pattern())

    def fact_fields(self) -> tuple[str, ...]:
        """Return the fields of paths that become facts, sorted."""
        names = {name for _, pattern in self.compiled() for name in pattern.fields}
        if self.table is not None:
            names |= set(Pattern.compile(self.table.path).fields)
        known = set(KNOWN_FIELDS) - {"product"}
        keyed = {SENSOR} if any(SENSOR in pattern.fields for asset, pattern in self.compiled() if asset) else set()
        return tuple(sorted((names - known) | keyed))


def _check_id(text: str | None, shared: set[str], found: tuple[tuple[AssetSection | None, Pattern], ...]) -> None:
    fields = {part.name for part in parse(text or "{patch}") if isinstance(part, PatternField)}
    missing = sorted(fields - shared)
    if missing:
        texts = ", ".join(pattern.text for _, pattern in found)
        names = ", ".join(f"{{{name}}}" for name in missing)
        raise ValueError(
            f"patches are named by {names}, which not every pattern has: {texts}; set 'id' to what all have"
        )
    if not fields or fields & {ANYTHING, BAND, SENSOR} or "/" in (text or ""):
        raise ValueError(
            f"id: {text!r} names no patch; expected fields such as {{class}}_{{patch}}, no {{band}} and no /"
        )


def _check_assets(layout: Layout, found: tuple[tuple[AssetSection | None, Pattern], ...]) -> None:
    texts = [pattern.text for _, pattern in found]
    again = next((text for text in texts if texts.count(text) > 1), None)
    if again is not None:
        raise ValueError(f"the pattern {again!r} stands there twice")
    for asset, pattern in found:
        own = asset or layout
        if (own.bands or own.finest) and BAND not in pattern.fields:
            raise ValueError(
                f"'bands' and 'finest' are for files of one band each, but {pattern.text!r} has no {{band}}"
            )
        if own.bands and own.finest and own.finest not in own.bands:
            raise ValueError(f"finest: {own.finest!r} is not among the bands {', '.join(own.bands)}")


def _check_values(layout: Layout) -> None:
    for word, meaning in layout.values.get("split", {}).items():
        if meaning not in ("train", "val", "test", ""):
            raise ValueError(
                f"values.split: {word!r} is called {meaning!r}; expected train, val, test or an empty text"
            )
    if "" in layout.values.get(SENSOR, {}).values():
        raise ValueError("values.sensor: a sensor needs a name; to leave its files out, write patterns of the others")
    if any("time" in pattern.fields and "date" not in pattern.fields for _, pattern in layout.compiled()):
        raise ValueError("{time} says nothing without {date}; give it another name to keep it as a fact")


def _check_table(layout: Layout, table: TableSection, shared: set[str]) -> None:
    pattern = layout.key_pattern()
    wanted = {part.name for part in pattern.parts if isinstance(part, PatternField)} if pattern else set()
    if not wanted or wanted - shared or wanted & {BAND, ANYTHING}:
        names = ", ".join(f"{{{name}}}" for name in sorted(shared - {BAND}))
        raise ValueError(f"table.key_is: expected fields that all files have, not {{band}}: {names}")
    twice = sorted(set(layout.fact_fields()) & set(table.facts))
    if twice:
        raise ValueError(f"table.facts: {twice[0]!r} is a field of the paths as well; take it out of one of them")
