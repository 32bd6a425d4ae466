"""Does the archive agree with what was published about it?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from dsdocs.claims.expression import Call, Expression, Quantities, Unavailable, evaluate, parts
from dsdocs.claims.model import Checked, Claim
from dsdocs.claims.quantities import FUNCTIONS, GROUPS, TEXTS
from dsdocs.errors import ClaimError

SHARE = 0.1  # of the data set's patches, from which a part can tell a share
REACHED = "not comparable; a part has as many already"
_ROUNDING = 1e-9  # of sums and quotients of binary fractions, as a part of the value


def check(claims: Iterable[Claim], quantities: Quantities, *, n_patches: int) -> tuple[Checked, ...]:
    """Compare published figures with the archive.

    Parameters
    ----------
    claims
        What was published.
    quantities
        What names and functions stand for.
    n_patches
        Patches of the archive. Where a claim is about more, the archive is a part of the data set, and a figure that
        grows with the data set is not compared; a part that already exceeds the whole does differ.
    """
    return tuple(_checked(claim, quantities, n_patches) for claim in claims)


def _checked(claim: Claim, quantities: Quantities, n_patches: int) -> Checked:
    try:
        computed = evaluate(claim.expression, quantities)
    except Unavailable as problem:
        return Checked(claim, None, "cannot be checked", str(problem))
    slack = claim.slack + _ROUNDING * max(abs(claim.value), 1.0)
    over, under = computed > claim.value + slack, computed < claim.value - slack
    if claim.patches is None or n_patches >= claim.patches:
        return Checked(claim, computed, "differs" if over or under else "agrees")
    held = f"the archive holds {n_patches:,} of {claim.patches:,} patches"
    match claim.on_part:
        case "share" if n_patches < SHARE * claim.patches:
            return Checked(claim, computed, "cannot be checked", "too small a part for a share", held)
        case "share" | "compare":
            return Checked(claim, computed, "differs" if over or under else "agrees", "compared on a part", held)
        case "at most" if over:
            return Checked(claim, computed, "differs", "a part exceeds the whole", held)
        case "at least" if under:
            return Checked(claim, computed, "differs", "a part falls below the whole", held)
        case _:
            reason = "not comparable" if over or under else REACHED
            return Checked(claim, computed, "cannot be checked", reason, held)


def refuse_unknown(expression: Expression, text: str) -> None:
    """Make sure that every function of an expression exists and has the arguments that it is given.

    Names are not looked at: which facts there are depends on the data set.

    Parameters
    ----------
    expression, text
        The expression, and how it was written.

    Raises
    ------
    ClaimError
        One does not; the message names the nearest one.
    """
    for part in parts(expression):
        match part:
            case Call(function, _) if function not in FUNCTIONS:
                raise ClaimError(f"{text!r}: there is no function {function!r}{_nearest(function, FUNCTIONS)}")
            case Call(function, arguments):
                _refuse_arguments(function, dict(arguments), text)


def _refuse_arguments(function: str, arguments: dict[str, str | float], text: str) -> None:
    allowed = FUNCTIONS[function]
    for name, value in arguments.items():
        if name not in allowed:
            raise ClaimError(f"{text!r}: {function}() has no argument {name!r}{_nearest(name, allowed)}")
        if isinstance(value, str) != (name in (*TEXTS, "by")):
            kind = "a text" if name in (*TEXTS, "by") else "a number"
            raise ClaimError(f"{text!r}: {name} is {kind}, found {value!r}")
    by = str(arguments.get("by", ""))
    if allowed == ("by",) and by not in GROUPS and ":" not in by:
        raise ClaimError(
            f"{text!r}: {function}() takes by=, one of {', '.join(GROUPS)}, or a column such as ben:tile_source"
        )


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)
    return f"; the nearest is {near[0]!r}" if near else ""
