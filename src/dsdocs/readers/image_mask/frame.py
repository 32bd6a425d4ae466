"""One frame: its files compared with each other, cut into patches, and its labels counted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dsdocs.imagery.segments import Window
from dsdocs.readers.image_mask.classes import class_name, is_background
from dsdocs.readers.image_mask.grid import MAX_WINDOWS, Grid, windows
from dsdocs.readers.image_mask.vector import VectorError, covered, on_grid, unpack
from dsdocs.records import Fact, Fragment, PatchRecord, RecordError, RecordWarning

IMAGE, MASK = "image", "mask"  # keys of assets; images of a product have its name too
_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")
_LONGEST_KEY = 40  # characters of a product in the key of its asset
Labelled = tuple[tuple[str, ...] | None, Mapping[str, Fact]]


class Refused(Exception):
    """A frame cannot be used.

    Attributes
    ----------
    error
        The file that is to blame, and why.
    """

    def __init__(self, fragment: Fragment, category: str, reason: str) -> None:
        self.error = RecordError(fragment.path, category, reason)
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Cutting:
    """How frames are cut and labelled."""

    size: int  # px
    min_share: float
    names: Mapping[int, str]  # of values


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one frame."""

    images: tuple[Fragment, ...]
    mask: Fragment | None
    vector: Fragment | None
    warnings: tuple[RecordWarning, ...]

    @property
    def is_bare(self) -> bool:
        """Whether there are images alone."""
        return self.mask is None and self.vector is None


@dataclass(frozen=True, slots=True)
class Cut:
    """A frame, cut into patches."""

    patches: Iterator[PatchRecord]
    left_out: list[tuple[Fragment, str]] = field(default_factory=list)  # images on another grid, and how it differs
    warnings: list[RecordWarning] = field(default_factory=list)


def files_of(fragments: Sequence[Fragment]) -> Files:
    """Sort the files of a frame by what they are; one that is there twice with equal content counts once.

    Raises
    ------
    Refused
        A file cannot be read, there are two for one thing, or there is no image.
    """
    found: dict[str, Fragment] = {}
    warnings = []
    for fragment in fragments:
        first = found.setdefault(fragment.path, fragment)
        if first.facts != fragment.facts:
            raise Refused(fragment, "image.duplicate", "is in the archive more than once, with different content")
        if first is not fragment:
            reason = "is in the archive more than once, with equal content; taken once"
            warnings.append(RecordWarning(fragment.path, "name.duplicate", reason))
    roles = {
        role: [each for each in found.values() if each.facts["role"] == role] for role in ("image", "mask", "vector")
    }
    images, masks, vectors = roles.values()
    for fragment in (*images, *masks, *vectors):
        if "error" in fragment.facts:
            raise Refused(fragment, *_pair(fragment.facts["error"]))
    if not images:
        raise Refused((masks + vectors)[0], "image.missing", "has no image of the same name")
    for several in (masks, vectors):
        if len(several) > 1:
            reason = f"belongs to the same frame as {several[0].path}; expected one of them"
            raise Refused(several[1], "label.conflict", reason)
    mask, vector = (several[0] if several else None for several in (masks, vectors))
    return Files(tuple(images), mask, vector, tuple(warnings))


def cut_frame(files: Files, name: str, split: str | None, cutting: Cutting) -> Cut:
    """Cut a frame into patches, of images that lie on one grid.

    Of several images, those are taken that lie on the grid of the mask; without a mask, those on the grid of the
    largest one.

    Raises
    ------
    Refused
        Files of the frame do not lie on one another, or it is too large.
    """
    main, grid = _main(files)
    assets: dict[str, str] = {}
    left_out = []
    for image in files.images:
        own = Grid.from_facts(image.facts)
        difference = grid.difference(own)
        if difference is not None:
            left_out.append((image, f"{difference}: is {own}, the patches are cut from {grid}"))
        elif assets.setdefault(_key(image), image.path) != image.path:
            reason = f"belongs to the same frame as {assets[_key(image)]}; expected one image"
            raise Refused(image, "image.duplicate", reason)
    if files.mask is not None:
        assets[MASK] = files.mask.path
        if grid.transform is None:
            grid = Grid.from_facts(files.mask.facts)
    number = -(-grid.width // cutting.size) * -(-grid.height // cutting.size)
    if number > MAX_WINDOWS:
        raise Refused(main, "image.too-large", f"is {grid}, {number} patches; a frame may have {MAX_WINDOWS}")
    warnings = []
    if grid.transform is not None and grid.crs is None:
        reason = "is placed in a coordinate reference system that is missing or has no code; kept without a footprint"
        warnings.append(RecordWarning(main.path, "geo.crs", reason))
    places = list(windows(grid.width, grid.height, cutting.size))
    labelled = _labels(files, grid, [window for _, _, window in places], cutting)
    return Cut(_patches(name, split, grid, places, labelled, assets), left_out, warnings)


def _main(files: Files) -> tuple[Fragment, Grid]:
    """Return the image that says where the patches lie, and its grid."""
    images = [(image, Grid.from_facts(image.facts)) for image in files.images]
    if files.mask is not None:
        mask = Grid.from_facts(files.mask.facts)
        fits = [(image, grid) for image, grid in images if mask.difference(grid) is None]
        if not fits:
            image, grid = images[0]
            reason = f"is {grid}; its mask {files.mask.path} has {mask.difference(grid)}: {mask}"
            raise Refused(image, "image.mismatch", reason)
        images = fits
    return max(images, key=lambda pair: pair[1].width * pair[1].height)  # the first by path of several


def _patches(
    name: str,
    split: str | None,
    grid: Grid,
    places: Sequence[tuple[int, int, Window]],
    labelled: Sequence[Labelled],
    assets: Mapping[str, str],
) -> Iterator[PatchRecord]:
    gsd = grid.gsd()
    for (row, column, window), (labels, facts) in zip(places, labelled, strict=True):
        yield PatchRecord(
            f"{name}_{row}_{column}",
            labels,
            split,
            footprint=grid.footprint(window),
            tile=name,
            gsd=gsd,
            width=window[2],
            height=window[3],
            window=window if len(places) > 1 else None,
            assets=assets,
            facts=facts,
        )


def _labels(files: Files, grid: Grid, places: Sequence[Window], cutting: Cutting) -> list[Labelled]:
    if files.mask is not None:
        coloured = bool(files.mask.facts["coloured"])
        counts: Any = files.mask.facts["counts"]
        areas = [width * height for _, _, width, height in places]
        return [_mask_labels(each, area, cutting, coloured) for each, area in zip(counts, areas, strict=True)]
    if files.vector is not None:
        try:
            shares = covered(on_grid(unpack(files.vector.facts), grid), places, cutting.min_share)
        except VectorError as error:
            raise Refused(files.vector, error.category, str(error)) from error
        return [(labels, {"mask:background": 1 - share}) for labels, share in shares]
    return [(None, {})] * len(places)


def _mask_labels(counts: Sequence[tuple[int, int]], area: int, cutting: Cutting, coloured: bool) -> Labelled:
    valid = sum(count for _, count in counts)
    present = [(value, count) for value, count in counts if not is_background(value, cutting.names)]
    labels = {
        class_name(value, cutting.names, coloured=coloured)
        for value, count in present
        if count >= cutting.min_share * valid
    }
    facts: dict[str, Fact] = {
        "mask:background": (valid - sum(count for _, count in present)) / valid if valid else None,
        "mask:classes": len(present),
        "mask:coverage": valid / area,
    }
    return tuple(sorted(labels)), facts


def _key(image: Fragment) -> str:
    """Return the key of an image's asset; never a name that a system keeps for itself, as ``con`` is."""
    product = _NOT_IN_KEYS.sub("-", str(image.facts["product"]).lower()).strip("-")[:_LONGEST_KEY].strip("-")
    return f"{IMAGE}-{product}" if product else IMAGE


def _pair(error: Any) -> tuple[str, str]:
    category, reason = error
    return str(category), str(reason)
