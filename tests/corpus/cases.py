"""What may be wrong with the files of an archive, layout by layout, and what must come of it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from corpus.archives import (
    Files,
    band,
    edited_json,
    edited_parquet,
    geotiff,
    good,
    jpeg,
    only,
    plain_tiff,
    png,
)

COMPLETE, REFUSED, PARTIAL = 0, 2, 3
V1, S1, V2 = "bigearthnet-v1-s2", "bigearthnet-v1-s1", "bigearthnet-v2"
FOLDERS, FLAT, MULTIHOT, UCM, MASKS = "class-folder", "flat-images", "multihot-csv", "ucmerced-multilabel", "image-mask"
JSON, B02 = "_labels_metadata.json", "_B02.tif"


@dataclass(frozen=True)
class Case:
    """One archive and its outcome."""

    name: str
    layout: str
    change: Callable[[Files], None]  # of the files of the good archive
    code: int = PARTIAL
    lost: int = 1  # patches fewer than in the good archive
    quarantined: tuple[str, ...] = ()  # categories, sorted
    warned: tuple[str, ...] = ()  # categories, sorted
    ignored: int = 0  # files

    def files(self) -> Files:
        """Return the files of the archive."""
        files = good(self.layout)
        self.change(files)
        return files


def _set(ending: str, content: bytes | Callable[[bytes], bytes], files: Files) -> None:
    path = only(files, ending)
    files[path] = content(files[path]) if callable(content) else content


def _drop(ending: str, files: Files) -> None:
    del files[only(files, ending)]


def _add(path: str, content: bytes, files: Files) -> None:
    files[path] = content


def _copy(ending: str, path: str, files: Files) -> None:
    files[path] = files[only(files, ending)]


def _band(ending: str, size: int, pixel: float, files: Files, *, shift: float = 0.0, dtype: str = "uint16") -> None:
    _set(ending, lambda content: band(size, pixel=pixel, shift=shift, like=content, dtype=dtype), files)


def _json(files: Files, /, **changes: object) -> None:
    _set(JSON, lambda content: edited_json(content, **changes), files)


def _text(old: bytes, new: bytes, ending: str, files: Files) -> None:
    _set(ending, lambda content: content.replace(old, new, 1), files)


def _rename_patch(files: Files) -> None:
    """Put a copy of a whole patch folder below another folder."""
    folder = only(files, JSON).rpartition("/")[0]
    files.update({f"again/{path}": content for path, content in files.items() if path.startswith(folder + "/")})


def _row(change: Callable[[dict[str, object]], None], files: Files) -> None:
    def edit(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        change(rows[0])
        return rows

    _set("metadata.parquet", lambda content: edited_parquet(content, edit), files)


def _again(change: Callable[[dict[str, object]], None], files: Files) -> None:
    def edit(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        copy = dict(rows[0])
        change(copy)
        return [*rows, copy]

    _set("metadata.parquet", lambda content: edited_parquet(content, edit), files)


def _nothing(row: dict[str, object]) -> None:
    """Leave the row as it is."""


def _cell(row: int, column: int, value: str, ending: str, files: Files, separator: str = ",", end: str = "\n") -> None:
    path = only(files, ending)
    rows = [line.split(separator) for line in files[path].decode().split(end)]
    rows[row][column] = value
    files[path] = end.join(separator.join(line) for line in rows).encode()


def _without_row(row: int, ending: str, files: Files, end: str = "\n") -> None:
    path = only(files, ending)
    rows = files[path].decode().split(end)
    files[path] = end.join(rows[:row] + rows[row + 1 :]).encode()


def _repeat_row(row: int, changes: dict[int, str], ending: str, files: Files) -> None:
    path = only(files, ending)
    rows = files[path].decode().split("\n")
    cells = rows[row].split(",")
    for column, value in changes.items():
        cells[column] = value
    files[path] = "\n".join([*rows[:-1], ",".join(cells), ""]).encode()


BOMB = b"II*\0\x08\0\0\0" + struct.pack("<H", 6) + b"".join(
    struct.pack("<HHIHH", tag, 3, 1, value, 0)
    for tag, value in ((256, 65535), (257, 65535), (258, 16), (259, 1), (277, 1), (339, 1))
) + b"\0\0\0\0"  # fmt: skip
_IHDR = b"IHDR" + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
PNG_BOMB = (
    b"\x89PNG\r\n\x1a\n\0\0\0\r" + _IHDR + struct.pack(">I", zlib.crc32(_IHDR))
    + b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
)  # fmt: skip
VRT = (
    b'<VRTDataset rasterXSize="120" rasterYSize="120"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
    b"<SourceFilename>/vsicurl/http://127.0.0.1:9/x.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
)
LONG = b'{"labels": ' + b"[" * 100_000

V1_CASES = [
    Case("band-missing", V1, partial(_drop, "_B05.tif"), quarantined=("image.missing",)),
    Case("finest-band-missing", V1, partial(_drop, B02), quarantined=("image.missing",)),
    Case("finest-band-empty", V1, partial(_set, B02, b""), quarantined=("image.corrupt",)),
    Case("other-band-empty", V1, partial(_set, "_B11.tif", b""), quarantined=("image.corrupt",)),
    Case("finest-band-cut", V1, partial(_set, B02, lambda content: content[: len(content) // 2]), quarantined=("image.corrupt",)),
    Case("finest-band-is-text", V1, partial(_set, B02, b"not an image"), quarantined=("input.junk",)),
    Case("finest-band-claims-4-gigapixels", V1, partial(_set, B02, BOMB), quarantined=("image.too-large",)),
    Case("finest-band-is-a-vrt", V1, partial(_set, B02, VRT), quarantined=("input.junk",)),
    Case("other-band-is-text", V1, partial(_set, "_B05.tif", b"not an image"), quarantined=("input.junk",)),
    Case("other-band-cut", V1, partial(_set, "_B8A.tif", lambda content: content[:-1]), quarantined=("image.corrupt",)),
    Case("other-band-cut-in-its-header", V1, partial(_set, "_B12.tif", lambda content: content[:100]), quarantined=("image.corrupt",)),
    Case("other-band-is-zeros", V1, partial(_set, "_B09.tif", bytes(5000)), quarantined=("input.junk",)),
    Case("other-band-claims-4-gigapixels", V1, partial(_set, "_B03.tif", BOMB), quarantined=("image.too-large",)),
    Case("other-band-is-a-vrt", V1, partial(_set, "_B03.tif", VRT), quarantined=("input.junk",)),
    Case("other-band-is-a-png", V1, partial(_set, "_B03.tif", png(120)), quarantined=("geo.crs",)),
    Case("other-band-is-nowhere", V1, partial(_set, "_B03.tif", plain_tiff()), quarantined=("geo.crs",)),
    Case("other-band-too-small", V1, partial(_band, "_B03.tif", 60, 20.0), quarantined=("image.mismatch",)),
    Case("other-band-too-large", V1, partial(_band, "_B05.tif", 120, 10.0), quarantined=("image.mismatch",)),
    Case("other-band-one-row-short", V1, partial(_band, "_B11.tif", 59, 20.0), quarantined=("image.mismatch",)),
    Case("other-band-elsewhere", V1, partial(_band, "_B06.tif", 60, 20.0, shift=20.0), quarantined=("image.mismatch",)),
    Case("other-band-of-another-kind", V1, partial(_band, "_B06.tif", 60, 20.0, dtype="float32"), quarantined=("image.mismatch",)),
    Case("finest-band-too-small", V1, partial(_band, B02, 60, 20.0), quarantined=("image.mismatch",)),
    Case("sidecars-in-a-patch", V1, lambda files: [_add(only(files, B02) + ending, b"<PAMDataset/>", files) for ending in (".aux.xml", ".ovr")], COMPLETE, 0, ignored=2),
    Case("metadata-missing", V1, partial(_drop, JSON), quarantined=("meta.missing",)),
    Case("metadata-empty", V1, partial(_set, JSON, b""), quarantined=("meta.syntax",)),
    Case("metadata-cut", V1, partial(_set, JSON, lambda content: content[:100]), quarantined=("meta.syntax",)),
    Case("metadata-latin-1", V1, partial(_set, JSON, lambda content: content[:-1] + b', "x": "\xe9"}'), quarantined=("meta.encoding",)),
    Case("metadata-utf-16", V1, partial(_set, JSON, lambda content: content.decode().encode("utf-16")), quarantined=("meta.encoding",)),
    Case("metadata-is-a-list", V1, partial(_set, JSON, b"[1, 2]"), quarantined=("meta.schema",)),
    Case("metadata-is-null", V1, partial(_set, JSON, b"null"), quarantined=("meta.schema",)),
    Case("metadata-too-large", V1, partial(_set, JSON, b" " * 2_000_000), quarantined=("meta.too-large",)),
    Case("metadata-nested-deeply", V1, partial(_set, JSON, LONG), quarantined=("meta.syntax",)),
    Case("no-labels-key", V1, partial(_json, labels=None), quarantined=("meta.schema",)),
    Case("labels-are-one-text", V1, partial(_json, labels="Pastures"), quarantined=("meta.schema",)),
    Case("labels-hold-a-number", V1, partial(_json, labels=["Pastures", 5]), quarantined=("meta.schema",)),
    Case("labels-hold-a-list", V1, partial(_json, labels=[["Pastures"]]), quarantined=("meta.schema",)),
    Case("label-unknown", V1, partial(_json, labels=["Pasture"]), quarantined=("label.unknown",)),
    Case("label-is-markup", V1, partial(_json, labels=["<script>alert(1)</script>"]), quarantined=("label.unknown",)),
    Case("label-is-template", V1, partial(_json, labels=["{{ 7 * 7 }}"]), quarantined=("label.unknown",)),
    Case("label-empty", V1, partial(_json, labels=["Pastures", ""]), quarantined=("label.empty",)),
    Case("label-twice", V1, partial(_json, labels=["Pastures", "Pastures"]), COMPLETE, 0, warned=("label.duplicate",)),
    Case("no-label", V1, partial(_json, labels=[]), COMPLETE, 0, warned=("label.empty",)),
    Case("coordinates-missing", V1, partial(_json, coordinates=None), quarantined=("meta.schema",)),
    Case("coordinates-are-text", V1, partial(_json, coordinates="here"), quarantined=("meta.schema",)),
    Case("corner-missing", V1, partial(_json, coordinates__ulx=None), quarantined=("meta.schema",)),
    Case("corner-is-text", V1, partial(_json, coordinates__ulx="west"), quarantined=("meta.schema",)),
    Case("corner-is-true", V1, partial(_json, coordinates__ulx=True), quarantined=("meta.schema",)),
    Case("corner-not-a-number", V1, partial(_json, coordinates__ulx=float("nan")), quarantined=("geo.invalid",)),
    Case("corner-infinite", V1, partial(_json, coordinates__uly=float("inf")), quarantined=("geo.invalid",)),
    Case("corner-far-away", V1, partial(_json, coordinates__ulx=1e300), quarantined=("geo.invalid",)),
    Case("no-area", V1, partial(_json, coordinates={"ulx": 5e5, "uly": 5e6, "lrx": 5e5, "lry": 5e6}), quarantined=("geo.invalid",)),
    Case("elsewhere-than-the-raster", V1, lambda files: _json(files, coordinates={"ulx": 3e5, "uly": 5e6, "lrx": 301_200, "lry": 4_998_800}), quarantined=("meta.mismatch",)),
    Case("projection-is-junk", V1, partial(_json, projection="somewhere"), quarantined=("geo.crs",)),
    Case("projection-missing", V1, partial(_json, projection=None), quarantined=("meta.schema",)),
    Case("projection-is-a-file", V1, partial(_json, projection="/etc/passwd"), quarantined=("geo.crs",)),
    Case("date-is-junk", V1, partial(_json, acquisition_date="yesterday"), quarantined=("meta.schema",)),
    Case("date-cannot-be", V1, partial(_json, acquisition_date="2018-02-30 10:00:00"), quarantined=("meta.schema",)),
    Case("date-missing", V1, partial(_json, acquisition_date=None), quarantined=("meta.schema",)),
    Case("stray-file", V1, partial(_add, "README.txt", b"hello"), COMPLETE, 0, ignored=1),
    Case("stray-file-in-a-patch", V1, lambda files: _add(only(files, JSON).rpartition("/")[0] + "/notes.txt", b"x", files), COMPLETE, 0, ignored=1),
    Case("stray-band", V1, lambda files: _copy(B02, only(files, B02).replace("_B02", "_B10"), files), COMPLETE, 0, ignored=1),
    Case("same-patch-twice", V1, _rename_patch, PARTIAL, 0, quarantined=("name.duplicate",)),
]  # fmt: skip
S1_CASES = [
    Case("s1-other-band-cut", S1, partial(_set, "_VH.tif", lambda content: content[:-10]), quarantined=("image.corrupt",)),
    Case("s1-other-band-too-small", S1, partial(_band, "_VH.tif", 60, 20.0, dtype="float32"), quarantined=("image.mismatch",)),
    Case("s1-band-missing", S1, partial(_drop, "_VH.tif"), quarantined=("image.missing",)),
    Case("s1-lower-corner-under-the-other-name", S1, lambda files: _text(b'"lly"', b'"lry"', JSON, files), quarantined=("meta.schema",)),
    Case("s1-label-unknown", S1, partial(_json, labels=["Sea"]), quarantined=("label.unknown",)),
]  # fmt: skip
V2_CASES = [
    Case("table-split-unknown", V2, partial(_row, lambda row: row.update(split="holdout")), quarantined=("meta.schema",)),
    Case("table-name-unsafe", V2, partial(_row, lambda row: row.update(patch_id="../../etc/passwd")), lost=0, quarantined=("meta.missing", "name.unsafe"), warned=("meta.missing",)),
    Case("table-row-twice", V2, partial(_again, _nothing), COMPLETE, 0, warned=("name.duplicate",)),
    Case("table-rows-disagree", V2, partial(_again, lambda row: row.update(labels=["Pastures"])), quarantined=("label.conflict",)),
    Case("table-label-unknown", V2, partial(_row, lambda row: row.update(labels=["Pasture"])), quarantined=("label.unknown",)),
    Case("table-no-label", V2, partial(_row, lambda row: row.update(labels=[])), COMPLETE, 0, warned=("label.empty",)),
    Case("pixels-other-band-is-text", V2, partial(_set, "_B11.tif", b"<html>"), quarantined=("input.junk",)),
    Case("pixels-other-band-cut", V2, partial(_set, "_B01.tif", lambda content: content[:-10]), quarantined=("image.corrupt",)),
    Case("pixels-other-band-empty", V2, partial(_set, "_B04.tif", b""), quarantined=("image.corrupt",)),
    Case("pixels-other-band-too-small", V2, partial(_band, "_B04.tif", 60, 20.0), quarantined=("image.mismatch",)),
    Case("pixels-other-radar-band-cut", V2, partial(_set, "_VH.tif", lambda content: content[:-10]), quarantined=("image.corrupt",)),
    Case("pixels-radar-band-too-small", V2, partial(_band, "_VV.tif", 60, 20.0, dtype="float32"), quarantined=("image.mismatch",)),
    Case("pixels-map-too-small", V2, partial(_band, "_reference_map.tif", 60, 20.0), quarantined=("image.mismatch",)),
    Case("pixels-map-empty", V2, partial(_set, "_reference_map.tif", b""), quarantined=("image.corrupt",)),
    Case("pixels-band-missing", V2, partial(_drop, "_B05.tif"), quarantined=("image.missing",)),
    Case("pixels-corrupt", V2, partial(_set, B02, b"II*\0garbage"), quarantined=("image.corrupt",)),
    Case("pixels-stray", V2, partial(_add, "BigEarthNet-S2/readme.md", b"x"), COMPLETE, 0, ignored=1),
]  # fmt: skip
FOLDER_CASES = [
    Case("jpeg-cut-in-its-header", FOLDERS, partial(_set, "Forest_1.jpg", lambda content: content[:20]), quarantined=("image.corrupt",)),
    Case("jpeg-cut-in-its-pixels", FOLDERS, partial(_set, "Forest_1.jpg", lambda content: content[:-100]), quarantined=("image.corrupt",)),
    Case("jpeg-empty", FOLDERS, partial(_set, "Forest_1.jpg", b""), quarantined=("image.corrupt",)),
    Case("jpeg-is-html", FOLDERS, partial(_set, "Forest_1.jpg", b"<html>403</html>"), quarantined=("input.junk",)),
    Case("png-claims-10-gigapixels", FOLDERS, partial(_add, "Forest/Forest_9.png", PNG_BOMB), PARTIAL, 0, quarantined=("image.too-large",)),
    Case("tiff-claims-4-gigapixels", FOLDERS, partial(_add, "Forest/Forest_9.tif", BOMB), PARTIAL, 0, quarantined=("image.too-large",)),
    Case("same-name-in-two-classes", FOLDERS, lambda files: _add("River/Forest_1.jpg", jpeg(5), files), PARTIAL, 0, quarantined=("name.duplicate",)),
    Case("tiff-is-a-jpeg", FOLDERS, lambda files: _add("Forest/Forest_9.tif", jpeg(9), files), COMPLETE, -1),
    Case("jpeg-is-a-png", FOLDERS, lambda files: _add("Forest/Forest_9.jpg", png(), files), COMPLETE, -1),
    Case("tiff-is-a-vrt", FOLDERS, partial(_add, "Forest/Forest_9.tif", VRT), PARTIAL, 0, quarantined=("input.junk",)),
    Case("tiff-is-xml", FOLDERS, partial(_add, "Forest/Forest_9.tif", b"<?xml version='1.0'?><a/>"), PARTIAL, 0, quarantined=("input.junk",)),
    Case("vrt", FOLDERS, partial(_add, "Forest/Forest_9.vrt", VRT), COMPLETE, 0, ignored=1),
    Case("readme", FOLDERS, partial(_add, "README.md", b"# hello"), COMPLETE, 0, ignored=1),
    Case("resource-fork", FOLDERS, partial(_add, "Forest/._Forest_1.jpg", b"\0\5\x16\7"), COMPLETE, 0, ignored=1),
    Case("thumbs-db", FOLDERS, partial(_add, "Forest/Thumbs.db", b"\xd0\xcf"), COMPLETE, 0, ignored=1),
    Case("class-is-markup", FOLDERS, partial(_add, "<b>bold<b>/x_1.jpg", jpeg(7)), COMPLETE, -1),
    Case("class-is-template", FOLDERS, partial(_add, "{{ 7*7 }}/x_1.jpg", jpeg(7)), COMPLETE, -1),
    Case("class-is-formula", FOLDERS, partial(_add, "=cmd|' C'!A0/x_1.jpg", jpeg(7)), COMPLETE, -1),
    Case("class-in-other-scripts", FOLDERS, partial(_add, "Wälder 森/x_1.jpg", jpeg(7)), COMPLETE, -1),
]  # fmt: skip
FLAT_CASES = [
    Case("flat-empty", FLAT, partial(_set, "patch_0.tif", b""), quarantined=("image.corrupt",)),
    Case("flat-junk", FLAT, partial(_set, "patch_0.tif", b"x" * 1000), quarantined=("input.junk",)),
    Case("flat-at-no-place", FLAT, lambda files: _set("patch_0.tif", geotiff(64, x=float("nan")), files), quarantined=("geo.invalid",)),
    Case("flat-at-infinity", FLAT, lambda files: _set("patch_0.tif", geotiff(64, x=float("inf")), files), quarantined=("geo.invalid",)),
    Case("flat-sidecars", FLAT, lambda files: [_add(f"patch_0{ending}", b"1\n0\n0\n-1\n7\n7\n", files) for ending in (".tfw", ".tif.ovr", ".tif.aux.xml")], COMPLETE, 0, ignored=3),
    Case("flat-claims-4-gigapixels", FLAT, partial(_add, "patch_9.tif", BOMB), PARTIAL, 0, quarantined=("image.too-large",)),
    Case("flat-is-a-vrt", FLAT, partial(_add, "patch_9.tif", VRT), PARTIAL, 0, quarantined=("input.junk",)),
    Case("flat-stray", FLAT, partial(_add, "index.html", b"<html>"), COMPLETE, 0, ignored=1),
]  # fmt: skip
TABLE_CASES = [
    Case("multihot-value-2", MULTIHOT, partial(_cell, 1, 5, "2", "airplane.csv"), quarantined=("meta.schema",)),
    Case("multihot-value-text", MULTIHOT, partial(_cell, 1, 5, "yes", "airplane.csv"), quarantined=("meta.schema",)),
    Case("multihot-value-missing", MULTIHOT, partial(_cell, 1, 5, "", "airplane.csv"), quarantined=("meta.schema",)),
    Case("multihot-row-missing", MULTIHOT, partial(_without_row, 1, "airplane.csv"), quarantined=("meta.missing",)),
    Case("multihot-row-twice", MULTIHOT, partial(_repeat_row, 1, {}, "airplane.csv"), COMPLETE, 0, warned=("name.duplicate",)),
    Case("multihot-rows-disagree", MULTIHOT, partial(_repeat_row, 1, {4: "1"}, "airplane.csv"), quarantined=("label.conflict",)),
    Case("multihot-row-cut", MULTIHOT, partial(_set, "airplane.csv", lambda content: content[:-9]), quarantined=("meta.missing", "meta.syntax")),
    Case("multihot-row-not-utf-8", MULTIHOT, partial(_text, b"airplane_00002.jpg", b"\xe9", "airplane.csv"), quarantined=("meta.encoding", "meta.missing")),
    Case("multihot-row-with-zero-byte", MULTIHOT, partial(_text, b"airplane_00002", b"\0irplane_00002", "airplane.csv"), quarantined=("meta.encoding", "meta.missing")),
    Case("multihot-row-quote-open", MULTIHOT, partial(_text, b"airplane_00001.jpg", b'"airplane_00001.jpg', "airplane.csv"), quarantined=("meta.missing", "meta.syntax")),
    Case("multihot-utf-16", MULTIHOT, partial(_set, "airplane.csv", lambda content: content.decode().encode("utf-16")), COMPLETE, 0),
    Case("multihot-image-corrupt", MULTIHOT, partial(_set, "airplane_00001.jpg", b"\xff\xd8\xff"), quarantined=("image.corrupt",)),
    Case("multihot-stray", MULTIHOT, partial(_add, "notes.docx", b"PK"), COMPLETE, 0, ignored=1),
    Case("ucm-image-corrupt", UCM, partial(_set, "beach00.tif", b"II*\0"), quarantined=("image.corrupt",)),
    Case("ucm-row-not-utf-8", UCM, partial(_text, b"beach01", b"beach\xff1", ".txt"), quarantined=("meta.encoding", "meta.missing")),
    Case("ucm-row-quote-open", UCM, partial(_text, b"beach01", b'beach01\t"', ".txt"), quarantined=("meta.missing", "meta.syntax")),
    Case("ucm-value-5", UCM, partial(_cell, 1, 3, "5", ".txt", separator="\t", end="\r\n"), quarantined=("meta.schema",)),
]  # fmt: skip
MASK_CASES = [  # a frame is four patches
    Case("mask-missing", MASKS, partial(_drop, "masks/frame_0.tif"), lost=4, quarantined=("meta.missing",)),
    Case("frame-missing", MASKS, partial(_drop, "images/frame_0.tif"), lost=4, quarantined=("image.missing",)),
    Case("mask-of-another-size", MASKS, lambda files: _set("masks/frame_0.tif", geotiff(64, x=5e5, pixels=np.ones((64, 64), np.uint8)), files), lost=4, quarantined=("image.mismatch",)),
    Case("mask-of-another-place", MASKS, lambda files: _copy("masks/frame_1.tif", "masks/frame_0.tif", files), lost=4, quarantined=("image.mismatch",)),
    Case("mask-corrupt", MASKS, partial(_set, "masks/frame_0.tif", b"II*\0"), lost=4, quarantined=("image.corrupt",)),
    Case("mask-claims-4-gigapixels", MASKS, partial(_set, "masks/frame_0.tif", BOMB), lost=4, quarantined=("image.too-large",)),
]  # fmt: skip
CASES = [*V1_CASES, *S1_CASES, *V2_CASES, *FOLDER_CASES, *FLAT_CASES, *TABLE_CASES, *MASK_CASES]
