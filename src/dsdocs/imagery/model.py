"""What a thumbnail is, for pages that show one: importing this opens no image library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rendering = Literal["true-colour", "false-colour", "radar", "map", "image"]


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One picture of a patch."""

    id: str  # of the patch
    asset: str
    rendering: Rendering
    file: str  # below the folder of all thumbnails: "sentinel-2/true-colour/0007.webp"
    width: int  # px
    height: int  # px
