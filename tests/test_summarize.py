"""Summaries of whole archives: what is read again after a change or a crash, and that it matters to nobody where."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dsdocs.archive.directory import DirectoryArchive, Held
from dsdocs.config import Config
from dsdocs.engine import Engine, InProcess, Pool, open_engine
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.sample import write_sample
from dsdocs.summarize import summarize
from dsdocs.summary import cut, fingerprint
from support.cluster import cluster
from support.containers import CONTAINERS, write_container

STREAMS = ("tar.gz", "tar.zst")


class Counting:
    """An engine that counts its tasks, and stops after some."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.done = 0
        self._stop_after = stop_after

    def map(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        for task in tasks:
            if self.done == self._stop_after:
                raise KeyboardInterrupt
            self.done += 1
            yield function(task)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 48 patches; with small parts, they are several."""
    return write_sample(tmp_path_factory.mktemp("archive") / "a", patches=48, layout="bigearthnet-v1-s2")


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LEAST": 40, "MOST": 200, "ODDS": 2}.items():
        monkeypatch.setattr(f"dsdocs.summary.cut.{name}", value)


def project_of(archive: Path | tuple[Path, ...], state: Path) -> Project:
    sources = archive if isinstance(archive, tuple) else (archive,)
    return Project(Locations(Config(), None, tuple(str(source) for source in sources), state))


def summary_of(archive: Path, state: Path, engine: Engine | None = None) -> str:
    summarize(project_of(archive, state), engine=engine)
    return fingerprint(state / "summary.parquet")


def test_an_archive_is_read_in_several_parts_and_once(archive: Path, tmp_path: Path) -> None:
    engine = Counting()
    first = summary_of(archive, tmp_path, engine)
    assert engine.done > 4
    again = Counting()
    assert summarize(project_of(archive, tmp_path), engine=again).reused
    assert again.done == 0
    assert fingerprint(tmp_path / "summary.parquet") == first


def test_parts_are_those_of_a_look_at_each_member(archive: Path) -> None:
    container = DirectoryArchive(archive)
    cutter = cut.Cutter()
    begins = [cutter.begins(member.path) for member in container.members()]
    expected = [number for number, begin in enumerate(begins) if begin]
    sizes = [len(entries) for entries in cut.parts(container)]
    assert len(expected) > 4
    assert [sum(sizes[:end]) for end in range(1, len(sizes))] == expected


def test_a_first_build_reads_ahead_and_gives_the_same(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[str] = []
    real = Held.__init__

    def counting(self: Held, path: str, content: bytes = b"") -> None:
        held.append(path)
        real(self, path, content)

    monkeypatch.setattr(Held, "__init__", counting)
    first = summary_of(archive, tmp_path / "here")
    assert len(held) == len(list(archive.rglob("*.json"))) > 48
    held.clear()
    assert summary_of(archive, tmp_path / "elsewhere", Counting()) == first  # this engine may be anywhere
    assert summarize(project_of(archive, tmp_path / "here")).reused  # and here all parts are there
    assert not held


def test_a_change_reads_its_own_part_again(archive: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(archive, copy)
    everything = Counting()
    before = summary_of(copy, tmp_path / "state", everything)
    some = sorted(copy.rglob("*.json"))[20]
    content = some.read_text(encoding="utf-8")
    some.write_text(content.replace('"labels": [', '"labels": ["Peatbogs", '), encoding="utf-8")
    changed = Counting()
    after = summary_of(copy, tmp_path / "state", changed)
    assert changed.done == 1 < everything.done
    assert after != before
    assert after == summary_of(copy, tmp_path / "clean")


def test_a_patch_taken_away_reads_its_own_part_again(archive: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(archive, copy)
    summary_of(copy, tmp_path / "state")
    shutil.rmtree(sorted(copy.iterdir())[20])
    changed = Counting()
    after = summary_of(copy, tmp_path / "state", changed)
    assert changed.done <= 2  # the folder may have been the first of a part
    assert after == summary_of(copy, tmp_path / "clean")


@pytest.mark.parametrize("done", [0, 1, 4])
def test_what_was_stopped_goes_on_where_it_was(archive: Path, tmp_path: Path, done: int) -> None:
    everything = Counting()
    expected = summary_of(archive, tmp_path / "clean", everything)
    with pytest.raises(KeyboardInterrupt):
        summary_of(archive, tmp_path / "state", Counting(done))
    rest = Counting()
    assert summary_of(archive, tmp_path / "state", rest) == expected
    assert rest.done <= everything.done - done + 1
    left = {path.relative_to(tmp_path / "state") for path in (tmp_path / "state").rglob("*")}
    assert left == {path.relative_to(tmp_path / "clean") for path in (tmp_path / "clean").rglob("*")}


def test_a_damaged_part_is_read_again(archive: Path, tmp_path: Path) -> None:
    expected = summary_of(archive, tmp_path)
    part = sorted((tmp_path / "parts").iterdir())[0]
    part.write_bytes(part.read_bytes()[:-100])
    (tmp_path / "summary.stamp").unlink()
    engine = Counting()
    assert summary_of(archive, tmp_path, engine) == expected
    assert engine.done == 1


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_gives_the_same_bytes(archive: Path, tmp_path: Path, container: str) -> None:
    files = {path.relative_to(archive).as_posix(): path.read_bytes() for path in archive.rglob("*") if path.is_file()}
    backwards = sorted(files, reverse=True)
    sources = write_container(container, files, tmp_path / "archive", order=backwards)
    top = write_container(container, files, tmp_path / "within", top="some/folder/")
    expected = summary_of(archive, tmp_path / "expected")
    for number, each in enumerate((sources, top)):
        state = tmp_path / f"state-{number}"
        summarize(project_of(tuple(Path(source) for source in each), state))
        assert fingerprint(state / "summary.parquet") == expected


def test_every_engine_gives_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    with cluster(tmp_path) as running:
        engines = {"here": InProcess(), "pool": Pool(2), "dask": open_engine(running.address, workers=1)}
        assert len({summary_of(archive, tmp_path / name, engine) for name, engine in engines.items()}) == 1


def test_equal_content_under_another_time_is_read_again(archive: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(archive, copy)
    expected = summary_of(copy, tmp_path / "state")
    os.utime(sorted(copy.rglob("*.json"))[3], (1, 1))
    engine = Counting()
    assert summary_of(copy, tmp_path / "state", engine) == expected
    assert engine.done == 1
