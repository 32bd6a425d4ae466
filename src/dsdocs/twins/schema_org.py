"""The data set in the vocabulary of schema.org, as search engines for data read it from a page.

The properties are those that Google's guide to structured data for data sets requires or recommends:
https://developers.google.com/search/docs/appearance/structured-data/dataset
"""

from __future__ import annotations

from typing import Any

from dsdocs.config import Author
from dsdocs.twins.about import About

_SHORTEST, _LONGEST = 50, 5000  # characters of a description that Google's guide accepts


def schema_org(about: About) -> dict[str, Any]:
    """Return the data set as JSON-LD; properties that are not known are left out.

    Raises
    ------
    ValueError
        The description is longer than 5,000 characters.
    """
    found = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": about.title,
        "description": description(about),
        "url": about.url,
        "sameAs": about.homepage,
        "identifier": f"https://doi.org/{about.doi}" if about.doi else None,
        "version": about.version,
        "datePublished": about.published,
        "license": licence_address(about.licence),
        "citation": about.citation,
        "keywords": list(about.keywords) or None,
        "creator": [_person(author) for author in about.authors] or None,
        "publisher": {"@type": "Organization", "name": about.publisher} if about.publisher else None,
        "isAccessibleForFree": True if about.homepage else None,
        "measurementTechnique": [sensor.title for sensor in about.sensors.values() if sensor.kind != "map"] or None,
        "variableMeasured": _variables(about) or None,
        "temporalCoverage": "/".join(about.period) if about.period else None,
        "spatialCoverage": spatial_coverage(about),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.title,
                "encodingFormat": file.media_type,
                "contentUrl": about.address(file.path),
                "contentSize": f"{file.size} B",
                "sha256": file.sha256,
            }
            for file in about.files
        ]
        or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def description(about: About) -> str:
    """Return the author's description, with the counts of the archive behind it where it is too short for a search.

    Raises
    ------
    ValueError
        It is longer than 5,000 characters.
    """
    text = about.description
    if len(text) < _SHORTEST:
        classes = f" of {len(about.classes)} classes" if about.classes else ""
        text = f"{text.rstrip('.')}. {about.title}: {about.n_patches:,} patches{classes}, {about.n_files:,} files."
    if len(text) > _LONGEST:
        raise ValueError(f"the description has {len(text):,} characters; search engines take {_LONGEST:,} at most")
    return text


def licence_address(licence: str | None) -> str | None:
    """Return the address of a licence from its SPDX identifier."""
    return None if licence is None else f"https://spdx.org/licenses/{licence}.html"


def spatial_coverage(about: About) -> dict[str, Any] | None:
    """Return the bounding box as schema.org writes it, south west north east; two where it crosses 180 degrees."""
    if about.extent is None:
        return None
    west, south, east, north = about.extent
    if east < west:  # a box of schema.org cannot say this; two places can
        boxes = [(west, 180.0), (-180.0, east)]
        return {"@type": "Place", "geo": [_shape(*sides, south, north) for sides in boxes]}
    return {"@type": "Place", "geo": _shape(west, east, south, north)}


def _shape(west: float, east: float, south: float, north: float) -> dict[str, str]:
    return {"@type": "GeoShape", "box": f"{south:.6f} {west:.6f} {north:.6f} {east:.6f}"}


def _person(author: Author) -> dict[str, Any]:
    found: dict[str, Any] = {"@type": "Person", "name": author.name}
    if author.affiliation:
        found["affiliation"] = {"@type": "Organization", "name": author.affiliation}
    if author.orcid:
        found["@id"] = f"https://orcid.org/{author.orcid}"
    return found


def _variables(about: About) -> list[dict[str, Any]]:
    found = []
    for sensor in about.sensors.values():
        for band in sensor.bands:
            told = {"@type": "PropertyValue", "name": f"{sensor.title} {band.name}", "description": band.description}
            if band.unit:
                told["unitText"] = band.unit
            found.append({key: value for key, value in told.items() if value})
    return found
