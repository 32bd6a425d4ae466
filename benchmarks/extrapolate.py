"""What archives of 10 and 100 million patches would cost, from the lines of ``growth.py`` and ``map_page.py``.

An estimate is a range. One end goes on with what a patch more has cost between the two largest sizes that were
measured. The other end grows in proportion to the number of patches from the largest size, or with the exponent
between those two sizes where that is above 1. Neither knows of a limit that is met on the way.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SEEN = Path(__file__).resolve().parent / "growth.jsonl"
SIZES = (10_000_000, 100_000_000)
MEMORY = 16.0  # GB, of a usual machine


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that was measured, and how a table says it."""

    job: str
    key: str  # in the lines
    name: str
    steps: tuple[tuple[float, str], ...]  # factor to the unit of the lines and name of the unit, from the smallest


_TIME = ((1.0, "s"), (60.0, "min"), (3600.0, "h"))
_BYTES = ((1.0, "MB"), (1e3, "GB"), (1e6, "TB"))
QUANTITIES = (
    Quantity("summarize", "cpu_s", "CPU time of the summary", _TIME),
    Quantity("summarize", "peak_mb", "memory of the summary", _BYTES),
    Quantity("summarize", "state_mb", "disk of the state", _BYTES),
    Quantity("summarize", "state_files", "files of the state", ((1.0, ""),)),
    Quantity("summarize", "summary_mb", "disk of the summary", _BYTES),
    Quantity("build", "cpu_s", "CPU time of the pages", _TIME),
    Quantity("build", "peak_mb", "memory of the pages", _BYTES),
    Quantity("build", "site_mb", "disk of the site", _BYTES),
    Quantity(
        "map page",
        "data_bytes",
        "data that the page with the map loads at once",
        ((1.0, "B"), (1e3, "kB"), (1e6, "MB")),
    ),
)


def estimate(measured: Mapping[int, float], size: int) -> tuple[float, float]:
    """Return the lower and the upper end of what a size would cost.

    Parameters
    ----------
    measured
        Cost by number of patches, of two sizes at least.
    size
        Number of patches, above the measured ones.
    """
    (small, less), (large, more) = sorted(measured.items())[-2:]
    linear = more + (size - large) * max(more - less, 0.0) / (large - small)
    exponent = math.log(more / less) / math.log(large / small)
    power = more * (size / large) ** max(exponent, 1.0)
    return min(linear, power), max(linear, power)


def reach(measured: Mapping[int, float], limit: float) -> tuple[float, float]:
    """Return the numbers of patches between which a cost comes to a limit, by the ends of `estimate`."""
    (small, less), (large, more) = sorted(measured.items())[-2:]
    exponent = math.log(more / less) / math.log(large / small)
    linear = large + (limit - more) * (large - small) / (more - less) if more > less else math.inf
    power = large * (limit / more) ** (1 / max(exponent, 1.0))
    return min(linear, power), max(linear, power)


def read(lines: Iterable[str]) -> dict[str, dict[int, dict[str, float]]]:
    """Return what was measured, by job and number of patches."""
    found: dict[str, dict[int, dict[str, float]]] = {}
    for line in lines:
        one = json.loads(line)
        found.setdefault(one["job"], {})[one["size"]] = one
    return found


def table(lines: Iterable[str], sizes: Sequence[int] = SIZES) -> str:
    """Write what was measured, and what follows from it, as Markdown."""
    found = read(lines)
    known = sorted(next(iter(found.values())))
    head = ["", *(f"{size:,}" for size in known), *(f"{size:,} (extrapolated)" for size in sizes)]
    rows = [head, ["---"] * len(head)]
    for one in QUANTITIES:
        measured = {size: float(costs[one.key]) for size, costs in found[one.job].items()}
        estimates = (estimate(measured, size) for size in sizes)
        rows.append(
            [one.name, *(_say(one, measured[size]) for size in known), *(_say(one, *ends) for ends in estimates)]
        )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def limits(lines: Iterable[str], memory: float = MEMORY) -> str:
    """Write a sentence on where memory ends."""
    found = read(lines)
    said = []
    for job, name in (("build", "the pages"), ("summarize", "the summary")):
        ends = reach({size: costs["peak_mb"] for size, costs in found[job].items()}, memory * 1e3)
        said.append(f"{name} from {_range(end / 1e6 for end in ends)} million patches on")
    return f"{memory:.0f} GB of memory would be needed for {', for '.join(said)}."


def _say(quantity: Quantity, *values: float) -> str:
    """Write a value or a range with two digits, in the largest unit that the last value fills."""
    factor, unit = next((step for step in reversed(quantity.steps) if values[-1] >= step[0]), quantity.steps[0])
    return f"{_range(value / factor for value in values)} {unit}".rstrip()


def _range(ends: Iterable[float]) -> str:
    return " to ".join(dict.fromkeys(map(_rounded, ends)))


def _rounded(value: float) -> str:
    if value == 0:
        return "0"
    digits = 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(digits, 0)}f}"


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "lines", type=Path, nargs="?", default=SEEN, help="lines of growth.py (default: %(default)s)"
    )
    arguments.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, help="numbers of patches (default: %(default)s)"
    )
    given = arguments.parse_args()
    lines = given.lines.read_text(encoding="utf-8").splitlines()
    print(table(lines, given.sizes), limits(lines), sep="\n\n")


if __name__ == "__main__":
    main()
