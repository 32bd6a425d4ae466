"""What has changed from one version of the data set to the next?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.difference import Difference, difference
from dsdocs.analyses.footprint_map import outlined
from dsdocs.analyses.words import counted
from dsdocs.locations import Release
from dsdocs.project import Project
from dsdocs.summary.read import read_summary
from dsdocs.views import Cell, Heatmap, Map, Table, View

CURRENT = "this version"  # its name, where the author gives none
_LABELS = 25  # along a side of the matrix of exchanged labels; beyond, the list alone is legible
_COLUMNS = ("Version", "Published", "Patches", "Classes", "Added", "Removed", "Relabelled", "Moved", "In another split")


@dataclass(frozen=True, slots=True)
class Step:
    """A version and what changed since the one before it."""

    name: str
    before: str  # name of the one before
    change: Difference
    moved: Map | None  # where moved patches were and are; None: none has moved, or has a footprint in both

    def views(self) -> tuple[View, ...]:
        """Return the views of the change, each named after the step."""
        found = list(self.change.views())
        pairs = self.change.exchanged()
        gone, new = (sorted({pair[side] for pair in pairs}) for side in (0, 1))
        if pairs and max(len(gone), len(new)) <= _LABELS:
            values = tuple(tuple(float(pairs.get((old, now), 0)) for now in new) for old in gone)
            finding = "Labels that went, in rows, and those that came, in columns."
            matrix = Heatmap("Matrix of exchanged labels", tuple(gone), tuple(new), values, "patches", finding)
            found.insert(1, matrix)
        if self.moved is not None:
            found.append(self.moved)
        return tuple(replace(view, title=f"{self.before} to {self.name}: {view.title}") for view in found)


@dataclass(frozen=True, slots=True)
class VersionHistory:
    """Versions of the data set, the oldest first, and the steps between those whose summary is known."""

    versions: tuple[tuple[Release, int | None, int | None], ...]  # patches and classes; None: no summary is known
    steps: tuple[Step, ...]

    def views(self) -> tuple[View, ...]:
        """Return a table of the versions, newest first, and what changed in each step, the last first."""
        steps = {step.name: step.change for step in self.steps}
        rows = tuple(_row(*version, steps.get(version[0].name)) for version in reversed(self.versions))
        table = Table("Versions", _COLUMNS, rows, self._finding())
        return (table, *(view for step in reversed(self.steps) for view in step.views()))

    def _finding(self) -> str:
        if not self.steps:
            return ""
        last = self.steps[-1]
        if last.change.unchanged:
            return f"Nothing has changed from {last.before} to {last.name}."
        added, removed = len(last.change.added), len(last.change.removed)
        said = f"{counted(added, 'patch', 'patches')} came and {removed:,} went from {last.before} to {last.name}"
        return f"{said}; {len(last.change.relabelled):,} of those that stayed have other labels."


def version_history(project: Project) -> VersionHistory:
    """Compare each version that is named under ``[[versions]]``, and then this one, with the one before it.

    Versions without a summary are listed and left out of the comparison.

    Raises
    ------
    SummaryError
        The summary of a version cannot be read.
    """
    said = project.config.dataset
    here = Release(said.version or CURRENT, said.published.isoformat() if said.published else None, None)
    known = [
        (release, read_summary(release.summary) if release.summary else None) for release in project.locations.releases
    ]
    known.append((here, project.summary))
    versions = tuple((release, *_counts(summary)) for release, summary in known)
    told = [(release.name, summary) for release, summary in known if summary is not None]
    steps = tuple(_step(*before, *after) for before, after in pairwise(told))
    return VersionHistory(versions, steps)


def _counts(summary: pa.Table | None) -> tuple[int | None, int | None]:
    if summary is None:
        return None, None
    return summary.num_rows, pc.count_distinct(summary["labels"].combine_chunks().flatten()).as_py()


def _row(release: Release, patches: int | None, classes: int | None, change: Difference | None) -> tuple[Cell, ...]:
    counts: tuple[Cell, ...] = (None,) * 5
    if change is not None:
        lists = (change.added, change.removed, change.relabelled, change.moved, change.resplit)
        counts = tuple(len(one) for one in lists)
    return (release.name, release.date, patches, classes, *counts)


def _step(before: str, old: pa.Table, name: str, new: pa.Table) -> Step:
    change = difference(old, new)
    return Step(name, before, change, _moved(before, old, name, new, [one.id for one in change.moved]))


def _moved(before: str, old: pa.Table, name: str, new: pa.Table, ids: list[str]) -> Map | None:
    """Draw the footprints that patches had and have, where both are known."""
    wanted = pa.array(ids, pa.string())
    placed = [
        table.filter(pc.and_(pc.is_in(table["id"], wanted), pc.is_valid(table["geometry"]))) for table in (old, new)
    ]
    counts = [table.num_rows for table in placed]
    if not all(counts):
        return None
    columns = {"crs": pa.string(), "geometry": pa.binary()}
    both = pa.concat_tables(pa.table({key: table[key].cast(kind) for key, kind in columns.items()}) for table in placed)
    rows = np.arange(both.num_rows)
    groups = [
        ("", "Before and after", rows),
        ("moved patches", f"where they were in {before}", rows[: counts[0]]),
        ("moved patches", f"where they are in {name}", rows[counts[0] :]),
    ]
    layers, bounds = outlined(both, groups)
    finding = f"{counted(counts[1], 'patch', 'patches')} of {name} {'has' if counts[1] == 1 else 'have'} moved."
    return Map("Where moved patches were and are", layers, bounds, finding)
