"""What the browser computes of a patch is what Python computes: grids, hand-made encoders, models."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import Page

from dsdocs.assets import static_folder
from dsdocs.features.encoders import encoder
from dsdocs.features.inputs import read_inputs
from dsdocs.features.publish import describe_encoder
from dsdocs.features.resample import resample
from dsdocs.project import Project
from dsdocs.sample import write_sample
from support.pixels import project_of, write_images
from support.watching import watch

NODE = Path(__file__).parent / "js" / "demos" / "features.mjs"
NAMES = ("handmade", "statistics", "histogram", "lbp")
SIZES = [((60, 60), (120, 120)), ((20, 20), (120, 120)), ((33, 47), (12, 64)), ((120, 7), (31, 7)), ((1, 1), (3, 2))]


def by_node(folder: Path, cases: list[dict[str, Any]]) -> list[np.ndarray]:
    (folder / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    command = [shutil.which("node") or "node", str(NODE), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [np.array(values, np.float32) for values in json.loads(done.stdout)]


def test_both_resample_alike_to_the_bit(tmp_path: Path) -> None:
    cases, expected = [], []
    for number, (size, new) in enumerate(SIZES):
        image = np.random.default_rng(number).uniform(-50, 10_000, size).astype(np.float32)
        (tmp_path / f"{number}.f32").write_bytes(image.tobytes())
        cases.append({"kind": "resample", "values": f"{number}.f32", "from": size, "to": new})
        expected.append(resample(image, new).ravel())
    for found, wanted in zip(by_node(tmp_path, cases), expected, strict=True):
        assert (found == wanted).all()


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """Patches of twelve bands on three grids, photographs, and one band of decimals."""
    folder = tmp_path_factory.mktemp("features")
    write_sample(folder / "sample", patches=12)
    drawn = np.random.default_rng(0)
    photographs = {
        f"photos/{name}/{name}_{number}.tif": drawn.integers(0, 256, (3, 40, 48)).astype(np.uint8)
        for name in ("Forest", "River")
        for number in range(4)
    }
    decimals = {
        f"decimals/{name}/{name}_{number}.tif": drawn.normal(-12, 4, (1, 30, 30)).astype(np.float32)
        for name in ("Forest", "River")
        for number in range(4)
    }
    write_images(folder, {**photographs, **decimals})
    names = ("sample", "photos", "decimals")
    return {name: project_of(folder / name, folder / f"state-{name}") for name in names}


@pytest.mark.parametrize("source", ["sample", "photos", "decimals"])
def test_hand_made_encoders_give_the_same_in_both(source: str, projects: dict[str, Project], tmp_path: Path) -> None:
    project = projects[source]
    cases, expected = [], []
    for name in NAMES:
        made = encoder(name, project)
        entry = describe_encoder(made, tmp_path)
        assert entry["browser"]
        assert entry["parameters"]["path"].endswith(".gz")
        for row, pixels in read_inputs(project, made.input, range(3)):  # type: ignore[misc]
            file = f"{name}-{row}.f32"
            (tmp_path / file).write_bytes(pixels.tobytes())
            cases.append({"kind": "encode", "values": file, "entry": entry})
            expected.append(made.encode(pixels[None])[0])
    for case, found, wanted in zip(cases, by_node(tmp_path, cases), expected, strict=True):
        assert found.shape == wanted.shape
        # Statistics are as large as pixels are; float32 has seven digits.
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-5, err_msg=case["values"])


def model(path: Path, bands: int, *, output: str = "features") -> Path:
    """Write a model of one convolution, a mean over all places, and two outputs."""
    drawn = np.random.default_rng(1)
    weights = {
        "kernel": drawn.normal(0, 0.01, (5, bands, 3, 3)).astype(np.float32),
        "head": drawn.normal(0, 1, (5, 2)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["pixels", "kernel"], ["convolved"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["convolved"], ["bright"]),
        helper.make_node("GlobalAveragePool", ["bright"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], [output]),
        helper.make_node("MatMul", [output, "head"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes, "small",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", bands, "h", "w"])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 2]),
         helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", 5])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.SerializeToString())
    return path


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Models</title><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:">
<script type="module" src="page.js"></script>"""
SCRIPT = """
import { openEncoder } from "./_static/js/demos/features/encode.js";
import { openModel } from "./_static/js/demos/core/onnx.js";
const base = new URL("data/manifest.json", document.baseURI).href;
window.encode = async (entry, file) => {
  const pixels = new Float32Array(await (await fetch(new URL(file, base))).arrayBuffer());
  const told = [];
  const encoder = await openEncoder(entry, base, { onProgress: (done, total) => told.push([done, total]) });
  // Two at a time: a session runs one after the other.
  const [found, again] = await Promise.all([1, 2].map(() => encoder.encode(pixels)));
  return { found: [...found], again: [...again], told };
};
window.run = async (path, file, pixels, shape) => {
  const model = await openModel(new URL(path, base).href, file);
  const found = await model.run(Float32Array.from(pixels), shape);
  await model.close();
  return Object.fromEntries(Object.entries(found).map(([name, values]) => [name, [...values]]));
};
document.documentElement.dataset.ready = "";
"""


@pytest.fixture
def running(page: Page, pages_server: Callable[..., str], tmp_path: Path) -> Iterator[tuple[Page, Path]]:
    """Open a page with the policy that published pages have; its models lie in the folder."""
    folder = tmp_path / "site"
    (folder / "data").mkdir(parents=True)
    for part in ("js", "vendor/onnxruntime-web"):
        shutil.copytree(static_folder() / part, folder / "_static" / part)
    (folder / ".nojekyll").touch()
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "page.js").write_text(SCRIPT, encoding="utf-8")
    address = pages_server(folder)
    watched = watch(page)
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached", timeout=10_000)
    yield page, folder / "data"
    assert watched.problems == []


@pytest.mark.parametrize("name", ["onnx:small.onnx", "onnx:rgb.onnx@rgb-pca"])
def test_models_give_the_same_in_both(
    name: str, running: tuple[Page, Path], projects: dict[str, Project], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page, folder = running
    model(tmp_path / "small.onnx", 12)
    model(tmp_path / "rgb.onnx", 3)
    monkeypatch.chdir(tmp_path)
    made = encoder(name, projects["sample"])
    entry = describe_encoder(made, folder)
    ((_, pixels),) = read_inputs(projects["sample"], made.input, [0])  # type: ignore[misc]
    (folder / "pixels.f32").write_bytes(pixels.tobytes())
    answer = page.evaluate("([entry, file]) => encode(entry, file)", [entry, "pixels.f32"])
    expected = made.encode(pixels[None])[0]
    assert expected.any()
    np.testing.assert_allclose(answer["found"], expected, atol=1e-4, rtol=1e-5)
    assert answer["again"] == answer["found"]
    done, total = answer["told"][-1]
    assert done == total > 3_000_000  # the runtime as well


def test_a_damaged_model_is_named(running: tuple[Page, Path], tmp_path: Path) -> None:
    page, folder = running
    model(folder / "small.onnx", 2)
    size = (folder / "small.onnx").stat().st_size
    pixels = [1.0] * 32
    found = page.evaluate("(a) => run(...a)", ["small.onnx", {"bytes": size}, pixels, [1, 2, 4, 4]])
    assert {name: len(values) for name, values in found.items()} == {"scores": 2, "features": 5}
    damaged = (({"bytes": size + 1}, "bytes expected"), ({"sha256": "0" * 64}, "sha256 000000000000 expected"))
    for file, problem in damaged:
        with pytest.raises(Exception, match=f"small.onnx: .*{problem}"):
            page.evaluate("(a) => run(...a)", ["small.onnx", file, pixels, [1, 2, 4, 4]])
    (folder / "text.onnx").write_text("no model")
    with pytest.raises(Exception, match=r"(?i)protobuf|failed to load"):
        page.evaluate("(a) => run(...a)", ["text.onnx", {}, pixels, [1, 2, 4, 4]])
