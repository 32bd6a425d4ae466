"""Sites of three pages that are made in no time: what a build writes, with numbers, figures and published figures."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} - Guide</title>
<link rel="stylesheet" href="_static/style.css?v=1">
<script src="_static/page.js?v=1"></script>
</head>
<body>
<nav><a href="index.html">Start</a> <a href="labels.html">Labels</a></nav>
<main><article role="main" id="furo-main-content">
<h1>{title}</h1>
{body}
</article></main>
<footer class="ds-foot" data-ds-foot>Built from {fingerprint}</footer>
</body>
</html>
"""
_FIGURE = """<figure class="ds-view ds-bars" id="labels-classes" aria-labelledby="labels-classes-title">
<figcaption class="ds-caption"><span class="ds-title" id="labels-classes-title">{title}</span></figcaption>
<table>{rows}</table>
<p><a href="_data/csv/labels-classes.csv" download>CSV</a></p>
</figure>"""
_PICTURES = """<figure class="ds-view ds-gallery" id="labels-patches" aria-labelledby="labels-patches-title">
<figcaption class="ds-caption"><span class="ds-title" id="labels-patches-title">Patches</span></figcaption>
<img src="_data/thumbs/patch.png" alt="A patch" width="4" height="4">
</figure>"""


@dataclass(frozen=True)
class SmallSite:
    """A site in a few words; `files` writes it."""

    sentence: str = "The archive holds patches of two classes."
    figure: str = "Patches of each class"
    classes: Mapping[str, int] = field(default_factory=lambda: {"forest": 32, "water": 8})
    verdict: str = "agrees"
    grey: int = 90  # of the picture
    more: Mapping[str, bytes] = field(default_factory=dict)  # other files

    def files(self) -> dict[str, bytes]:
        """Return every file by its path."""
        total = sum(self.classes.values())
        rows = "".join(f"<tr><th>{escape(name)}</th><td>{count}</td></tr>" for name, count in self.classes.items())
        pages = {
            "index": ("Guide", f"<p>{escape(self.sentence)}</p><p>{total} patches.</p>"),
            "labels": ("Labels", _FIGURE.format(title=escape(self.figure), rows=rows) + _PICTURES),
            "about": ("About", "<p>How this site was made.</p>"),
        }
        facts = {
            "n_patches": {"description": "Patches in the data set.", "text": f"{total}", "value": total},
            "n_classes": {"description": "Classes that occur.", "text": f"{len(self.classes)}", "value": 2},
        }
        says = {"says": "Patches of the paper", "value": 40, "computed": total, "verdict": self.verdict}
        table = "".join(f"{name},{count}\n" for name, count in self.classes.items())
        fingerprint = zlib.crc32(json.dumps([self.sentence, facts]).encode())
        texts = {
            "_data/facts.json": json.dumps(facts, indent=1),
            "_data/claims.json": json.dumps({"paper.patches": says}, indent=1),
            "_data/csv/labels-classes.csv": f"category,patches\n{table}",
            "_static/style.css": "body { color: #222; }\n",
            "_static/page.js": '"use strict";\ndocument.documentElement.dataset.ready = "yes";\n',
            **{
                f"{name}.html": _PAGE.format(title=title, body=body, fingerprint=fingerprint)
                for name, (title, body) in pages.items()
            },
        }
        made = {name: text.encode() for name, text in texts.items()}
        return {**made, "_data/thumbs/patch.png": png(self.grey), **self.more}


def png(grey: int) -> bytes:
    """Return a picture of 4 x 4 pixels in one grey."""
    rows = b"".join(b"\0" + bytes([grey] * 4) for _ in range(4))
    parts = [(b"IHDR", struct.pack(">2I5B", 4, 4, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)
