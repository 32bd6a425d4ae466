"""Put values into a few steps of one colour, with limits that a legend can print."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

STEPS = 6  # the style sheet defines --ds-step-1 to --ds-step-6
_SKEWED = 12  # maximum over median from which equal steps would put nearly everything into the first one


@dataclass(frozen=True, slots=True)
class Scale:
    """Upper limits of the steps, ascending; the first step starts above ``floor``."""

    limits: tuple[float, ...]
    floor: float = 0.0

    def step(self, value: float | None) -> int:
        """Return 0 for nothing and for values at the floor, else 1 to `STEPS` over the whole colour range."""
        if value is None or not math.isfinite(value) or value <= self.floor or not self.limits:
            return 0
        place = min(bisect_left(self.limits, value), len(self.limits) - 1)
        if len(self.limits) == 1:
            return STEPS - 2
        return 1 + round(place * (STEPS - 1) / (len(self.limits) - 1))


def scale(values: Iterable[float | None]) -> Scale:
    """Choose limits: each value its own step if there are few, geometric for skewed values, else equal."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return Scale(())
    low = min(known)
    if low < 0:
        top = max(known)
        width = (top - low) / STEPS
        # The floor lies just below the smallest value: a negative value is a value, not a gap.
        floor = math.nextafter(low, -math.inf)
        return Scale(_rising([low + width * place for place in range(1, STEPS)], top), floor)
    positive = sorted(value for value in known if value > 0)
    if not positive:
        return Scale(())
    distinct = sorted(set(positive))
    if len(distinct) <= STEPS:
        return Scale(tuple(distinct))
    top = positive[-1]
    if top > _SKEWED * median(positive):
        bottom = max(positive[0], top * 1e-12)
        inner = [bottom * (top / bottom) ** (place / STEPS) for place in range(1, STEPS)]
    else:
        inner = [top * place / STEPS for place in range(1, STEPS)]
    whole = all(value == int(value) for value in positive)
    return Scale(_rising([_round(limit, whole=whole) for limit in inner], top))


def _rising(inner: list[float], top: float) -> tuple[float, ...]:
    return (*sorted({limit for limit in inner if limit < top}), top)


def _round(value: float, *, whole: bool) -> float:
    """Keep two significant digits, and none after the point for counts."""
    digits = 1 - math.floor(math.log10(value))
    rounded = round(value, min(digits, 0) if whole else digits)
    return float(max(rounded, 1.0) if whole else rounded)
