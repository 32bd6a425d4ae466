"""Which files a preview may hold, told by the end of their names and by their first bytes.

The host takes the type that it announces from the end of the name; a browser that doubts it looks at the first bytes
(https://mimesniff.spec.whatwg.org, section 7.1). Both have to agree, so that nothing is a page by surprise.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Container
from pathlib import Path, PurePosixPath

from dsdocs.publish.preview import css
from dsdocs.publish.preview.links import WrongAddressError, local
from dsdocs.publish.preview.svg import svg_problems
from dsdocs.publish.preview.zips import Files

PAGES, SCRIPTS = frozenset({".html"}), frozenset({".js", ".mjs", ".wasm"})
_INFLATED = 500_000_000  # bytes that a visitor's browser may have to hold
_RATIO, _RATIO_FROM = 250, 4_000_000  # to 1, beyond so many bytes: a column that says the same of every row is smaller
_STEP = 2**20  # bytes
_TEXTS = frozenset({"", ".txt", ".csv", ".md", ".bib", ".cff", ".geojson"})
# First bytes; any of them, where there are several.
_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
    ".ico": (b"\0\0\1\0",),
    ".woff2": (b"wOF2",),
    ".parquet": (b"PAR1",),
    ".inv": (b"# Sphinx inventory version 2\n",),
    ".gz": (b"\x1f\x8b\x08",),
    ".onnx": (b"\x08",),
    ".avif": (b"\0\0\0",),
}
_WITHIN = {".webp": (8, b"WEBP"), ".avif": (4, b"ftypavi")}
# What a browser takes for a page or another document, after blanks, and what systems run.
_DOCUMENT = re.compile(
    rb"[\t\n\x0c\r ]*(<(!doctype|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--|\?xml|svg)"
    rb"[\s>/-]|%PDF-|%!PS-Adobe-)",
    re.IGNORECASE,
)
_PROGRAM = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"PK\3\4", b"\0asm")


def file_problems(path: str, file: Path, files: Files, styles: Container[str] = frozenset()) -> list[str]:
    """Return what is wrong with a file that is neither page nor script.

    Parameters
    ----------
    path
        In the preview.
    file
        Where it lies.
    files
        All files of the preview.
    styles
        Rules of the style sheets of the default branch, as `css.rules` writes them.
    """
    suffix = PurePosixPath(path).suffix
    with file.open("rb") as source:
        head = source.read(512)
    if suffix in _BEGINNINGS:
        return _packed_problems(suffix, file, head)
    if suffix not in _TEXTS | {".json", ".css", ".svg", ".map"}:
        return [f"is of the kind {suffix!r}, which previews may not hold"]
    data = file.read_bytes()
    if suffix == ".svg":
        return svg_problems(data)
    if head.startswith(_PROGRAM):
        return ["is a program or an archive by its first bytes, whatever its name says"]
    if _DOCUMENT.match(data):
        return ["begins like a page, and browsers that doubt the name would take it for one"]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"is not UTF-8 at byte {error.start:,}"]
    if "\0" in text:
        return ["holds a null character, and should be text"]
    if suffix in (".json", ".map"):
        return _json_problems(text)
    return _css_problems(path, text, files, styles) if suffix == ".css" else []


def _packed_problems(suffix: str, file: Path, head: bytes) -> list[str]:
    at, mark = _WITHIN.get(suffix, (0, b""))
    if not head.startswith(_BEGINNINGS[suffix]) or head[at : at + len(mark)] != mark:
        return [f"is no {suffix} by its first bytes; they are {head[:8]!r}"]
    if suffix == ".gz" and not _inflates(file):
        return [f"is damaged, or inflates {_RATIO}-fold or to more than {_INFLATED:,} bytes, as in a bomb"]
    return []


def _inflates(file: Path) -> bool:
    """Tell whether a gzip file is whole, is one member, and stays within bounds."""
    decoder, total = zlib.decompressobj(31), 0
    most = min(_INFLATED, max(_RATIO_FROM, _RATIO * file.stat().st_size))
    try:
        with file.open("rb") as source:
            while data := source.read(_STEP):
                while data and not decoder.eof:
                    total += len(decoder.decompress(data, _STEP))
                    data = decoder.unconsumed_tail
                    if total > most:
                        return False
    except zlib.error:
        return False
    return decoder.eof and not decoder.unused_data


def _json_problems(text: str) -> list[str]:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return [f"is no JSON: {error}"]
    return []


def _css_problems(path: str, text: str, files: Files, styles: Container[str]) -> list[str]:
    try:
        for address in css.addresses(text):
            local(address, path, files)
    except WrongAddressError as error:
        return [f"has an address that {error}"]
    except ValueError as error:
        return [f"is refused: it {error}"]
    return list(css.rule_problems(text, styles))
