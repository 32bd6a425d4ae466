"""Why a preview is not shown, in sentences for who opened the pull request."""

from __future__ import annotations

from dsdocs.archive.guard import shown

_MOST = 12  # sentences that anybody reads


class RefusedPreviewError(Exception):
    """A preview that is not shown, and why; never leaves the publishing of one preview."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


class NoTimeError(RefusedPreviewError):
    """A preview that there was no time left to verify."""


class Reasons:
    """Gathers what is wrong with a preview, so that all of it can be put right at once."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, path: str, problem: str) -> None:
        """Note what is wrong with one file."""
        self._found[f"{shown(path)}: {problem}."] = None

    def settle(self) -> None:
        """Raise `RefusedPreviewError` if anything was noted."""
        if not self._found:
            return
        reasons = sorted(self._found)
        more = len(reasons) - _MOST
        rest = (f"There are {more:,} more reasons.",) if more > 0 else ()
        raise RefusedPreviewError(*reasons[:_MOST], *rest)
