"""Let a process fail at its n-th call that changes something on disk: killed, refused, out of room, cut short, held.

`install` wraps the functions of Python through which such calls go, for paths below one folder. Run as a program, this
module loads dsdocs once and forks a process for every job, so that a failure costs a fraction of a second; `Forge`
talks to it. What Arrow and other libraries would write past Python is not seen; dsdocs lets them write into files
that Python has opened.
"""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NoReturn

COUNT, KILL, REFUSE, FULL, SHORT, HOLD = "count", "kill", "refuse", "full", "short", "hold"
MODES = (KILL, REFUSE, FULL, SHORT)
VARIABLE = "DSDOCS_TEST_FAULT"
# Calls that need room on the disk; the others go on to work where there is none.
_GROWING = {"open", "write", "mkdir", "link", "symlink", "sendfile", "truncate"}
_FREEING = {"unlink", "rmdir"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call that changes something."""

    kind: str
    path: str

    @property
    def frees(self) -> bool:
        """Whether it removes something: where it fails, something stays."""
        return self.kind in _FREEING


class Faults:
    """Counts the calls below a folder, writes them down, and fails at one.

    Parameters
    ----------
    root
        Calls for paths outside are not counted.
    mode
        One of `MODES`; `COUNT` does nothing; `HOLD` waits at the call for a signal.
    at
        Number of the call, from 1; or a pattern of `fnmatch` for its kind, a blank, and its path.
    log
        File for a line for each call.
    """

    def __init__(self, root: str, mode: str, at: int | str, log: str) -> None:
        self.root = os.path.realpath(root)
        self.mode = mode
        self.at = at
        self.number = 0
        self.full = False
        self.paused = False
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._write = os.write

    def point(self, kind: str, path: object, tear: Callable[[], object] | None = None) -> None:
        """Count a call that is about to be made, and fail if it is the one."""
        place = self._place(path)
        if self.paused or place is None or os.getpid() != self._process:
            return
        with self._lock:
            self.number += 1
            self._write(self._log, f"{kind} {place}\n".encode("utf-8", "surrogateescape"))
            if self.full and kind in _GROWING:
                raise _error(errno.ENOSPC, kind, place)
            if self.number == self.at or (isinstance(self.at, str) and fnmatch(f"{kind} {place}", self.at)):
                self.at = 0
                self._fail(kind, place, tear)

    def _fail(self, kind: str, place: str, tear: Callable[[], object] | None) -> None:
        if self.mode in (KILL, SHORT) and tear is not None:
            tear()
        if self.mode == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.mode == HOLD:
            self._write(self._log, b"held\n")
            time.sleep(600)
        if self.mode == REFUSE:
            raise _error(errno.EIO, kind, place)
        if self.mode in (FULL, SHORT):
            self.full = True
            if kind in _GROWING:
                raise _error(errno.ENOSPC, kind, place)

    def _place(self, path: object) -> str | None:
        if isinstance(path, int):
            try:
                path = os.readlink(f"/proc/self/fd/{path}")
            except OSError:
                return None
        if not isinstance(path, (str, bytes, os.PathLike)):
            return None
        place = os.path.abspath(os.fsdecode(path))
        return place if f"{place}/".startswith(f"{self.root}/") else None


def _error(number: int, kind: str, place: str) -> OSError:
    """Return an error as Python raises it: it knows the name of a file only where the call was given one."""
    named = [] if kind in {"write", "fsync", "truncate"} else [place]
    return OSError(number, os.strerror(number), *named)


def install(faults: Faults) -> None:
    """Wrap what Python calls to change something on disk."""
    names = {
        "replace": 1, "rename": 1, "link": 1, "symlink": 1, "mkdir": 0, "unlink": 0, "remove": 0, "rmdir": 0,
        "fsync": 0, "write": 0, "pwrite": 0, "ftruncate": 0, "truncate": 0, "sendfile": 0, "utime": 0, "chmod": 0,
    }  # fmt: skip
    kinds = {"remove": "unlink", "pwrite": "write", "ftruncate": "truncate"}
    for name, argument in names.items():
        setattr(os, name, _wrapped(faults, getattr(os, name), kinds.get(name, name), argument))
    os.open = _wrapped_open(faults, os.open)  # type: ignore[assignment]
    builtins.open = io.open = _wrapped_file(faults, io.open)
    # The exchange of two folders goes past `os`; its function is looked up right before the one call.
    sys.addaudithook(lambda event, found: _audited(faults, event, found))


def _wrapped(faults: Faults, function: Callable[..., Any], kind: str, argument: int) -> Callable[..., Any]:
    def wrapper(*arguments: Any, **options: Any) -> Any:
        path = arguments[argument]
        folder = options.get("dir_fd")
        if folder is not None:
            with suppress(OSError):
                path = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), os.fsdecode(path))
        faults.point(kind, path)
        return function(*arguments, **options)

    return wrapper


def _wrapped_open(faults: Faults, function: Callable[..., int]) -> Callable[..., int]:
    def wrapper(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and options.get("dir_fd") is None:
            faults.point("open", path)
        return function(path, flags, *arguments, **options)

    return wrapper


def _wrapped_file(faults: Faults, function: Callable[..., Any]) -> Callable[..., Any]:
    class Raw(io.FileIO):
        def write(self, data: Any) -> int:
            view = memoryview(data).cast("B")
            half = view[: len(view) // 2]
            faults.point("write", self.fileno(), lambda: io.FileIO.write(self, half))
            return super().write(data)

        def truncate(self, size: int | None = None) -> int:
            faults.point("truncate", self.fileno())
            return super().truncate(size)

    def wrapper(
        file: Any, mode: str = "r", buffering: int = -1, encoding: Any = None, errors: Any = None,
        newline: Any = None, closefd: bool = True, opener: Any = None,
    ) -> Any:  # fmt: skip
        if isinstance(file, int) or not set(mode) & set("wax+") or faults._place(file) is None:
            return function(file, mode, buffering, encoding, errors, newline, closefd, opener)
        faults.point("open", file)
        raw = Raw(os.fspath(file), mode.translate({ord("b"): None, ord("t"): None}), closefd, opener)
        if buffering == 0:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        if "b" in mode:
            return buffered
        text = io.TextIOWrapper(buffered, encoding or "utf-8", errors, newline)
        text.mode = mode  # type: ignore[misc]
        return text

    return wrapper


def _audited(faults: Faults, event: str, found: tuple[Any, ...]) -> None:
    if event == "ctypes.dlsym" and found[1] == "renameat2":
        faults.point("exchange", os.path.join(faults.root, "out"))


# ---- the process that forks


def _serve() -> None:
    """Answer each line of JSON with the exit code of its job and what that has said."""
    from dsdocs import cli
    from dsdocs.site import build

    build._import_sphinx()  # once, for all jobs
    for line in sys.stdin:
        job = json.loads(line)
        process = os.fork()
        if not process:
            _work(cli.main, job)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        print(json.dumps(code), flush=True)


def _work(main: Callable[[], NoReturn], job: dict[str, Any]) -> NoReturn:
    for name, number in (("stdout", 1), ("stderr", 2)):
        handle = os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(job["cwd"])
    os.environ.update(job["environment"])
    sys.argv = ["dsdocs", *job["arguments"]]
    faults = Faults(job["cwd"], job["mode"], job["at"], job["log"])
    if job["pages"]:
        _fake_sphinx(faults, Path(job["pages"]))
    install(faults)
    status = 1
    try:
        main()
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(status)


def _fake_sphinx(faults: Faults, pages: Path) -> None:
    """Let HTML that was made before, with the text of one page in it, be what Sphinx makes."""
    from dsdocs.site import build

    def run(project: Any, source: Path, out: Path) -> list[tuple[str, str]]:
        faults.paused = True
        shutil.copytree(pages, out)
        text = (source / "index.md").read_text(encoding="utf-8")
        (out / "index.md.txt").write_text(text, encoding="utf-8")
        faults.paused = False
        return [("Start", "index.html")]

    build._run_sphinx = run


class Forge:
    """Runs commands of dsdocs that fail, one after the other, each in a process of its own.

    Parameters
    ----------
    folder
        For what is logged; the commands do not work in it.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        source = str(Path(__file__).resolve().parents[2] / "src")
        paths = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), source]))
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**environment, "PYTHONPATH": paths},
        )  # fmt: skip

    def run(
        self,
        *arguments: str,
        cwd: Path,
        mode: str = COUNT,
        at: int | str = 0,
        pages: Path | None = None,
        **environment: str,
    ) -> Failed:
        """Run a command that fails in a mode at its n-th call below ``cwd``, and wait for its end.

        Parameters
        ----------
        pages
            A built site; its files are taken for what Sphinx makes, which takes seconds.
        """
        paths = {name: str(self._folder / name) for name in ("stdout", "stderr", "log")}
        job = {
            "arguments": arguments, "cwd": str(cwd), "mode": mode, "at": at, "environment": environment, **paths,
            "pages": str(pages) if pages else "",
        }  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        text = {name: Path(path).read_text(encoding="utf-8") for name, path in paths.items()}
        return Failed(code, text["stdout"], text["stderr"], read_calls(text["log"]))

    def close(self) -> None:
        """End the process that forks."""
        self._process.communicate()


@dataclass(frozen=True, slots=True)
class Failed:
    """How a command ended."""

    code: int  # negative: the number of a signal
    stdout: str
    stderr: str
    calls: tuple[Call, ...]


def read_calls(log: str) -> tuple[Call, ...]:
    """Read what `Faults` has logged."""
    return tuple(Call(kind, path) for kind, _, path in (line.partition(" ") for line in log.splitlines()))


def spread(calls: Sequence[Call], wanted: int) -> list[int]:
    """Choose numbers of calls: the first and the last of every kind, and others at even distances."""
    chosen = set()
    for kind in {call.kind for call in calls}:
        own = [number for number, call in enumerate(calls, 1) if call.kind == kind]
        chosen |= {own[0], own[-1]}
    step = max(1, len(calls) // max(1, wanted - len(chosen)))
    return sorted(chosen | set(range(1, len(calls) + 1, step)))


def environment(folder: Path, root: Path, mode: str, at: int | str, log: Path) -> dict[str, str]:
    """Return the variables that let a Python fail, but not the processes that it starts.

    Parameters
    ----------
    folder
        An empty folder, for the module that Python imports when it starts.
    """
    code = f"import importlib.util as u\ns = u.spec_from_file_location('faults', {__file__!r})\n"
    code += "m = u.module_from_spec(s)\nimport sys\nsys.modules['faults'] = m\ns.loader.exec_module(m)\n"
    (folder / "sitecustomize.py").write_text(f"{code}m.install_from_environment()\n", encoding="utf-8")
    wanted = {"root": str(root), "mode": mode, "at": at, "log": str(log)}
    paths = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": paths, VARIABLE: json.dumps(wanted)}


def install_from_environment() -> None:
    """Install what the variable asks for, in this process and not in those that it starts."""
    wanted = os.environ.pop(VARIABLE, None)
    if wanted:
        install(Faults(**json.loads(wanted)))


if __name__ == "__main__":
    _serve()
