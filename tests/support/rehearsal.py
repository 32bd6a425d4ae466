"""A plug-in for pytest that prints what a rehearsal tried, what happened and why; ``nox -s rehearse`` loads it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import pytest

WIDTHS = (46, 28, 76)  # characters of the columns


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a table of what was rehearsed, in the order of the tests."""
    reports = (one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, []))
    told = [row for one in reports for name, row in one.user_properties if name == "rehearsed"]
    for line in table(("tried", "happened", "why"), told) if told else ():
        terminalreporter.write_line(line)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """Yield the lines of a table whose cells are broken to the widths of its columns."""
    rule = "-+-".join("-" * width for width in WIDTHS)
    yield from (" | ".join(cell.ljust(width) for cell, width in zip(head, WIDTHS, strict=True)), rule)
    for row in rows:
        cells = [
            textwrap.wrap("".join(sign if sign.isprintable() else "?" for sign in cell), width)[:4] or [""]
            for cell, width in zip(row, WIDTHS, strict=True)
        ]
        for line in range(max(map(len, cells))):
            here = (cell[line] if line < len(cell) else "" for cell in cells)
            yield " | ".join(text.ljust(width) for text, width in zip(here, WIDTHS, strict=True)).rstrip()
