"""What the files of an archive mean: one reader for each layout, found through entry points.

A reader never asks which container it reads from. To add one, write a class with the five members of `Reader` and
register it under the entry-point group ``dsdocs.readers``. Readers may import what stands left of them: records,
archive, nomenclatures, sensors, geo and imagery.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from itertools import islice
from typing import Protocol, TypeAlias, runtime_checkable

import pyarrow as pa

from dsdocs.archive import Archive, Member
from dsdocs.errors import DetectionError
from dsdocs.records import Fragment, Ignored, PatchRecord, RecordError, RecordWarning, SideTable
from dsdocs.sensors import Sensor

GROUP = "dsdocs.readers"
SAMPLE = 20_000  # member names that detection looks at
# A table holds many patches at once, in the columns of `dsdocs.readers.columns`; the rest is one thing each.
Item: TypeAlias = PatchRecord | pa.Table | RecordError | RecordWarning | Ignored | Fragment | SideTable


@dataclass(frozen=True, slots=True)
class Description:
    """What a layout says about its data set before the author says anything."""

    title: str
    nomenclature: str | None = None  # name of a built-in nomenclature
    sensors: Mapping[str, Sensor] = field(default_factory=dict)  # key of the asset -> sensor
    homepage: str | None = None
    references: tuple[str, ...] = ()  # citation keys of the built-in bibliography
    split_rule: str | None = None  # one sentence
    metadata_path: str | None = None  # an example of the archive's own metadata
    metadata_fields: Mapping[str, str] = field(default_factory=dict)  # field of that file -> meaning


@runtime_checkable
class Reader(Protocol):
    """The plug-in contract; register a class under the entry-point group ``dsdocs.readers``."""

    @property
    def name(self) -> str:
        """Name for ``--reader``."""

    def recognises(self, names: Sequence[str]) -> str | None:
        """Say in a few words what was seen among the first member names, or None. Must not guess."""

    def read(self, members: Iterable[Member]) -> Iterator[Item]:
        """Yield what a part of the archive tells: patches, and fragments of those that lie in several parts.

        A part is a run of neighbouring members, as a rule of whole folders. Everything about it must follow from its
        members alone, because parts are read in other processes, and are not read again while they stay the same. A
        member may be opened until the next one is asked for. Every member must be accounted for: a bad patch is
        yielded as a `RecordError`, not raised, and a file that is no part of the layout as `Ignored`.
        """

    def finish(self, fragments: pa.Table, tables: Sequence[SideTable]) -> Iterator[Item]:
        """Yield the patches that could not be told from one part alone.

        Parameters
        ----------
        fragments
            Columns ``unit``, ``path`` and ``facts`` (JSON), of all parts, sorted by unit and path; `grouped` turns
            them back into `Fragment` objects.
        tables
            Side tables of all parts, sorted by path.
        """

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Say what is known of the data set, once its summary is complete; ``labels`` are as the archive has them."""


@runtime_checkable
class Bounded(Protocol):
    """A reader that looks at images whole; before it reads, it is told how many pixels they may have."""

    max_pixels: int  # width x height x bands; of 32 or 64 bit, half or a quarter as many


def available_readers() -> Mapping[str, EntryPoint]:
    """Return the installed readers by name, built-in ones and others."""
    return _readers_below(tuple(sys.path))


@lru_cache(maxsize=4)  # it looks into every package that is installed in these places
def _readers_below(places: tuple[str, ...]) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def load_reader(name: str) -> Reader:
    """Return one reader by its name.

    Raises
    ------
    DetectionError
        No reader has this name, or its code cannot be imported.
    """
    return _load(name, available_readers())


def _load(name: str, points: Mapping[str, EntryPoint]) -> Reader:
    if name not in points:
        raise DetectionError(f"no reader is named {name!r}; installed are: {', '.join(points)}")
    try:
        reader = points[name].load()()
    except Exception as error:  # foreign code may fail in any way; the message must name it
        raise DetectionError(f"the reader {name!r} ({points[name].value}) cannot be loaded: {error!r}") from error
    if not isinstance(reader, Reader):
        raise DetectionError(f"the reader {name!r} ({points[name].value}) lacks a member of dsdocs.readers.Reader")
    return reader


def detect_reader(archive: Archive, names: Sequence[str] | None = None) -> tuple[Reader, tuple[str, ...]]:
    """Find the one reader that claims an archive.

    Parameters
    ----------
    archive
        The archive.
    names
        Its `first_names`, where somebody has looked at them already.

    Returns
    -------
    tuple of Reader and tuple of str
        The reader, and sentences: why it was chosen, and which foreign readers failed and were passed over.

    Raises
    ------
    DetectionError
        No reader claims the archive, or more than one does.
    """
    names = first_names(archive) if names is None else names
    readers, failures = _load_all()
    claims: dict[Reader, str] = {}
    for reader in readers:
        try:
            seen = reader.recognises(names)
        except Exception as error:  # foreign code may fail in any way; it is named and passed over
            failures = (*failures, f"the reader {reader.name!r} failed to look at the archive: {error!r}")
        else:
            if seen:
                claims[reader] = seen
    if len(claims) == 1:
        ((reader, seen),) = claims.items()
        return reader, (f"reader {reader.name}: {seen}", *failures)
    notes = "".join(f"\n{failure}" for failure in failures)
    if claims:
        found = "".join(f"\n  {reader.name}: {seen}" for reader, seen in claims.items())
        message = f"{archive.name}: {len(claims)} readers fit; choose one with --reader NAME:{found}{notes}"
        raise DetectionError(message, tuple(reader.name for reader in claims))
    if not names:
        raise DetectionError(f"{archive.name}: holds no file that can be read{notes}", (), "input.empty")
    known = ", ".join(reader.name for reader in readers)
    raise DetectionError(
        f"{archive.name}: no reader fits; found {', '.join(names[:3])}{' and more' if len(names) > 3 else ''}. Known "
        f"layouts: {known}. If it is one of them, say so with --reader; else declare the layout under [layout] in "
        f"dsdocs.toml{notes}",
        (),
        "input.type",
    )


def first_names(archive: Archive) -> list[str]:
    """Return the paths of the first members, at most `SAMPLE`."""
    members = (entry.path for entry in archive.members() if isinstance(entry, Member))
    return list(islice(members, SAMPLE))


def _load_all() -> tuple[list[Reader], tuple[str, ...]]:
    readers, failures = [], []
    points = available_readers()
    for name in points:
        try:
            readers.append(_load(name, points))
        except DetectionError as error:
            failures.append(str(error))
    return readers, tuple(failures)
