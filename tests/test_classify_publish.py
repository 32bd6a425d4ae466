"""From a data set to trained networks, to published files, to a browser: the same scores on the way."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page

from dsdocs.assets import static_folder
from dsdocs.classify.baselines import BASELINES, possible, train_classifiers
from dsdocs.classify.patches import choose_rows, read_patches
from dsdocs.classify.publish import write_classifiers
from dsdocs.classify.recipe import SCNN_ALL, SCNN_RGB, SCNN_SINGLE
from dsdocs.classify.runtime import open_model, run_model
from dsdocs.classify.scores import classifier_scores
from dsdocs.config import Classify, Config
from dsdocs.errors import ClassifyError
from dsdocs.explorer.build import explorer_of
from dsdocs.features.inputs import default_input, read_inputs
from dsdocs.features.model import Input
from dsdocs.project import Project
from dsdocs.sample import write_sample
from support.pixels import project_of
from support.watching import watch

SIZE = (48, 48)
RECIPES = (replace(SCNN_ALL, epochs=1), replace(SCNN_SINGLE, epochs=1, published=False))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("classify")
    write_sample(folder / "archive", patches=24)
    return project_of(folder / "archive", folder / "state")


@pytest.fixture(scope="module")
def exports(sample: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train for one epoch, as a cell does, and return the folder with what it left."""
    folder = tmp_path_factory.mktemp("exports")
    told: set[str] = set()
    recorded: dict[str, float] = {}
    trained = train_classifiers(
        sample, folder, recipes=RECIPES, size=SIZE, device="cpu", record=recorded.update,
        progress=lambda what, done, total: told.add(what),
    )  # fmt: skip
    assert told == {"patches", "scnn-all", "scnn-all-single"}
    assert sorted(path.name for path in folder.iterdir()) == ["scnn-all.onnx", "scores.parquet"]
    assert set(recorded) == {"scnn-all.ap_micro_test", "scnn-all-single.ap_micro_test"}
    assert [model.activation for model in trained.models] == ["sigmoid", "softmax"]
    return folder


def published(project: Project, exports: Path, *, models: tuple[str, ...] = ("cell:page/train/scnn-all.onnx",)) -> Any:
    config = Config(classify=Classify(models=models, scores="cell:page/train/scores.parquet"))
    named = Project(replace(project.locations, config=config))
    return write_classifiers(named, exported=lambda name: exports / name.removeprefix("page/train/"))


def unpacked(folder: Path, entry: dict[str, Any]) -> bytes:
    data = (folder / entry["path"]).read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
    whole = gzip.decompress(data)
    assert len(whole) == entry["inflated"]
    return whole


def test_scores_are_those_of_the_file_on_pixels_read_anew(sample: Project, exports: Path) -> None:
    scores = classifier_scores(exports / "scores.parquet")
    rows = choose_rows(sample.summary)
    test = scores.of("scnn-all")
    ids = sample.summary["id"].to_pylist()
    assert list(test.ids) == [ids[row] for row in rows.test]
    assert set(test.ids).isdisjoint(ids[row] for row in rows.train)
    source = replace(default_input(sample), size=SIZE)
    assert test.model.input == source.as_json()
    pixels = np.stack([values for _, values in read_inputs(sample, source, rows.test.tolist())])  # type: ignore[misc]
    found = run_model(open_model(exports / "scnn-all.onnx"), pixels)[0]
    np.testing.assert_allclose(found, test.scores, atol=1e-4)
    labels = sample.summary["labels"].to_pylist()
    for row, truth in zip(rows.test, test.truth, strict=True):
        assert {name for name, there in zip(test.classes, truth, strict=True) if there} == set(labels[row])
    share = sum("Pastures" in labels[row] for row in rows.train) / len(rows.train)
    assert scores.frequency[scores.classes.index("Pastures")] == pytest.approx(share)


def test_the_manifest_describes_models_and_test_patches(sample: Project, exports: Path) -> None:
    folder = published(sample, exports)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["format"], manifest["fingerprint"]) == (1, sample.fingerprint)
    (model,) = manifest["models"]
    assert (model["name"], model["title"], model["activation"]) == ("scnn-all", "S-CNN-All", "sigmoid")
    assert model["quantised"] is False
    assert 0 <= model["parity"] <= 1e-4
    assert unpacked(folder, model["model"]) == (exports / "scnn-all.onnx").read_bytes()
    test = classifier_scores(exports / "scores.parquet").of("scnn-all")
    rows = np.frombuffer(unpacked(folder, model["test"]["rows"]), "<u4")
    odds = np.frombuffer(unpacked(folder, model["test"]["scores"]), "<f4").reshape(len(rows), -1)
    truth = np.frombuffer(unpacked(folder, model["test"]["truth"]), "u1").reshape(len(rows), -1)
    assert model["test"]["n"] == len(rows) == len(test.ids)
    assert (np.diff(rows.astype(int)) > 0).all()
    explorer_ids = explorer_of(sample).ids
    by_id = {name: number for number, name in enumerate(test.ids)}
    for number, row in enumerate(rows):
        place = by_id[explorer_ids[row]]
        np.testing.assert_array_equal(odds[number], test.probabilities[place])
        np.testing.assert_array_equal(truth[number], test.truth[place])
    assert model["classes"] == list(test.classes)
    assert model["threshold"] == test.model.threshold


def test_files_are_written_again_where_something_has_changed(sample: Project, exports: Path, tmp_path: Path) -> None:
    folder = published(sample, exports)
    before = (folder / "manifest.json").stat().st_mtime_ns
    assert published(sample, exports) == folder
    assert (folder / "manifest.json").stat().st_mtime_ns == before
    assert write_classifiers(sample) is None  # [classify] names nothing
    assert not folder.exists()


def test_what_does_not_fit_is_refused(sample: Project, exports: Path, tmp_path: Path) -> None:
    shutil.copytree(exports, tmp_path / "other")
    table = pq.read_table(exports / "scores.parquet")
    stated = table.schema.metadata[b"dsdocs"]
    for old, new, message in (
        (b'"activation": "sigmoid"', b'"activation": "softmax"', "input, classes or activation are not those of"),
        (b'"name": "scnn-all"', b'"name": "scnn-none"', "no classifier 'scnn-all'"),
    ):
        assert old in stated
        changed = table.replace_schema_metadata({b"dsdocs": stated.replace(old, new, 1)})
        pq.write_table(changed, tmp_path / "other" / "scores.parquet")
        with pytest.raises(ClassifyError, match=message):
            published(sample, tmp_path / "other")
    lost = table.set_column(1, "id", [[f"{name}x" for name in table["id"].to_pylist()]])
    pq.write_table(lost.replace_schema_metadata(table.schema.metadata), tmp_path / "other" / "scores.parquet")
    with pytest.raises(ClassifyError, match="which is no patch of the summary"):
        published(sample, tmp_path / "other")
    with pytest.raises(ClassifyError, match="no such file; expected a path beside"):
        published(sample, exports, models=("models/none.onnx",))
    config = Config(classify=Classify(models=("cell:page/train/scnn-all.onnx",)))
    with pytest.raises(ClassifyError, match="exports of cells cannot be found here"):
        write_classifiers(Project(replace(sample.locations, config=config)))


def test_networks_are_those_that_the_bands_allow(sample: Project) -> None:
    source = default_input(sample)
    names = [(recipe.name, len(bands)) for recipe, bands in possible(sample, source, BASELINES)]
    assert names == [("scnn-rgb", 3), ("scnn-all", 12), ("scnn-all-single", 12), ("resnet-18", 12)]
    assert possible(sample, source, [SCNN_RGB])[0][1] == ("B04", "B03", "B02")
    colours = Input(source.asset, ("B02", "B03", "B04"), source.size)
    assert [recipe.name for recipe, _ in possible(sample, colours, BASELINES)] == ["scnn-rgb", "resnet-18"]
    with pytest.raises(ClassifyError, match="bands do not allow scnn-rgb"):
        possible(sample, Input(source.asset, ("B8A",), source.size), [SCNN_RGB])


def test_pixels_are_the_same_in_memory_and_in_a_file(sample: Project) -> None:
    source = replace(default_input(sample), size=(24, 24))
    rows = choose_rows(sample.summary)
    whole = read_patches(sample, source, rows.val, rows.classes)
    small = read_patches(sample, source, rows.val, rows.classes, held=0)
    assert isinstance(small.pixels, np.memmap)
    assert not isinstance(whole.pixels, np.memmap)
    np.testing.assert_array_equal(whole.pixels, small.pixels)
    half = read_patches(sample, source, rows.val, rows.classes, half=True)
    assert half.pixels.dtype == np.float16
    np.testing.assert_allclose(half.pixels.astype(float) * 4, whole.pixels, rtol=2**-11)
    assert whole.pixels.dtype == np.float32


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Models</title><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:">
<script type="module" src="page.js"></script>"""
SCRIPT = """
import { openModel } from "./_static/js/demos/core/onnx.js";
window.score = async (entry, shape, file) => {
  const model = await openModel(new URL(`classify/${entry.path}`, document.baseURI).href, entry);
  const pixels = new Float32Array(await (await fetch(file)).arrayBuffer());
  const size = shape.reduce((product, side) => product * side);
  const found = [];
  for (let start = 0; start < pixels.length; start += size)
    found.push([...(await model.run(pixels.slice(start, start + size), [1, ...shape])).scores]);
  await model.close();
  return found;
};
document.documentElement.dataset.ready = "";
"""


def test_the_browser_gives_the_scores_of_python(
    sample: Project, exports: Path, tmp_path: Path, page: Page, pages_server: Callable[..., str]
) -> None:
    folder = published(sample, exports)
    model = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["models"][0]
    site = tmp_path / "site"
    shutil.copytree(folder, site / "classify")
    for part in ("js", "vendor/onnxruntime-web"):
        shutil.copytree(static_folder() / part, site / "_static" / part)
    (site / ".nojekyll").touch()
    (site / "index.html").write_text(PAGE, encoding="utf-8")
    (site / "page.js").write_text(SCRIPT, encoding="utf-8")
    test = classifier_scores(exports / "scores.parquet").of("scnn-all")
    source = replace(default_input(sample), size=SIZE)
    rows = choose_rows(sample.summary).test.tolist()
    pixels = np.stack([values for _, values in read_inputs(sample, source, rows)])  # type: ignore[misc]
    (site / "pixels.f32").write_bytes(pixels.astype("<f4").tobytes())
    seen = watch(page)
    page.goto(pages_server(site))
    page.wait_for_selector("html[data-ready]", state="attached", timeout=10_000)
    found = page.evaluate(
        "([entry, shape]) => window.score(entry, shape, 'pixels.f32')", [model["model"], list(pixels.shape[1:])]
    )
    np.testing.assert_allclose(np.array(found), test.scores, atol=1e-4)
    assert len(found) >= 4
    assert not seen.problems
