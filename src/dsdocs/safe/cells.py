"""Text of others in a table that a spreadsheet may open."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell_text(value: str) -> str:
    """Return a text that no spreadsheet runs as a formula: such a one gets a leading apostrophe.

    The csv module cannot write a NUL, and no reader wants one; it becomes U+FFFD.
    """
    return ("'" + value if value.startswith(_FORMULA) else value).replace("\0", "\ufffd")
