"""The numbers of a figure as JSON, at an address that stays: `chart.schema.json` describes it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from dsdocs.render.table import rows
from dsdocs.render.text import finding
from dsdocs.views import Cell, View

FOLDER = "charts"  # below the site's data folder
SCHEMA = "schema.json"  # in that folder
INDEX = "charts.json"  # beside it
_LISTED = ("id", "page", "title", "kind", "unit")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a figure stands, and which summary its numbers come from."""

    page: str = ""  # without its suffix
    fingerprint: str | None = None


def chart_path(slug: str) -> str:
    """Return the path of a figure's numbers below the site's data folder."""
    return f"{FOLDER}/{slug}.json"


def chart(view: View, *, slug: str, origin: Origin) -> dict[str, Any] | None:
    """Return the numbers of a view as JSON types, or None for a view without numbers.

    Raises
    ------
    ValueError
        The parts of the view do not have the same length.
    """
    columns, lines = rows(view)
    if not columns:
        return None
    return {
        "$schema": SCHEMA,
        "id": slug,
        "page": origin.page,
        "kind": type(view).__name__.lower(),
        "title": view.title,
        "finding": finding(view) or None,
        "unit": getattr(view, "unit", "") or None,
        "columns": list(columns),
        "rows": [[_finite(value) for value in line] for line in lines],
        "fingerprint": origin.fingerprint,
    }


def chart_bytes(content: dict[str, Any]) -> bytes:
    """Return JSON as UTF-8; what is no character becomes a question mark, as in the CSV."""
    dumped = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"{dumped}\n".encode(errors="replace")


def chart_files(files: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Return what goes with the charts of a site: path below its data folder -> content.

    Parameters
    ----------
    files
        Path and content of the files that figures brought; only charts among them are looked at.

    Returns
    -------
    dict
        `INDEX`, a list of all charts by page and name, and the schema of their files.
    """
    listed = []
    for path, content in files:
        if path.startswith(f"{FOLDER}/"):
            found = json.loads(content)
            listed.append({key: found[key] for key in _LISTED} | {"path": path})
    listed.sort(key=lambda one: (one["page"], one["id"]))
    schema = resources.files(__package__).joinpath("chart.schema.json").read_bytes()
    index = {"format": 1, "schema": f"{FOLDER}/{SCHEMA}", "charts": listed}
    return {INDEX: (json.dumps(index, indent=1, ensure_ascii=False) + "\n").encode(), f"{FOLDER}/{SCHEMA}": schema}


def listed_charts(data: Path) -> list[tuple[str, str]]:
    """Return title and path of each chart in a site's data folder, as `INDEX` lists them; paths are below the site."""
    listed = json.loads((data / INDEX).read_text(encoding="utf-8"))["charts"]
    return [(one["title"], f"{data.name}/{one['path']}") for one in listed]


def _finite(value: Cell) -> Cell:
    return None if isinstance(value, float) and not math.isfinite(value) else value
