"""Mend what Sphinx and docutils write so that a screen reader and a keyboard can use it."""

from __future__ import annotations

from typing import Any

# Found by axe-core on plain pages of the theme.
_MENDED = {
    # A caption of the navigation says that it is a heading, but not of which level.
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    # The entries of a bibliography are no items of the list that they stand in.
    'role="doc-biblioentry"': 'role="listitem"',
    # Code that is wider than the page scrolls, and only what has the focus scrolls by keyboard.
    '<div class="highlight"><pre>': '<div class="highlight"><pre tabindex="0">',
}
_PARTS = ("body", "furo_navigation_tree")


def mend(context: dict[str, Any]) -> None:
    """Change the parts of a page that hold HTML, in place as the event of Sphinx has it."""
    for name in _PARTS:
        if isinstance(context.get(name), str):
            for found, mended in _MENDED.items():
                context[name] = context[name].replace(found, mended)
