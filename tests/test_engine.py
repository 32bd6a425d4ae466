"""Where work runs changes nothing about its results, and a worker that dies is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsdocs import engine
from dsdocs.engine import Dask, InProcess, Pool, open_engine
from dsdocs.errors import EngineError
from support.cluster import Cluster, cluster
from support.tasks import die, process, square

TESTS = str(Path(__file__).parent)


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("cluster"), environment={"PYTHONPATH": TESTS}) as running:
        yield running


def test_every_engine_gives_the_same_results_in_the_same_order(dask: Cluster) -> None:
    expected = [number * number for number in range(50)]
    for one in (InProcess(), Pool(2), open_engine(dask.address, workers=1)):
        assert list(one.map(square, range(50))) == expected


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_tasks_are_done_as_well(count: int) -> None:
    assert list(Pool(2).map(square, range(count))) == [number * number for number in range(count)]


def test_short_work_is_done_here_and_what_is_left_of_long_work_by_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(Pool(2, alone=600.0).map(process, range(6))) == {os.getpid()}
    clock = iter((0.0, 0.5, 0.9, 1.1))
    monkeypatch.setattr(engine, "monotonic", lambda: next(clock))
    found = list(Pool(2, alone=1.0).map(process, range(6)))
    assert found[:2] == [os.getpid()] * 2
    assert os.getpid() not in found[2:]


def test_tasks_are_made_only_as_they_are_needed() -> None:
    made = []

    def tasks() -> Iterator[int]:
        for number in range(1000):
            made.append(number)
            yield number

    results = Pool(2).map(square, tasks())
    next(results)
    assert len(made) < 20
    results.close()  # type: ignore[attr-defined]


def test_a_worker_that_dies_is_an_error_and_not_a_wait() -> None:
    with pytest.raises(EngineError, match="a worker process died"):
        list(Pool(2).map(die, range(10)))


SLEEPERS = """
import sys
from dsdocs.engine import Pool
from support.tasks import sleep
if __name__ == "__main__":
    list(Pool(2).map(sleep, [sys.argv[1]] * 4))
"""


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "sleepers.py"
    script.write_text(SLEEPERS)
    pids = tmp_path / "pids"
    pids.mkdir()
    parent = subprocess.Popen([sys.executable, str(script), str(pids)], env={**os.environ, "PYTHONPATH": TESTS})
    _wait_for(lambda: len(list(pids.iterdir())) == 2)
    workers = [int(path.name) for path in pids.iterdir()]
    parent.kill()
    parent.wait()
    _wait_for(lambda: not any(_runs(pid) for pid in workers))


def _wait_for(true: object) -> None:
    for _ in range(600):
        if true():  # type: ignore[operator]
            return
        time.sleep(0.1)
    raise AssertionError("what was waited for did not happen")


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_an_address_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsdocs.engine.ANSWER", 1)
    with pytest.raises(EngineError, match=r"expected dask://HOST:PORT"):
        open_engine("ray://x", workers=1)
    with pytest.raises(EngineError, match=r"no Dask scheduler answers there"):
        Dask("tcp://127.0.0.1:1")
