"""Readers of others: the example of the documentation is installed with pip, and a site is built with it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLE = REPOSITORY / "examples" / "reader"
CHIPS = {
    "north": ("Forest;Water", "train", "2024-06-01"),
    "south": ("Forest", "test", "2024-06-01"),
    "west": ("Meadow", "train", "2024-09-15"),
}


def run(*arguments: str | Path, plugins: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run dsdocs with the packages of one more folder."""
    path = os.pathsep.join([str(plugins), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(cwd / "cache")}
    command = [sys.executable, "-m", "dsdocs", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def write_plugin(folder: Path, name: str, code: str) -> None:
    """Put a package with one reader where Python finds it, as pip would."""
    module = f"plugin_{name}"
    (folder / f"{module}.py").write_text(code, encoding="utf-8")
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[dsdocs.readers]\n{name} = {module}:Reader\n", encoding="utf-8")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example as a third party would, but without the network."""
    folder = tmp_path_factory.mktemp("installed")
    options = ("--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--no-index", "--target", folder)
    command = [sys.executable, "-m", "pip", "install", *map(str, options), str(EXAMPLE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Write three GeoTIFF chips and their table: a layout that dsdocs does not know."""
    folder = tmp_path / "Alpine chips"
    (folder / "chips").mkdir(parents=True)
    with (folder / "chips.csv").open("w", newline="", encoding="utf-8") as table:
        writer = csv.writer(table)
        writer.writerow(("file", "labels", "split", "date"))
        for name, row in CHIPS.items():
            writer.writerow((f"chips/{name}.tif", *row))
    pixels = np.arange(3 * 32 * 32, dtype=np.uint8).reshape(3, 32, 32)
    for number, name in enumerate(CHIPS):
        grid = rasterio.Affine(10, 0, 600_000 + 320 * number, 0, -10, 5_200_000)
        profile = {"driver": "GTiff", "count": 3, "height": 32, "width": 32, "dtype": "uint8"}
        with rasterio.open(folder / "chips" / f"{name}.tif", "w", crs="EPSG:32633", transform=grid, **profile) as chip:
            chip.write(pixels)
    return folder


def test_the_reader_has_fewer_than_70_lines() -> None:
    (module,) = EXAMPLE.glob("*.py")
    assert len(module.read_text(encoding="utf-8").splitlines()) < 70


def test_without_the_plug_in_the_layout_is_unknown(archive: Path, tmp_path: Path) -> None:
    done = run("summarize", "--archive", archive, plugins=tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no reader fits; found chips.csv, chips/north.tif" in done.stderr


def test_with_the_plug_in_the_archive_becomes_a_site(installed: Path, archive: Path, tmp_path: Path) -> None:
    done = run("build", "--archive", archive, "--json", plugins=installed, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summarized = json.loads(done.stdout)["summarized"]
    assert (summarized["reader"], summarized["found"], summarized["kept"], summarized["n_ignored"]) == (
        "chips",
        3,
        3,
        0,
    )
    facts = json.loads((tmp_path / "site" / "_data" / "facts.json").read_text(encoding="utf-8"))
    assert {key: facts[key]["value"] for key in ("n_patches", "n_labels", "n_train", "n_dates", "patch_gsd")} == {
        "n_patches": 3, "n_labels": 4, "n_train": 2, "n_dates": 2, "patch_gsd": 10,
    }  # fmt: skip
    pages = {path.stem for path in (tmp_path / "site").glob("*.html")}
    assert {"places", "time", "splits", "labels", "sensors"} <= pages
    assert "Chips of Alpine chips" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_bad_chips_are_counted_and_the_rest_is_kept(installed: Path, archive: Path, tmp_path: Path) -> None:
    (archive / "chips" / "north.tif").write_bytes(b"II*\x00cut")
    (archive / "chips" / "south.tif").unlink()
    (archive / "notes.txt").touch()
    done = run("summarize", "--archive", archive, "--json", plugins=installed, cwd=tmp_path)
    result = json.loads(done.stdout)
    assert (done.returncode, result["found"], result["kept"], result["n_ignored"]) == (3, 4, 1, 1)
    assert {entry["path"]: entry["category"] for entry in result["quarantined"]} == {
        "chips/north.tif": "image.corrupt",
        "chips/south.tif": "image.missing",
    }


def test_a_broken_plug_in_is_named_and_passed_over(archive: Path, installed: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    write_plugin(broken, "holiday", "import no_such_library\n")
    both = Path(f"{installed}{os.pathsep}{broken}")
    done = run("summarize", "--archive", archive, plugins=both, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the reader 'holiday' (plugin_holiday:Reader) cannot be loaded: ModuleNotFoundError" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plug_in_that_lacks_a_member_is_named(tmp_path: Path) -> None:
    write_plugin(tmp_path, "half", "class Reader:\n    name = 'half'\n")
    done = run("summarize", "--archive", tmp_path, "--reader", "half", plugins=tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "dsdocs: the reader 'half' (plugin_half:Reader) lacks a member of dsdocs.readers.Reader\n"


GREEDY = """
class Reader:
    name = "greedy"
    def recognises(self, names): return "a file"
    def read(self, members): return iter(())
    def finish(self, fragments, tables): return iter(())
    def describe(self, summary, archive): raise NotImplementedError
"""


def test_two_claims_are_an_error_that_says_how_to_choose(archive: Path, installed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "greedy"
    folder.mkdir()
    write_plugin(folder, "greedy", GREEDY)
    both = Path(f"{installed}{os.pathsep}{folder}")
    done = run("summarize", "--archive", archive, plugins=both, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "dsdocs: Alpine chips: 2 readers fit; choose one with --reader NAME:\n"
        "  chips: chips.csv and 3 chips, such as chips/north.tif\n"
        "  greedy: a file\n"
    )
    chosen = run("summarize", "--archive", archive, "--reader", "chips", plugins=both, cwd=tmp_path)
    assert chosen.returncode == 0, chosen.stderr
