"""``dsdocs.toml`` of a new repository, as text with comments."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from dsdocs.readers import Description
from dsdocs.scaffold.guess import Guess
from dsdocs.sensors import Band, Sensor

_HEAD = """\
# What dsdocs read from the archive is filled in. A key that begins with "#" is a suggestion: remove the "#" and
# write your own value. "dsdocs schema" prints all keys, and "dsdocs check" finds mistakes.
"""
# What only the author knows: an example, and what the key is for.
_DATASET = {
    "description": ("What is on the pictures, and what for.", "a paragraph for the start page, plain text"),
    "version": ("1.0", "of the data set"),
    "licence": ("CC-BY-4.0", "SPDX identifier"),
    "citation": ("A. Author: Title of the paper, 2026.", "how to cite the data set"),
    "doi": ("10.5281/zenodo.1234567", "without https://doi.org/"),
    "homepage": ("https://example.org/data", "where the archive can be downloaded"),
    "repository": ("https://example.org/me/my-guide", "of this guide, for corrections"),
}
_AUTHORS = """\
# authors = [  # in the order of citation
#   { name = "A. Author", affiliation = "University of Somewhere", orcid = "0000-0002-1825-0097" },
# ]"""
_NOMENCLATURE = {"nomenclature": ("classes.toml", "a built-in nomenclature, or a file of your own")}
_SPLIT_RULE = {"rule": ("At random, 60 % for training.", "how the splits were made, in one sentence")}
_SITE = {"url": ("https://example.org/my-guide/", "address at which the site will be published")}


def configuration(
    description: Description, *, archive: Sequence[str], reader: str | None, guess: Guess | None = None
) -> str:
    """Write the configuration of a data set; what is not known stands there as a comment with an example.

    Parameters
    ----------
    description
        What was detected.
    archive
        Paths of the archive, relative to the new file, or its URLs.
    reader
        Name of the reader; None if none fits.
    guess
        A layout to be declared, where no reader fits.
    """
    found = {"title": description.title, "homepage": description.homepage}
    blocks = (
        _table("dataset", found, _DATASET) + f"\n{_AUTHORS}",
        f"[archive]\npath = {_texts(archive)}" + (f"\nreader = {_text(reader)}" if reader else ""),
        *(_layout(guess) if guess else ()),
        _table("labels", {"nomenclature": description.nomenclature}, _NOMENCLATURE),
        *("\n".join(_sensor(asset, sensor)) for asset, sensor in description.sensors.items()),
        _table("splits", {"rule": description.split_rule}, _SPLIT_RULE),
        _table("site", {}, _SITE),
    )
    return "\n\n".join((_HEAD.rstrip(), *blocks)) + "\n"


def _table(name: str, found: Mapping[str, str | None], suggested: Mapping[str, tuple[str, str]]) -> str:
    """Write a table: what was found as keys, the rest as comments whose explanations stand below each other."""
    known = {key: value for key, value in found.items() if value and value.strip()}
    lines = [f"{key} = {_text(value)}" for key, value in known.items()]
    rest = {f"# {key} = {_text(value)}": note for key, (value, note) in suggested.items() if key not in known}
    width = max(map(len, rest), default=0)
    return "\n".join([f"[{name}]", *lines, *(f"{line:<{width}}  # {note}" for line, note in rest.items())])


def _layout(guess: Guess) -> Iterator[str]:
    """Write a layout as a comment: what was guessed from names, and a table that says more."""
    why = (f"# {line}" for line in textwrap.wrap(_why(guess), 117))
    yield "\n".join((*why, "# [layout]", f"# files = {_text(guess.files)}"))
    lines = (
        f"# path = {_text(guess.table or 'labels.csv')}",
        '# key = "name"  # column that tells which patch a row is of',
        '# key_is = "{patch}"  # what it holds',
        '# labels = "labels"  # column of the labels, or "one-hot" for columns of 0 and 1',
        '# separator = ","  # between the labels of a cell',
    )
    yield "\n".join(("# A table that says more of the patches, if there is one.", "# [layout.table]", *lines))


def _why(guess: Guess) -> str:
    what = 'No reader knows this layout. Remove the "#" before [layout] and files, and correct the pattern: '
    if not guess.fits:
        return f"{what}it is an example, because the names of the files told nothing. See docs/layouts.md."
    return f"{what}it is guessed from the names, and fits {guess.fits:,} of {guess.of:,} images that were looked at."


def _sensor(asset: str, sensor: Sensor) -> Iterator[str]:
    yield f"[sensors.{_key(asset)}]"
    yield f"title = {_text(sensor.title)}"
    yield f"kind = {_text(sensor.kind)}"
    for name, colours in (("true_colour", sensor.true_colour), ("false_colour", sensor.false_colour)):
        if colours:
            yield f"{name} = [{', '.join(_text(band) for band in colours)}]"
    yield "bands = [  # gsd (pixel size) in metres; centre and width of the band in nanometres"
    yield from (f"  {_band(band)}," for band in sensor.bands)
    yield "]"


def _band(band: Band) -> str:
    """Write a band as an inline table: resolution in metres, wavelength in nanometres."""
    parts = [f"name = {_text(band.name)}"]
    numbers = {"gsd": band.gsd, "centre": band.centre, "width": band.width}
    parts += [f"{key} = {repr(value).removesuffix('.0')}" for key, value in numbers.items() if value is not None]
    parts += [f"description = {_text(band.description)}"] if band.description else []
    return f"{{ {', '.join(parts)} }}"


def _text(value: str) -> str:
    # A JSON string is a basic string of TOML, but for the delete character, which JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(values: Sequence[str]) -> str:
    """Write one text as such, and several as a list."""
    return _text(values[0]) if len(values) == 1 else f"[{', '.join(map(_text, values))}]"


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else _text(name)
