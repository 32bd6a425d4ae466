"""One folder for each class, with images of that class: EuroSAT, UC Merced and many others.

``<class>/<image>`` or ``<split>/<class>/<image>``, below any number of folders that all images share.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyproj

from dsdocs.archive import Archive, Member
from dsdocs.archive.member import Limits
from dsdocs.errors import MemberError, RasterError
from dsdocs.geo.crs import is_geographic
from dsdocs.imagery.header import RasterHeader
from dsdocs.imagery.quick_header import member_header
from dsdocs.imagery.raster import read_header
from dsdocs.nomenclatures import load_nomenclature, nomenclature_for
from dsdocs.readers import Description, Item
from dsdocs.readers.columns import grouped, records_table
from dsdocs.readers.image_files import image_name, split_of
from dsdocs.readers.image_mask.names import has_mask_partner
from dsdocs.readers.labelled.multihot import has_category_tables
from dsdocs.readers.labelled.ucmerced import has_multilabel_table
from dsdocs.records import Footprint, Fragment, Ignored, PatchRecord, RecordError, RecordWarning, SideTable
from dsdocs.sensors import Sensor, generic_sensor, load_sensor

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
REFERENCES = {"eurosat": ("helber2019eurosat",), "ucmerced": ("yang2010ucmerced",)}
ASSET = "image"
EUROSAT_BANDS = 13
RGB_BANDS = 3
_BATCH = 4096  # patches of a table
# Files such as patch_B02.tif or patch_VV.tif are bands of one patch, not images of one class.
_BAND_FILE = re.compile(r"_(B\d\w|VV|VH|HH|HV|reference_map)\.tiff?$", re.IGNORECASE)
_WORD_AND_NUMBER = re.compile(r"(?P<word>\D*[^\W\d_])[\W_]*\d+\W*")


class ClassFolder:
    """Images in folders that are named after their class."""

    name = "class-folder"
    nomenclature = None  # found from the names of the folders once all are known
    max_pixels = Limits().pixels

    def recognises(self, names: Sequence[str]) -> str | None:
        """Claim archives whose images all lie at one depth, in at least two class folders, with no labels beside."""
        images = [name for name in names if _is_image(name)]
        if not images or any(_BAND_FILE.search(name) for name in images):
            return None
        depths = {name.count("/") for name in images}
        classes = sorted({name.rpartition("/")[0].rpartition("/")[2] for name in images})
        if len(depths) > 1 or len(classes) == 1 or _has_labels_beside(names):
            return None
        if all(map(split_of, classes)):
            return None  # of folders called train and test, none is a class
        some = ", ".join(classes[:3]) + (" ..." if len(classes) > 3 else "")
        return f"{len(images)} images lie in {len(classes)} folders of different names: {some}"

    def read(self, members: Iterable[Member]) -> Iterator[Item]:
        """Yield a patch for each image."""
        records: list[PatchRecord] = []
        labels: set[str] = set()
        strangers: dict[tuple[str, str], list[str]] = {}  # word of the name, class -> paths
        for member in members:
            if not (_is_image(member.path) and "/" in member.path):
                yield Ignored(member.path)
                continue
            header = _header(member, self.max_pixels)
            if isinstance(header, RecordError):
                yield header
                continue
            *above, label, file = member.path.split("/")
            if header.transform and not header.crs:
                reason = "is placed in a coordinate reference system that is missing or has no code; kept without it"
                yield RecordWarning(member.path, "geo.crs", reason)
            stem = file.rpartition(".")[0]
            records.append(_record(member.path, stem, label, above[-1] if above else "", header))
            labels.add(label)
            named = _WORD_AND_NUMBER.fullmatch(stem)
            if named and named["word"] != label:
                strangers.setdefault((named["word"], label), []).append(member.path)
            if len(records) == _BATCH:
                yield records_table(records)
                records = []
        if records:
            yield records_table(records)
        # Whether a word is a class of the archive is known once all parts are; a class has no path.
        for label in sorted(labels):
            yield Fragment(label, "", {})
        for (word, label), paths in sorted(strangers.items()):
            yield Fragment(word, min(paths), {"label": label, "count": len(paths)})

    def finish(self, fragments: pa.Table, tables: Sequence[SideTable]) -> Iterator[Item]:
        """Warn of images that are named after another class than that of their folder."""
        for word, group in grouped(fragments):
            if all(fragment.path for fragment in group):
                continue  # no class has the name of this word
            strangers = [fragment for fragment in group if fragment.path]
            for label in sorted({str(fragment.facts["label"]) for fragment in strangers}):
                yield _conflict(word, label, [each for each in strangers if each.facts["label"] == label])

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Recognise EuroSAT and UC Merced by their classes; call anything else by the name of its folder."""
        counts = Counter(label for labels in summary["labels"].to_pylist() for label in labels or ())
        found = nomenclature_for(counts)
        sensor = _sensor(summary, archive, found.name if found else None)
        if found is None:
            return Description(archive.name.replace("_", " "), None, {ASSET: sensor})
        title = load_nomenclature(found.name).title
        return Description(title, found.name, {ASSET: sensor}, references=REFERENCES.get(found.name, ()))


def _is_image(path: str) -> bool:
    return path.lower().endswith(SUFFIXES) and not path.rpartition("/")[2].startswith(".")


def _has_labels_beside(names: Sequence[str]) -> bool:
    """Tell whether another layout says more of the images than their folders do."""
    return has_mask_partner(names) or has_multilabel_table(names) or has_category_tables(names)


def _header(member: Member, max_pixels: int) -> RasterHeader | RecordError:
    try:
        return member_header(member, max_pixels=max_pixels)
    except (RasterError, MemberError) as error:
        return RecordError(member.path, error.category, error.problem)


def _record(path: str, stem: str, label: str, above: str, header: RasterHeader) -> PatchRecord:
    split = split_of(above)
    footprint = Footprint(header.crs, header.ring()) if header.crs else None
    return PatchRecord(
        image_name(stem, split, label),
        (label,),
        split,
        footprint=footprint,
        gsd=round(header.gsd, 2) if _is_in_metres(header) else None,
        width=header.width,
        height=header.height,
        assets={ASSET: path},
    )


def _conflict(word: str, label: str, strangers: Sequence[Fragment]) -> RecordWarning:
    others = sum(int(str(fragment.facts["count"])) for fragment in strangers) - 1
    more = f", as are {others} more there" if others else ""
    reason = f"lies in the folder of the class {label!r}, but is named after {word!r}{more}; kept as {label!r}"
    return RecordWarning(min(fragment.path for fragment in strangers), "label.conflict", reason)


def _is_in_metres(header: RasterHeader) -> bool:
    # Pixel sizes of geographic CRS are in degrees, and no length in metres follows from them alone.
    try:
        return header.crs is not None and not is_geographic(header.crs)
    except pyproj.exceptions.CRSError:
        return False


def _sensor(summary: pa.Table, archive: Archive, nomenclature: str | None) -> Sensor:
    """Choose the sensor from the first readable image: its number of bands, and what is known of the data set."""
    href = summary["assets"][0].as_py()[0]["href"]
    with archive.open(href) as source:
        header = read_header(source, href)
    if nomenclature == "eurosat" and header.count == EUROSAT_BANDS:
        return load_sensor("sentinel-2-l1c-eurosat")
    if header.count == RGB_BANDS:
        return load_sensor("rgb")
    return generic_sensor(header.count, header.gsd if header.crs else None)
