"""UC Merced Land Use with the table of its multi-labels, which take the place of the class in the folder.

``Images/<class>/<class>NN.tif`` below any folder, and ``LandUse_Multilabeled.txt`` or ``.xlsx``, which agree where both
are there. The table lists 2,100 images; those that are not in the archive are kept without pixels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from dsdocs.archive import Archive, Member
from dsdocs.archive.member import Limits
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.readers import Description, Item
from dsdocs.readers.image_files import sensor_of
from dsdocs.readers.labelled.index import Rule
from dsdocs.readers.labelled.join import join
from dsdocs.readers.labelled.parts import read_parts, split_tables
from dsdocs.records import SideTable

NOMENCLATURE, CLASSES = "ucmerced-multilabel", "ucmerced"
FACT = "ucm:class"
TABLES = ("landuse_multilabeled.txt", "landuse_multilabeled.xlsx")
_NAME = re.compile(r"([a-z]+)\d+")


def has_multilabel_table(names: Iterable[str]) -> bool:
    """Tell whether the table of multi-labels is there."""
    return any(map(_is_table, names))


class UCMerced:
    """UC Merced Land Use, multi-label."""

    name = "ucmerced-multilabel"
    max_pixels = Limits().pixels

    def recognises(self, names: Sequence[str]) -> str | None:
        """Claim archives with the table of multi-labels."""
        found = [name for name in names if _is_table(name)]
        return f"the multi-labels of UC Merced, {min(found)}" if found else None

    def read(self, members: Iterable[Member]) -> Iterator[Item]:
        """Yield headers of images and rows of tables."""
        return read_parts(members, _is_table, self.max_pixels)

    def finish(self, fragments: pa.Table, tables: Sequence[SideTable]) -> Iterator[Item]:
        """Join images and rows."""
        images, labels = split_tables(tables)
        yield from join(images, labels, Rule(FACT, scoped=False, repeated=True, category=_class_of))

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Say what is known of UC Merced."""
        title = load_nomenclature(NOMENCLATURE).title
        sensors = sensor_of(summary, archive)
        return Description(title, NOMENCLATURE, sensors, references=("yang2010ucmerced",))


def _is_table(path: str) -> bool:
    return path.rpartition("/")[2].lower() in TABLES


def _class_of(name: str) -> str | None:
    found = _NAME.fullmatch(name)
    return load_nomenclature(CLASSES).canonical(found[1]) if found else None
