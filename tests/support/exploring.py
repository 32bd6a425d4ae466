"""The page of the explorer in a browser, and what should be on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq
from playwright.sync_api import Locator, Page, expect

from support.sites import Built
from support.visits import PREFIX
from support.watching import Watch, watch

READY = "#ds-x-app[data-ready]"
SECOND = 1000  # ms


@dataclass(slots=True)
class Explorer:
    """The page, and what should be on it."""

    page: Page
    address: str
    rows: list[dict[str, Any]]  # of the summary
    watched: Watch

    def open(self, state: str = "") -> None:
        # Another fragment alone would not load the page again.
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}{state}")
        self.ready()

    def ready(self) -> None:
        self.page.wait_for_selector(READY, timeout=60 * SECOND)

    def counts(self, count: int) -> None:
        expect(self.page.locator("#ds-x-count")).to_have_text(f"{count:,}", timeout=20 * SECOND)

    def facet(self, column: str) -> Locator:
        return self.page.locator(f'.ds-x-facet[data-column="{column}"]')

    def option(self, column: str, name: str) -> Locator:
        exact = self.page.locator(".ds-x-name").get_by_text(name, exact=True)
        return self.facet(column).locator(".ds-x-option").filter(has=exact)

    def box(self, column: str, name: str) -> Locator:
        return self.option(column, name).get_by_role("checkbox")

    def number(self, column: str, name: str, count: int) -> None:
        expect(self.option(column, name).locator(".ds-x-count")).to_have_text(f"{count:,}", timeout=20 * SECOND)

    def having(self, **wanted: str) -> list[dict[str, Any]]:
        """Rows of the summary with these values, of a list one of these."""
        return [row for row in self.rows if all(_has(row[column], value) for column, value in wanted.items())]


def _has(value: Any, wanted: str) -> bool:
    return wanted in value if isinstance(value, list) else bool(value == wanted)


def rows_of(sample: Built) -> list[dict[str, Any]]:
    """Return the summary of a site as the tests compare with it."""
    columns = ["id", "labels", "split", "datetime", "bbox"]
    found: list[dict[str, Any]] = pq.read_table(sample.site / "_data" / "summary.parquet", columns=columns).to_pylist()
    return found


@contextmanager
def exploring(
    page: Page, sample: Built, rows: list[dict[str, Any]], pages_server: Callable[..., str]
) -> Iterator[Explorer]:
    """Have the explorer of a site, served as on GitHub Pages; nothing may go wrong while it is open."""
    watched = watch(page)
    yield Explorer(page, f"{pages_server(sample.site, PREFIX)}explorer.html", rows, watched)
    assert watched.problems == []
