"""The formats, what each needs to be installed, and how each is written."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from dsdocs.errors import ExportError
from dsdocs.export.samples import Sample

SHARD = 2**28  # bytes of arrays in one file, for formats of several files


class Writer(Protocol):
    """Takes samples one after the other; everything is on the disk after `close`."""

    def add(self, sample: Sample) -> None:
        """Write a sample; raise `dsdocs.errors.ExportError` if the format cannot hold it."""

    def close(self) -> None:
        """Finish the files."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format that samples are written in."""

    name: str
    title: str
    module: str  # in this package; its function `open_writer` takes the folder and the names of the classes
    needs: tuple[str, ...] = ()  # packages to import

    def missing(self) -> tuple[str, ...]:
        """Return the packages that are not installed."""
        return tuple(package for package in self.needs if find_spec(package) is None)

    def open(self, folder: Path, classes: Sequence[str]) -> Writer:
        """Open a writer into an empty folder.

        Raises
        ------
        ExportError
            A package is missing.
        """
        missing = self.missing()
        if missing:
            names = " and ".join(missing)
            raise ExportError(f"the format {self.name} needs {names}; install it with: pip install 'dsdocs[export]'")
        made: Callable[[Path, Sequence[str]], Writer] = importlib.import_module(
            f"dsdocs.export.{self.module}"
        ).open_writer
        return made(folder, classes)


FORMATS = {
    each.name: each
    for each in (
        Format("lmdb", "LMDB", "to_lmdb", ("lmdb", "safetensors")),
        Format("safetensors", "safetensors", "to_safetensors", ("safetensors",)),
        Format("zarr", "Zarr", "to_zarr", ("zarr",)),
        Format("webdataset", "WebDataset", "to_webdataset", ("safetensors",)),
        Format("parquet", "Parquet", "to_parquet"),
    )
}


def format_of(name: str) -> Format:
    """Return a format by its name.

    Raises
    ------
    ExportError
        There is none of that name; the message lists those there are.
    """
    if name not in FORMATS:
        raise ExportError(f"--to: found {name!r}; expected one of {', '.join(FORMATS)}")
    return FORMATS[name]
