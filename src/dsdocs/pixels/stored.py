"""What the pass over all pixels has left in the state folder, for analyses and pages."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dsdocs.errors import DsdocsError
from dsdocs.pixels.model import (
    BandFigures,
    Bins,
    ClassFigures,
    OrderCheck,
    OrderFinding,
    PixelFigures,
    Unreadable,
)
from dsdocs.project import Project
from dsdocs.safe import write_text

TABLE, HASHES, FIGURES, STAMP = "pixels.parquet", "pixel-hashes.parquet", "pixels.json", "pixels.stamp"


@dataclass(frozen=True)
class Pixels:
    """The results of the pass; each file is read when it is first asked for."""

    state: Path

    @property
    def measured(self) -> bool:
        """Whether at least one band was read."""
        return (self.state / FIGURES).is_file() and bool(self.figures.bands)

    @cached_property
    def figures(self) -> PixelFigures:
        """Figures of bands and classes, the test of the band order, and what could not be read."""
        path = self.state / FIGURES
        if not path.is_file():
            raise DsdocsError(f"{FIGURES} is not there yet; run: dsdocs build")
        return figures_from_json(json.loads(path.read_text(encoding="utf-8")))

    def table(self, columns: list[str] | None = None) -> pa.Table:
        """Return one row for each patch and band; see `dsdocs.pixels.model.BAND_COLUMNS`."""
        return pq.read_table(self.state / TABLE, columns=columns, memory_map=True)

    @cached_property
    def hashes(self) -> pa.Table:
        """One row for each row of the summary; see `dsdocs.pixels.model.HASH_COLUMNS`."""
        return pq.read_table(self.state / HASHES, memory_map=True)


def open_pixels(project: Project) -> Pixels:
    """Return what is known of the pixels of a project."""
    return Pixels(project.state)


def figures_to_json(figures: PixelFigures) -> dict[str, Any]:
    """Return figures as JSON types."""
    return asdict(figures)


def figures_from_json(data: dict[str, Any]) -> PixelFigures:
    """Rebuild figures from `figures_to_json`, after a trip through JSON."""
    return PixelFigures(
        data["patches"],
        data["read"],
        data["sampled"],
        tuple(_band(entry) for entry in data["bands"]),
        tuple(ClassFigures(**entry) for entry in data["classes"]),
        tuple(Unreadable(**entry) for entry in data["unreadable"]),
        tuple(_order(entry) for entry in data["order"]),
    )


def store_figures(state: Path, figures: PixelFigures) -> None:
    """Write ``pixels.json``."""
    write_text(state / FIGURES, json.dumps(figures_to_json(figures), indent=1, sort_keys=True, ensure_ascii=False))


def earlier(state: Path, stamp: str) -> PixelFigures | None:
    """Return the stored figures if they, and the tables, were made from the same parts."""
    path = state / STAMP
    if not path.is_file() or path.read_text(encoding="utf-8") != stamp:
        return None
    if not all((state / name).is_file() for name in (TABLE, HASHES, FIGURES)):
        return None
    return Pixels(state).figures


def forget(state: Path) -> None:
    """Take the stored results for outdated."""
    (state / STAMP).unlink(missing_ok=True)


def store_stamp(state: Path, stamp: str) -> None:
    """Remember what the stored results were made from."""
    write_text(state / STAMP, stamp)


def _band(entry: dict[str, Any]) -> BandFigures:
    return BandFigures(
        **{
            **entry,
            "dtypes": tuple(entry["dtypes"]),
            "sizes": tuple((width, height, count) for width, height, count in entry["sizes"]),
            "saturated_from": tuple(entry["saturated_from"]),
            "percentiles": {int(key): value for key, value in entry["percentiles"].items()},
            "values": {int(key): value for key, value in entry["values"].items()},
            "bins": Bins(**{**entry["bins"], "counts": tuple(entry["bins"]["counts"])}) if entry["bins"] else None,
        }
    )


def _order(entry: dict[str, Any]) -> OrderCheck:
    findings = tuple(OrderFinding(**{**one, "bands": tuple(one["bands"])}) for one in entry["findings"])
    return OrderCheck(**{**entry, "rules": tuple(entry["rules"]), "findings": findings})
