"""Measures of a ranking: what a search found, best first, and what it should have found."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsdocs.metrics.arrays import Reals

# A ranking, where not said otherwise: 1 where the result at that rank is relevant, else 0; best result first.


def precision_at(ranking: ArrayLike, k: int) -> float:
    """Return the share of relevant results among the first ``k``; ranks that are not there are not relevant."""
    if k < 1:
        raise ValueError(f"k is {k}; expected 1 or more")
    return float(_checked(ranking)[:k].sum() / k)


def mean_precision_to(ranking: ArrayLike, k: int = 100) -> float:
    """Return the mean of P@1, P@2 ... P@k.

    This is what Qi et al. (2020) report as mAP for MLRSNet; it is no average precision, which looks at the ranks of
    relevant results alone and divides by their number.
    """
    if k < 1:
        raise ValueError(f"k is {k}; expected 1 or more")
    found = np.zeros(k)
    first = _checked(ranking)[:k]
    found[: len(first)] = first
    return float((np.cumsum(found) / np.arange(1, k + 1)).mean())


def ranked_average_precision(ranking: ArrayLike, n_relevant: int | None = None) -> float:
    """Return the mean over relevant results of the precision at their ranks.

    Parameters
    ----------
    ranking
        See `precision_at`.
    n_relevant
        Relevant items of the whole collection, where the ranking is cut off; those that were not found count as 0.
        Default: those in the ranking.
    """
    relevant = _checked(ranking)
    total = _total(relevant, n_relevant)
    precision = np.cumsum(relevant) / np.arange(1, len(relevant) + 1)
    return float(precision[relevant].sum() / total)


def ndcg(gains: ArrayLike, k: int | None = None) -> float:
    """Return the discounted cumulative gain over that of the best order (Jarvelin & Kekalainen, 2002).

    Parameters
    ----------
    gains
        How relevant each result is, 0 or more, best result first; the gain at rank i is divided by log2(i + 1).
    k
        Ranks that count; default: all.

    Raises
    ------
    ValueError
        Nothing is relevant.
    """
    values = np.asarray(gains, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all() or (values < 0).any() or not values.any():
        raise ValueError("expected a list of gains of 0 or more, not all of them 0")
    if k is not None and k < 1:
        raise ValueError(f"k is {k}; expected 1 or more")
    discount = 1 / np.log2(np.arange(2, len(values) + 2))
    if k is not None:
        discount[k:] = 0
    return float((values * discount).sum() / (np.sort(values)[::-1] * discount).sum())


def nmrr(ranking: ArrayLike, *, n_relevant: int | None = None, most_relevant: int | None = None) -> float:
    """Return the normalised modified retrieval rank of one query (MPEG-7): 0 is best, 1 worst.

    With NG relevant items, K = min(4 NG, 2 max NG); a relevant item beyond rank K counts as if at 1.25 K. From the
    mean rank AVR follows (AVR - 0.5 - 0.5 NG) / (1.25 K - 0.5 - 0.5 NG).

    Parameters
    ----------
    ranking
        See `precision_at`.
    n_relevant
        NG, see `ranked_average_precision`.
    most_relevant
        max NG over all queries; default: NG of this one.
    """
    relevant = _checked(ranking)
    total = _total(relevant, n_relevant)
    if most_relevant is not None and most_relevant < total:
        raise ValueError(f"most_relevant is {most_relevant}, less than the {total} of this query")
    last = min(4 * total, 2 * (most_relevant or total))
    ranks = np.flatnonzero(relevant) + 1
    near = ranks[ranks <= last]
    mean = (near.sum() + 1.25 * last * (total - len(near))) / total
    return float((mean - 0.5 - 0.5 * total) / (1.25 * last - 0.5 - 0.5 * total))


def anmrr(rankings: list[ArrayLike], *, n_relevant: list[int] | None = None) -> float:
    """Return the mean of `nmrr` over queries, with max NG taken over them."""
    lists = [_checked(ranking) for ranking in rankings]
    totals = [_total(each, None if n_relevant is None else n_relevant[place]) for place, each in enumerate(lists)]
    most = max(totals)
    values: Reals = np.array(
        [nmrr(each, n_relevant=total, most_relevant=most) for each, total in zip(lists, totals, strict=True)]
    )
    return float(values.mean())


def _checked(ranking: ArrayLike) -> NDArray[np.bool_]:
    values = np.asarray(ranking)
    if values.ndim != 1 or not np.isin(values, (0, 1)).all():
        raise ValueError("expected a list of 0 and 1, best result first")
    return values.astype(bool)


def _total(relevant: NDArray[np.bool_], n_relevant: int | None) -> int:
    found = int(relevant.sum())
    total = found if n_relevant is None else n_relevant
    if total < max(found, 1):
        raise ValueError(f"{total} relevant items, of which the ranking holds {found}; expected at least one, and all")
    return total
