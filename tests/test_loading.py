"""The code that pages show runs on every kind of archive, and gives what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from dsdocs.analyses.loading import format_loading, summary_loading, training_loading
from dsdocs.analyses.loading.run import run
from dsdocs.config import Config
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.summarize import describe, summarize
from dsdocs.views import Table

BATCHES = {
    "bigearthnet_v1/tiny": ("images: torch.float32 (4, 12, 120, 120)", "labels: torch.float32 (4, 9)"),
    "bigearthnet_v1/s1-tiny": ("images: torch.float32 (3, 2, 120, 120)", "labels: torch.float32 (3, 7)"),
    "eurosat/EuroSAT_MS": ("images: torch.float32 (3, 13, 64, 64)", "labels: torch.float32 (3, 3)"),
    "eurosat/EuroSAT_RGB": ("images: torch.float32 (3, 3, 64, 64)", "labels: torch.float32 (3, 3)"),
    "hydro": ("images: torch.float32 (4, ", ""),
}


def project_of(folder: Path, state: Path, **config: object) -> Project:
    project = Project(Locations(Config.model_validate(config), None, (str(folder),), state))
    summarize(project)
    describe(project)
    return project


@pytest.mark.parametrize("name", BATCHES)
def test_the_code_for_pytorch_gives_batches_of_every_archive(name: str, shared_data: Path, tmp_path: Path) -> None:
    (snippet,) = training_loading(project_of(shared_data / name, tmp_path)).snippets
    images, labels = BATCHES[name]
    assert images in snippet.output
    assert labels in snippet.output


@pytest.mark.parametrize("ending", ["tif", "png"])
def test_frames_that_are_cut_into_patches_are_read_patch_by_patch(ending: str, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for name, shape in (("images", (64, 128, 3)), ("masks", (64, 128))):
        path = tmp_path / "archive" / name / f"a.{ending}"
        path.parent.mkdir(parents=True)
        values = generator.integers(0, 2, shape, dtype=np.uint8)
        if ending == "png":
            Image.fromarray(values).save(path)
        else:
            tifffile.imwrite(path, values, photometric="rgb" if len(shape) == 3 else "minisblack")
    project = project_of(tmp_path / "archive", tmp_path / "state", archive={"reader": "image-mask", "patch_size": 64})
    assert project.summary["window"].null_count == 0
    (snippet,) = training_loading(project).snippets
    assert "images: torch.float32 (2, 3, 64, 64)" in snippet.output


def test_the_formats_are_read_by_the_code_shown_and_all_speeds_are_told(shared_data: Path, tmp_path: Path) -> None:
    project = project_of(shared_data / "eurosat/EuroSAT_MS", tmp_path, loading={"throughput": 4})
    found = format_loading(project)
    assert [code.title for code in found.snippets] == ["LMDB", "safetensors", "Zarr", "WebDataset", "Parquet"]
    assert all("uint16 (13, 64, 64)" in code.output for code in found.snippets)
    table = found.views()[0]
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["the archive's files", *(code.title for code in found.snippets)]


def test_images_without_a_georeference_are_read_without_a_warning(shared_data: Path, tmp_path: Path) -> None:
    """A warning, an error in tests, would stand on the page with the path of a library."""
    project = project_of(shared_data / "ucmerced/UCMerced_LandUse", tmp_path)
    assert format_loading(project).views()


def test_what_libraries_warn_of_stays_off_the_page(tmp_path: Path) -> None:
    code = run("Warned", "import warnings\nwarnings.warn('no widgets', UserWarning)\nprint(1)", tmp_path, {})
    assert code.output == "1"


def test_without_a_measurement_the_page_depends_on_the_data_alone(shared_data: Path, tmp_path: Path) -> None:
    found = [
        format_loading(project_of(shared_data / "eurosat/EuroSAT_RGB", tmp_path / name, loading={"throughput": 0}))
        for name in ("one", "two")
    ]
    assert found[0] == found[1]
    assert found[0].speeds == ()


def test_the_summary_is_opened_by_the_library_of_hugging_face(shared_data: Path, tmp_path: Path) -> None:
    project = project_of(shared_data / "bigearthnet_v1" / "tiny", tmp_path)
    snippets = summary_loading(project.summary, project.state).snippets
    assert f"{project.summary.num_rows} patches" in snippets[1].output
