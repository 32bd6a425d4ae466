"""What the files of an archive mean: one reader for each layout, found through entry points.

A reader never asks which container it reads from. To add one, write a class with the four members of `Reader` and
register it under the entry-point group ``dsdocs.readers``. Readers may import what stands left of them: records,
archive, nomenclatures, sensors, geo and imagery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, runtime_checkable

import pyarrow as pa

from dsdocs.archive import Archive
from dsdocs.errors import DetectionError
from dsdocs.records import Ignored, PatchRecord, RecordError, RecordWarning
from dsdocs.sensors import Sensor

GROUP = "dsdocs.readers"
SAMPLE = 20_000  # member names that detection looks at
Item = PatchRecord | RecordError | RecordWarning | Ignored


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

    def recognises(self, names: Sequence[str]) -> bool:
        """Decide from the first member names alone. Must not guess."""

    def read(self, archive: Archive) -> Iterator[Item]:
        """Yield each patch in one pass over the members, whatever their order.

        A bad patch is yielded as a `RecordError`, not raised; a file that is no part of the layout as `Ignored`.
        """

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Say what is known of the data set, once its summary is complete; ``labels`` are as the archive has them."""


def available_readers() -> dict[str, EntryPoint]:
    """Return the installed readers by name, built-in ones and others."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def load_reader(name: str) -> Reader:
    """Return one reader by its name.

    Raises
    ------
    DetectionError
        No reader has this name, or its code cannot be imported.
    """
    points = available_readers()
    if name not in points:
        raise DetectionError(f"no reader is named {name!r}; installed are: {', '.join(points)}")
    try:
        reader = points[name].load()()
    except Exception as error:  # foreign code may fail in any way; the message must name it
        raise DetectionError(f"the reader {name!r} ({points[name].value}) cannot be loaded: {error!r}") from error
    if not isinstance(reader, Reader):
        raise DetectionError(f"the reader {name!r} ({points[name].value}) lacks a member of dsdocs.readers.Reader")
    return reader


def detect_reader(archive: Archive) -> tuple[Reader, tuple[str, ...]]:
    """Find the one reader that claims an archive.

    Returns
    -------
    tuple of Reader and tuple of str
        The reader, and a sentence for each foreign reader that failed to load and was passed over.

    Raises
    ------
    DetectionError
        No reader claims the archive, or more than one does.
    """
    names = first_names(archive)
    readers, failures = _load_all()
    claims = []
    for reader in readers:
        try:
            if reader.recognises(names):
                claims.append(reader)
        except Exception as error:  # foreign code may fail in any way; it is named and passed over
            failures = (*failures, f"the reader {reader.name!r} failed to look at the archive: {error!r}")
    if len(claims) == 1:
        return claims[0], failures
    claimed = tuple(reader.name for reader in claims)
    known = ", ".join(reader.name for reader in readers)
    notes = "".join(f"\n{failure}" for failure in failures)
    if claims:
        raise DetectionError(
            f"{archive.name}: {len(claims)} readers fit ({', '.join(claimed)}); choose one with --reader{notes}",
            claimed,
        )
    seen = ", ".join(names[:3]) if names else "no files at all"
    raise DetectionError(
        f"{archive.name}: no reader fits; found {seen}{' ...' if len(names) > 3 else ''}. Known layouts: {known}. "
        f"If it is one of them, say so with --reader; else write a reader (see the page on readers){notes}"
    )


def first_names(archive: Archive) -> list[str]:
    """Return the paths of the first members, at most `SAMPLE`."""
    names = []
    for member in archive.members():
        names.append(member.path)
        if len(names) == SAMPLE:
            break
    return names


def _load_all() -> tuple[list[Reader], tuple[str, ...]]:
    readers, failures = [], []
    for name in available_readers():
        try:
            readers.append(load_reader(name))
        except DetectionError as error:
            failures.append(str(error))
    return readers, tuple(failures)
