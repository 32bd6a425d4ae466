"""Published figures, and what became of them when they were checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from dsdocs.claims.expression import Expression

# What is said of a figure where the archive holds only a part of the data set that it was published for.
OnPart = Literal["nothing", "at most", "at least", "share", "compare"]
ON_PART: tuple[OnPart, ...] = get_args(OnPart)
Verdict = Literal["agrees", "differs", "cannot be checked"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure that somebody has published, bound to an expression over the facts."""

    key: str  # unique in the project; what the role ``claim`` names
    says: str  # what the figure is, in words
    value: float
    text: str  # the expression as it was written
    expression: Expression
    unit: str = ""
    decimals: int | None = None  # to which the figure was rounded; None: it is exact
    tolerance: float = 0.0  # by which the archive may differ, in the unit of the figure
    publication: str = ""  # short name of what a ready-made list is taken from; empty: the author's own figure
    table: str = ""  # where in the source
    source: str = ""
    url: str = ""
    on_part: OnPart = "nothing"
    patches: int | None = None  # of the whole data set that the figure is about; None: not stated

    @property
    def slack(self) -> float:
        """Half a unit of the last published digit, and the tolerance."""
        return self.tolerance + (0.0 if self.decimals is None else 0.5 * 10.0**-self.decimals)


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim beside what the archive says."""

    claim: Claim
    computed: float | None  # None: the data set cannot tell
    verdict: Verdict
    reason: str = ""  # why it cannot be checked, or what is known all the same
    part: str = ""  # how much of the data set is here, where it is not all

    @property
    def difference(self) -> float | None:
        """Computed less published; None where nothing was computed or the two are not about the same patches."""
        if self.computed is None or self.verdict == "cannot be checked":
            return None
        return self.computed - self.claim.value
