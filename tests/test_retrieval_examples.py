"""Examples of searches that stand on the page without JavaScript: true neighbours, with a picture of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from PIL import Image
from sklearn.neighbors import NearestNeighbors

from dsdocs.config import Config
from dsdocs.features.embed import embed, stored_embeddings
from dsdocs.features.encoders import encoder
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.retrieval.examples import NEAREST, QUERIES, example_ids, retrieval_examples
from dsdocs.retrieval.publish import write_retrieval
from dsdocs.retrieval.quality import retrieval_quality, unseen
from dsdocs.sample import write_sample
from dsdocs.site.pictures import take_pictures
from dsdocs.site.similar import FOLDER, take_similar
from dsdocs.summarize import describe, summarize
from dsdocs.views import Gallery, Table


def project_of(folder: Path, *encoders: str, patches: int = 24) -> Project:
    write_sample(folder / "archive", patches=patches)
    config = Config.model_validate({"retrieval": {"encoders": encoders}, "thumbnails": {"count": 3}})
    project = Project(Locations(config, None, (str(folder / "archive"),), folder / "state"))
    summarize(project)
    describe(project)
    write_retrieval(project)
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    found = project_of(tmp_path_factory.mktemp("examples"), "statistics")
    take_pictures(found)
    take_similar(found)
    return found


def test_neighbours_are_those_of_scikit_learn(project: Project) -> None:
    embedded = embed(project, encoder("statistics", project))
    away, near = NearestNeighbors(n_neighbors=NEAREST).fit(embedded.vectors.astype(np.float64)).kneighbors()
    examples = retrieval_examples(project).examples
    assert len({one.id for one in examples}) == QUERIES
    labels = dict(zip(project.summary["id"].to_pylist(), project.summary["labels"].to_pylist(), strict=True))
    for one in examples:
        row = embedded.ids.index(one.id)
        assert [found.id for found in one.nearest] == [embedded.ids[other] for other in near[row]]
        # Stored distances are steps of the largest of 24.
        np.testing.assert_allclose([found.distance for found in one.nearest], away[row], rtol=1e-3)
        for found in one.nearest:
            assert found.labels == tuple(labels[found.id])
            assert one.common(found) == tuple(name for name in labels[one.id] if name in labels[found.id])


def test_every_patch_of_a_strip_has_a_picture_that_is_there(project: Project) -> None:
    gallery, table = retrieval_examples(project).views()
    assert isinstance(gallery, Gallery)
    assert isinstance(table, Table)
    assert len(gallery.groups) == QUERIES
    assert len(gallery.pictures) == QUERIES * (1 + NEAREST)
    for picture in gallery.pictures:
        with Image.open(project.data / picture.src) as image:
            assert image.size == (picture.width, picture.height)
    named = {path.relative_to(project.data).as_posix() for path in (project.data / FOLDER).rglob("*") if path.is_file()}
    assert named == {picture.src for picture in gallery.pictures}  # nothing is published that no page shows
    assert [row[1] for row in table.rows] == QUERIES * list(range(1, 1 + NEAREST))
    ticks = sum(chip.startswith("✓ ") for picture in gallery.pictures for chip in picture.chips)
    assert ticks == sum(len(one.common(near)) for one in retrieval_examples(project).examples for near in one.nearest)


def test_pictures_are_made_once_for_the_same_examples(project: Project) -> None:
    before = {path: path.stat().st_mtime_ns for path in (project.data / FOLDER).rglob("*.webp")}
    take_similar(project)
    assert {path: path.stat().st_mtime_ns for path in (project.data / FOLDER).rglob("*.webp")} == before


def test_without_pictures_the_table_stands_alone(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsdocs.retrieval.examples.PICTURES", "none.json")
    assert [type(view) for view in retrieval_examples(project).views()] == [Table]


def test_another_encoder_is_asked_for_by_its_name(project: Project) -> None:
    assert retrieval_examples(project, encoder="statistics") == retrieval_examples(project)
    with pytest.raises(ValueError, match=r"'none'.*'statistics'"):
        retrieval_examples(project, encoder="none")


def test_of_one_patch_there_is_no_neighbour_and_no_measure(tmp_path: Path) -> None:
    project = project_of(tmp_path, "statistics", patches=1)
    assert [one.nearest for one in retrieval_examples(project).examples] == [()]
    (view,) = retrieval_quality(project).views()
    assert isinstance(view, Table)
    assert view.summary.startswith("This could not be measured: 1 patches are too few")


def test_what_a_network_was_trained_on_takes_no_part(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = stored_embeddings(project, "statistics")
    monkeypatch.setattr("dsdocs.retrieval.quality.stored_embeddings", lambda *_: stored)
    whole = retrieval_quality(project)
    retrieval = project.config.retrieval.model_copy(update={"encoders": ("cell:page/cell/net.onnx",)})
    config = project.config.model_copy(update={"retrieval": retrieval})
    learnt = retrieval_quality(Project(replace(project.locations, config=config)))
    training = pc.sum(pc.equal(project.summary["split"].cast(pa.string()), "train")).as_py()
    assert whole.n_all - learnt.n_all == training > 0
    assert int(unseen(project.summary).sum()) == project.summary.num_rows - training
    assert "take no part" in learnt.views()[0].summary  # type: ignore[union-attr]
    assert "take no part" not in whole.views()[0].summary  # type: ignore[union-attr]


def test_without_an_index_nothing_is_shown(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    take_pictures(project)
    take_similar(project)
    assert example_ids(project) == ()
    assert not (project.data / FOLDER).exists()
