"""Write files and folders so that at every moment the old or the new is there, whole.

A file is written under the temporary name ``.NAME.PID.partial`` beside its place. What a killed process left of that
kind is found by `clean`.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dsdocs.errors import DsdocsError
from dsdocs.safe.processes import runs

_PARTIAL = re.compile(r"\..+\.(\d+)\.partial", re.DOTALL)
_NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM}
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h


@contextmanager
def writing(path: Path, *, lasting: bool = True) -> Iterator[BinaryIO]:
    """Open a file that takes the place of ``path`` at once when the ``with`` statement ends well.

    Parameters
    ----------
    path
        Target.
    lasting
        Whether it has to outlast a loss of power; not what is made anew after one anyway.

    Raises
    ------
    OSError
        The file cannot be written; ``filename`` is always set. What was at ``path`` is as it was.
    """
    partial = _beside(path)
    try:
        with _new(partial, lasting=lasting) as sink:
            yield sink
        os.replace(partial, path)
        if lasting:
            sync(path.parent)
    except BaseException as error:
        _remove(partial)
        if isinstance(error, OSError) and error.filename in (None, str(partial)):
            error.filename = str(path)
            error.filename2 = None
        raise


def write_bytes(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write a whole file; see `writing`."""
    with writing(path, lasting=lasting) as sink:
        sink.write(data)


def check_ending(path: Path, endings: Sequence[str], what: str, error: type[DsdocsError]) -> None:
    """Refuse a file whose name says no format that can be written; `what` is written, `error` says so."""
    if path.suffix not in endings:
        raise error(f"{path}: {what} is written as {' or '.join(endings)}; name a file that ends so")


def write_text(path: Path, text: str) -> None:
    """Write a whole file as UTF-8; see `writing`."""
    write_bytes(path, text.encode("utf-8"))


def copy_together(sources: Mapping[Path, Path]) -> None:
    """Copy files so that all of them appear or, after an error, none.

    All are whole and on the disk before the first takes its place. Only a process that is killed between two renames
    leaves some new and some old.

    Parameters
    ----------
    sources
        Target and source of each file.

    Raises
    ------
    OSError
        A file cannot be read or written; ``filename`` is always set.
    """
    replaced: list[Path] = []
    try:
        for target, source in sources.items():
            _clean_beside(target)
            with _new(_beside(target)) as sink, source.open("rb") as data:
                shutil.copyfileobj(data, sink)
        for target in sources:
            if target.exists():
                _keep(target, _beside(target, "old"))
        for target in sources:
            os.replace(_beside(target), target)
            replaced.append(target)
        for folder in {target.parent for target in sources}:
            sync(folder)
    except BaseException as error:
        for target in replaced:
            _restore(target, _beside(target, "old"))
        if isinstance(error, OSError) and error.filename is None:
            error.filename = ", ".join(map(str, sources))
        raise
    finally:
        for target in sources:
            _remove(_beside(target))
            _remove(_beside(target, "old"))


def clean(folder: Path) -> None:
    """Remove what killed processes of this machine left below a folder; links are not followed."""
    for parent, _, names in os.walk(folder):
        for name in names:
            if _is_left(name):
                _remove(Path(parent, name))


def _beside(path: Path, *kind: str) -> Path:
    return path.with_name(".".join(["", path.name, *kind, str(os.getpid()), "partial"]))


def _is_left(name: str) -> bool:
    found = _PARTIAL.fullmatch(name)
    return found is not None and not runs(int(found[1]))


def _clean_beside(path: Path) -> None:
    """Do what `clean` does for one target, in a folder that holds other things as well."""
    for name in os.listdir(path.parent):
        if name.startswith(f".{path.name}.") and _is_left(name):
            _remove(path.with_name(name))


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


@contextmanager
def _new(path: Path, *, lasting: bool = True) -> Iterator[BinaryIO]:
    """Open a file that is not there yet, and bring it to the disk."""
    path.unlink(missing_ok=True)  # of a killed process that had this number
    with path.open("xb") as sink:
        yield sink
        if lasting:
            sink.flush()
            os.fsync(sink.fileno())


def _keep(path: Path, second: Path) -> None:
    """Give a file a second name; a copy, where the file system knows no links."""
    try:
        os.link(path, second)
    except OSError:
        shutil.copyfile(path, second)


def _restore(path: Path, second: Path) -> None:
    with suppress(OSError):
        if second.exists():
            os.replace(second, path)
        else:
            path.unlink()


def sync(path: Path) -> None:
    """Make the bytes of a file, or the names in a folder, outlast a loss of power."""
    if sys.platform == "win32":
        return  # a file that is open for reading, or a folder, cannot be synchronised there
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):  # so file systems say of folders
            error.filename = str(path)
            raise
    finally:
        os.close(handle)


def swap_folder(new: Path, out: Path, *, aside: Path) -> None:
    """Put a new tree in the place of an old one, and remove the old one.

    At every moment ``out`` is one of the two, where the system can exchange two names (Linux, renameat2). Elsewhere
    there is no ``out`` for the moment between two renames; a process that is killed then leaves the old tree
    ``aside``, and `put_back` repairs that.

    Parameters
    ----------
    new
        The new tree. Every file of it is synchronised first, eight at a time: 0.03 s for 300 files, a third of one
        after the other. One syncfs(2) takes 0.01 s, but also waits for what all other programs have written.
    out
        Where it goes; a folder on the same file system, or nothing yet.
    aside
        Where the old tree may lie for a moment; on the same file system.

    Raises
    ------
    OSError
        The tree cannot be written; ``out`` is as it was.
    """
    _sync_tree(new)
    out.parent.mkdir(parents=True, exist_ok=True)
    replaced = out.exists()
    _swap(new, out, aside)
    try:
        sync(out.parent)
    except OSError:
        if replaced:
            _swap(new, out, aside)
        else:
            os.rename(out, new)
        raise
    shutil.rmtree(new, ignore_errors=True)


def put_back(out: Path, *, aside: Path) -> None:
    """Repair what a process left that was killed within `swap_folder`."""
    if aside.is_dir() and not out.exists():
        os.rename(aside, out)


def _sync_tree(folder: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(sync, [folder, *(path for path in folder.rglob("*") if not path.is_symlink())]))


def _exchanged(new: Path, out: Path) -> bool:
    """Exchange two names in one step; False where the system cannot."""
    if sys.platform != "linux":
        return False
    import ctypes  # takes longer to load than most commands need this module for

    exchange = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if exchange is None:
        return False
    first, second = (ctypes.c_char_p(os.fsencode(path)) for path in (new, out))
    if exchange(_AT_FDCWD, first, _AT_FDCWD, second, ctypes.c_uint(_RENAME_EXCHANGE)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NO_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(out))


def _swap(new: Path, out: Path, aside: Path) -> None:
    """Let two trees change places; if there is none at ``out``, there is none at ``new`` afterwards."""
    if not out.exists():
        os.rename(new, out)
    elif not _exchanged(new, out):
        try:
            os.rename(out, aside)
            os.rename(new, out)
        except BaseException:
            put_back(out, aside=aside)
            raise
        os.rename(aside, new)
