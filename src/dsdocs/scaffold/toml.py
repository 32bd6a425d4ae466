"""``dsdocs.toml`` of a new repository, as text with comments."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from dsdocs.config import Author, Dataset
from dsdocs.readers import Description
from dsdocs.sensors import Band, Sensor

_EXAMPLES = {
    "description": "What the data set is, in one paragraph for the start page.",
    "version": "1.0",
    "licence": "CC-BY-4.0",
    "citation": "A. Author and B. Author, Title, Journal, 2026.",
    "doi": "10.5281/zenodo.1234567",
    "homepage": "https://example.org/data",
    "repository": "https://github.com/you/my-guide",
}
_AUTHOR = {"name": "A. Author", "affiliation": "University of Somewhere", "orcid": "0000-0002-1825-0097"}


def configuration(description: Description, *, archive: str, reader: str) -> str:
    """Write the configuration of a data set; what is not known stands there as a comment with an example.

    Parameters
    ----------
    description
        What was detected.
    archive
        Path of the archive, relative to the new file.
    reader
        Name of the reader.
    """
    blocks = (_dataset(description), _archive(archive, reader), _labels(description), *_sensors(description))
    lines = [line for block in (*blocks, _splits(description)) for line in (*block, "")]
    return "\n".join(["# All keys: see the page on configuration of dsdocs, or run: dsdocs schema", "", *lines])


def _dataset(description: Description) -> Iterator[str]:
    yield "[dataset]"
    yield f"title = {_text(description.title)}"
    for key, example in _EXAMPLES.items():
        known = description.homepage if key == "homepage" else None
        meaning = Dataset.model_fields[key].description
        yield f"{key} = {_text(known)}" if known else f"# {key} = {_text(example)}  # {meaning}"
    yield "# [[dataset.authors]]  # one such table for each author"
    for key, example in _AUTHOR.items():
        yield f"# {key} = {_text(example)}  # {Author.model_fields[key].description}"


def _archive(path: str, reader: str) -> Iterator[str]:
    yield "[archive]"
    yield f"path = {_text(path)}"
    yield f"reader = {_text(reader)}"


def _labels(description: Description) -> Iterator[str]:
    yield "[labels]"
    if description.nomenclature:
        yield f"nomenclature = {_text(description.nomenclature)}"
    else:
        yield '# nomenclature = "classes.toml"  # a built-in nomenclature, or the path of a nomenclature file'


def _sensors(description: Description) -> Iterator[Sequence[str]]:
    for asset, sensor in description.sensors.items():
        yield tuple(_sensor(asset, sensor))


def _sensor(asset: str, sensor: Sensor) -> Iterator[str]:
    yield f"[sensors.{_key(asset)}]"
    yield f"title = {_text(sensor.title)}"
    yield f"kind = {_text(sensor.kind)}"
    for name, colours in (("true_colour", sensor.true_colour), ("false_colour", sensor.false_colour)):
        if colours:
            yield f"{name} = [{', '.join(_text(band) for band in colours)}]"
    yield "bands = ["
    yield from (f"  {_band(band)}," for band in sensor.bands)
    yield "]"


def _band(band: Band) -> str:
    """Write a band as an inline table: resolution in metres, wavelength in nanometres."""
    parts = [f"name = {_text(band.name)}"]
    numbers = {"gsd": band.gsd, "centre": band.centre, "width": band.width}
    parts += [f"{key} = {value:g}" for key, value in numbers.items() if value is not None]
    parts += [f"description = {_text(band.description)}"] if band.description else []
    return f"{{ {', '.join(parts)} }}"


def _splits(description: Description) -> Iterator[str]:
    yield "[splits]"
    if description.split_rule:
        yield f"rule = {_text(description.split_rule)}"
    else:
        yield '# rule = "How the splits were made, in one sentence."'


def _text(value: str) -> str:
    # A JSON string is a basic string of TOML, but for the delete character, which JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else _text(name)
