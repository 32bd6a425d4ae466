"""Claims: published figures that the archive does not confirm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dsdocs.claims import Checked
from dsdocs.findings.finding import Finding


def claim_findings(checked: Sequence[Checked]) -> Iterator[Finding]:
    """List the published figures that differ from the archive, the largest differences for their size first.

    Parameters
    ----------
    checked
        As `dsdocs.claims.check_claims` returns them.
    """
    differing = [each for each in checked if each.verdict == "differs"]
    if not differing:
        return
    differing.sort(key=lambda each: -abs(each.difference or 0.0) / max(abs(each.claim.value), 1.0))
    yield Finding(
        "claims-differ",
        "warning",
        "Published figures differ from the archive",
        "The figures were computed again from this archive and come out otherwise. The archive may have changed since "
        "they were published, or a figure is wrong; whoever quotes it should know. The page Does the archive agree "
        "with its paper? has all figures that were checked.",
        len(differing),
        "figures",
        ("Figure", "Published", "Computed", "Difference", "Published in", "Computed from"),
        tuple(_row(each) for each in differing),
    )


def _row(each: Checked) -> tuple[str | float | None, ...]:
    claim = each.claim
    says = f"{claim.says} ({claim.unit})" if claim.unit else claim.says
    computed, difference = (_short(value, (claim.decimals or 0) + 3) for value in (each.computed, each.difference))
    where = ", ".join(filter(None, (claim.publication or claim.source, claim.table)))
    return says, claim.value, computed, difference, where, claim.text


def _short(value: float | None, decimals: int) -> float | None:
    rounded = None if value is None else round(value, decimals)
    return int(rounded) if rounded is not None and float(rounded).is_integer() else rounded
