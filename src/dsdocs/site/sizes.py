"""Give the pictures of a page their size, so that the text below them stays where it is when they arrive."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from PIL import Image, UnidentifiedImageError
from sphinx.application import Sphinx

_IMAGE = re.compile(r'<img\b(?=[^>]*\bsrc="(?:\.\./)*_images/([^"/]+)")(?![^>]*\b(?:width|height)=)[^>]*?(?=\s*/?>)')


def give_sizes(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Write width and height of each picture that Sphinx copies, unless the author gives them."""
    if isinstance(context.get("body"), str):
        # Sphinx copies pictures after the last page, so they are measured where they lie.
        files = {name: Path(app.srcdir) / source for source, name in app.builder.images.items()}
        context["body"] = _IMAGE.sub(lambda found: found[0] + _size(files.get(unquote(found[1]))), context["body"])


def _size(file: Path | None) -> str:
    """Return the attributes; none for drawings, which have no pixels, and for what cannot be read."""
    try:
        if file is None:
            return ""
        with Image.open(file) as opened:
            return f' width="{opened.width}" height="{opened.height}"'
    except (OSError, UnidentifiedImageError):
        return ""
