"""Images without labels in one folder, or in one for each split: each is a patch, placed by its own georeference."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from dsdocs.archive import Archive, Member
from dsdocs.archive.member import Limits
from dsdocs.readers import Description, Item
from dsdocs.readers.image_files import (
    image_errors,
    image_name,
    image_patches,
    image_row,
    image_table,
    image_warnings,
    is_image,
    sensor_of,
    split_of,
)
from dsdocs.readers.image_mask.names import has_mask_partner
from dsdocs.readers.labelled.multihot import is_label_table
from dsdocs.readers.labelled.ucmerced import has_multilabel_table
from dsdocs.records import Fragment, Ignored, RecordWarning, SideTable

_FOLDER = "folder"  # unit of the folders that images lie in
# Files such as patch_B02.tif or patch_VV.tif are bands of one patch, not patches.
_BAND_FILE = re.compile(r"_(B\d\w|VV|VH|HH|HV|reference_map)\.tiff?$", re.IGNORECASE)
_NOTES = (".json", ".txt", ".xml")  # beside an image, and of its name, they say what it shows
_TABLES = (".parquet", ".xlsx")


class FlatImages:
    """Images in one folder."""

    name = "flat-images"
    max_pixels = Limits().pixels

    def recognises(self, names: Sequence[str]) -> str | None:
        """Claim archives whose images lie in one folder, or in folders of splits, with nothing that may hold labels."""
        images = [name for name in names if is_image(name)]
        folders = {name.rpartition("/")[0] for name in images}
        splits = len(folders) > 1 and all(map(split_of, folders)) and len({_above(folder) for folder in folders}) == 1
        if (
            (len(folders) != 1 and not splits)
            or any(_BAND_FILE.search(name) for name in images)
            or has_mask_partner(names)
        ):
            return None
        if has_multilabel_table(names) or any(is_label_table(name) or name.lower().endswith(_TABLES) for name in names):
            return None
        stems = {name.rpartition(".")[0] for name in images}
        if any(name.lower().endswith(_NOTES) and name.rpartition(".")[0] in stems for name in names):
            return None
        where = f"in folders of splits ({', '.join(sorted(folders))})" if splits else "all in one folder"
        return f"{len(images)} images without labels, {where}, such as {min(images)}"

    def read(self, members: Iterable[Member]) -> Iterator[Item]:
        """Yield a patch for each image, and the folders that hold images."""
        rows = []
        folders = set()
        for member in members:
            if is_image(member.path):
                rows.append(image_row(member, self.max_pixels))
                folders.add(member.path.rpartition("/")[0])
            else:
                yield Ignored(member.path)
        images = image_table(rows)
        yield from image_errors(images)
        yield from image_warnings(images)
        good = images.filter(images["category"].is_null())
        if good.num_rows:
            places = [path.rpartition("/") for path in good["path"].to_pylist()]
            splits = [split_of(folder) for folder, _, _ in places]
            stems = [file.rpartition(".")[0] for _, _, file in places]
            names = [image_name(stem, split) for stem, split in zip(stems, splits, strict=True)]
            yield image_patches(good, {"id": names, "split": splits})
        yield from (Fragment(_FOLDER, folder) for folder in sorted(folders))

    def finish(self, fragments: pa.Table, tables: Sequence[SideTable]) -> Iterator[Item]:
        """Warn if images lie in several folders, whose names may be labels that nobody asked for."""
        folders = sorted({path for path in fragments["path"].to_pylist() if split_of(path) is None})
        if len(folders) > 1:
            reason = f"images lie in {len(folders)} folders, such as {folders[1]!r}; no label is taken from their names"
            yield RecordWarning(
                folders[0], "meta.mismatch", f"{reason}. If they are classes, use --reader class-folder"
            )

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Describe the files by the first of them; nothing else is known."""
        return Description(archive.name.replace("_", " "), None, sensor_of(summary, archive))


def _above(folder: str) -> str:
    return folder.rpartition("/")[0]
