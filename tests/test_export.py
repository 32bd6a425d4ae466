"""An export holds each patch once, as it is in the archive, whatever the container and the format."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import tifffile
from PIL import Image

from dsdocs.analyses.loading.formats import READING
from dsdocs.analyses.loading.run import inside
from dsdocs.config import Config
from dsdocs.errors import ExportError
from dsdocs.export import FORMATS, export
from dsdocs.export.write import choose
from dsdocs.imagery.raster import read_bands
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.summarize import describe, summarize
from support.containers import CONTAINERS, write_container
from support.sites import digests, dsdocs, expect

Arrays = dict[str, np.ndarray[Any, Any]]


def project_of(sources: list[Path], state: Path, **config: Any) -> Project:
    project = Project(Locations(Config(**config), None, tuple(map(str, sources)), state))
    summarize(project)
    describe(project)
    return project


def files_below(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small synthetic archive with radar, optical bands of three sizes, and a map."""
    folder = tmp_path_factory.mktemp("sample") / "archive"
    expect(dsdocs("sample", folder, "--patches", "6"), 0)
    return folder


@pytest.fixture(scope="module")
def project(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project_of([archive], tmp_path_factory.mktemp("state"))


def read_back(name: str, folder: Path) -> list[Arrays]:
    """Read an export with the code that the site shows."""
    names: dict[str, Any] = {}
    with inside(folder):
        exec(compile(READING[name], "<example>", "exec"), names)
        patches: Iterator[Arrays] = names["patches"]()
        return [{key: np.array(value) for key, value in patch.items()} for patch in patches]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_back_all_pixels_and_labels(name: str, project: Project, tmp_path: Path) -> None:
    made = export(project, tmp_path / "out", FORMATS[name])
    index = pq.read_table(tmp_path / "out" / "index.parquet").to_pylist()
    assert made.patches == len(index) == project.summary.num_rows
    patches = read_back(name, tmp_path / "out")
    if name == "lmdb":  # its entries are in the order of their keys
        index.sort(key=lambda row: row["id"].encode())
    described = json.loads((tmp_path / "out" / "dataset.json").read_text(encoding="utf-8"))
    for row, patch in zip(index, patches, strict=True):
        for asset in row["assets"]:
            for band in project.sensors[asset["key"]].bands:
                path = asset["href"].replace("{band}", band.name)
                key = f"{asset['key']}/{band.name}" if "{band}" in asset["href"] else asset["key"]
                with project.archive.open(path) as source:
                    expected = read_bands(source, path)
                found = patch[key]
                assert found.dtype == expected.dtype
                np.testing.assert_array_equal(found, expected[0] if "{band}" in asset["href"] else expected)
        if "labels" in patch:
            found = [described["classes"][place] for place in patch["labels"].nonzero()[0]]
            assert found == row["labels"]


@pytest.mark.parametrize("name", FORMATS)
def test_two_exports_are_equal_to_the_byte(name: str, project: Project, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        export(project, tmp_path / folder, FORMATS[name], limit=3)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_container_gives_the_same_patches(kind: str, archive: Path, project: Project, tmp_path: Path) -> None:
    export(project, tmp_path / "expected", FORMATS["lmdb"], assets=["sentinel-2"])
    sources = write_container(kind, files_below(archive), tmp_path / "packed", top="BigEarthNet")
    export(project_of(sources, tmp_path / "state"), tmp_path / "out", FORMATS["lmdb"], assets=["sentinel-2"])
    expected, found = (read_back("lmdb", tmp_path / folder) for folder in ("expected", "out"))
    for one, other in zip(expected, found, strict=True):
        assert one.keys() == other.keys()
        assert all((one[key] == other[key]).all() for key in one)


def test_the_command_says_what_it_wrote_and_a_damaged_patch_is_left_out_by_name(archive: Path, tmp_path: Path) -> None:
    files = files_below(archive)
    damaged = next(path for path in files if path.endswith("_B05.tif"))
    (place,) = write_container("directory", files, tmp_path / "archive")
    content = (place / damaged).read_bytes()
    with tifffile.TiffFile(place / damaged) as tif:
        offset, size = tif.pages[0].dataoffsets[0], tif.pages[0].databytecounts[0]
    (place / damaged).write_bytes(content[:offset] + b"\xff" * size + content[offset + size :])
    done = expect(dsdocs("export", tmp_path / "out", "--to", "safetensors", "--archive", place, "--json"), 3)
    said = json.loads(done.stdout)
    assert (said["patches"], [error["path"] for error in said["skipped"]]) == (5, [damaged])
    described = json.loads((tmp_path / "out" / "dataset.json").read_text(encoding="utf-8"))
    assert described["skipped"][0]["category"] == "image.corrupt"


@pytest.mark.parametrize("name", ["zarr", "parquet"])
def test_patches_of_several_sizes_are_refused_where_a_format_cannot_hold_them(name: str, tmp_path: Path) -> None:
    for number, size in enumerate((8, 9)):
        path = tmp_path / "archive" / "meadow" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (size, size), (number, 2, 3)).save(path)
    project = project_of([tmp_path / "archive"], tmp_path / "state", archive={"reader": "class-folder"})
    with pytest.raises(ExportError, match=r"3 x 9 x 9 of uint8.*3 x 8 x 8 of uint8; use --to lmdb"):
        export(project, tmp_path / "out", FORMATS[name])
    assert not (tmp_path / "out").exists()
    assert export(project, tmp_path / "out", FORMATS["webdataset"]).patches == 2
    with tarfile.open(tmp_path / "out" / "patches-00000.tar") as tar:
        assert tar.getnames() == ["00000000.safetensors", "00000000.json", "00000001.safetensors", "00000001.json"]


def test_what_is_not_there_is_refused_with_what_there_is(project: Project, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"--asset: found 'landsat'; the archive has sentinel-2"):
        choose(project, assets=["landsat"])
    with pytest.raises(ExportError, match=r"--split: found 'dev'; the splits of the data set are: "):
        choose(project, split="dev")
    done = expect(dsdocs("export", tmp_path / "out", "--to", "pickle", "--archive", tmp_path), 2)
    assert "--to: found 'pickle'; expected one of lmdb, safetensors, zarr, webdataset, parquet" in done.stderr


def test_a_folder_of_others_is_not_touched_and_an_earlier_export_is_replaced(project: Project, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years", encoding="utf-8")
    with pytest.raises(ExportError, match="no export of dsdocs"):
        export(project, tmp_path / "mine", FORMATS["parquet"])
    export(project, tmp_path / "out", FORMATS["parquet"], limit=2)
    assert export(project, tmp_path / "out", FORMATS["lmdb"], limit=1).patches == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "dataset.json",
        "index.parquet",
        "patches.lmdb",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "out"]


def test_a_split_is_exported_alone(project: Project, tmp_path: Path) -> None:
    export(project, tmp_path / "out", FORMATS["parquet"], split="train")
    assert set(pq.read_table(tmp_path / "out" / "index.parquet")["split"].to_pylist()) == {"train"}
