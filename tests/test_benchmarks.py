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
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.readers.bigearthnet.names import parse_name

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


NAMES = ("archives", "measure", "extrapolate", "map_page")


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    """Import scripts as those beside them do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield {name: importlib.import_module(name) for name in NAMES}
        for name in NAMES:
            sys.modules.pop(name)


@pytest.fixture(scope="module")
def archives(modules: dict[str, ModuleType]) -> ModuleType:
    return modules["archives"]


@pytest.fixture(scope="module")
def measure(modules: dict[str, ModuleType]) -> ModuleType:
    return modules["measure"]


@pytest.fixture(scope="module")
def extrapolate(modules: dict[str, ModuleType]) -> ModuleType:
    return modules["extrapolate"]


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


@pytest.mark.skipif(sys.platform != "linux", reason="orphans can be adopted on Linux alone")
def test_the_cost_of_a_side_holds_processes_that_it_did_not_wait_for(measure: ModuleType) -> None:
    busy = "import time\nwhile time.process_time() < 0.4: pass"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {busy!r}])"
    alone, cost = measure.run([sys.executable, "-c", "pass"]), measure.run([sys.executable, "-c", parent])
    assert cost.cpu_s > alone.cpu_s + 0.25


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


def test_what_grows_in_proportion_goes_on_so_and_a_fixed_share_makes_a_range(extrapolate: ModuleType) -> None:
    assert extrapolate.estimate({1_000: 5.0, 10_000: 50.0}, 1_000_000) == pytest.approx((5_000.0, 5_000.0))
    # 10 in any case and 1 for each thousand: that line, or the largest size in proportion.
    assert extrapolate.estimate({10_000: 20.0, 90_000: 100.0}, 900_000) == pytest.approx((910.0, 1_000.0))


def test_what_grows_faster_goes_on_with_its_exponent_at_one_end(extrapolate: ModuleType) -> None:
    assert extrapolate.estimate({1_000: 1.0, 10_000: 100.0}, 100_000) == pytest.approx((1_090.0, 10_000.0))


def test_only_the_two_largest_sizes_count_in_any_order(extrapolate: ModuleType) -> None:
    assert extrapolate.estimate({100: 10.0, 1: 777.0, 10: 1.0}, 1_000) == pytest.approx((100.0, 100.0))


@given(
    less=st.floats(1e-3, 1e6),
    factor=st.floats(1.01, 1e3),
    small=st.integers(20, 10**6),
    times=st.floats(1.1, 1e3),  # of sizes that are nearly the same, nothing follows
    limit=st.floats(1.0, 1e3),
)
def test_at_the_size_that_reaches_a_limit_the_estimate_is_the_limit(
    extrapolate: ModuleType, less: float, factor: float, small: int, times: float, limit: float
) -> None:
    measured = {small: less, int(small * times): less * factor}
    wanted = less * factor * limit
    first, last = extrapolate.reach(measured, wanted)
    assert first <= last
    assert extrapolate.estimate(measured, first)[1] == pytest.approx(wanted, rel=1e-6)
    assert extrapolate.estimate(measured, last)[0] == pytest.approx(wanted, rel=1e-6)


def test_a_table_says_what_was_measured_and_what_follows_in_fitting_units(extrapolate: ModuleType) -> None:
    costs = {"cpu_s": 60, "peak_mb": 500, "state_mb": 2, "state_files": 3, "summary_mb": 1, "site_mb": 0.25}
    lines = [
        json.dumps({"job": job, "size": size, **{key: value * size / 1000 for key, value in costs.items()}})
        for job in ("summarize", "build")
        for size in (1_000, 10_000)
    ]
    lines += [json.dumps({"job": "map page", "size": size, "data_bytes": 40 * size}) for size in (1_000, 10_000)]
    written = extrapolate.table(lines, (1_000_000,)).splitlines()
    assert written[0] == "|  | 1,000 | 10,000 | 1,000,000 (extrapolated) |"
    assert written[2] == "| CPU time of the summary | 1.0 min | 10 min | 17 h |"
    assert written[3] == "| memory of the summary | 500 MB | 5.0 GB | 500 GB |"
    assert written[-2] == "| disk of the site | 0.25 MB | 2.5 MB | 250 MB |"
    assert written[-1] == "| data that the page with the map loads at once | 40 kB | 400 kB | 40 MB |"
    assert extrapolate.limits(lines, 16) == (
        "16 GB of memory would be needed for the pages from 0.032 million patches on, "
        "for the summary from 0.032 million patches on."
    )


def test_the_recorded_lines_are_of_three_sizes_up_to_the_whole_archive(
    archives: ModuleType, extrapolate: ModuleType
) -> None:
    found = extrapolate.read(extrapolate.SEEN.read_text(encoding="utf-8").splitlines())
    assert set(found) == {"summarize", "build", "map page"}
    assert all(sorted(costs) == [10_000, 100_000, archives.WHOLE] for costs in found.values())


def test_the_page_of_the_peer_says_how_far_it_zooms(
    archives: ModuleType, modules: dict[str, ModuleType], tmp_path: Path
) -> None:
    # Else its script for groups of markers ends with an error, and no patch is ever shown.
    modules["map_page"].write_peer(archives.plan(20), tmp_path)
    page = (tmp_path / "peer.html").read_text(encoding="utf-8")
    options = page[
        page.index("L.map(") : page.index("FastMarkerCluster" if "FastMarkerCluster" in page else "var data")
    ]
    assert '"maxZoom": 18' in options


def test_the_benchmark_of_the_statistics_answers_every_question(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / "analyses.py"), "--sizes", "200", "--rounds", "1"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [line["job"] for line in lines] == ["leakage", "statistics of a summary", "statistics of a summary"]
    assert set(lines[0]["cpu_s"]) == {"leakage", "peer"}
    assert lines[1]["ratio_to_floor"] > 1
    assert lines[2]["limits"] == {"cpu_s": 15.0, "peak_mb": 1000.0}
