"""Many names at once: files, stems, folders and categories of paths, and which names occur where."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.readers.image_files import SUFFIXES

Numbers = npt.NDArray[np.int64]
DIGITS, JOINTS = "0123456789", " _-"  # what a category ends with in the name of an image
_IMAGE = rf"(?is)^(?:.*/)?[^./][^/]*(?:{'|'.join(suffix.replace('.', '[.]') for suffix in SUFFIXES)})$"


def files(paths: pa.Array) -> pa.Array:
    """Return names without folders, which end in "/" or, as in tables of another system, in a backslash."""
    return pc.replace_substring_regex(paths, r"(?s)^.*[/\\]", "")


def stems(paths: pa.Array) -> pa.Array:
    """Return names without folders and suffix."""
    return pc.replace_substring_regex(files(paths), r"(?s)[.][^.]*$", "")


def folders(paths: pa.Array) -> pa.Array:
    """Return the name of the folder of each path, "" where there is none."""
    return pc.replace_substring_regex(pc.replace_substring_regex(paths, r"(?s)/?[^/]*$", ""), r"(?s)^.*/", "")


def prefixes(names: pa.Array) -> pa.Array:
    """Return what stands before the number at the end of a stem."""
    return pc.utf8_rtrim(pc.utf8_rtrim(names, DIGITS), JOINTS)


def are_images(names: pa.Array) -> pa.Array:
    """Tell for many names what `dsdocs.readers.image_files.is_image` tells for one."""
    return pc.match_substring_regex(names, _IMAGE)


class Places:
    """Where each of some names occurs.

    Parameters
    ----------
    names
        Names, shape (n,).
    numbers
        What they are the names of.
    """

    def __init__(self, names: pa.Array, numbers: Numbers) -> None:
        encoded = names.dictionary_encode()
        codes = np.asarray(encoded.indices)
        order = np.argsort(codes, kind="stable")
        self._names = encoded.dictionary
        self._numbers = numbers[order]
        self._starts = np.searchsorted(codes[order], np.arange(len(self._names) + 1))

    def find(self, wanted: pa.Array) -> tuple[Numbers, Numbers]:
        """Return the code of each name, -1 where it does not occur, and how often it does."""
        codes = np.asarray(pc.fill_null(pc.index_in(wanted, self._names), -1)).astype(np.int64)
        counts = np.diff(self._starts)
        return codes, np.where(codes < 0, 0, counts[codes] if len(counts) else 0)

    def first(self, codes: Numbers) -> Numbers:
        """Return the first number of each code."""
        return self._numbers[self._starts[codes]]

    def all(self, code: int) -> list[int]:
        """Return all numbers of a code."""
        found: list[int] = self._numbers[self._starts[code] : self._starts[code + 1]].tolist()
        return found
