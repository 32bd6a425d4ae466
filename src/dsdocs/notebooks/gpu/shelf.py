"""Where the results are that a build may use: what a survey found, for kernels and for later steps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dsdocs.errors import CacheError, DsdocsError
from dsdocs.notebooks.gpu.entries import Entry, read_entry
from dsdocs.notebooks.gpu.survey import Found
from dsdocs.project import Project
from dsdocs.safe import write_text

LEDGER = "gpu-cells.json"  # in the state folder


def store_ledger(state: Path, found: Sequence[Found]) -> None:
    """Write down, for kernels and later steps, where the results of each cell are, or why there are none."""
    ledger = {
        each.name: {
            "folder": str(each.entry.folder.resolve()) if each.entry else None,
            "results": each.entry.results if each.entry else "",
            "problem": each.problem,
            "stale": list(each.reasons) if each.state == "stale" else None,
        }
        for each in found
    }
    write_text(state / LEDGER, json.dumps(ledger, indent=1, sort_keys=True))


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a build may use: the ledger of a state folder."""

    cells: Mapping[str, Mapping[str, object]]

    def entry(self, name: str) -> Entry:
        """Return the results of the cell ``PAGE/NAME``.

        Raises
        ------
        CacheError
            There is no such cell, or it has no results that may be used.
        """
        cell = self.cells.get(name)
        if cell is None:
            known = ", ".join(sorted(self.cells)) or "none"
            raise CacheError(f"there is no GPU cell {name!r}; known: {known}", cell=name)
        if cell["folder"] is None:
            raise CacheError(str(cell["problem"]), cell=name)
        return read_entry(Path(str(cell["folder"])))

    def stale(self, name: str) -> tuple[str, ...]:
        """Return what has changed since the results of a cell were stored; empty: nothing."""
        reasons = self.cells[name]["stale"]
        return tuple(map(str, reasons)) if isinstance(reasons, list) else ()

    def digests(self) -> dict[str, str]:
        """Return a digest of the results of each cell, under the names by which pages declare them."""
        return {f"cell:{name}": str(cell["results"]) for name, cell in self.cells.items()}


def open_shelf(state: Path) -> Shelf:
    """Return what the last survey found; empty where there was none."""
    path = state / LEDGER
    return Shelf(json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {})


def exported_file(project: Project, reference: str) -> Path:
    """Return a file that a GPU cell has left, verified.

    Parameters
    ----------
    reference
        ``PAGE/CELL/FILE``.

    Raises
    ------
    CacheError
        There is no such cell or file, or its results are missing, outdated or damaged.
    """
    return entry_of(open_shelf(project.state), reference).export(reference.rpartition("/")[2])


def entry_of(shelf: Shelf, reference: str) -> Entry:
    """Return the entry that holds the file ``PAGE/CELL/FILE``."""
    if reference.count("/") != 2:
        raise CacheError(f"{reference!r}: expected PAGE/CELL/FILE")
    if not shelf.cells:
        raise DsdocsError(f"{reference}: no page with GPU cells has been looked at yet; run: dsdocs status")
    return shelf.entry(reference.rpartition("/")[0])
