"""Tell whether a process of this machine still runs."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


def runs(process: int) -> bool:
    """Tell whether a process has this number."""
    if sys.platform == "win32":
        return True  # it cannot be asked for without ending it
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def boot() -> str:
    """Return what differs for each start of this machine and is the same in its containers; "" where it is not told."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def started(process: int) -> str:
    """Return field 22 of proc(5), which tells processes apart that had the same number; "" if not told."""
    with suppress(OSError, IndexError):
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[19]
    return ""
