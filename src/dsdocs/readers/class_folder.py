"""One folder for each class, with images of that class: EuroSAT, UC Merced and many others.

``<class>/<image>`` or ``<split>/<class>/<image>``, below any number of folders that all images share.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa

from dsdocs.archive import Archive, Member
from dsdocs.errors import RasterError
from dsdocs.imagery.raster import RasterHeader, read_header
from dsdocs.nomenclatures import load_nomenclature, nomenclature_for
from dsdocs.readers import Description, Item
from dsdocs.records import Footprint, Ignored, PatchRecord, RecordError, RecordWarning
from dsdocs.sensors import Sensor, generic_sensor, load_sensor

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
ASSET = "image"
EUROSAT_BANDS = 13
RGB_BANDS = 3
# Files such as patch_B02.tif or patch_VV.tif are bands of one patch, not images of one class.
_BAND_FILE = re.compile(r"_(B\d\w|VV|VH|HH|HV|reference_map)\.tiff?$", re.IGNORECASE)


class ClassFolder:
    """Images in folders that are named after their class."""

    name = "class-folder"
    nomenclature = None  # found from the names of the folders once all are known

    def recognises(self, names: Sequence[str]) -> bool:
        """Claim archives whose images all lie at one depth, in at least two class folders."""
        images = [name for name in names if _is_image(name)]
        if not images or any(_BAND_FILE.search(name) for name in images):
            return False
        depths = {name.count("/") for name in images}
        folders = {name.rpartition("/")[0] for name in images}
        return len(depths) == 1 and len({folder.rpartition("/")[2] for folder in folders}) > 1

    def read(self, archive: Archive) -> Iterator[Item]:
        """Yield a patch for each image."""
        for member in archive.members():
            if _is_image(member.path) and "/" in member.path:
                yield from _records(member)
            else:
                yield Ignored(member.path)

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Recognise EuroSAT and UC Merced by their classes; call anything else by the name of its folder."""
        counts = Counter(label for labels in summary["labels"].to_pylist() for label in labels or ())
        found = nomenclature_for(counts)
        sensor = _sensor(summary, archive, found.name if found else None)
        if found is None:
            return Description(archive.name.replace("_", " "), None, {ASSET: sensor})
        title = load_nomenclature(found.name).title
        return Description(title, found.name, {ASSET: sensor}, references=REFERENCES.get(found.name, ()))


REFERENCES = {"eurosat": ("helber2019eurosat",), "ucmerced": ("yang2010ucmerced",)}


def _is_image(path: str) -> bool:
    return path.lower().endswith(SUFFIXES)


def _records(member: Member) -> Iterator[Item]:
    *above, label, file = member.path.split("/")
    try:
        with member.open() as source:
            header = read_header(source, member.path)
    except RasterError as error:
        yield RecordError(member.path, error.category, str(error))
        return
    footprint = Footprint(header.crs, header.ring()) if header.crs else None
    if header.transform and not header.crs:
        reason = "is placed in a coordinate reference system that is missing or has no code; kept without a footprint"
        yield RecordWarning(member.path, "geo.crs", reason)
    yield PatchRecord(
        file.rpartition(".")[0],
        (label,),
        SPLITS.get(above[-1].lower()) if above else None,
        footprint=footprint,
        gsd=round(header.gsd, 2) if header.crs and _in_metres(header) else None,
        width=header.width,
        height=header.height,
        assets={ASSET: member.path},
    )


def _in_metres(header: RasterHeader) -> bool:
    # Pixel sizes of geographic CRS are in degrees, and no length in metres follows from them alone.
    return header.crs is not None and not header.crs.startswith("EPSG:4")


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
