"""One module for each question a reader asks; each answer is a frozen result with ``.views()``.

Analyses are functions of the summary (or of an open archive); they draw nothing and write nothing. They may import
what stands left of them, and views; pages and the site import them.
"""

from __future__ import annotations

from typing import Protocol

from dsdocs.views import View


class Result(Protocol):
    """What an analysis returns."""

    def views(self) -> tuple[View, ...]:
        """Return the result as plain data for a page."""
