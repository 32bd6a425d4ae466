"""A folder that is made from something, and made anew only when that has changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dsdocs.safe.files import put_back, swap_folder, write_text


@contextmanager
def renewed(folder: Path, key: Callable[[], str], *, last: str) -> Iterator[Path | None]:
    """Give an empty folder to fill, which takes the place of ``folder`` at once; None: that one is up to date.

    What it was made from stands beside it, in ``FOLDER.stamp``, as all of the folder may be published.

    Parameters
    ----------
    key
        Says what the folder follows from. It is asked before and after, since making may store what it follows from.
    last
        Name of a file without which the folder is not complete.
    """
    stamp = _stamp(folder)
    new, aside = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
    put_back(folder, aside=aside)
    if stamp.is_file() and (folder / last).is_file() and stamp.read_text(encoding="utf-8") == key():
        yield None
        return
    stamp.unlink(missing_ok=True)
    for left in (new, aside):
        shutil.rmtree(left, ignore_errors=True)
    new.mkdir(parents=True)
    yield new
    swap_folder(new, folder, aside=aside)
    write_text(stamp, key())


def discard(folder: Path) -> None:
    """Remove a folder that `renewed` has made, and its stamp."""
    shutil.rmtree(folder, ignore_errors=True)
    _stamp(folder).unlink(missing_ok=True)


def _stamp(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.stamp")
