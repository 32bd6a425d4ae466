"""Which files belong together as image, mask and vector of one frame, told from their paths alone.

A mask is told by a word in its folder (``masks/``, ``labels/``, ``gt/`` ...) or at an end of its name (``a_mask.png``,
``mask_a.png``); GeoJSON is always a vector file; every other picture is an image. What is left of folder and name once
these words are taken away must be equal. SpaceNet repeats the folder of each product in the names of its files
(``PS-RGB/..._PS-RGB_img1.tif``, ``geojson_buildings/..._geojson_buildings_img1.geojson``), so that goes too.
Sources: the directory listings of SpaceNet 1, 2, 3, 6 and 7, and of DeepGlobe (``1_sat.jpg``, ``1_mask.png``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Role = Literal["image", "mask", "vector"]

IMAGES = (".tif", ".tiff", ".png", ".jpg", ".jpeg")
VECTORS = (".geojson",)
SPLITS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test",
    "testing": "test",
}  # fmt: skip
_IMAGE_FOLDER = frozenset({"image", "images", "img", "imgs", "imagery"})
_MASK_FOLDER = frozenset({
    "mask", "masks", "msk", "msks", "label", "labels", "lbl", "lbls", "gt", "gts", "groundtruth", "annotation",
    "annotations", "ann", "anns", "target", "targets", "seg", "segmentation", "segmentations",
})  # fmt: skip
_VECTOR_FOLDER = frozenset({"geojson", "geojsons", "vector", "vectors", "vectordata"})
# Products of SpaceNet; each is a folder.
_PRODUCT = frozenset({
    "3band", "8band", "ms", "mul", "mul-pansharpen", "pan", "ps-ms", "ps-rgb", "ps-rgbnir", "rgb", "rgb-pansharpen",
    "rgbnir", "sar-intensity", "sat",
})  # fmt: skip
_IMAGE_WORD = frozenset({"image", "img", "rgb", "sat"})  # at an end of a name
_MASK_WORD = frozenset({"mask", "masks", "msk", "label", "labels", "lbl", "gt", "seg", "groundtruth", "annotation"})
_THING = frozenset({"building", "buildings", "road", "roads"})  # what a vector file outlines
_VECTOR_WORD = _MASK_WORD | _THING | {"footprints", "geojson", "geo"}
_SEPARATOR = re.compile(r"[_\-. ]+")
_GROUND_TRUTH = re.compile(r"ground[_\-. ]truth", re.IGNORECASE)
_CHALLENGE = re.compile(r"(SN\d+|AOI)[_\-]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """What the path of one file says."""

    role: Role
    base: str  # folders that all files of the frame share, after the words for its parts were taken away
    frame: str  # name of the frame, unique within `base`
    product: str = ""  # folder that tells this image, or the things in this vector file, from others of the frame

    @property
    def unit(self) -> str:
        """Equal for all files of one frame; it always holds a slash."""
        return f"{self.base}/{self.frame}"


@dataclass(frozen=True, slots=True)
class _Folder:
    role: Role | None
    base: str
    product: str
    names: tuple[str, ...]  # folders whose names files may repeat


def place_of(path: str) -> Place | None:
    """Return what a path says; None if the file is no image, mask or vector by its suffix."""
    above, _, file = path.rpartition("/")
    stem, dot, suffix = file.rpartition(".")
    suffix = dot + suffix.lower()
    if not stem or stem.startswith(".") or suffix not in (*IMAGES, *VECTORS):
        return None
    vector = suffix in VECTORS
    folder = _folder(above, vector)
    for name in folder.names:
        stem = _without(stem, name)
    if vector:
        stem, word = _trimmed(stem, _VECTOR_WORD)
        return Place("vector", folder.base, stem, folder.product or (word.lower() if word.lower() in _THING else ""))
    bare, word = _trimmed(_GROUND_TRUTH.sub("groundtruth", stem), _MASK_WORD)
    if word or folder.role == "mask":
        return Place("mask", folder.base, bare)
    return Place("image", folder.base, _trimmed(stem, _IMAGE_WORD)[0], folder.product)


def split_of(folder: str) -> str | None:
    """Return the split that the nearest folder to the file names: ``train``, ``test_images``, ``SN2_..._train_...``."""
    for part in reversed(folder.split("/")):
        words = [word.lower() for word in _SEPARATOR.split(part) if word]
        found = [SPLITS[word] for word in words if word in SPLITS]
        others = [word for word in words if word not in SPLITS]
        if found and (_CHALLENGE.match(part) or all(word in _IMAGE_FOLDER | _MASK_FOLDER for word in others)):
            return found[0]
    return None


def has_mask_partner(names: Iterable[str]) -> bool:
    """Tell whether any image has a mask or a vector file of the same name."""
    return next(pairs(names), None) is not None


def pairs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield an image and its mask or vector file, once for each frame that has both."""
    seen: dict[str, dict[bool, str]] = {}
    for name in names:
        place = place_of(name)
        if place is None:
            continue
        found = seen.setdefault(place.unit, {})
        is_new = len(found) == 1 and (place.role == "image") not in found
        found.setdefault(place.role == "image", name)
        if is_new:
            yield found[True], found[False]


@lru_cache(maxsize=4096)
def _folder(path: str, vector: bool) -> _Folder:
    """Read the folders of a file; the deepest that has a word for the role of its files decides."""
    parts = path.split("/") if path else []
    for at in reversed(range(len(parts))):
        role, rest, product = _role(parts[at], vector)
        if role is None:
            continue
        after = parts[at + 1 :]
        names = [parts[at]]
        if vector:
            # geojson/buildings/ names what is outlined, not where the frame belongs.
            names += [name for name in after if name.lower() not in SPLITS]
            product = "_".join([product, *names[1:]]).strip("_")
            after = [name for name in after if name.lower() in SPLITS]
        return _Folder(role, "/".join([*parts[:at], *rest, *after]), product, tuple(names))
    return _Folder(None, path, "", ())


def _role(folder: str, vector: bool) -> tuple[Role | None, list[str], str]:
    """Return the role that a folder gives to its files, the split that its name holds, and its product."""
    words = [word.lower() for word in _SEPARATOR.split(_GROUND_TRUTH.sub("groundtruth", folder)) if word]
    split = [word for word in words if word in SPLITS]
    if vector and (found := next((word for word in words if word in _VECTOR_FOLDER | _MASK_FOLDER), None)):
        return "vector", split, "_".join(word for word in words if word not in {found, *split, "match"})
    if any(word in _MASK_FOLDER for word in words):
        return "mask", split, ""
    if folder.lower() in _PRODUCT:
        return "image", [], folder
    if any(word in _IMAGE_FOLDER for word in words):
        rest = [word for word in words if word not in _IMAGE_FOLDER | SPLITS.keys()]
        return "image", split, "_".join(rest)
    return None, [], ""


def _without(stem: str, name: str) -> str:
    """Take the name of a folder out of the name of a file, where it stands between separators."""
    found = re.sub(rf"(^|[_\-. ]){re.escape(name)}(?=$|[_\-. ])", "", stem, count=1, flags=re.IGNORECASE)
    return found.strip("_-. ") or stem


def _trimmed(stem: str, words: frozenset[str]) -> tuple[str, str]:
    """Take one of some words off an end of a name, the last one first; return what is left, and the word."""
    parts = _SEPARATOR.split(stem)
    if len(parts) > 1 and parts[-1].lower() in words:
        return stem[: -len(parts[-1])].rstrip("_-. ") or stem, parts[-1]
    if len(parts) > 1 and parts[0].lower() in words:
        return stem[len(parts[0]) :].lstrip("_-. ") or stem, parts[0]
    return stem, ""
