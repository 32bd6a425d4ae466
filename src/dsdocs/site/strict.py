"""What ``--strict`` refuses: anything that was left out."""

from __future__ import annotations

from collections.abc import Sequence

from dsdocs.errors import SummaryError
from dsdocs.pixels.model import Unreadable
from dsdocs.summarize import Summarized


def refuse_left_out(result: Summarized) -> None:
    """Raise `SummaryError` if an input was quarantined."""
    if result.quarantined:
        first = result.quarantined[0]
        raise SummaryError(
            f"--strict: {len(result.quarantined)} inputs were quarantined, nothing was published; "
            f"the first: {first['path']}: {first['reason']} ({first['category']})"
        )


def refuse_unread(unread: Sequence[Unreadable]) -> None:
    """Raise `SummaryError` if the pixels of a file could not be read."""
    if unread:
        first = unread[0]
        raise SummaryError(
            f"--strict: the pixels of {len(unread)} {'file' if len(unread) == 1 else 'files'} cannot be read, "
            f"nothing was published; the first: {first.path}: {first.reason} ({first.category})"
        )


def refuse_pictures(problems: Sequence[tuple[str, str]]) -> None:
    """Raise `SummaryError` if an image cannot be shown."""
    if problems:
        path, reason = problems[0]
        raise SummaryError(
            f"--strict: {len(problems)} images cannot be shown, nothing was published; the first: {path}: {reason}"
        )
