"""What a GPU cell may show: text, views of dsdocs and PNG pictures; nothing that a browser would run."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from dsdocs.render.html import html
from dsdocs.views import MIME, Code, from_json

TEXT, PNG = "text/plain", "image/png"
ALLOWED = frozenset({MIME, TEXT, PNG})
_KEYS = {
    "stream": {"output_type", "name", "text"},
    "display_data": {"output_type", "data", "metadata"},
    "execute_result": {"output_type", "data", "metadata", "execution_count"},
}
_ACTIVE = frozenset({"script", "iframe", "object", "embed", "form", "base", "meta", "link", "style", "frame", "applet"})
_SLUG = "figure"
_OF_A_MAP = ("script", {"src": f"dsdocs:maps/{_SLUG}.js", "defer": ""})  # which the site writes from the view
_PIXELS = 40_000_000


def reduced(outputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Leave out of the outputs of a cell what is not stored: HTML beside a text, say, and notes on how to show it.

    Raises
    ------
    ValueError
        An output consists of such things alone.
    """
    kept = []
    for output in outputs:
        if "data" not in output:
            kept.append({key: value for key, value in output.items() if key in _KEYS["stream"]})
            continue
        data = {kind: value for kind, value in output["data"].items() if kind in ALLOWED}
        if not data:
            kinds = ", ".join(sorted(output["data"]))
            raise ValueError(f"shows {kinds}, which is not stored; show a view, a PNG picture or text")
        own = {key: value for key, value in output.items() if key in _KEYS[output["output_type"]]}
        kept.append({**own, "data": data, "metadata": {}})
    problems = tuple(problems_of(kept))
    if problems:
        raise ValueError(problems[0])
    return kept


def problems_of(outputs: object) -> Iterator[str]:
    """Say what stored outputs hold that `reduced` would not have left."""
    if not isinstance(outputs, list):
        yield "expected a list of outputs"
        return
    for number, output in enumerate(outputs, 1):
        problem = _problem(output)
        if problem:
            yield f"output {number}: {problem}"


def _problem(output: object) -> str | None:
    if not isinstance(output, dict) or output.get("output_type") not in _KEYS:
        return "is neither text, nor a picture, nor a view"
    kind = output["output_type"]
    if set(output) != _KEYS[kind]:
        return f"has the keys {', '.join(sorted(output))}"
    if kind == "stream":
        known = output["name"] in ("stdout", "stderr") and isinstance(output["text"], str)
        return None if known else "is no text"
    if output["metadata"] or not isinstance(output["data"], dict):
        return "holds notes on how to show it"
    if kind == "execute_result" and not isinstance(output["execution_count"], int):
        return "has no number"
    for name, value in output["data"].items():
        problem = _content_problem(name, value)
        if problem:
            return f"{name}: {problem}"
    return None if output["data"] else "is empty"


def _content_problem(name: str, value: Any) -> str | None:
    try:
        if name == TEXT:
            return None if isinstance(value, str) else "is no text"
        if name == MIME:
            view = from_json(json.loads(value) if isinstance(value, str) else value)
            if isinstance(view, Code) and view.drawing:
                _check_png(view.drawing)
            return next(_active(html(view, slug=_SLUG)), None)
        if name == PNG:
            _check_png(value)
            return None
    except Exception as error:  # whatever a reader makes of what may be anything
        return f"cannot be read: {error}"
    return "is not allowed"


def _active(text: str) -> Iterator[str]:
    """Say what a browser would run of HTML; a stored view may hold what no analysis would put into it."""
    parser = _Tags()
    parser.feed(text)
    parser.close()
    for tag, attributes in parser.found:
        if tag in _ACTIVE and (tag, dict(attributes)) != _OF_A_MAP:
            yield f"is drawn with <{tag}>"
        for name, value in attributes:
            address = "".join((value or "").split()).lower()
            if name.startswith("on") or address.startswith(("javascript:", "vbscript:", "data:text")):
                yield f"is drawn with {name}={value!r}"


class _Tags(HTMLParser):
    """Collects the tags of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and its attributes."""
        self.found.append((tag, attrs))


def _check_png(value: object) -> None:
    from PIL import Image

    if not isinstance(value, str):
        raise ValueError("no base64")
    with Image.open(io.BytesIO(base64.b64decode("".join(value.split()), validate=True)), formats=["PNG"]) as picture:
        if picture.width * picture.height > _PIXELS:
            raise ValueError(f"has more than {_PIXELS:,} pixels")
        picture.load()
