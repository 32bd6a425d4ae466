"""Published figures about a data set, bound to expressions over its facts, and checked.

Analyses and the site may import it; it imports what stands left of it: errors, nomenclatures, config and project.
"""

from __future__ import annotations

from dsdocs.claims.check import check
from dsdocs.claims.files import claim_files, claims_of, load_claims
from dsdocs.claims.model import Checked, Claim
from dsdocs.claims.quantities import SummaryQuantities
from dsdocs.errors import ClaimError
from dsdocs.project import Project

__all__ = ["Checked", "Claim", "check_claims", "claim_files", "claims_of", "enforce", "load_claims", "said"]


def check_claims(project: Project) -> tuple[Checked, ...]:
    """Check every claim of a project against its summary and facts, which must be there.

    Raises
    ------
    ConfigError
        An expression in ``dsdocs.toml`` cannot be used.
    """
    summary, report = project.summary, project.report
    claims = claims_of(project.config.claims, report["reader"], report["nomenclature"])
    quantities = SummaryQuantities(summary, project.facts, project.nomenclature)
    return check(claims, quantities, n_patches=summary.num_rows)


def said(checked: Checked) -> str:
    """Write a published figure for a sentence, with its verdict in brackets."""
    claim = checked.claim
    figure = f"{claim.value:,} {claim.unit}".rstrip()
    if checked.computed is None or checked.verdict == "cannot be checked":
        return f"{figure} (cannot be checked here)"
    if checked.verdict == "agrees":
        return f"{figure} (the archive agrees)"
    computed = round(checked.computed, (claim.decimals or 0) + 3)
    return f"{figure} (the archive has {computed:,})"


def enforce(project: Project) -> None:
    """Raise `ClaimError` for the first claim that differs, where the author asks for it with ``claims.strict``."""
    if not project.config.claims.strict:
        return
    for checked in check_claims(project):
        claim = checked.claim
        found = "nothing" if checked.computed is None else f"{checked.computed:,.12g}"
        own = claim.key in project.config.claims.figures
        if checked.verdict == "differs" or (own and checked.computed is None):
            because = f" ({', '.join(filter(None, (checked.reason, checked.part)))})" if checked.reason else ""
            raise ClaimError(
                f"claim {claim.key!r} {checked.verdict}{because}: published {claim.value:,}, computed {found} from "
                f"{claim.text}; correct the claim, or set strict = false under [claims] to publish the difference"
            )
