"""The benchmarks: their archives have the form of the real one, and their figures are measured as they say."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from dsdocs.readers.bigearthnet.names import parse_name

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def modules() -> Iterator[tuple[ModuleType, ModuleType]]:
    """Import ``archives`` and ``measure`` as the scripts beside them do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("archives"), importlib.import_module("measure")
        for name in ("archives", "measure"):
            sys.modules.pop(name)


@pytest.fixture(scope="module")
def archives(modules: tuple[ModuleType, ModuleType]) -> ModuleType:
    return modules[0]


@pytest.fixture(scope="module")
def measure(modules: tuple[ModuleType, ModuleType]) -> ModuleType:
    return modules[1]


def test_metadata_have_the_members_of_real_ones_in_their_order(archives: ModuleType, shared_data: Path) -> None:
    made = json.loads(archives.plan(1).metadata(0))
    paths = sorted((shared_data / "bigearthnet_v1" / "tiny").glob("S2*/*.json"))
    path, real = next(
        (path, real) for path in paths if "zone 29N" in (real := json.loads(path.read_text()))["projection"]
    )
    assert list(made) == list(real)
    assert list(made["coordinates"]) == list(real["coordinates"])
    assert made["projection"] == real["projection"]
    assert 0.8 < len(archives.plan(1).metadata(0)) / path.stat().st_size < 1.4


def test_a_smaller_archive_is_the_beginning_of_a_larger_one(archives: ModuleType) -> None:
    small, large = archives.plan(60), archives.plan(9000)
    assert list(archives.files(small)) == [next(files) for files in [archives.files(large)] for _ in range(60)]


def test_the_largest_archive_has_as_many_patches_as_the_real_one_and_each_a_name_of_its_own(
    archives: ModuleType,
) -> None:
    whole = archives.plan(archives.WHOLE)
    keys = np.unique(np.stack([whole.tile, whole.day, whole.column, whole.row]), axis=1)
    flights = {whole._flight(int(row)) for row in np.unique(whole.tile * 10 + whole.day, return_index=True)[1]}
    assert keys.shape[1] == len(whole) == archives.WHOLE
    assert len(flights) == len(np.unique(whole.tile * 10 + whole.day))
    assert parse_name(whole.name(0), "v1-s2") is not None


def test_every_container_holds_the_files_of_the_folder(archives: ModuleType, tmp_path: Path) -> None:
    made = archives.plan(5)
    folder = archives.write_folders(made, tmp_path / "folders")
    expected = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.json")}
    assert expected == dict(archives.files(made))
    with zipfile.ZipFile(archives.write_zip(made, tmp_path / "a.zip")) as members:
        assert {name.removeprefix("archive/"): members.read(name) for name in members.namelist()} == expected
    for name in ("a.tar", "a.tar.gz"):
        with tarfile.open(archives.write_tar(made, tmp_path / name)) as members:
            found = {one.name.removeprefix("archive/"): members.extractfile(one) for one in members}
            assert {path: file.read() for path, file in found.items() if file} == expected


def test_the_cost_of_a_side_holds_its_children_and_their_memory(measure: ModuleType) -> None:
    busy = "import time; x = bytearray(60_000_000); t = time.process_time()\nwhile time.process_time() < t + 0.3: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}], check=True)"
    alone, cost = measure.run([sys.executable, "-c", "pass"]), measure.run([sys.executable, "-c", parent])
    assert cost.cpu_s > alone.cpu_s + 0.25
    assert cost.peak_mb > 50 or not Path("/proc/self/smaps_rollup").exists()


def test_a_side_that_measures_a_part_of_its_run_counts_with_that(measure: ModuleType) -> None:
    line = json.dumps({"cpu_s": 12.5, "wall_s": 25.0})
    cost = measure.run([sys.executable, "-c", f"print('first'); print({line!r})"])
    assert (cost.cpu_s, cost.wall_s) == (12.5, 25.0)


def test_a_side_that_fails_ends_the_benchmark_and_shows_its_words(measure: ModuleType) -> None:
    with pytest.raises(SystemExit, match="ended with 3\nno such thing"):
        measure.run([sys.executable, "-c", "import sys; print('no such thing'); sys.exit(3)"])


def test_ratios_are_those_of_the_medians_and_goals_are_judged(
    measure: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    costs = {"ours": iter([1.0, 9.0, 2.0]), "peer": iter([8.0, 8.0, 80.0])}
    sides = {name: lambda each=each: measure.Cost(next(each), 1.0, 10.0) for name, each in costs.items()}
    goals = [measure.Goal("peer", 0.3)]
    measure.compare("job", 100, sides, rounds=3, goals=goals)
    printed = json.loads(capsys.readouterr().out)
    assert (printed["ratio_to_peer"], printed["goals"], printed["reached"]) == (0.25, {"peer": 0.3}, True)


def test_twice_the_time_for_twice_the_size_is_a_growth_of_one(
    measure: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [{"size": size, "cpu_s": {"ours": size / 1000}} for size in (1000, 2000, 8000)]
    measure.growth("job", lines, "ours", limit=1.05)
    assert json.loads(capsys.readouterr().out) == {"job": "job", "growth_exponent": 1.0, "goal": 1.05, "reached": True}


def test_a_benchmark_prints_lines_of_json(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / "outline.py"), "--sizes", "200", "400", "--rounds", "1"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [line.get("size") for line in lines] == [200, 200, 400, 400, None]
    assert all(line["reached"] for line in lines if "hausdorff_m" in line)
