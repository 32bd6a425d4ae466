"""The columns of the summary: the only place that names them, with their description, unit and STAC term."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from dsdocs.readers.columns import ASSETS, WINDOW

VERSION = "2"  # of this schema; a file with another version is not read
_CATEGORY = pa.dictionary(pa.int32(), pa.string())
_BBOX = pa.struct([(side, pa.float64()) for side in ("xmin", "ymin", "xmax", "ymax")])


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds and in which unit."""

    name: str
    type: pa.DataType
    description: str
    unit: str = ""
    stac: str = ""  # the STAC term for the same thing

    def field(self) -> pa.Field:
        """Return the Arrow field, with everything that is known of it as metadata."""
        described = {"description": self.description, "unit": self.unit, "stac": self.stac}
        return pa.field(self.name, self.type, metadata={key: value for key, value in described.items() if value})


COLUMNS = (
    Column("id", pa.string(), "Name of the patch, unique in the data set.", stac="id"),
    Column("labels", pa.list_(pa.string()), "Class names of the nomenclature, sorted; null: the archive has none."),
    Column("split", _CATEGORY, "train, val or test; null: in no split."),
    Column("datetime", pa.timestamp("us", "UTC"), "Acquisition time.", "UTC", "datetime"),
    Column("season", _CATEGORY, "Meteorological season of the acquisition: winter is December to February."),
    Column("crs", _CATEGORY, "Native coordinate reference system as authority and code.", stac="proj:code"),
    Column(
        "geometry", pa.binary(), "Footprint as WKB in OGC:CRS84, axes longitude, latitude; null: not georeferenced.",
        "degree", "geometry",
    ),
    Column("bbox", _BBOX, "Bounding box of the footprint in OGC:CRS84.", "degree", "bbox"),
    Column("tile", _CATEGORY, "Source granule, for Sentinel-2 the tile of the Military Grid Reference System."),
    Column("gsd", pa.float64(), "Ground sample distance of the finest band.", "m", "gsd"),
    Column("width", pa.int32(), "Columns of the finest band.", "px"),
    Column("height", pa.int32(), "Rows of the finest band.", "px"),
    Column("country", _CATEGORY, "Country as ISO 3166-1 alpha-2; the file's metadata names the source."),
    Column(
        "window", WINDOW,
        "First column, first row, width and height in the files of the patch; null: it is the whole of them.", "px",
    ),
    Column(
        "assets", ASSETS,
        "Files of the patch: key of the sensor or map, and path in the archive; {band} where each band is a file.",
        stac="assets",
    ),
)  # fmt: skip
NAMES = tuple(column.name for column in COLUMNS)
# Facts of one data set that built-in readers give; a foreign reader's facts are described by their name alone.
KNOWN_FACTS = {
    "ben:snow": "The patch shows seasonal snow, as the archive's authors found by eye.",
    "ben:cloud_or_shadow": "The patch shows cloud or cloud shadow, as the archive's authors found by eye.",
    "ben:s1_name": "Name of the Sentinel-1 patch of the same place.",
    "ben:s2_name": "Name of the Sentinel-2 patch of the same place.",
    "ben:v1_name": "Name of the same patch in version 1 of the archive.",
    "ben:tile_source": "Sentinel-2 product that the patch was cut from.",
    "mlrs:category": "Category of the image, one of the 46 of MLRSNet.",
    "ucm:class": "Land-use class of the image, one of the 21 of UC Merced.",
    "dataset:category": "Folder or label table that the image belongs to.",
    "mask:background": "Share of the pixels with data that belong to no class.",
    "mask:classes": "Number of classes in the patch, however small.",
    "mask:coverage": "Share of the pixels that the mask has data for.",
    "ben:scene_source": "Sentinel-1 scene that the patch was cut from.",
}


def fact_column(name: str, kind: pa.DataType) -> Column:
    """Describe a column of facts of one data set.

    Raises
    ------
    ValueError
        The name has no prefix.
    """
    if ":" not in name:
        raise ValueError(f"the fact {name!r} needs a prefix, as in 'ben:snow'")
    return Column(name, kind, KNOWN_FACTS.get(name, "A fact that only this data set has."))
