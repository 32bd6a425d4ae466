"""What the searches of a site find, and what they read."""

from __future__ import annotations

from dataclasses import dataclass

from dsdocs.project import Project
from dsdocs.retrieval.publish import FOLDER
from dsdocs.retrieval.read import read_manifest
from dsdocs.views import Table, View

_KB, _MB = 1000, 1_000_000


@dataclass(frozen=True, slots=True)
class EncoderIndex:
    """The index of one encoder."""

    title: str
    dimensions: int
    rows: int  # patches that have a vector
    lists: int
    coded: bool  # whether lists hold codes, and exact vectors are read for the best candidates alone
    at: int
    recall: float  # share of the `at` nearest patches that a search finds
    neighbours: float  # the same share of the neighbours that are stored
    queries: int
    open_bytes: int  # that are read before the first search
    query_bytes: int  # that the largest of the measured searches has read
    neighbour_bytes: int  # that the neighbours of a patch take
    total_bytes: int


@dataclass(frozen=True, slots=True)
class RetrievalIndex:
    """The indices of a site."""

    encoders: tuple[EncoderIndex, ...]
    bound: float  # below which a build fails

    def views(self) -> tuple[View, ...]:
        """Return a table with a row for each encoder."""
        rows = tuple(
            (
                one.title, one.dimensions, one.rows, one.lists, "codes, then exact" if one.coded else "exact",
                f"{one.recall:.3f}", f"{one.neighbours:.3f}", _kilobytes(one.open_bytes),
                _kilobytes(one.query_bytes), _kilobytes(one.neighbour_bytes), f"{one.total_bytes / _MB:,.1f} MB",
            )
            for one in self.encoders
        )  # fmt: skip
        least = min(self.encoders, key=lambda one: one.recall, default=None)
        summary = ""
        if least is not None:
            summary = (
                f"A search finds at least {least.recall:.1%} of the {least.at} nearest patches, measured with "
                f"{least.queries} patches against an exact search; below {self.bound:.0%} the site is not built."
            )
        columns = (
            "encoder", "dimensions", "patches", "lists", "comparison", "recall of a search", "recall of neighbours",
            "read at first", "read by a search", "read for a patch", "all files",
        )  # fmt: skip
        return (Table("Indices of the search", columns, rows, summary),)


def retrieval_index(project: Project) -> RetrievalIndex:
    """Return how good the searches of a site are, and what they cost a reader.

    Raises
    ------
    RetrievalError
        There are no indices: ``[retrieval] encoders`` is empty, or no patch has an image.
    """
    manifest = read_manifest(project.state / FOLDER)
    found = tuple(
        EncoderIndex(
            entry["title"], entry["dimensions"], entry["rows"], entry["index"]["lists"],
            entry["index"]["code_bytes"] > 0, entry["recall"]["at"], entry["recall"]["measured"],
            entry["recall"]["neighbours"], entry["recall"]["queries"], entry["bytes"]["open"],
            entry["bytes"]["query"], entry["bytes"]["neighbours"], entry["bytes"]["total"],
        )
        for entry in manifest["encoders"]
    )  # fmt: skip
    return RetrievalIndex(found, project.config.retrieval.recall)


def _kilobytes(n: int) -> str:
    return f"{n / _KB:,.0f} kB" if n >= _KB else "below 1 kB"
