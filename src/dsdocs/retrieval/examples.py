"""Which patches are most alike, for a few that stand for all: what the retrieval page shows without JavaScript."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.examples import RENDERINGS
from dsdocs.explorer.build import explorer_of
from dsdocs.imagery.model import Thumbnail
from dsdocs.project import Project
from dsdocs.retrieval.files import MANIFEST
from dsdocs.retrieval.publish import FOLDER
from dsdocs.retrieval.read import Files, read_manifest
from dsdocs.views import Gallery, Picture, Table, View

QUERIES, NEAREST = 4, 5
PICTURES = "similar.json"  # in the state folder: pictures of the patches that are shown


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A patch near another one."""

    id: str
    labels: tuple[str, ...]
    distance: float  # Euclidean, of the descriptors


@dataclass(frozen=True, slots=True)
class Example:
    """A patch and those nearest to it."""

    id: str
    labels: tuple[str, ...]
    nearest: tuple[Neighbour, ...]  # by rising distance

    def common(self, neighbour: Neighbour) -> tuple[str, ...]:
        """Return the labels that a neighbour shares, in the order of the query's."""
        return tuple(label for label in self.labels if label in neighbour.labels)


@dataclass(frozen=True, slots=True)
class RetrievalExamples:
    """Searches by example, and pictures of those patches that there are pictures of."""

    encoder: str  # title
    examples: tuple[Example, ...]
    pictures: Mapping[str, Thumbnail]  # id -> one rendering, the same for all

    def views(self) -> tuple[View, ...]:
        """Return strips of pictures, where there is one of each patch of a strip, and a table of all."""
        shown = [one for one in self.examples if {one.id, *(near.id for near in one.nearest)} <= self.pictures.keys()]
        longest = max((len(one.nearest) for one in shown), default=0)
        full = [one for one in shown if len(one.nearest) == longest > 0]  # strips of a gallery are equally long
        return (*((self._gallery(full),) if full else ()), self._table())

    def _gallery(self, shown: Sequence[Example]) -> Gallery:
        pictures = tuple(picture for one in shown for picture in self._strip(one))
        finding = (
            f"Each strip begins with a patch; its {len(shown[0].nearest)} nearest of all others follow. A tick marks "
            "labels in common. The first patches of the strips were not chosen by how well their search went: they lie "
            "evenly in the order of the data set."
        )
        captions = tuple(f"Patches most like {one.id}" for one in shown)
        return Gallery(f"Nearest patches: {self.encoder}", pictures, finding, captions)

    def _strip(self, one: Example) -> Iterator[Picture]:
        yield self._picture(one.id, "Query", one.labels, f"The query, {one.id}")
        for rank, near in enumerate(one.nearest, 1):
            common = one.common(near)
            chips = (*(f"✓ {label}" for label in common), *(label for label in near.labels if label not in common))
            said = f"{len(common)} of {len(one.labels)} labels in common" if one.labels else "no labels to compare"
            alt = f"Nearest patch {rank}, {near.id}, {said}"
            yield self._picture(near.id, f"{rank}: distance {near.distance:.3g}", chips, alt)

    def _picture(self, name: str, caption: str, chips: tuple[str, ...], alt: str) -> Picture:
        one = self.pictures[name]
        text = f"{alt}, in {RENDERINGS.get(one.rendering, one.rendering)}"
        return Picture(one.file, one.width, one.height, text, caption, chips)

    def _table(self) -> Table:
        rows = tuple(
            (one.id, rank, near.id, float(f"{near.distance:.4g}"), ", ".join(one.common(near)))
            for one in self.examples
            for rank, near in enumerate(one.nearest, 1)
        )
        columns = ("Query", "Rank", "Patch", "Distance", "Labels in common")
        return Table(f"Nearest patches in numbers: {self.encoder}", columns, rows, shown=NEAREST)


def retrieval_examples(project: Project, *, encoder: str | None = None) -> RetrievalExamples:
    """Look up the nearest patches of a few, as the site publishes them.

    Parameters
    ----------
    project
        The project; its indices must have been written.
    encoder
        Name of the encoder; default: the first that is configured.

    Raises
    ------
    RetrievalError
        The site has no indices.
    ValueError
        None of them is of this encoder.
    """
    title, found = _found(project, encoder)
    names = [name for query, nearest in found for name in (query, *(near for near, _ in nearest))]
    labels = _labels(project.summary, names)
    examples = tuple(
        Example(query, labels[query], tuple(Neighbour(name, labels[name], away) for name, away in nearest))
        for query, nearest in found
    )
    return RetrievalExamples(title, examples, _pictures(project))


def example_ids(project: Project) -> tuple[str, ...]:
    """Return the ids of all patches that `retrieval_examples` shows, so that pictures of them can be made."""
    if not (project.state / FOLDER / MANIFEST).is_file():
        return ()
    found = _found(project, None)[1]
    return tuple(dict.fromkeys(name for query, nearest in found for name in (query, *(near for near, _ in nearest))))


def _found(project: Project, encoder: str | None) -> tuple[str, list[tuple[str, list[tuple[str, float]]]]]:
    """Return the title of an encoder, and of some patches the names and distances of the nearest ones."""
    folder = project.state / FOLDER
    entries = read_manifest(folder)["encoders"]
    entry = next((one for one in entries if encoder in (None, one["name"])), None)
    if entry is None:
        if encoder is None:
            return "", []
        raise ValueError(f"no index is of the encoder {encoder!r}; there are: {[one['name'] for one in entries]}")
    ids = explorer_of(project).ids
    files = Files(folder, entry, len(ids))
    read = np.flatnonzero(files.shard_of < entry["index"]["shards"])
    # From the middle of equal parts of all rows that have a vector.
    queries = dict.fromkeys(read[(2 * part + 1) * len(read) // (2 * QUERIES)].item() for part in range(QUERIES))
    found = []
    for row in queries if len(read) else ():
        rows, distances = files.neighbours(row)
        nearest = zip(rows[:NEAREST].tolist(), distances[:NEAREST].tolist(), strict=True)
        found.append((ids[row], [(ids[near], away) for near, away in nearest]))
    return entry["title"], found


def _pictures(project: Project) -> dict[str, Thumbnail]:
    path = project.state / PICTURES
    stored = json.loads(path.read_text(encoding="utf-8"))["pictures"] if path.is_file() else ()
    return {one["id"]: Thumbnail(**one) for one in stored}


def _labels(summary: pa.Table, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    known = summary.select(["id", "labels"]).filter(pc.is_in(summary["id"], pa.array(list(names), pa.string())))
    return {row["id"]: tuple(row["labels"] or ()) for row in known.to_pylist()}
