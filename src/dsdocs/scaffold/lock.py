"""What the workflows install: every package with its version and the digest of its file, as pip resolves them.

pip chooses files for the system of the workflows on any machine, but asks its own machine which requirements hold there
(the markers of PEP 508). So what a package needs on the system of the workflows, and pip has not chosen, is added to
what it is asked for, until nothing is missing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from dsdocs.archive.address import EXTRAS, is_url, scheme
from dsdocs.errors import PublishError
from dsdocs.safe import plain

AUDIT = "pip-audit"  # which the nightly workflow runs
# What wheels for the runners of the workflows are named after, newest first; theirs have glibc 2.39.
_PLATFORMS = (
    *(f"manylinux_2_{minor}_x86_64" for minor in range(39, 16, -1)),
    "manylinux2014_x86_64",
    *(f"manylinux_2_{minor}_x86_64" for minor in range(16, 4, -1)),
    "manylinux2010_x86_64",
    "manylinux1_x86_64",
    "linux_x86_64",
)
_MARKERS = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "sys_platform": "linux",
}
_ROUNDS = 10  # in which packages are found that only the other system needs; more than two were never seen
_SECONDS = 1800


def wanted(archive: Iterable[str]) -> tuple[str, ...]:
    """Return what the workflows of a guide need: dsdocs as it runs here, and what looks for known weaknesses.

    Parameters
    ----------
    archive
        Paths and URLs of the archive; some of the latter need packages of their own.
    """
    extras = sorted({EXTRAS[scheme(source)] for source in archive if is_url(source)})
    needed = f"[{','.join(extras)}]" if extras else ""
    return (f"dsdocs{needed}=={version('dsdocs')}", AUDIT)


def lock(requirements: Sequence[str], *, python: str) -> str:
    """Resolve requirements for CPython on Linux (x86_64), and return the text for ``pip install --require-hashes``.

    pip works as it is set up on this machine (``PIP_INDEX_URL``, ``PIP_FIND_LINKS``); the result names no address.

    Parameters
    ----------
    requirements
        As PEP 508 writes them: names, extras, versions, markers.
    python
        Version of Python, for example ``3.11``.

    Raises
    ------
    PublishError
        pip does not find files that fit together, a requirement is a path or an address, or the version of Python is
        of another form.
    """
    if not re.fullmatch(r"3\.\d{1,2}", python):
        raise PublishError(f"Python {python!r}: expected a version such as 3.11")
    roots = [_parsed(text) for text in requirements]
    asked = list(map(str, roots))
    for _ in range(_ROUNDS):
        found = _resolved(asked, python)
        missing = sorted(set(_missing(roots, found, python)) - set(asked))
        if not missing:
            break
        asked += missing
    lines = (_line(found[name]) for name in sorted(found))
    head = (
        f"# Written by: dsdocs lock --python {python} {' '.join(map(_quoted, sorted(requirements)))}\n"
        "# Files for CPython on Linux (x86_64), where the workflows run.\n"
    )
    return head + "".join(lines)


def _parsed(text: str) -> Requirement:
    try:
        found = Requirement(text)
    except InvalidRequirement as error:
        why = " ".join(str(error).splitlines()[:1])
        raise PublishError(f"{text!r} is no requirement: {why}; expected for example 'dsdocs[s3]==1.0'") from error
    if found.url:
        raise PublishError(f"{text!r} names an address; expected a package of an index, whose file has a digest")
    return found


def _resolved(requirements: Sequence[str], python: str) -> dict[str, Mapping[str, Any]]:
    """Ask pip; return its entries by the names of packages."""
    with tempfile.TemporaryDirectory(prefix="dsdocs-lock-") as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "--only-binary=:all:", "--implementation=cp"]
        command += [f"--python-version={python}", *(f"--platform={name}" for name in _PLATFORMS)]
        command += [f"--target={folder}/none", f"--report={report}", *requirements]  # pip insists on the target
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise PublishError(f"pip gave no answer within {_SECONDS} s; is the index reachable?") from error
        if done.returncode != 0 or not report.is_file():
            told = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            lines = [line.removeprefix("ERROR: ") for line in told if line.startswith("ERROR")] or told
            said = plain("; ".join(lines[-3:])) or f"it ended with {done.returncode}"
            raise PublishError(
                f"pip finds no files for {', '.join(requirements)} on Python {python}: {said}; "
                "see that the index of pip can be reached (PIP_INDEX_URL, PIP_NO_INDEX) and has these versions"
            )
        entries = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {canonicalize_name(entry["metadata"]["name"]): entry for entry in entries}


def _missing(roots: Sequence[Requirement], found: Mapping[str, Mapping[str, Any]], python: str) -> Iterator[str]:
    """Yield what is needed where the workflows run, from the roots on, and was not chosen."""
    waiting = [(canonicalize_name(root.name), frozenset(root.extras)) for root in roots if _holds(root, "", python)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen or name not in found:
            continue
        seen.add((name, extras))
        for text in found[name]["metadata"].get("requires_dist", ()):
            needed = Requirement(text)
            if not any(_holds(needed, extra, python) for extra in ("", *extras)):
                continue
            if canonicalize_name(needed.name) not in found:
                needed.marker = None
                yield str(needed)
            waiting.append((canonicalize_name(needed.name), frozenset(needed.extras)))


def _holds(needed: Requirement, extra: str, python: str) -> bool:
    """Tell whether a requirement holds for any release of a version of Python; which one is installed may change."""
    return needed.marker is None or any(
        needed.marker.evaluate({**_MARKERS, "extra": extra, "python_version": python, "python_full_version": full})
        for full in (f"{python}.0", f"{python}.99")
    )


def _line(entry: Mapping[str, Any]) -> str:
    name, number = entry["metadata"]["name"], entry["metadata"]["version"]
    digest = entry["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
    if not digest:
        raise PublishError(f"{name}: pip took it from a folder or a repository; expected a file, which has a digest")
    return f"{canonicalize_name(name)}=={number} \\\n    --hash=sha256:{digest}\n"


def _quoted(text: str) -> str:
    return text if text.replace("-", "").replace("_", "").isalnum() else f"'{text}'"
