"""When pages were changed last, from the repository that the author's book lies in."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

_SECONDS = 30  # in which git has to answer
# What a hook of git sets: it would have git look at another repository than the one of the folder.
_OTHERS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
_COMMIT = "\x01"


@dataclass(frozen=True, slots=True)
class Change:
    """The last commit that changed a file."""

    day: str  # of the committer, UTC, ISO 8601
    commit: str


@dataclass(frozen=True, slots=True)
class History:
    """The files of a folder as a repository knows them, under their paths below the folder."""

    prefix: str  # path of the folder in the repository; ends with a slash unless it is empty
    changed: Mapping[str, Change] = field(default_factory=dict)
    uncommitted: frozenset[str] = frozenset()  # changed since, or never committed


def history(folder: Path) -> History | None:
    """Ask git for the last commit of each file below a folder.

    In a shallow clone a file whose last commit is the oldest one that is there has no date: it may be older.

    Returns
    -------
    History or None
        None where there is no git, or the folder is in no repository that it reads.
    """
    told = _git(folder, "rev-parse", "--show-prefix", "--is-shallow-repository", "--git-path", "shallow")
    if told is None:
        return None
    prefix, is_shallow, boundary = (*told.split("\n"), "", "")[:3]
    cut = _oldest(folder / boundary) if is_shallow == "true" else frozenset()
    log = _git(folder, "log", f"--format={_COMMIT}%H %ct", "--name-only", "-z", "--no-renames", "--relative", "--", ".")
    changed = {path: change for path, change in _last(log or "") if change.commit not in cut}
    status = _git(folder, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", ".")
    entries = (entry[3:] for entry in (status or "").split("\0") if len(entry) > 3)
    return History(prefix, changed, frozenset(path.removeprefix(prefix) for path in entries))


def head_commit(folder: Path) -> str:
    """Return the commit that a folder is at, and whether any file of it differs: all that `history` depends on."""
    head = _git(folder, "rev-parse", "HEAD")
    return f"{head} {_git(folder, 'status', '--porcelain', '-z', '--', '.')}" if head else ""


def _last(log: str) -> Iterator[tuple[str, Change]]:
    """Yield each path with its last commit; a log begins with the newest."""
    seen: set[str] = set()
    change = Change("", "")
    for part in log.split("\0"):
        if part.startswith(_COMMIT):
            commit, _, seconds = part[1:].partition(" ")
            # The first path of a commit follows its line.
            seconds, _, part = seconds.partition("\n")
            change = Change(datetime.fromtimestamp(int(seconds), UTC).date().isoformat(), commit)
        path = part.removeprefix("\n")
        if path and path not in seen:
            seen.add(path)
            yield path, change


def _oldest(file: Path) -> frozenset[str]:
    return frozenset(file.read_text(encoding="ascii").split()) if file.is_file() else frozenset()


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git says, without the last line feed; None where it fails."""
    git = shutil.which("git")
    if git is None:
        return None
    environment = {key: value for key, value in os.environ.items() if key not in _OTHERS}
    environment["GIT_OPTIONAL_LOCKS"] = "0"  # to look must not write
    command = [git, "-C", str(folder), "-c", "core.quotePath=false", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, env=environment, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace").removesuffix("\n") if done.returncode == 0 else None
