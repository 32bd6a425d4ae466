"""The stored results of GPU cells as a build sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dsdocs.errors import CacheError
from dsdocs.notebooks import Page
from dsdocs.notebooks.gpu.digests import archive_digest, summary_digest
from dsdocs.notebooks.gpu.entries import folder_size
from dsdocs.notebooks.gpu.shelf import store_ledger
from dsdocs.notebooks.gpu.survey import Found, cache_folder, survey
from dsdocs.project import Project


def data_of(project: Project) -> Mapping[str, Callable[[], str]]:
    """Return, for each data set that a GPU cell may declare, what returns its digest."""
    return {"summary": lambda: summary_digest(project.summary), "archive": lambda: archive_digest(project)}


def look_at_results(project: Project, pages: Sequence[Page]) -> tuple[Found, ...]:
    """Find the stored results of all GPU cells, and write down where they are."""
    cache = cache_folder(project)
    found = survey((cache,) if cache else (), pages, data_of(project))
    store_ledger(project.state, found)
    return found


def refuse_over_budget(project: Project, found: Sequence[Found]) -> None:
    """Raise `CacheError` where all stored results together are larger than they may be."""
    folder, budget = cache_folder(project), project.config.cache.budget
    size = folder_size(folder) if folder is not None and found else 0
    if size > budget:
        raise CacheError(
            f"{folder}: stored results of GPU cells take {size:,} bytes, more than the budget of {budget:,}; leave "
            "less in their exports, or raise [cache] budget in dsdocs.toml"
        )
