"""Plain data for a page: what an analysis found, without a word on how it looks.

A view survives the trip through JSON (`to_json`, `from_json`), so that a notebook stores what it found and the
site decides how to draw it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Number:
    """One figure with its unit."""

    title: str
    value: int | float | str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Key figures that belong side by side."""

    title: str
    items: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """One value for each category, drawn as horizontal bars in the given order."""

    title: str
    categories: tuple[str, ...]
    values: tuple[float, ...]
    unit: str
    summary: str = ""  # the finding in one sentence; becomes the alternative text
    whole: float | None = None  # what the values are shares of; the share is then written beside each value


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A value for each pair of row and column."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]  # values[row][column]
    unit: str
    summary: str = ""
    middle: float | None = None  # where values above and below mean opposite things, the value between them


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a header; numbers are aligned right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    summary: str = ""
    shown: int | None = None  # rows on the page, where not all; the CSV has them all
    links: tuple[int, ...] = ()  # columns whose cells are addresses that a reader may follow


@dataclass(frozen=True, slots=True)
class Calendar:
    """A count for each day."""

    title: str
    days: tuple[str, ...]  # ISO 8601 dates, ascending
    values: tuple[int, ...]
    unit: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The bands of a sensor along the wavelength."""

    title: str
    bands: tuple[str, ...]
    centre: tuple[float, ...]  # nm
    width: tuple[float, ...]  # nm
    gsd: tuple[float, ...]  # m
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Values at the places of an axis."""

    name: str
    values: tuple[float | None, ...]
    spread: tuple[float | None, ...]  # standard deviation of each value
    note: str = ""  # what stands beside the name, for example a number of patches


@dataclass(frozen=True, slots=True)
class Lines:
    """Series along one axis, each drawn by itself on the same scale."""

    title: str
    axis: str  # what the places are, for example "wavelength (nm)"; empty where they are only an order
    places: tuple[float, ...]  # ascending
    names: tuple[str, ...]  # of the places
    series: tuple[Series, ...]
    unit: str
    common: tuple[float | None, ...] = ()  # what every series is compared with
    common_name: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How values are distributed, in bins of one width."""

    name: str
    start: float  # lower end of the first bin
    width: float  # of a bin
    counts: tuple[int, ...]
    marks: tuple[float, ...] = ()  # values that are marked, ascending
    note: str = ""  # what stands beside the name


@dataclass(frozen=True, slots=True)
class Histograms:
    """Distributions side by side, each on its own scale."""

    title: str
    unit: str  # of the values
    counted: str  # what is counted, for example "pixels"
    distributions: tuple[Distribution, ...]
    mark_names: tuple[str, ...] = ()  # of the marks
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Scaling:
    """Scores of labels, and measures of them when all scores are multiplied by a factor."""

    title: str
    truth: tuple[str, ...]  # of each sample: 0 or 1 for each label
    scores: tuple[tuple[float, ...], ...]  # scores[sample][label], 0 to 1
    threshold: float  # from which a label counts as predicted
    factors: tuple[float, ...]  # 1 among them
    measures: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]  # values[factor][measure], 0 to 1
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of one grid in a UTM zone."""

    zone: int  # 1 to 60; negative in the southern hemisphere
    size: tuple[float, float]  # m, width and height of a cell
    corner: tuple[float, float]  # m, easting and northing of the lower left corner
    columns: int
    rows: int
    bits: str  # base64 of a zlib stream: one bit for each cell, row by row from the south


@dataclass(frozen=True, slots=True)
class Layer:
    """Outlines that can be switched on in a map."""

    name: str
    polygons: tuple[tuple[tuple[tuple[float, float], ...], ...], ...]  # polygon -> rings -> (lon, lat), CRS84
    n_patches: int
    group: str = ""  # "split", "label", "country"; empty for the whole data set
    cells: tuple[Cells, ...] = ()  # the same place exactly, where polygons can show it only in blocks


@dataclass(frozen=True, slots=True)
class Map:
    """Where the patches lie: outlines on a base map."""

    title: str
    layers: tuple[Layer, ...]
    bounds: tuple[float, float, float, float]  # west, south, east, north in degrees, CRS84
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One thumbnail and what it shows."""

    src: str  # path below the site's data folder, for example "thumbs/sentinel-2/0007.webp"
    width: int  # px
    height: int  # px
    alt: str
    caption: str
    chips: tuple[str, ...] = ()  # labels
    mark: str = ""  # what has to be known of the patch, for example that its label is wrong
    mark_link: str = ""  # relative address of the page that says more


@dataclass(frozen=True, slots=True)
class Gallery:
    """Thumbnails side by side, each by itself or in groups."""

    title: str
    pictures: tuple[Picture, ...]
    summary: str = ""
    groups: tuple[str, ...] = ()  # captions of groups of equally many pictures, in turn, which stay together


@dataclass(frozen=True, slots=True)
class Hero:
    """The head of the start page: one sentence, key figures, and a mosaic of pictures."""

    title: str  # names the figure for screen readers; the page's own heading stands above it
    lead: str  # one sentence on what the data set is
    items: tuple[Number, ...]
    pictures: tuple[Picture, ...] = ()  # 30 fill the mosaic; 24, 12 and 6 make smaller ones
    summary: str = ""  # what the mosaic shows


@dataclass(frozen=True, slots=True)
class Answer:
    """A question with what is known of its answer."""

    question: str
    said: str  # by the authors
    computed: str  # from the data
    key: str  # where the answer belongs, if it is missing


@dataclass(frozen=True, slots=True)
class Answers:
    """Questions and their answers, those that are missing too."""

    title: str
    questions: tuple[Answer, ...]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """Names with a depth, as in a listing of folders."""

    title: str
    entries: tuple[tuple[int, str, str], ...]  # (depth from 0, name, note)
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """Text in a fixed-width font with a copy button, and what it printed and drew when it was run."""

    title: str
    text: str
    language: Literal["json", "text", "python", "toml"]
    output: str = ""  # printed text
    drawing: str = ""  # PNG in base64
    summary: str = ""  # what the drawing shows; its alternative text


View = (
    Number | Numbers | Bars | Heatmap | Table | Calendar | Spectrum | Lines | Histograms | Scaling | Map | Gallery
    | Hero | Answers | Tree | Code
)  # fmt: skip
MIME = "application/vnd.dsdocs.view+json"

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(View)}
_NESTED: dict[str, type[Any]] = {
    "items": Number,
    "layers": Layer,
    "cells": Cells,
    "pictures": Picture,
    "series": Series,
    "distributions": Distribution,
    "questions": Answer,
}


def to_json(view: View) -> dict[str, Any]:
    """Return the view as JSON types, with its kind under ``kind``."""
    return {"kind": type(view).__name__, **asdict(view)}


def from_json(data: Mapping[str, Any]) -> View:
    """Rebuild a view from `to_json`.

    Raises
    ------
    ValueError
        The kind is unknown, or its fields are not those of this version.
    """
    name = data.get("kind", "")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"{name!r} is no view; expected one of {', '.join(sorted(_KINDS))}")
    try:
        view: View = kind(**{field: _revive(field, value) for field, value in data.items() if field != "kind"})
    except TypeError as error:
        raise ValueError(f"a stored {name} does not fit this version of dsdocs: {error}") from error
    return view


def _revive(name: str, value: Any) -> Any:
    """Turn lists back into tuples, and the mappings of nested views into their classes."""
    if isinstance(value, list | tuple):
        nested = _NESTED.get(name)
        if nested is not None:
            return tuple(nested(**{key: _revive(key, item) for key, item in entry.items()}) for entry in value)
        return tuple(_revive("", entry) for entry in value)
    return value
