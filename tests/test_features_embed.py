"""Vectors of whole archives: in the order of the summary, made once, and the same whatever reads them."""

from __future__ import annotations

import json
import re
import sys
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rasterio
from rasterio.enums import Resampling

from dsdocs.engine import InProcess, Pool
from dsdocs.errors import FeatureError
from dsdocs.features import embed as embedding
from dsdocs.features.embed import embed, stored_embeddings
from dsdocs.features.encoders import encoder
from dsdocs.features.files import read_embeddings, write_embeddings
from dsdocs.features.inputs import default_input, read_inputs
from dsdocs.features.model import Embeddings, Input
from dsdocs.project import Project
from dsdocs.records import RecordError
from dsdocs.sample import write_sample
from support.pixels import packed, project_of, write_images
from support.sites import dsdocs, expect

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
DOCUMENTATION = Path(__file__).resolve().parents[1] / "docs" / "features.md"
CLASSES = ("Forest", "Lake", "River")


def pictures(folder: Path, *, bands: int = 3, each: int = 4, size: tuple[int, int] = (20, 24)) -> Path:
    """Write pictures of three classes that differ in brightness and in grain."""
    drawn = np.random.default_rng(0)
    images = {
        f"{name}/{name}_{number}.tif": (drawn.integers(0, 40, (bands, *size)) * (1 + place) + 40 * place).astype(
            np.uint8
        )
        for place, name in enumerate(CLASSES)
        for number in range(each)
    }
    return write_images(folder, images)


@dataclass(frozen=True)
class Means:
    """An encoder that counts what it is given."""

    input: Input
    name: str = "means"
    title: str = "Means"
    kind: str = "test"
    digest: str = "1"
    calls = 0

    @property
    def dimensions(self) -> int:
        return len(self.input.bands)

    def encode(self, batch: np.ndarray) -> np.ndarray:
        type(self).calls += len(batch)
        return batch.mean(axis=(2, 3))


@pytest.fixture(autouse=True)
def _count_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Means, "calls", 0)
    monkeypatch.setattr(embedding, "PATCHES", 4)
    monkeypatch.setattr(embedding, "MOST", 5)


def by_rasterio(archive: Path, project: Project, row: int) -> list[float]:
    (asset,) = project.summary["assets"][row].as_py()
    with rasterio.open(archive / asset["href"]) as raster:
        return [float(band.mean()) for band in raster.read().astype(float)]


def test_vectors_lie_in_the_order_of_the_summary(tmp_path: Path) -> None:
    archive = pictures(tmp_path / "pictures")
    project = project_of(archive, tmp_path / "state")
    found = embed(project, Means(default_input(project)))
    assert found.ids == tuple(project.summary["id"].to_pylist())
    assert found.valid.all()
    assert found.vectors.dtype == np.float32
    expected = [by_rasterio(archive, project, row) for row in range(project.summary.num_rows)]
    np.testing.assert_allclose(found.vectors, expected, rtol=1e-6)


def test_all_containers_and_engines_give_the_same_vectors(tmp_path: Path) -> None:
    archive = pictures(tmp_path / "pictures")
    results: list[Embeddings] = []
    for number, (source, engine) in enumerate(
        [
            (archive, InProcess()),
            (archive, Pool(2)),
            (packed(archive, tmp_path / "pictures.tar"), InProcess()),
            (packed(archive, tmp_path / "pictures.tar.gz"), InProcess()),
        ]
    ):
        project = project_of(source, tmp_path / f"state-{number}")
        results.append(embed(project, encoder("handmade", project), engine=engine))
    for found in results[1:]:
        assert found.ids == results[0].ids
        assert (found.vectors == results[0].vectors).all()
        assert found.provenance == results[0].provenance


@pytest.mark.parametrize("container", ["folder", "tar.gz"])
def test_what_was_encoded_is_not_encoded_again(container: str, tmp_path: Path) -> None:
    archive = pictures(tmp_path / "pictures")
    source = archive if container == "folder" else packed(archive, tmp_path / "pictures.tar.gz")
    project = project_of(source, tmp_path / "state")
    made = Means(default_input(project))
    first = embed(project, made)
    assert Means.calls == len(first.ids) == 12
    # As after a build that was killed: one part is missing.
    parts = sorted((project.state / "features" / "means").iterdir())
    assert len(parts) == 3
    parts[0].unlink()
    told: list[tuple[int, int]] = []
    again = embed(project, made, progress=lambda done, total: told.append((done, total)))
    assert 12 < Means.calls <= 12 + 5
    assert (again.vectors == first.vectors).all()
    assert told[-1] == (12, 12)
    assert told == sorted(told)
    calls = Means.calls
    embed(project, made)
    assert Means.calls == calls


def test_a_changed_file_is_read_alone(tmp_path: Path) -> None:
    archive = pictures(tmp_path / "pictures")
    project = project_of(archive, tmp_path / "state")
    first = embed(project, Means(default_input(project)))
    calls = Means.calls
    changed = archive / "River" / "River_3.tif"
    write_images(archive, {"River/River_3.tif": np.full((3, 20, 24), 250, np.uint8)})
    assert changed.is_file()
    again = embed(project, Means(default_input(project)))
    assert Means.calls - calls <= 5  # its part
    different = (again.vectors != first.vectors).any(axis=1)
    assert [name for name, other in zip(again.ids, different, strict=True) if other] == ["River_3"]


@pytest.mark.parametrize("container", ["folder", "tar.gz"])
def test_a_broken_patch_has_no_vector_and_is_named(container: str, tmp_path: Path) -> None:
    archive = pictures(tmp_path / "pictures")
    broken = archive / "Lake" / "Lake_1.tif"
    target = tmp_path / "pictures.tar.gz"
    project = project_of(archive if container == "folder" else packed(archive, target), tmp_path / "state")
    # Broken after the summary was made, which would have found out.
    broken.write_bytes(broken.read_bytes()[:-300])
    if container == "tar.gz":
        packed(archive, target)
    found = embed(project, Means(default_input(project)))
    place = found.ids.index("Lake_1")
    assert found.valid.tolist() == [row != place for row in range(12)]
    assert not found.vectors[place].any()
    assert found.provenance["unreadable"] == 1
    assert found.provenance["encoded"] == 11
    (problem,) = found.provenance["problems"]
    assert problem["path"] == "Lake/Lake_1.tif"
    assert problem["reason"]
    again = embed(project, Means(default_input(project)))  # of the parts that were kept
    assert again.provenance == found.provenance


def test_other_weights_are_other_vectors(tmp_path: Path) -> None:
    project = project_of(pictures(tmp_path / "pictures"), tmp_path / "state")
    wanted = default_input(project)
    embed(project, Means(wanted))
    embed(project, Means(wanted, digest="2"))
    assert Means.calls == 24
    assert len(list((project.state / "features" / "means").iterdir())) == 3


def test_an_asset_that_is_not_there_is_refused(tmp_path: Path) -> None:
    project = project_of(pictures(tmp_path / "pictures"), tmp_path / "state")
    with pytest.raises(FeatureError, match="'radar'; the archive has image"):
        embed(project, Means(Input("radar", ("VV",), (8, 8))))
    with pytest.raises(FeatureError, match="asset 'radar'"):
        list(read_inputs(project, Input("radar", ("VV",), (8, 8)), [0]))
    with pytest.raises(FeatureError, match="no band 'infrared'; it has red, green, blue"):
        list(read_inputs(project, Input("image", ("red", "infrared"), (8, 8)), [0]))


def test_bands_come_in_the_order_that_is_asked_for(tmp_path: Path) -> None:
    archive = pictures(tmp_path / "pictures")
    project = project_of(archive, tmp_path / "state")
    ((row, pixels),) = read_inputs(project, Input("image", ("blue", "red"), (20, 24)), [5])  # type: ignore[misc]
    assert row == 5
    (asset,) = project.summary["assets"][5].as_py()
    with rasterio.open(archive / asset["href"]) as raster:
        assert (pixels == raster.read([3, 1])).all()


def test_the_usual_size_is_the_grid_and_larger_ones_are_shrunk(tmp_path: Path) -> None:
    pictures(tmp_path / "pictures", each=2)
    write_images(tmp_path / "pictures", {"Lake/large.tif": np.full((3, 600, 300), 9, np.uint8)})
    project = project_of(tmp_path / "pictures", tmp_path / "state")
    assert default_input(project).size == (20, 24)
    only = project_of(write_images(tmp_path / "one", {"A/a.tif": np.zeros((3, 600, 200), np.uint8)}), tmp_path / "s")
    assert default_input(only).size == (256, 200)
    row = project.summary["id"].to_pylist().index("large")
    ((_, pixels),) = read_inputs(project, default_input(project), [row])  # type: ignore[misc]
    assert pixels.shape == (3, 20, 24)
    np.testing.assert_allclose(pixels, 9)


def test_an_archive_without_images_is_told_so(tmp_path: Path) -> None:
    project = project_of(pictures(tmp_path / "pictures"), tmp_path / "state")
    assets = project.summary.schema.field("assets")
    none = pa.array([[] for _ in project.summary["id"]], assets.type)
    place = project.summary.column_names.index("assets")
    project.__dict__["summary"] = project.summary.set_column(place, assets, none)
    with pytest.raises(FeatureError, match="no patch has an optical or radar image"):
        default_input(project)


@pytest.fixture
def embeddings() -> Embeddings:
    vectors = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    vectors[1] = 0
    return Embeddings(("a", "ü", "c"), vectors, np.array([True, False, True]), {"name": "x", "fingerprint": "f"})


@pytest.mark.parametrize("ending", [".parquet", ".npz"])
def test_files_hold_what_was_written(ending: str, embeddings: Embeddings, tmp_path: Path) -> None:
    path = tmp_path / f"vectors{ending}"
    write_embeddings(embeddings, path)
    found = read_embeddings(path)
    assert found.ids == embeddings.ids
    assert (found.vectors == embeddings.vectors).all()
    assert (found.valid == embeddings.valid).all()
    assert found.provenance == embeddings.provenance
    first = path.read_bytes()
    write_embeddings(embeddings, path)
    assert path.read_bytes() == first


def test_the_parquet_file_is_what_the_documentation_says(embeddings: Embeddings, tmp_path: Path) -> None:
    write_embeddings(embeddings, tmp_path / "vectors.parquet")
    table = pq.read_table(tmp_path / "vectors.parquet")
    assert [(field.name, str(field.type)) for field in table.schema] == [
        ("id", "string"), ("vector", "fixed_size_list<element: float>[5]"), ("valid", "bool"),
    ]  # fmt: skip
    assert json.loads(table.schema.metadata[b"dsdocs"]) == {"fingerprint": "f", "name": "x"}


@pytest.mark.parametrize("name", ["vectors.parquet", "vectors.npz"])
def test_other_files_are_refused(name: str, embeddings: Embeddings, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PK nothing")
    with pytest.raises(FeatureError, match="holds no embeddings"):
        read_embeddings(tmp_path / name)
    with pytest.raises(FeatureError, match=r"\.parquet or \.npz"):
        write_embeddings(embeddings, tmp_path / "vectors.csv")


def test_stored_vectors_are_found_by_the_name_in_the_configuration(tmp_path: Path) -> None:
    project = project_of(pictures(tmp_path / "pictures"), tmp_path / "state")
    with pytest.raises(FeatureError, match="not embedded yet"):
        stored_embeddings(project, "handmade")
    made = embed(project, encoder("handmade", project))
    assert (stored_embeddings(project, "handmade").vectors == made.vectors).all()
    write_embeddings(
        Embeddings(made.ids, made.vectors, made.valid, {**made.provenance, "fingerprint": "0"}),
        project.state / "features" / "handmade.parquet",
    )
    with pytest.raises(FeatureError, match="of another summary"):
        stored_embeddings(project, "handmade")


def distances(found: Embeddings) -> np.ndarray:
    return np.linalg.norm(found.vectors[:, None] - found.vectors[None], axis=-1)


def test_patches_of_a_class_are_nearest_to_each_other(tmp_path: Path) -> None:
    project = project_of(pictures(tmp_path / "pictures", each=6), tmp_path / "state")
    found = embed(project, encoder("handmade", project))
    apart = distances(found)
    np.fill_diagonal(apart, np.inf)
    classes = [labels[0] for labels in project.summary["labels"].to_pylist()]
    assert all(classes[row] == classes[near] for row, near in enumerate(apart.argmin(axis=1)))


def test_the_sample_is_on_the_grid_of_its_finest_bands(tmp_path: Path) -> None:
    project = project_of(write_sample(tmp_path / "sample", patches=3) or tmp_path / "sample", tmp_path / "state")
    wanted = default_input(project)
    assert wanted.asset == "sentinel-2"
    assert wanted.size == (120, 120)
    assert len(wanted.bands) == 12
    assert embed(project, encoder("handmade", project)).valid.all()


REAL = {
    "bigearthnet_v1/tiny": ("sentinel-2", 12, (120, 120), 11),
    "bigearthnet_v1/s1-tiny": ("sentinel-1", 2, (120, 120), 3),
    "eurosat/EuroSAT_RGB": ("image", 3, (64, 64), 3),
    "eurosat/EuroSAT_MS": ("image", 13, (64, 64), 3),
    "ucmerced/UCMerced_LandUse": ("image", 3, (256, 256), 4),
}


@pytest.mark.parametrize("source", REAL)
def test_real_patches_of_every_kind_are_encoded(source: str, shared_data: Path, tmp_path: Path) -> None:
    project = project_of(shared_data / source, tmp_path / "state")
    made = encoder("handmade", project)
    asset, bands, size, patches = REAL[source]
    assert (made.input.asset, len(made.input.bands), made.input.size) == (asset, bands, size)
    found = embed(project, made)
    assert found.valid.sum() == len(found.ids) == patches
    assert np.isfinite(found.vectors).all()
    assert (distances(found) + np.eye(patches) > 0).all()  # no two are alike


def test_real_bands_are_resampled_as_rasterio_does_but_for_the_edges(shared_data: Path, tmp_path: Path) -> None:
    archive = shared_data / "bigearthnet_v1" / "tiny"
    project = project_of(archive, tmp_path / "state")
    wanted = Input("sentinel-2", ("B02", "B11", "B01"), (120, 120))
    rows: Iterator[tuple[int, Any] | RecordError] = read_inputs(project, wanted, range(2))
    for row, pixels in rows:  # type: ignore[misc]
        (asset,) = project.summary["assets"][row].as_py()
        for band, values in zip(wanted.bands, pixels, strict=True):
            with rasterio.open(archive / asset["href"].replace("{band}", band)) as raster:
                theirs = raster.read(1, out_shape=(120, 120), out_dtype="float32", resampling=Resampling.cubic)
            inside = np.s_[13:-13, 13:-13]
            np.testing.assert_allclose(values[inside], theirs[inside], rtol=1e-3, atol=0.51)


def test_the_command_writes_a_file(tmp_path: Path) -> None:
    archive = pictures(tmp_path / "pictures")
    arguments: Sequence[str | Path] = ("embed", "--project", tmp_path, "--archive", archive, "--workers", "1", "--json")
    out = tmp_path / "vectors.npz"
    told = json.loads(expect(dsdocs(*arguments, "--out", out, cache=tmp_path / "cache"), 0).stdout)
    assert (told["name"], told["encoded"], told["unreadable"], told["out"]) == ("handmade", 12, 0, str(out))
    assert read_embeddings(out).vectors.shape == (12, told["dimensions"])
    done = expect(dsdocs(*arguments, "--encoder", "pixels", "--out", out, cache=tmp_path / "cache"), 2)
    assert "known are handmade" in done.stderr


def test_the_code_of_the_documentation_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = pictures(tmp_path / "pictures")
    (tmp_path / "dsdocs.toml").write_text('[archive]\npath = "pictures"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    expect(dsdocs("embed", "--archive", archive, "--out", "vectors.npz", "--workers", "1", cache=tmp_path / "cache"), 0)
    text = DOCUMENTATION.read_text(encoding="utf-8")
    own, reading = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "documentation"}
    monkeypatch.setitem(sys.modules, "documentation", types.ModuleType("documentation"))
    exec(compile(own, "features.md", "exec"), names)
    assert names["embeddings"].vectors.shape == (12, 3)
    exec(compile(reading, "features.md", "exec"), {})
    assert "_" in capsys.readouterr().out
