"""Tell whether a published site is, byte for byte, what was published: each against its manifest."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsdocs.errors import SiteError
from dsdocs.site import DATA
from dsdocs.site.stamp import MARKER

THREADS = 8  # reading waits for the disk, and hashing lets other threads run
Entry = tuple[int, str]  # bytes, SHA-256
_UNKNOWN = "0" * 64


@dataclass(frozen=True, slots=True)
class Finding:
    """One file that is not as it was published."""

    path: str  # in the site, with "/"
    problem: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is wrong with it."""

    out: Path
    n_files: int
    n_bytes: int
    findings: tuple[Finding, ...]  # by path


def verify_site(out: Path) -> Verified:
    """Compare every file of a site with the manifest that was published with it.

    The manifest finds damage. It is no signature: who changes files on purpose can write another one.

    Raises
    ------
    SiteError
        There is no site, or its manifest is damaged or of another version, so that nothing can be said of the rest.
    """
    manifest = _read_manifest(out)
    found = dict(_scan(out))
    del found[MARKER]
    with ThreadPoolExecutor(THREADS) as threads:
        problems = dict(zip(found, threads.map(lambda name: _problem(out, name, manifest, found), found), strict=True))
    problems |= dict.fromkeys(manifest.keys() - found.keys(), "is missing")
    findings = [Finding(name, problem) for name, problem in problems.items() if problem is not None]
    findings += [] if findings else _summary_findings(out, manifest)
    n_bytes = sum(entry.st_size for entry in found.values())
    return Verified(out, len(found), n_bytes, tuple(sorted(findings, key=lambda finding: finding.path)))


def write_manifest(folder: Path) -> None:
    """Mark a folder as ours, with the size and digest of every file."""
    names = sorted(name for name, _ in _scan(folder) if name != MARKER)
    with ThreadPoolExecutor(THREADS) as threads:
        entries = threads.map(lambda name: _entry(folder / name), names)
        (folder / MARKER).write_bytes(_sealed(dict(zip(names, entries, strict=True))))


def _sealed(files: Mapping[str, Entry]) -> bytes:
    """Return the bytes of a manifest; it holds its own digest, taken with zeros in the place of that."""
    value = {"files": files, "generator": "dsdocs", "sha256": _UNKNOWN}
    text = json.dumps(value, indent=0, sort_keys=True) + "\n"
    before, _, after = text.rpartition(_UNKNOWN)
    return f"{before}{hashlib.sha256(text.encode()).hexdigest()}{after}".encode()


def _read_manifest(out: Path) -> dict[str, Entry]:
    path = out / MARKER
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SiteError(f"{out}: no site of dsdocs, as there is no {MARKER}; name its folder with --out") from error
    try:
        value: dict[str, Any] = json.loads(content)
        files = {str(name): (int(size), str(digest)) for name, (size, digest) in value["files"].items()}
        whole = content == _sealed(files)
        sealed = "sha256" in value
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        whole, sealed = False, True
    if not sealed:
        raise SiteError(f"{path}: was written by an older version, without its own digest; build the site again")
    if not whole:
        raise SiteError(f"{path}: is damaged, so nothing can be said of the other files; build the site again")
    return files


def _scan(folder: Path, prefix: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """Yield every file, link and special file below a folder; links are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _scan(folder / entry.name, f"{prefix}{entry.name}/")
            else:
                yield prefix + entry.name, entry.stat(follow_symlinks=False)


def _problem(out: Path, name: str, manifest: Mapping[str, Entry], found: Mapping[str, os.stat_result]) -> str | None:
    """Say what is wrong with a file that is there."""
    if name not in manifest:
        return "was not published"
    if not stat.S_ISREG(found[name].st_mode):
        return "is no file"
    size, digest = manifest[name]
    if found[name].st_size != size:
        return f"has {found[name].st_size:,} bytes, published with {size:,}"
    try:
        changed = _entry(out / name)[1] != digest
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "holds other bytes than were published" if changed else None


def _entry(path: Path) -> Entry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return os.fstat(file.fileno()).st_size, digest


def _summary_findings(out: Path, manifest: Mapping[str, Entry]) -> list[Finding]:
    """Say whether the report speaks of another summary than the one beside it."""
    summary, report = f"{DATA}/summary.parquet", f"{DATA}/report.json"
    if summary not in manifest or report not in manifest:
        return []
    told = str(json.loads((out / report).read_bytes())["fingerprint"])
    digest = manifest[summary][1]
    if digest.startswith(told):
        return []
    return [Finding(report, f"speaks of a summary {told}, but that of the site is {digest[: len(told)]}")]
