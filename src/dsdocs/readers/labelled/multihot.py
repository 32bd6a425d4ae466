"""Images with tables of 0 and 1, one for each category, as MLRSNet is published.

``Images/<category>/<image>.jpg`` and ``Labels/<category>.csv``: the first column of a table names images, each other
column is a label. Any archive of images and such tables will do, also one of tables alone. A row is about the image of
its name; where several images have it, about the one in the folder that is named like the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from dsdocs.archive import Archive, Member
from dsdocs.archive.member import Limits
from dsdocs.nomenclatures import load_nomenclature, nomenclature_for
from dsdocs.readers import Description, Item
from dsdocs.readers.image_files import is_image, sensor_of
from dsdocs.readers.labelled.index import Rule
from dsdocs.readers.labelled.join import join
from dsdocs.readers.labelled.parts import read_parts, split_tables
from dsdocs.readers.labelled.rows import labels_of
from dsdocs.records import SideTable

MLRSNET, CATEGORIES = "mlrsnet", "mlrsnet-categories"
MLRS_FACT, FACT = "mlrs:category", "dataset:category"
_SUFFIXES = (".csv", ".tsv")


def is_label_table(path: str) -> bool:
    """Tell whether a file may be a table of labels by its suffix."""
    return path.lower().endswith(_SUFFIXES) and not path.rpartition("/")[2].startswith(".")


def has_category_tables(names: Iterable[str]) -> bool:
    """Tell whether tables are named like folders of images, as in ``Images/beach/`` and ``Labels/beach.csv``.

    One such table alone may be anything, unless it has the name of a category of MLRSNet.
    """
    names = list(names)
    shared = _categories(names) & {name.split("/")[-2] for name in names if is_image(name) and "/" in name}
    return len(shared) > 1 or any(map(load_nomenclature(CATEGORIES).find, shared))


class MultiHot:
    """Images and tables of 0 and 1."""

    name = "multihot-csv"
    max_pixels = Limits().pixels

    def recognises(self, names: Sequence[str]) -> str | None:
        """Claim archives with tables named like folders of images, or like categories of MLRSNet without an image."""
        categories = _categories(names)
        if has_category_tables(names):
            return f"{len(categories)} tables of labels, such as {min(categories)!r}, named like folders of images"
        known = load_nomenclature(CATEGORIES)
        if len(categories) > 1 and not any(map(is_image, names)) and all(map(known.find, categories)):
            return f"{len(categories)} tables named like categories of MLRSNet, such as {min(categories)!r}, no images"
        return None

    def read(self, members: Iterable[Member]) -> Iterator[Item]:
        """Yield headers of images and rows of tables."""
        return read_parts(members, is_label_table, self.max_pixels)

    def finish(self, fragments: pa.Table, tables: Sequence[SideTable]) -> Iterator[Item]:
        """Join images and rows."""
        images, labels = split_tables(tables)
        known = load_nomenclature(MLRSNET)
        columns = {label for side in labels for label in labels_of(side.table)}
        fits = {known.canonical(label) for label in columns} == {each.name for each in known.classes}
        yield from join(images, labels, Rule(MLRS_FACT if fits else FACT))

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Recognise MLRSNet by the columns of its tables; call anything else by the name of its folder."""
        sensors = sensor_of(summary, archive)
        if MLRS_FACT in summary.column_names:
            return Description("MLRSNet", MLRSNET, sensors, "https://github.com/cugbrs/MLRSNet")
        found = nomenclature_for(label for labels in summary["labels"].to_pylist() for label in labels or ())
        return Description(archive.name.replace("_", " "), found.name if found else None, sensors)


def _categories(names: Iterable[str]) -> set[str]:
    return {name.rpartition("/")[2].rpartition(".")[0] for name in names if is_label_table(name)}
