"""The data set in Croissant 1.1 with the properties of GeoCroissant 1.0.

Specifications: http://mlcommons.org/croissant/1.1 and http://mlcommons.org/croissant/geo/1.0
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from dsdocs.errata import COLUMNS as ERRATA_COLUMNS
from dsdocs.summary.schema import Column
from dsdocs.twins.about import About
from dsdocs.twins.schema_org import schema_org

CORE, GEO = "http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/geo/1.0"
PATCHES, CLASSES, SPLITS, ERRATA = "patches", "classes", "splits", "errata"
_CR_TERMS = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileProperty",
    "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField",
    "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator", "source",
    "subField", "transform", "value",
)  # fmt: skip
# One word of schema.org each; lists, structs and binary columns are told apart below.
_TYPES = (
    (pa.types.is_boolean, "sc:Boolean"),
    (pa.types.is_integer, "sc:Integer"),
    (pa.types.is_floating, "sc:Float"),
    (pa.types.is_timestamp, "sc:DateTime"),
    (pa.types.is_string, "sc:Text"),
)


def croissant(about: About, summary: str) -> dict[str, Any]:
    """Return the data set as Croissant JSON-LD, to lie beside the summary.

    Its record sets are the rows of the summary, the classes and the splits. Columns that are structs or bytes, as the
    footprint is, have no counterpart in Croissant and are left to readers of GeoParquet.

    Parameters
    ----------
    summary
        Path of the summary among the published files.
    """
    plain = schema_org(about)
    plain.pop("distribution", None)
    plain.pop("@context")
    plain["@type"] = "sc:Dataset"
    # The names of files and of record sets are one name space.
    files = {"summary" if one.path == summary else f"{Path(one.path).stem}-table": one for one in about.files}
    found = {
        "@context": _context(),
        **plain,
        "conformsTo": [CORE, GEO],
        "citeAs": about.citation,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": name,
                "name": name,
                "description": file.title,
                "contentUrl": about.address(file.path) if about.url else file.path.rpartition("/")[2],
                "contentSize": f"{file.size} B",
                "encodingFormat": "application/x-parquet",
                "sha256": file.sha256,
            }
            for name, file in files.items()
        ],
        "recordSet": [_patches(about), *_inline(about), *([_errata()] if about.n_errata else [])],
        **_geo(about),
    }
    return {key: value for key, value in found.items() if value is not None}


def _context() -> dict[str, Any]:
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "geocr": "http://mlcommons.org/croissant/geo/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        **{term: f"cr:{term}" for term in _CR_TERMS},
    }


def _patches(about: About) -> dict[str, Any]:
    fields = [_field(column) for column in about.columns if _kind(column.type)]
    for one in fields:
        if one["name"] == "split" and about.splits:  # mlcroissant joins by single values, so not by lists of labels
            one["references"] = {"field": {"@id": f"{SPLITS}/name"}}
    return {
        "@type": "cr:RecordSet",
        "@id": PATCHES,
        "name": PATCHES,
        "description": "One record for each patch.",
        "key": {"@id": f"{PATCHES}/id"},
        "field": fields,
    }


def _kind(kind: pa.DataType) -> str | None:
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        return "sc:Text"
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    return next((word for fits, word in _TYPES if fits(kind)), None)


def _field(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{PATCHES}/{column.name}",
        "name": column.name,
        "description": f"{column.description} Unit: {column.unit}." if column.unit else column.description,
        "dataType": _kind(column.type),
        "source": {"fileObject": {"@id": "summary"}, "extract": {"column": column.name}},
    }
    if pa.types.is_list(column.type):
        found |= {"isArray": True, "arrayShape": "-1"}
    return found


def _errata() -> dict[str, Any]:
    """Describe the table of errata; a patch of it need not be among the patches, so it does not refer to them."""
    return {
        "@type": "cr:RecordSet",
        "@id": ERRATA,
        "name": ERRATA,
        "description": "One record for each thing that is known to be wrong with a patch.",
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{ERRATA}/{column.name}",
                "name": column.name,
                "description": column.description,
                "dataType": "sc:Date" if column.name == "date" else "sc:Text",
                "source": {"fileObject": {"@id": f"{ERRATA}-table"}, "extract": {"column": column.name}},
            }
            for column in ERRATA_COLUMNS
        ],
    }


def _inline(about: About) -> list[dict[str, Any]]:
    found = []
    if about.classes:
        found.append(_enumeration(CLASSES, "Classes that occur, most frequent first.", "sc:Enumeration", about.classes))
    if about.splits:
        found.append(_enumeration(SPLITS, "Splits and their sizes.", "cr:Split", about.splits))
    return found


def _enumeration(name: str, description: str, kind: str, counts: Mapping[str, int]) -> dict[str, Any]:
    fields = (("name", "sc:Text", "Name."), ("patches", "sc:Integer", "Patches that have it."))
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": description,
        "dataType": kind,
        "key": {"@id": f"{name}/name"},
        "field": [
            {"@type": "cr:Field", "@id": f"{name}/{key}", "name": key, "description": text, "dataType": word}
            for key, word, text in fields
        ],
        "data": [{f"{name}/name": value, f"{name}/patches": count} for value, count in counts.items()],
    }


def _geo(about: About) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if about.crs:
        found["geocr:coordinateReferenceSystem"] = about.crs[0] if len(about.crs) == 1 else list(about.crs)
    if about.gsd:
        sizes = [{"@type": "QuantitativeValue", "value": gsd, "unitText": "m"} for gsd in about.gsd]
        found["geocr:spatialResolution"] = sizes[0] if len(sizes) == 1 else sizes
    bands = [(sensor, band) for sensor in about.sensors.values() if sensor.kind != "map" for band in sensor.bands]
    if bands:
        found["geocr:bandConfiguration"] = {
            "@type": "geocr:BandConfiguration",
            "geocr:totalBands": len(bands),
            "geocr:bandNameList": [band.name for _, band in bands],
        }
    spectral = [
        {
            "@type": "geocr:SpectralBand",
            "name": band.name,
            "geocr:centerWavelength": _nanometres(band.centre),
            **({"geocr:bandwidth": _nanometres(band.width)} if band.width is not None else {}),
        }
        for _, band in bands
        if band.centre is not None
    ]
    if spectral:
        found["geocr:spectralBandMetadata"] = spectral
    return found


def _nanometres(value: float | None) -> dict[str, Any]:
    return {"@type": "QuantitativeValue", "value": value, "unitText": "nm"}
