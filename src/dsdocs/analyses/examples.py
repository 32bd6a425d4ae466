"""What do the patches look like?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.words import counted
from dsdocs.imagery.model import Thumbnail
from dsdocs.views import Gallery, Picture, View

RENDERINGS = {
    "true-colour": "true colour",
    "false-colour": "false colour, vegetation in red",
    "radar": "radar backscatter, VV, VH and their difference as red, green, blue",
    "image": "the colours of the file",
    "map": "the classes of the map",
}
# What a reader has to know to read such a picture.
_EXPLAINED = {
    "true-colour": "The bands that the eye would see.",
    "false-colour": "Near-infrared light is shown as red, so that healthy vegetation glows.",
    "radar": "Calm water is dark; buildings and rough ground are bright.",
    "image": "The bands as they are stored: three as red, green and blue, or one as grey.",
    "map": "Each class has a colour of its own.",
}


@dataclass(frozen=True, slots=True)
class Examples:
    """Thumbnails of one rendering with what is known of each patch."""

    title: str
    pictures: tuple[Picture, ...]
    explained: str = ""  # how to read the pictures

    def views(self) -> tuple[View, ...]:
        """Return the gallery."""
        finding = f"{counted(len(self.pictures), 'patch', 'patches')} of the data set. {self.explained}".rstrip()
        return (Gallery(self.title, self.pictures, finding),)


@dataclass(frozen=True, slots=True)
class Galleries:
    """Examples in every rendering that the data set has."""

    parts: tuple[Examples, ...]

    def views(self) -> tuple[View, ...]:
        """Return one gallery for each rendering."""
        return tuple(view for part in self.parts for view in part.views())


def galleries(thumbnails: Sequence[Thumbnail], summary: pa.Table, *, n: int = 5) -> Galleries:
    """Show the same patches in every rendering that there are pictures of, without their labels; see `examples`."""
    by_rendering = {name: {t.id for t in thumbnails if t.rendering == name} for name in RENDERINGS}
    present = {name: ids for name, ids in by_rendering.items() if ids}
    # Where some patch has been seen in every way, only such patches are compared.
    common = set.intersection(*present.values()) if present else set()
    chosen = [t for t in thumbnails if t.id in common] if common else thumbnails
    parts = [examples(chosen, summary, rendering=name, n=n) for name in present]
    return Galleries(
        tuple(
            replace(part, pictures=_without_labels(part.pictures), explained=_EXPLAINED[name])
            for name, part in zip(present, parts, strict=True)
        )
    )


def examples(
    thumbnails: Sequence[Thumbnail], summary: pa.Table, *, rendering: str | None = None, n: int = 10, title: str = ""
) -> Examples:
    """Show thumbnails with the labels and the date of their patches.

    Parameters
    ----------
    thumbnails
        All thumbnails of the site.
    summary
        Reads ``id``, ``labels``, ``datetime`` and ``country``.
    rendering
        A key of `RENDERINGS`; default: the first that there are pictures of.
    n
        Number of pictures at most, taken evenly from those that exist.
    title
        Title of the gallery; default: the rendering.

    Raises
    ------
    ValueError
        The site has no thumbnail of this rendering.
    """
    rendering = rendering or first_rendering(thumbnails)
    chosen = [thumbnail for thumbnail in thumbnails if thumbnail.rendering == rendering]
    if not chosen:
        raise ValueError(f"the site has no {rendering} pictures")
    step = max(1, len(chosen) // n)
    chosen = chosen[::step][:n]
    known = summary.select(["id", "labels", "datetime", "country"]).filter(
        pc.is_in(summary["id"], pa.array([thumbnail.id for thumbnail in chosen]))
    )
    rows = {row["id"]: row for row in known.to_pylist()}
    pictures = tuple(_picture(thumbnail, rows[thumbnail.id]) for thumbnail in chosen)
    return Examples(title or f"Examples in {RENDERINGS[rendering]}", pictures)


def first_rendering(thumbnails: Sequence[Thumbnail]) -> str:
    """Return the rendering that shows most like the eye would see, of those that there are pictures of."""
    present = {thumbnail.rendering for thumbnail in thumbnails}
    return next((name for name in RENDERINGS if name in present), next(iter(RENDERINGS)))


def _without_labels(pictures: Sequence[Picture]) -> tuple[Picture, ...]:
    return tuple(replace(picture, chips=()) for picture in pictures)


def _picture(thumbnail: Thumbnail, row: dict[str, object]) -> Picture:
    labels = tuple(str(label) for label in row["labels"] or ())  # type: ignore[attr-defined]
    moment = row["datetime"]
    date = f"{moment:%Y-%m-%d}" if moment else ""
    # A country alone says little: all patches of an archive may lie in one.
    caption = ", ".join(part for part in (str(row["country"] or ""), date or thumbnail.id) if part)
    alt = f"Patch in {RENDERINGS[thumbnail.rendering]}" + (f": {', '.join(labels)}" if labels else "")
    return Picture(f"thumbs/{thumbnail.file}", thumbnail.width, thumbnail.height, alt, caption, labels)
