"""From an archive to its summary, report and facts: the first half of a build."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dsdocs.analyses.facts import facts, to_json
from dsdocs.archive.outline import ObservedArchive
from dsdocs.config import Config
from dsdocs.geo.countries import load_countries
from dsdocs.project import Project, resolve_nomenclature, store_description, store_locations
from dsdocs.readers import Reader, detect_reader, load_reader
from dsdocs.summary import Built, build_summary, fingerprint, read_summary, write_summary


@dataclass(frozen=True, slots=True)
class Summarized:
    """What a build of the summary found."""

    reader: str
    found: int
    kept: int
    quarantined: tuple[dict[str, str], ...]
    n_ignored: int
    n_warnings: int
    reused: bool  # nothing had changed since the last time
    notices: tuple[str, ...]  # readers that could not be loaded


def summarize(project: Project, *, key: str = "", progress: Callable[[int], None] | None = None) -> Summarized:
    """Read the archive once and write summary, report, facts and outline into the state folder.

    Parameters
    ----------
    project
        The project; its state folder is made if it is not there.
    key
        Digest of everything else that the summary depends on (version of the code); part of the stamp that tells
        whether the archive has to be read again.
    progress
        Called with the number of patches read so far.

    Raises
    ------
    DetectionError
        No reader, or more than one, claims the archive.
    SummaryError
        Not one patch could be kept.
    """
    archive = ObservedArchive(project.archive)
    project.state.mkdir(parents=True, exist_ok=True)
    store_locations(project)  # also where nothing is read again: the project may have been moved
    stamp = _stamp(archive.stamp(), project.config, key)
    earlier = _earlier(project, stamp)
    if earlier is not None:
        return earlier
    reader, notices = _reader(project, archive)
    nomenclature = project.config.labels.nomenclature or getattr(reader, "nomenclature", None)
    countries = load_countries()
    limit = project.config.country.max_distance
    archive = ObservedArchive(project.archive)  # detection looked at some members already
    built = build_summary(
        reader.read(archive),
        nomenclature=resolve_nomenclature(nomenclature, project.config_file) if nomenclature else None,
        locate=lambda lon, lat: countries.locate(lon, lat, max_distance=limit),
        progress=progress,
    )
    description = replace(
        reader.describe(built.table, archive), nomenclature=built.nomenclature.name if built.nomenclature else None
    )
    notes = {"reader": reader.name, "archive": archive.name, "country_source": countries.source}
    if built.nomenclature is not None:
        notes["nomenclature"] = built.nomenclature.name
    write_summary(built.table, project.summary_path, notes=notes)
    store_description(project, description)
    _write_json(project.state / "outline.json", archive.outline())
    found = facts(read_summary(project.summary_path), n_files=archive.n_files, n_bytes=archive.n_bytes)
    _write_json(project.state / "facts.json", to_json(found))
    report = _report(built, reader.name, fingerprint(project.summary_path), notices)
    _write_json(project.state / "report.json", report)
    (project.state / "summary.stamp").write_text(stamp, encoding="utf-8")
    return _result(report, reused=False)


def _reader(project: Project, archive: ObservedArchive) -> tuple[Reader, tuple[str, ...]]:
    if project.config.archive.reader:
        return load_reader(project.config.archive.reader), ()
    return detect_reader(archive)


def _report(built: Built, reader: str, digest: str, notices: tuple[str, ...]) -> dict[str, Any]:
    return {
        "reader": reader,
        "fingerprint": digest,
        "found": built.found,
        "kept": built.kept,
        "quarantined_count": len(built.quarantined),
        "ignored_count": len(built.ignored),
        "quarantined": [asdict(error) for error in built.quarantined],
        "warnings": [asdict(warning) for warning in built.warnings],
        "ignored": list(built.ignored),
        "notices": list(notices),
    }


def _result(report: dict[str, Any], *, reused: bool) -> Summarized:
    return Summarized(
        report["reader"], report["found"], report["kept"], tuple(report["quarantined"]), report["ignored_count"],
        len(report["warnings"]), reused, tuple(report["notices"]),
    )  # fmt: skip


def _stamp(archive: str, config: Config, key: str) -> str:
    # Only the tables of the configuration that the summary depends on; a new licence does not re-read the archive.
    used = config.model_dump_json(include={"archive", "labels", "country"})
    return hashlib.sha256("\0".join((archive, used, key)).encode()).hexdigest()


def _earlier(project: Project, stamp: str) -> Summarized | None:
    """Return the stored result if it was made from the same archive by the same code."""
    path = project.state / "summary.stamp"
    if not path.is_file() or path.read_text(encoding="utf-8") != stamp:
        return None
    files = ("summary.parquet", "report.json", "facts.json", "outline.json", "description.json")
    if not all((project.state / name).is_file() for name in files):
        return None
    if project.fingerprint != project.report["fingerprint"]:
        return None
    return _result(project.report, reused=True)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False), encoding="utf-8")
