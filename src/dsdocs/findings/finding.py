"""One thing about a data set that its authors should know of, with every patch that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
Cell = str | int | float | bool | None
KEPT = 100_000  # rows of a finding that are stored


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, what it means, and where."""

    key: str  # identifier, also the name of its CSV: "labels-none"
    severity: Severity  # error: data that cannot be right; warning: likely a mistake; note: worth knowing
    title: str  # one short sentence without a number
    explanation: str  # how it was found, what it means, and what to do
    count: int
    unit: str  # what is counted, in the plural: "patches"
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]  # what is worst comes first
    examples: tuple[str, ...] = ()  # patches to show, by id


def first_ids(ids: Sequence[str], n: int = 6) -> tuple[str, ...]:
    """Return ids to show, spread evenly over all."""
    return tuple(ids[index * len(ids) // n] for index in range(n)) if len(ids) > n else tuple(ids)
