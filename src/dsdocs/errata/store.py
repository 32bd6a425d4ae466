"""The errata of a project: read from its repository, matched with the patches, kept in the state folder."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dsdocs.errata.files import read_errata, write_errata
from dsdocs.errata.model import Erratum, problems
from dsdocs.errors import DsdocsError, ErrataError
from dsdocs.locations import ERRATA, Locations
from dsdocs.project import Project
from dsdocs.safe import write_text
from dsdocs.summary.read import read_summary

STORED = "errata.json"  # in the state folder
TABLE = "errata.parquet"  # likewise: all rows, whatever kind of file they came from; the site publishes it


@dataclass(frozen=True, slots=True)
class Known:
    """The errata of a data set, sorted."""

    errata: tuple[Erratum, ...] = ()  # of patches that the archive has
    unknown: tuple[Erratum, ...] = ()  # of others: of another version, or of a part that is not here

    @property
    def standing(self) -> tuple[Erratum, ...]:
        """Those that still hold of the data."""
        return tuple(erratum for erratum in self.errata if erratum.stands)


def store_errata(project: Project) -> Known:
    """Read the errata beside the configuration, if there are any, and write down which of them are of this archive.

    An erratum of a patch that the archive does not have is kept apart: the archive may be a part of the data set.

    Raises
    ------
    ErrataError
        The table cannot be read, or a row of it holds what it must not.
    ConfigError
        There are two tables.
    """
    path = project.locations.errata
    rows = read_errata(path) if path else ()
    here: Collection[str] = set(project.summary["id"].to_pylist()) if rows else ()
    known = Known(tuple(one for one in rows if one.patch in here), tuple(one for one in rows if one.patch not in here))
    text = json.dumps(
        {"errata": [_plain(one) for one in known.errata], "unknown": [_plain(one) for one in known.unknown]}
    )
    stored = project.state / STORED
    if not stored.is_file() or stored.read_text(encoding="utf-8") != text:
        write_text(stored, text)
        if rows:
            write_errata(project.state / TABLE, rows)
        else:
            (project.state / TABLE).unlink(missing_ok=True)
    return known


def stored_errata(project: Project) -> Known:
    """Return what `store_errata` has written; nothing where it has not run."""
    path = project.state / STORED
    if not path.is_file():
        return Known()
    found = json.loads(path.read_text(encoding="utf-8"))
    return Known(*(tuple(_revived(row) for row in found[part]) for part in ("errata", "unknown")))


def errata_by_patch(known: Known) -> dict[str, tuple[Erratum, ...]]:
    """Return the standing errata of each patch that has any."""
    found: dict[str, list[Erratum]] = defaultdict(list)
    for erratum in known.standing:
        found[erratum.patch].append(erratum)
    return {patch: tuple(errata) for patch, errata in found.items()}


def add_erratum(path: Path, erratum: Erratum, *, known: Collection[str] | None = None) -> int:
    """Add an erratum to a table, which is made if it is not there, and return how many it has then.

    Parameters
    ----------
    known
        Ids of all patches; None: they are not known.

    Raises
    ------
    ErrataError
        The erratum holds what it must not, is there already, or is of no patch; or the table cannot be read.
    """
    said = list(problems(erratum))
    if known is not None and erratum.patch not in known:
        said.append(f"patch: the archive has no patch {erratum.patch!r}")
    before = read_errata(path) if path.exists() else ()
    if any((one.patch, one.what, one.text) == (erratum.patch, erratum.what, erratum.text) for one in before):
        said.append("the same erratum is there already")
    if said:
        raise ErrataError(str(path), "; ".join(said))
    write_errata(path, (*before, erratum))
    return len(before) + 1


def add_to_project(found: Locations, erratum: Erratum) -> tuple[Path, int, bool]:
    """Add an erratum to the table of a project; the patch is looked up where a summary has been made.

    Returns
    -------
    tuple
        The table, its number of errata, and whether the patch was looked up.
    """
    path = found.errata or (found.config_file or Path()).parent / ERRATA[0]
    known = _patches(found)
    return path, add_erratum(path, erratum, known=known), known is not None


def _patches(found: Locations) -> frozenset[str] | None:
    summary = found.state / "summary.parquet"
    return frozenset(read_summary(summary)["id"].to_pylist()) if summary.is_file() else None


def check_errata(found: Locations) -> tuple[str, ...]:
    """List what is wrong with the errata of a project; patches are looked up where a summary has been made."""
    try:
        path = found.errata
        rows = read_errata(path) if path else ()
        known = _patches(found) if rows else None
    except DsdocsError as error:
        return (str(error),)
    lost = sorted({row.patch for row in rows} - known) if known is not None else ()
    return tuple(f"{path}: there is no patch {name!r} in the archive" for name in lost)


def _plain(erratum: Erratum) -> dict[str, Any]:
    return {**asdict(erratum), "date": erratum.date.isoformat()}


def _revived(row: Mapping[str, Any]) -> Erratum:
    return Erratum(**{**row, "date": date.fromisoformat(row["date"])})
