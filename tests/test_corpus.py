"""Archives in bad states: what is good is kept, what is bad is named, and the counts add up, in every container."""

from __future__ import annotations

import socket
from itertools import count
from pathlib import Path

import pytest

from corpus.archives import LAYOUTS, Files, good, jpeg, plain_tiff
from corpus.cases import CASES, REFUSED, VRT, Case
from corpus.containers import FAULTS, Fault
from corpus.outcome import Outcome, summarized
from support.containers import CONTAINERS, write_container
from support.sites import dsdocs

KEPT: dict[str, int] = {}  # patches of the good archives


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    numbers = count()

    def run(files: Files, container: str = "directory", reader: str | None = None) -> Outcome:
        folder = tmp_path / str(next(numbers))
        sources = write_container(container, files, folder / "archive")
        return summarized(folder, sources, reader=reader)

    return run


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_good_archive_is_the_same_in_every_container(layout: str, run) -> None:
    outcomes = {container: run(good(layout), container) for container in CONTAINERS}
    assert {outcome.code for outcome in outcomes.values()} == {0}, outcomes
    assert len({outcome.fingerprint for outcome in outcomes.values()}) == 1
    assert len({str(outcome.report) for outcome in outcomes.values()}) == 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.layout}-{case.name}")
def test_a_bad_archive_loses_what_is_bad_and_nothing_else(case: Case, run) -> None:
    number = CASES.index(case)
    if case.layout not in KEPT:
        KEPT[case.layout] = run(good(case.layout), reader=case.layout).report["kept"]
    expected = KEPT[case.layout] - case.lost
    # Each case in a folder, and in one of the other containers in turn.
    for container in ("directory", CONTAINERS[1:][number % (len(CONTAINERS) - 1)]):
        outcome = run(case.files(), container, case.layout)
        assert outcome.code == case.code, outcome
        report = outcome.report
        assert outcome.categories("quarantined") == case.quarantined, report["quarantined"]
        assert outcome.categories("warnings") == case.warned, report["warnings"]
        assert (report["kept"], report["ignored_count"]) == (expected, case.ignored)
        assert report["found"] == report["kept"] + report["quarantined_count"] + report["ignored_count"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_bad_container_is_noticed_and_told(fault: Fault, tmp_path: Path, run) -> None:
    expected = run(good("class-folder")).report["kept"]
    project = tmp_path / "project"
    project.mkdir()
    (project / "dsdocs.toml").write_text(f"[archive.limits]\n{fault.limits}\n", encoding="utf-8")
    outcome = summarized(project, fault.make(tmp_path / "container"))
    assert outcome.code == fault.code, outcome
    if fault.code == REFUSED:
        assert all(category in outcome.message for category in fault.categories), outcome.message
        return
    assert outcome.categories("quarantined") == fault.categories, outcome.report["quarantined"]
    assert outcome.report["kept"] == expected - fault.lost


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_limit_of_pixels_holds_for_every_layout_and_is_named(layout: str, tmp_path: Path, run) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "dsdocs.toml").write_text("[archive.limits]\npixels = 100\n", encoding="utf-8")
    outcome = summarized(project, write_container("tar", good(layout), tmp_path / "archive"), reader=layout)
    assert outcome.code == REFUSED
    assert "image.too-large" in outcome.message
    assert "the limit 'pixels'; if that is right, raise it under [archive.limits] in dsdocs.toml" in outcome.message


def test_a_disguised_file_opens_no_connection_and_no_neighbour(run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.tif"
        vrt = VRT.replace(b"http://127.0.0.1:9/x.tif", address.encode())
        beside = {  # what GDAL would look at beside patch_0.tif
            "patch_0.tif.aux.xml": b"<PAMDataset><SRS>EPSG:32601</SRS></PAMDataset>",
            "patch_0.tfw": b"1\n0\n0\n-1\n7\n7\n",
            "patch_0.prj": b'GEOGCS["x"]',
            "patch_0.tif.ovr": vrt,
            "patch_0.tif.msk": vrt,
        }
        alone = run(good("flat-images"), reader="flat-images")
        with_others = run({**good("flat-images"), **beside, "patch_9.tif": vrt}, reader="flat-images")
        with pytest.raises(BlockingIOError):
            server.accept()
    assert with_others.fingerprint == alone.fingerprint
    assert with_others.categories("quarantined") == ("input.junk",)
    assert with_others.report["ignored_count"] == len(beside)


def test_a_place_beside_a_picture_without_one_is_not_taken(run) -> None:
    files = {f"p_{number}.tif": plain_tiff() for number in range(2)}
    beside = {"p_0.tfw": b"10\n0\n0\n-10\n500000\n5000000\n", "p_0.tif.aux.xml": b"<PAMDataset/>"}
    bare, with_others = (run(found, reader="flat-images") for found in (files, {**files, **beside}))
    assert with_others.fingerprint == bare.fingerprint


def test_one_broken_patch_in_many_is_named_in_at_most_three_lines(tmp_path: Path) -> None:
    files = {f"{name}/{name}_{number}.jpg": jpeg(number) for name in ("Forest", "River") for number in range(100)}
    files["Forest/Forest_7.jpg"] = b"broken"
    write_container("directory", files, tmp_path / "archive")
    done = dsdocs("summarize", "--archive", tmp_path / "archive", "--out", tmp_path / "s.parquet", cache=tmp_path / "c")
    assert done.returncode == 3
    lines = [line for line in done.stderr.splitlines() if "Forest_7.jpg" in line]
    assert 1 <= len(lines) <= 3
    assert "begins with 'broken'" in lines[0]
    assert "Traceback" not in done.stderr
