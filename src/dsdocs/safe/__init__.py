"""What is on disk stays whole: files and folders appear at once, one process writes, and a signal ends all.

Everything below `dsdocs.errors` may import it.
"""

from dsdocs.safe.cells import cell_text
from dsdocs.safe.ending import Interrupted, guard_streams, interruptible, plain, uninterrupted
from dsdocs.safe.files import (
    check_ending,
    clean,
    copy_together,
    put_back,
    swap_folder,
    write_bytes,
    write_text,
    writing,
)
from dsdocs.safe.lock import Lock
from dsdocs.safe.renewed import discard, renewed

__all__ = [
    "Interrupted", "Lock", "cell_text", "check_ending", "clean", "copy_together", "discard", "guard_streams",
    "interruptible", "plain", "put_back", "renewed", "swap_folder", "uninterrupted", "write_bytes", "write_text",
    "writing",
]  # fmt: skip
