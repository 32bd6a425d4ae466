"""A small published tree that passes all checks, for tests that put one mistake into it."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from dsdocs.site.policy import content_policy

BASE = "https://somebody.example/repo/"
ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>'


def picture(size: tuple[int, int], kind: str = "PNG") -> bytes:
    """Return a plain picture."""
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind)
    return written.getvalue()


def page(title: str, body: str, *, name: str = "", head: str = "", policy: str = "") -> str:
    """Return a page with all that is asked for."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta http-equiv="Content-Security-Policy" content="{policy or content_policy()}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title>
<meta name="description" content="What {title} tells.">
<meta property="og:type" content="website">
<meta property="og:title" content="{title}">
<meta property="og:description" content="What {title} tells.">
<meta property="og:url" content="{BASE}{name}">
<meta property="og:image" content="{BASE}_data/card.jpg">
<link rel="icon" href="_static/favicon.svg">
<link rel="stylesheet" href="_static/a.css">{head}
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


FIRST = """<h1 id="top">Start</h1>
<p>A paragraph of this page, which is long enough to be read.</p>
<h2 id="more">More</h2>
<p><a href="labels.html#top">Labels</a>, <a href="#more">more</a>, <a href="https://example.org/">elsewhere</a>.</p>
<img src="_data/a.png" alt="A patch" width="20" height="10">"""
SECOND = """<h1 id="top">Labels</h1>
<p>Another paragraph, which is long enough to be read, too.</p>
<p><a href="index.html">Back</a></p>"""


def write_tree(folder: Path) -> Path:
    """Write the tree."""
    files: dict[str, str | bytes] = {
        "index.html": page("Start", FIRST, name="index.html"),
        "labels.html": page("Labels", SECOND, name="labels.html"),
        "_static/a.css": "body { color: #111; background: #fff; }\n",
        "_static/a.js": "document.documentElement.dataset.ran = 'yes';\n",
        "_static/favicon.svg": ICON,
        "_data/a.png": picture((40, 20)),
        "_data/card.jpg": picture((1200, 630), "JPEG"),
        ".nojekyll": "",
    }
    for name, content in files.items():
        put(folder, name, content)
    return folder


def put(folder: Path, name: str, content: str | bytes) -> None:
    """Write a file of a tree."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
