"""What several questions ask of the same summary, worked out once and kept as long as the summary is."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import pyarrow as pa

P = ParamSpec("P")
R = TypeVar("R")

_KEPT: dict[int, dict[Hashable, Any]] = {}  # by the identity of a table


def once(function: Callable[Concatenate[pa.Table, P], R]) -> Callable[Concatenate[pa.Table, P], R]:
    """Let a function of a summary, and of arguments that can be hashed, do its work once for each summary.

    Arrow's tables do not change, so a result holds as long as its table lives; it goes when the table does. Callers
    share results and leave them as they are.
    """

    @wraps(function)
    def kept(summary: pa.Table, /, *args: P.args, **kwargs: P.kwargs) -> R:
        results = _KEPT.get(id(summary))
        if results is None:
            results = _KEPT[id(summary)] = {}
            weakref.finalize(summary, _KEPT.pop, id(summary), None)
        key = (function, args, tuple(sorted(kwargs.items())))
        if key not in results:
            results[key] = function(summary, *args, **kwargs)
        found: R = results[key]
        return found

    return kept
