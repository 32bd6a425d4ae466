"""From an archive to its summary, report and facts: the first half of a build."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from dsdocs.archive import Archive
from dsdocs.archive.directory import DirectoryArchive
from dsdocs.archive.outline import ObservedArchive
from dsdocs.config import Config
from dsdocs.engine import Engine, InProcess, seconds_here
from dsdocs.errors import ArchiveError
from dsdocs.geo.countries import SOURCE
from dsdocs.project import Project, resolve_nomenclature, store_description, store_locations
from dsdocs.readers import SAMPLE, Bounded, Reader, available_readers, detect_reader, load_reader
from dsdocs.readers.image_mask import ImageMask
from dsdocs.safe import write_text
from dsdocs.summary import (
    Built,
    PartStore,
    StoredPart,
    Task,
    cut,
    fingerprint,
    finish_parts,
    frugal,
    leftovers,
    merge_parts,
    read_part,
    without_pandas,
)

_DECLARED = "declared"  # name of the reader whose module is loaded where it is used
FINISHED = 8_000  # rows of a part that was put together from others; twice as many take 40 MB more
Progress = Callable[[int], None]


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
    notices: tuple[str, ...]  # how the reader was chosen, and readers that could not be loaded


def summarize(
    project: Project, *, key: str = "", engine: Engine | None = None, progress: Progress | None = None
) -> Summarized:
    """Read what is new in the archive, and write summary, report and outline into the state folder.

    Parameters
    ----------
    project
        The project; its state folder is made if it is not there.
    key
        Digest of everything else that the summary depends on (version of the code).
    engine
        Where parts of the archive are read; default: in this process.
    progress
        Called with the number of files seen so far.

    Raises
    ------
    ArchiveError
        The archive cannot be read, or is damaged as a whole.
    DetectionError
        No reader, or more than one, claims the archive.
    SummaryError
        Not one patch could be kept.
    """
    own = all(point.module.startswith(f"{__package__}.") for point in available_readers().values())
    with frugal(), without_pandas() if own else nullcontext():
        return _summarize(project, key, engine or InProcess(), progress or (lambda done: None))


def _summarize(project: Project, key: str, engine: Engine, tell: Progress) -> Summarized:
    project.state.mkdir(parents=True, exist_ok=True)
    store_locations(project)  # also where nothing is read again: the project may have been moved
    store = PartStore(project.state / "parts")
    archive = ObservedArchive(_quickest(project.container, store, engine))
    context = _digest(project, key)
    if not archive.seekable:
        earlier = _earlier(project, f"{archive.stamp()} {context}")
        if earlier is not None:
            return earlier
    reader, notices = choose_reader(project, archive)
    context = f"{context} {reader.name}"
    limit = project.config.country.max_distance
    if archive.seekable:
        keys = list(_read_parts(archive, store, engine, reader, limit, context, tell))
        stamp = " ".join((context, *keys))
        earlier = _earlier(project, stamp)
        if earlier is not None:
            return earlier
    else:
        stamp = f"{archive.stamp()} {_digest(project, key)}"
        keys = list(_stream_parts(archive, store, reader, limit, f"{context} {archive.stamp()}", tell))
    if not archive.n_files:
        raise _empty(archive)
    parts = [StoredPart(store.path(name)) for name in keys]
    finished = [
        store.add(f"finished-{number}", packed, lasting=False)
        for number, packed in enumerate(finish_parts(reader, *leftovers(parts), limit, FINISHED))
    ]
    (project.state / "summary.stamp").unlink(missing_ok=True)  # until all files are those of this archive
    nomenclature = project.config.labels.nomenclature or getattr(reader, "nomenclature", None)
    built = merge_parts(
        [*parts, *finished],
        project.summary_path,
        nomenclature=resolve_nomenclature(nomenclature, project.config_file) if nomenclature else None,
        notes={"reader": reader.name, "country_source": SOURCE},
    )
    store.keep([*keys, *(part.path.stem for part in finished)])
    _write_json(
        project.state / "archive.json",
        {"name": archive.name, "root": built.root, "files": archive.n_files, "bytes": archive.n_bytes},
    )
    _write_json(project.state / "outline.json", archive.outline())
    report = _report(built, reader.name, fingerprint(project.summary_path), notices)
    _write_json(project.state / "report.json", report)
    write_text(project.state / "summary.stamp", _hashed(stamp))
    return _result(report, reused=False)


def _quickest(archive: Archive, store: PartStore, engine: Engine) -> Archive:
    """Return an archive that reads ahead as long as all that it lists will be read, and here."""
    end = monotonic() + seconds_here(engine)
    if isinstance(archive, DirectoryArchive) and store.is_empty:
        return archive.reading_ahead(lambda: monotonic() < end)
    return archive


def choose_reader(project: Project, archive: ObservedArchive) -> tuple[Reader, tuple[str, ...]]:
    """Return the reader that the author named, declared or left to be detected, and what is to be said of that."""
    config = project.config
    if config.archive.reader:
        return _named_reader(project, config.archive.reader), ()
    if config.layout is not None:
        return _named_reader(project, _DECLARED), ("the layout is declared under [layout] in dsdocs.toml",)
    names = archive.first_names(SAMPLE)
    if not names:
        raise _empty(archive)
    reader, notices = detect_reader(archive, names)
    return _configured(reader, config), notices


def _empty(archive: ObservedArchive) -> ArchiveError:
    """Return the error of an archive without a file, for the reason why its entries are none, if it has any."""
    found = archive.refused
    if found is None:
        return ArchiveError(f"{archive.name}: holds no file; expected the files of a data set", "input.empty")
    return ArchiveError(f"{archive.name}: holds no file that can be read; {found.path}: {found.reason}", found.category)


def _named_reader(project: Project, name: str) -> Reader:
    layout = project.config.layout
    if name == _DECLARED and layout is not None:
        from dsdocs.readers.declared import DeclaredReader

        return _configured(DeclaredReader(layout, project.side_table), project.config)
    return _configured(load_reader(name), project.config)


def _configured(reader: Reader, config: Config) -> Reader:
    if isinstance(reader, ImageMask):
        return replace(reader, patch_size=config.archive.patch_size, max_pixels=config.archive.limits.pixels)
    if isinstance(reader, Bounded):
        reader.max_pixels = config.archive.limits.pixels
    return reader


def describe(project: Project, *, key: str = "") -> None:
    """Write what is known of the data set, and the numbers that prose quotes, once for the same summary.

    Parameters
    ----------
    project
        The project; its summary must be there.
    key
        Digest of the code.
    """
    stamp = _hashed(f"{_digest(project, key)} {project.fingerprint}")
    path = project.state / "description.stamp"
    files = (project.state / name for name in ("description.json", "facts.json"))
    if path.is_file() and path.read_text(encoding="utf-8") == stamp and all(file.is_file() for file in files):
        return
    from dsdocs.analyses.facts import facts, to_json  # imports pandas, which nothing else here needs

    path.unlink(missing_ok=True)  # until both files are those of this summary
    reader = _named_reader(project, project.report["reader"])
    described = reader.describe(project.summary, project.archive)
    store_description(project, replace(described, nomenclature=project.report["nomenclature"]))
    counts = project.counts
    found = facts(project.summary, n_files=counts["files"], n_bytes=counts["bytes"])
    _write_json(project.state / "facts.json", to_json(found))
    write_text(path, stamp)


def _read_parts(
    archive: ObservedArchive,
    store: PartStore,
    engine: Engine,
    reader: Reader,
    limit: float,
    context: str,
    tell: Progress,
) -> Iterator[str]:
    """Read the parts that are not there yet, wherever the engine does so, and yield the keys of all."""
    waiting: deque[str] = deque()
    done: list[str] = []

    stamp = cache(archive.stamp)

    def tasks() -> Iterator[Task]:
        for entries in cut.parts(archive):
            key = cut.digest(entries, context, stamp)
            done.append(key)
            tell(archive.n_files)
            if store.find(key) is None:
                waiting.append(key)
                yield Task(reader, entries, limit)

    for packed in engine.map(read_part, tasks()):
        store.add(waiting.popleft(), packed)
    yield from done


def _stream_parts(
    archive: ObservedArchive, store: PartStore, reader: Reader, limit: float, context: str, tell: Progress
) -> Iterator[str]:
    """Read a stream from its start to its end; parts that are there already are passed over."""
    for number, entries in enumerate(cut.streamed_parts(archive)):
        key = _hashed(f"{context} {number}")[:32]
        if store.find(key) is None:
            store.add(key, read_part(Task(reader, entries, limit)))
        tell(archive.n_files)
        yield key


def _report(built: Built, reader: str, digest: str, notices: tuple[str, ...]) -> dict[str, Any]:
    return {
        "reader": reader,
        "nomenclature": built.nomenclature.name if built.nomenclature else None,
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


def _digest(project: Project, key: str) -> str:
    # Only the tables of the configuration that the summary depends on; a new licence does not re-read the archive.
    used = project.config.model_dump_json(include={"archive", "labels", "country", "layout"})
    return _hashed(f"{used} {key} {hashlib.sha256(project.side_table or b'').hexdigest()}")


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _earlier(project: Project, stamp: str) -> Summarized | None:
    """Return the stored result if it was made from the same archive by the same code."""
    path = project.state / "summary.stamp"
    if not path.is_file() or path.read_text(encoding="utf-8") != _hashed(stamp):
        return None
    if not all(
        (project.state / name).is_file() for name in ("summary.parquet", "report.json", "outline.json", "archive.json")
    ):
        return None
    if project.fingerprint != project.report["fingerprint"]:
        return None
    return _result(project.report, reused=True)


def _write_json(path: Path, value: object) -> None:
    write_text(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False))
