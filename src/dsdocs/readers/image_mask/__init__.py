"""Frames with a mask or a vector file beside each image, cut into patches: SpaceNet and most data for segmentation.

Which files belong together is told from their paths (`dsdocs.readers.image_mask.names`). A frame is cut into windows
of ``patch_size`` px; those at the right and the lower edge are what is left. A patch carries the classes that cover at
least ``min_share`` of its pixels with data, and may have none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.archive import Archive, Member
from dsdocs.archive.member import Limits
from dsdocs.errors import MemberError, RasterError
from dsdocs.imagery.raster import read_header
from dsdocs.nomenclatures import nomenclature_for
from dsdocs.readers import Description, Item
from dsdocs.readers.columns import grouped
from dsdocs.readers.image_mask import classes, vector
from dsdocs.readers.image_mask.frame import MASK, Cut, Cutting, Files, Refused, cut_frame, files_of
from dsdocs.readers.image_mask.grid import Grid
from dsdocs.readers.image_mask.names import Place, pairs, place_of, split_of
from dsdocs.readers.image_mask.pixels import count_mask
from dsdocs.records import Fragment, Ignored, RecordError, RecordWarning, SideTable
from dsdocs.sensors import Band, Sensor, generic_sensor, load_sensor

CLASSES = "classes"  # unit of lists of classes; those of frames hold a slash
_RGB = 3  # bands
_UNLABELLED = frozenset({"test", "val"})  # splits that are published without masks


@dataclass(slots=True)
class _Notes:
    """What is said once for many frames."""

    unlabelled: Counter[str] = field(default_factory=Counter)  # frames without a mask by folder
    left_out: dict[str, tuple[str, str]] = field(default_factory=dict)  # product -> first path, and why

    def add(self, base: str, files: Files, cut: Cut) -> Iterator[Ignored]:
        """Note what became of the files of a frame."""
        self.unlabelled[base] += files.is_bare
        for image, difference in cut.left_out:
            self.left_out.setdefault(str(image.facts["product"]), (image.path, difference))
            yield Ignored(image.path)

    def warnings(self) -> Iterator[RecordWarning]:
        """Yield a warning for each folder without masks, and for each product on another grid."""
        for base, count in sorted((+self.unlabelled).items()):
            reason = f"{count} frames have no mask, as test data often have none; kept without labels"
            yield RecordWarning(base, "meta.missing", reason)
        for product, (path, difference) in sorted(self.left_out.items()):
            yield RecordWarning(
                path, "image.mismatch", f"images of {product or 'this kind'} are left out; {difference}"
            )


@dataclass(frozen=True, slots=True)
class ImageMask:
    """Images with masks or outlines of the same name, cut into patches."""

    patch_size: int = 512  # px
    min_share: float = 0.01  # of the pixels with data that a class covers, for the patch to carry its label
    max_pixels: int = Limits().pixels  # values that are decoded at a time
    name: str = "image-mask"

    def recognises(self, names: Sequence[str]) -> str | None:
        """Claim archives where an image has a mask or a GeoJSON of the same name."""
        found = list(pairs(names))
        if not found:
            return None
        image, other = found[0]
        many = "1 image has" if len(found) == 1 else f"{len(found):,} images have"
        return f"{many} a mask or a vector file of the same name, such as {image} and {other}"

    def read(self, members: Iterable[Member]) -> Iterator[Item]:
        """Yield what each file says: headers of images, counts of masks, outlines of vector files."""
        for member in members:
            place = place_of(member.path)
            if place is not None:
                yield Fragment(place.unit, member.path, self._facts(member, place))
            elif classes.is_class_list(member.path):
                yield _class_list(member)
            else:
                yield Ignored(member.path)

    def finish(self, fragments: pa.Table, tables: Sequence[SideTable]) -> Iterator[Item]:
        """Put frames together and cut them into patches."""
        names: dict[int, str] = {}
        yield from _names(fragments, names)
        cutting = Cutting(self.patch_size, self.min_share, names)
        labelled, frames = _survey(fragments["path"].to_pylist())
        notes = _Notes()
        for unit, group in grouped(fragments):
            if unit == CLASSES:
                continue
            base, _, key = unit.rpartition("/")
            split = split_of(base)
            try:
                files = files_of(group)
                if files.is_bare and (not labelled or base in labelled or split not in _UNLABELLED):
                    raise Refused(files.images[0], "meta.missing", "has no mask and no vector file of the same name")
                cut = cut_frame(files, key if frames[key] == 1 else _joined(base, key), split, cutting)
            except Refused as refusal:
                yield refusal.error
                continue
            yield from (*files.warnings, *cut.warnings)
            yield from cut.patches
            yield from notes.add(base, files, cut)
        yield from notes.warnings()

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Describe each product by the first of its files; masks are maps of class numbers."""
        found = nomenclature_for(label for labels in summary["labels"].to_pylist() for label in labels or ())
        sensors = {key: _sensor(key, href, archive) for key, href in sorted(_first_files(summary).items())}
        title = archive.name.replace("_", " ")
        return Description(
            title,
            found.name if found else None,
            sensors,
            split_rule="As the folders of the archive say." if summary["split"].null_count < len(summary) else None,
        )

    def _facts(self, member: Member, place: Place) -> Mapping[str, object]:
        try:
            return {"role": place.role, "product": place.product, **self._content(member, place)}
        except (RasterError, MemberError) as error:
            return {"role": place.role, "error": [error.category, error.problem]}
        except vector.VectorError as error:
            return {"role": place.role, "error": [error.category, str(error)]}

    def _content(self, member: Member, place: Place) -> Mapping[str, object]:
        if place.role == "vector":
            if member.size > vector.MAX_SIZE:
                problem = f"has {member.size} bytes; a vector file may have {vector.MAX_SIZE}"
                raise MemberError(member.path, "meta.too-large", problem)
            return vector.pack(vector.parse_features(member.read(), place.product or "feature"))
        with member.open() as source:
            if place.role == "image":
                header = read_header(source, member.path)
                return Grid.of(header).facts() | {"bands": header.count}
            found = count_mask(source, member.path, self.patch_size, self.max_pixels)
        counts = {"coloured": found.coloured, "counts": found.windows}
        return Grid.of(found.header).facts() | counts


def _class_list(member: Member) -> Fragment | RecordError:
    if member.size > classes.MAX_SIZE:
        problem = f"has {member.size} bytes; a list of classes may have {classes.MAX_SIZE}"
        return RecordError(member.path, "meta.too-large", problem)
    try:
        found = classes.parse_class_list(member.path, member.read())
    except MemberError as error:
        return RecordError(member.path, error.category, error.problem)
    except classes.ListError as error:
        return RecordError(member.path, error.category, str(error))
    return Fragment(CLASSES, member.path, {"names": sorted(found.items())})


def _names(fragments: pa.Table, names: dict[int, str]) -> Iterator[RecordError]:
    """Fill in the names of the first list of classes; another one must say the same."""
    lists = [each for _, group in grouped(fragments.filter(pc.equal(fragments["unit"], CLASSES))) for each in group]
    for found in lists:
        if found.facts["names"] != lists[0].facts["names"]:
            reason = f"gives other names to classes than {lists[0].path}, which is used; expected one list"
            yield RecordError(found.path, "label.conflict", reason)
    entries: Any = lists[0].facts["names"] if lists else ()
    names.update((int(value), str(name)) for value, name in entries)


def _survey(paths: Iterable[str]) -> tuple[set[str], Counter[str]]:
    """Return the folders in which any frame has a mask, and how many folders have a frame of each name."""
    labelled: set[str] = set()
    units: set[tuple[str, str]] = set()
    for place in map(place_of, paths):
        if place is not None:
            units.add((place.frame, place.base))
            if place.role != "image":
                labelled.add(place.base)
    return labelled, Counter(frame for frame, _ in units)


def _joined(base: str, key: str) -> str:
    return "_".join([*filter(None, base.split("/")), key])


def _first_files(summary: pa.Table) -> dict[str, str]:
    """Return one file of each asset, of the first patch that has it."""
    found: dict[str, str] = {}
    for batch in summary.select(["assets"]).to_batches(max_chunksize=10_000):
        for assets in batch.column(0).to_pylist():
            for asset in assets or ():
                found.setdefault(asset["key"], asset["href"])
    return found


def _sensor(key: str, href: str, archive: Archive) -> Sensor:
    with archive.open(href) as source:
        header = read_header(source, href)
    if key == MASK and header.count == 1:
        bands = (Band("mask", "Class of each pixel", unit="class"),)
        return Sensor("mask", "Mask", "map", bands, source="the archive itself", quantity="class number")
    if header.count == _RGB and header.dtype == "uint8":
        return load_sensor("rgb")
    return generic_sensor(header.count, Grid.of(header).gsd())
