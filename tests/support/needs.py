"""What a test may need that a machine may lack: it is skipped loudly, or fails where the machine has to have it."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

# What a machine may lack: the variable that makes it a failure, and how a skip begins.
NEEDS = {
    "browser": ("DSDOCS_REQUIRE_BROWSER", "no browser: "),
    "java": ("DSDOCS_REQUIRE_JAVA", "no java: "),
    "shared data": ("DSDOCS_REQUIRE_SHARED_DATA", "no shared data: "),
}


def lacks(need: str, reason: str) -> NoReturn:
    """Skip a test whose need this machine does not meet, or fail it where it must."""
    variable, prefix = NEEDS[need]
    if os.environ.get(variable):
        pytest.fail(f"{prefix}{reason}, and {variable} is set", pytrace=False)
    pytest.skip(prefix + reason)
