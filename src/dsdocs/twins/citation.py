"""How to cite the data set: CITATION.cff 1.2.0, BibTeX, and the metadata of DataCite 4.5 as JSON.

Specifications: https://github.com/citation-file-format/citation-file-format (schema 1.2.0) and
https://datacite-metadata-schema.readthedocs.io/en/4.5/
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from dsdocs.config import Author
from dsdocs.twins.about import About
from dsdocs.twins.schema_org import licence_address

# What TeX reads as a command; the order matters, because the first one brings backslashes and braces itself.
_TEX = {
    "\\": r"\textbackslash ", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde ", "^": r"\textasciicircum ",
}  # fmt: skip
_SPECIAL = re.compile("|".join(re.escape(one) for one in _TEX))


def citation_cff(about: About) -> str:
    """Return CITATION.cff; without authors the data set's title stands in their place, as the format asks for one."""
    found: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use this data set, please cite it.",
        "type": "dataset",
        "title": about.title,
        "abstract": about.description,
        "authors": [_cff_author(author) for author in about.authors] or [{"name": about.title}],
        "version": about.version,
        "doi": about.doi,
        "license": about.licence,
        "date-released": about.published,
        "url": about.homepage or about.url,
        "repository": about.repository,
        "keywords": list(about.keywords) or None,
    }
    kept = {key: value for key, value in found.items() if value is not None}
    return yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=100)


def bibtex(about: About) -> str:
    """Return an entry ``@misc``, which every style of BibTeX knows."""
    year = about.published[:4] if about.published else None
    fields = {
        "title": f"{{{_tex(about.title)}}}",
        "author": " and ".join(_tex(author.name) for author in about.authors) or None,
        "year": year,
        "version": _tex(about.version) if about.version else None,
        "doi": about.doi,
        "url": about.homepage or about.url,
    }
    lines = [f"  {key} = {{{value}}}," for key, value in fields.items() if value]
    return "\n".join((f"@misc{{{about.slug},", *lines, "}", ""))


def datacite(about: About) -> dict[str, Any]:
    """Return the attributes of a DataCite record; those that are required and not known are missing, not made up."""
    west, south, east, north = about.extent or (0.0, 0.0, 0.0, 0.0)
    box = {
        "westBoundLongitude": west,
        "eastBoundLongitude": east,
        "southBoundLatitude": south,
        "northBoundLatitude": north,
    }
    found: dict[str, Any] = {
        "doi": about.doi,
        "creators": [_creator(author) for author in about.authors] or None,
        "titles": [{"title": about.title}],
        "publisher": {"name": about.publisher} if about.publisher else None,
        "publicationYear": about.published[:4] if about.published else None,
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Patch archive"},
        "subjects": [{"subject": word} for word in about.keywords] or None,
        "dates": _dates(about) or None,
        "language": "en",
        "sizes": [f"{about.n_patches} patches", f"{about.n_files} files", f"{about.archive_size} bytes"],
        "version": about.version,
        "rightsList": [_rights(about.licence)] if about.licence else None,
        "descriptions": [{"description": about.description, "descriptionType": "Abstract"}],
        "geoLocations": [{"geoLocationBox": box}] if about.extent else None,
        "url": about.homepage or about.url,
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }
    return {key: value for key, value in found.items() if value is not None}


def _tex(text: str) -> str:
    return _SPECIAL.sub(lambda match: _TEX[match[0]], " ".join(text.split()))


def _cff_author(author: Author) -> dict[str, str]:
    # Which part of a name is the family's cannot be told from the name; as an entity's it stays as it was written.
    found = {"name": author.name}
    if author.orcid:
        found["orcid"] = f"https://orcid.org/{author.orcid}"
    return found


def _creator(author: Author) -> dict[str, Any]:
    found: dict[str, Any] = {"name": author.name}
    if author.orcid:
        address = f"https://orcid.org/{author.orcid}"
        found |= {
            "nameType": "Personal",
            "nameIdentifiers": [
                {"nameIdentifier": address, "nameIdentifierScheme": "ORCID", "schemeUri": "https://orcid.org"}
            ],
        }
    if author.affiliation:
        found["affiliation"] = [{"name": author.affiliation}]
    return found


def _dates(about: About) -> list[dict[str, str]]:
    found = []
    if about.published:
        found.append({"date": about.published, "dateType": "Issued"})
    if about.period:
        found.append({"date": "/".join(about.period), "dateType": "Collected"})
    return found


def _rights(licence: str) -> dict[str, str | None]:
    return {
        "rights": licence,
        "rightsIdentifier": licence.lower(),
        "rightsIdentifierScheme": "SPDX",
        "schemeUri": "https://spdx.org/licenses/",
        "rightsUri": licence_address(licence),
    }
