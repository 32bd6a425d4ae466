"""Thumbnails of chosen patches, as large and as good as a budget of bytes allows.

Pictures are made smaller, never larger: a 64 px patch stays 64 px and the style sheet enlarges it with
``image-rendering: pixelated``, which is crisp on every screen density and costs no bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from dsdocs.errors import RasterError
from dsdocs.imagery.choose import choose_examples
from dsdocs.imagery.composite import Composite
from dsdocs.imagery.encode import encoded, picture, shrunk
from dsdocs.imagery.model import Rendering, Thumbnail
from dsdocs.imagery.rendering import Layer, OpenMember, ThumbnailJob, read_layers
from dsdocs.imagery.stretch import Histogram, Tone
from dsdocs.records import RecordError

__all__ = [
    "Attempt",
    "GroupTone",
    "Thumbnail",
    "ThumbnailJob",
    "ThumbnailReport",
    "choose_examples",
    "make_thumbnails",
]

EDGES = (256, 192, 128, 96, 64)  # px, the longer edge at most
QUALITIES = (85, 75, 60)  # of WebP, 0..100; below 60 fields lose their texture
TONED = 256  # patches of an asset that the stretch is chosen from
MEASURED = 12  # jobs that the size of all is estimated from
_ASSET = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
Group = tuple[str, Rendering]
Step = tuple[int, int]  # edge, quality


@dataclass(frozen=True, slots=True)
class Attempt:
    """One step of the search for a size."""

    edge: int  # px, longer edge at most
    quality: int
    size: int  # bytes of all thumbnails
    estimated: bool  # from some of the patches; False: every picture was made


@dataclass(frozen=True, slots=True)
class GroupTone:
    """The stretch that all pictures of one asset and rendering share."""

    asset: str
    rendering: Rendering
    tone: Tone


@dataclass(frozen=True, slots=True)
class ThumbnailReport:
    """How the pictures were made."""

    format: str
    edge: int  # px, longer edge at most
    quality: int
    budget: int  # bytes
    size: int  # bytes of all thumbnails; above the budget only if the smallest step is
    count: int
    attempts: tuple[Attempt, ...]
    tones: tuple[GroupTone, ...]


def make_thumbnails(
    jobs: Sequence[ThumbnailJob],
    open_member: OpenMember,
    out: Path,
    *,
    budget: int,
    size: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[tuple[Thumbnail, ...], tuple[RecordError, ...], ThumbnailReport]:
    """Write a picture of every job and rendering, and say what could not be read.

    Parameters
    ----------
    jobs
        What to show. Files are numbered by the order in which patch ids first appear.
    open_member
        Opens a path of the archive; ``KeyError`` if there is none.
    out
        Folder of all thumbnails; made if it is not there.
    budget
        Bytes that all pictures together may take. Steps of edge and quality, best first, are tried on some of
        the jobs; the first that fits is used for all, and the next one if the whole turns out too large.
    size
        Fix the longer edge in px; then only the quality is searched.
    progress
        Called with the number of jobs done, again from the start if the first choice was too large.

    Returns
    -------
    thumbnails, errors, report
        In the order of the jobs. A job with an error has no picture; every other one has all its renderings.

    Raises
    ------
    ValueError
        The key of an asset cannot be the name of a folder on every system and in every URL.
    """
    for asset in {job.asset for job in jobs}:
        if not _ASSET.fullmatch(asset):
            raise ValueError(f"asset {asset!r}: expected small letters and digits, joined by hyphens or underscores")
    tones = _tones(jobs, open_member)
    sample = _sample(jobs, open_member, tones, size or EDGES[0])
    steps = _steps(sample, size)
    attempts: list[Attempt] = []
    while True:
        edge, quality = _first_fit(sample, steps, budget, attempts)
        made, errors = _make_all(jobs, open_member, tones, (edge, quality), progress)
        total = sum(len(data) for _, data in made)
        attempts.append(Attempt(edge, quality, total, False))
        steps = steps[steps.index((edge, quality)) + 1 :]
        if total <= budget or not steps:
            break
    for thumbnail, data in made:
        path = out / thumbnail.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    groups = tuple(GroupTone(asset, rendering, tone) for (asset, rendering), tone in tones.items())
    report = ThumbnailReport("webp", edge, quality, budget, total, len(made), tuple(attempts), groups)
    return tuple(thumbnail for thumbnail, _ in made), tuple(errors), report


def _tones(jobs: Sequence[ThumbnailJob], open_member: OpenMember) -> dict[Group, Tone]:
    """Choose one stretch for each asset and rendering, from patches spread evenly over the jobs."""
    found: dict[Group, list[tuple[Histogram, ...]]] = {}
    for _, some in _spread(jobs, TONED):
        for job, layer in _readable(some, open_member):
            if isinstance(layer.content, Composite):
                found.setdefault((job.asset, layer.rendering), []).append(layer.content.histograms())
    return {group: Tone.of(rows) for group, rows in found.items()}


def _sample(
    jobs: Sequence[ThumbnailJob], open_member: OpenMember, tones: Mapping[Group, Tone], edge: int
) -> list[tuple[float, bool, Image.Image]]:
    """Return pictures of some jobs: how many others each stands for, whether it is a map, and itself."""
    pictures = []
    for weight, some in _spread(jobs, MEASURED):
        for job, layer in _readable(some, open_member):
            exact = layer.rendering == "map"
            image = picture(layer, tones.get((job.asset, layer.rendering)))
            pictures.append((weight, exact, shrunk(image, edge, exact=exact)))
    return pictures


def _steps(sample: Sequence[tuple[float, bool, Image.Image]], size: int | None) -> list[Step]:
    """List edges and qualities, best first; an edge that no picture reaches would repeat the one before."""
    longest = max((max(image.size) for _, _, image in sample), default=0)
    edges = (size,) if size else (EDGES[0], *(edge for edge in EDGES[1:] if edge < longest))
    return [(edge, quality) for edge in edges for quality in QUALITIES]


def _first_fit(
    sample: Sequence[tuple[float, bool, Image.Image]],
    steps: Sequence[Step],
    budget: int,
    attempts: list[Attempt],
) -> Step:
    """Return the first step whose estimated total fits, else the last; each attempt is noted."""
    for edge, quality in steps:
        sizes = (
            weight * len(encoded(shrunk(image, edge, exact=exact), quality, exact=exact))
            for weight, exact, image in sample
        )
        attempts.append(Attempt(edge, quality, round(sum(sizes)), True))
        if attempts[-1].size <= budget:
            break
    return edge, quality


def _make_all(
    jobs: Sequence[ThumbnailJob],
    open_member: OpenMember,
    tones: Mapping[Group, Tone],
    step: Step,
    progress: Callable[[int], None] | None,
) -> tuple[list[tuple[Thumbnail, bytes]], list[RecordError]]:
    numbers = {name: number for number, name in enumerate(dict.fromkeys(job.id for job in jobs))}
    made: list[tuple[Thumbnail, bytes]] = []
    errors = []
    for done, job in enumerate(jobs, 1):
        try:
            layers = read_layers(job, open_member)
        except RasterError as error:
            errors.append(RecordError(error.file, error.category, error.problem))
        else:
            made += [_make(job, layer, numbers[job.id], tones, step) for layer in layers]
        if progress is not None:
            progress(done)
    return made, errors


def _make(
    job: ThumbnailJob, layer: Layer, number: int, tones: Mapping[Group, Tone], step: Step
) -> tuple[Thumbnail, bytes]:
    edge, quality = step
    exact = layer.rendering == "map"
    image = shrunk(picture(layer, tones.get((job.asset, layer.rendering))), edge, exact=exact)
    file = f"{job.asset}/{layer.rendering}/{number:04d}.webp"
    thumbnail = Thumbnail(job.id, job.asset, layer.rendering, file, image.width, image.height)
    return thumbnail, encoded(image, quality, exact=exact)


def _spread(jobs: Sequence[ThumbnailJob], most: int) -> Iterator[tuple[float, list[ThumbnailJob]]]:
    """Yield for each asset at most ``most`` jobs, evenly spaced, after the number that each stands for."""
    for asset in sorted({job.asset for job in jobs}):
        own = [job for job in jobs if job.asset == asset]
        count = min(most, len(own))
        yield len(own) / count, [own[index * len(own) // count] for index in range(count)]


def _readable(jobs: Sequence[ThumbnailJob], open_member: OpenMember) -> Iterator[tuple[ThumbnailJob, Layer]]:
    """Yield the layers of the jobs that can be read; the others are reported when the pictures are made."""
    for job in jobs:
        with suppress(RasterError):
            yield from ((job, layer) for layer in read_layers(job, open_member))
