"""Encoders by name: models, networks of other packages, three components of many bands, and what is refused."""

from __future__ import annotations

import gzip
import json
import pickle
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from dsdocs.errors import FeatureError
from dsdocs.features.embed import embed
from dsdocs.features.encoders import encoder, slug
from dsdocs.features.fitting import greys_of
from dsdocs.features.handmade import HandMade
from dsdocs.features.inputs import default_input, read_inputs
from dsdocs.features.model import Input
from dsdocs.features.publish import describe_encoder
from dsdocs.features.rgb import Adapted, fit_adapter
from dsdocs.project import Project
from dsdocs.sensors import generic_sensor, load_sensor
from support.pixels import project_of, write_images


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("encoders")
    drawn = np.random.default_rng(0)
    mixed = drawn.normal(size=(6, 2))
    images = {
        f"images/{name}/{name}_{number}.tif": np.clip(
            2000 + 400 * np.einsum("bk,khw->bhw", mixed, drawn.normal(size=(2, 12, 12)) + place), 0, 65535
        ).astype(np.uint16)
        for place, name in enumerate(("Forest", "Lake"))
        for number in range(5)
    }
    write_images(folder, images)
    return project_of(folder / "images", folder / "state")


def pixels_of(project: Project, wanted: Input) -> np.ndarray:
    return np.stack([one[1] for one in read_inputs(project, wanted, range(10))])  # type: ignore[index]


def averaging(
    path: Path, bands: int | str, *, size: int | str = "h", batch: int | str = "n", **metadata: object
) -> Path:
    """Write a model with two outputs: the mean of each band, and twice of it."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["pixels"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
        helper.make_node("Add", ["features", "features"], ["scores"]),
    ]
    out = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, bands]) for name in ("scores", "features")]
    source = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [batch, bands, size, size])
    made = helper.make_model(
        helper.make_graph(nodes, "averaging", [source], out), opset_imports=[helper.make_opsetid("", 17)], ir_version=10
    )
    helper.set_model_props(made, {name: json.dumps(value) for name, value in metadata.items()})
    onnx.checker.check_model(made)
    path.write_bytes(made.SerializeToString())
    return path


def test_a_model_gives_its_features_or_the_output_that_is_named(project: Project, tmp_path: Path) -> None:
    path = averaging(tmp_path / "Mean Model.onnx", 6)
    batch = pixels_of(project, default_input(project))
    made, scores = encoder(f"onnx:{path}", project), encoder(f"onnx:{path}#scores", project)
    means = batch.mean(axis=(2, 3))
    np.testing.assert_allclose(made.encode(batch), means, rtol=1e-5)
    np.testing.assert_allclose(scores.encode(batch), 2 * means, rtol=1e-5)
    assert (made.kind, made.dimensions, made.title) == ("onnx", 6, "Model Mean Model")
    assert made.digest != scores.digest
    assert made.name == slug(f"onnx:{path}")
    assert embed(project, made).vectors.shape == (10, 6)
    assert pickle.loads(pickle.dumps(made)) == made  # as engines send it


def test_a_model_says_itself_what_it_takes(project: Project, tmp_path: Path) -> None:
    told = {"input": {"asset": "image", "bands": ["band_4", "band_2"], "size": [6, 8]}, "title": "Two bands"}
    made = encoder(f"onnx:{averaging(tmp_path / 'm.onnx', 'bands', dsdocs=told)}", project)
    assert made.input == Input("image", ("band_4", "band_2"), (6, 8))
    assert made.title == "Two bands"
    found = embed(project, made)
    whole = pixels_of(project, default_input(project)).mean(axis=(2, 3))
    np.testing.assert_allclose(found.vectors, whole[:, [3, 1]], rtol=0.02)


def test_a_model_for_one_patch_at_a_time_gets_one_at_a_time(project: Project, tmp_path: Path) -> None:
    path = averaging(tmp_path / "one.onnx", 6, batch=1, size=12)
    batch = pixels_of(project, default_input(project))
    np.testing.assert_allclose(encoder(f"onnx:{path}", project).encode(batch), batch.mean(axis=(2, 3)), rtol=1e-5)


def test_a_model_of_a_cell_is_found_by_its_name(project: Project, tmp_path: Path) -> None:
    path = averaging(tmp_path / "m.onnx", 6)
    asked: list[str] = []

    def exported(name: str) -> Path:
        asked.append(name)
        return path

    made = encoder("cell:classification/train/m.onnx#features", project, exported=exported)
    assert asked == ["classification/train/m.onnx"]
    assert made.name == "cell-classification-train-m-onnx-features"
    with pytest.raises(FeatureError, match="there are no cells here"):
        encoder("cell:classification/train/m.onnx", project)


@pytest.mark.parametrize(
    ("content", "spec", "problem"),
    [
        (None, "onnx:{path}", "cannot be read"),
        (b"no model", "onnx:{path}", "is no ONNX model"),
        (6, "onnx:{path}#logits", "has no output 'logits'; it has scores, features"),
        (4, "onnx:{path}", "takes 4 bands; image has 6: band_1"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(
    content: bytes | int | None, spec: str, problem: str, project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "m.onnx"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        averaging(path, content)
    with pytest.raises(FeatureError, match=problem):
        encoder(spec.format(path=path), project)


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"input": {"asset": "image"}}, "no input with asset, bands and size"),
        ({"input": {"asset": "image", "bands": ["band_1"], "size": [8]}}, "no input with asset, bands and size"),
        ({"input": {"asset": "image", "bands": ["band_1"], "size": [10**6, 10**6]}}, "as no patch has"),
        ({"input": {"asset": "image", "bands": [], "size": [8, 8]}}, "as no patch has"),
        ([1], "is list; expected an object"),
    ],
)
def test_metadata_that_make_no_input_are_refused(told: object, problem: str, project: Project, tmp_path: Path) -> None:
    path = averaging(tmp_path / "m.onnx", "bands", dsdocs=told)
    with pytest.raises(FeatureError, match=problem):
        encoder(f"onnx:{path}", project)


def test_a_model_that_changes_while_it_is_used_is_refused(project: Project, tmp_path: Path) -> None:
    path = averaging(tmp_path / "m.onnx", 6)
    made = encoder(f"onnx:{path}", project)
    averaging(path, 6, other="weights")
    from dsdocs.features import onnx as module

    module._session.cache_clear()
    with pytest.raises(FeatureError, match="has changed"):
        made.encode(np.zeros((1, 6, 12, 12), np.float32))


def small(wanted: Input) -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(len(wanted.bands), 4, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(2))


def drifting(wanted: Input) -> torch.nn.Module:
    torch.seed()
    return torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(len(wanted.bands), 3))


def text(wanted: Input) -> str:
    return "no network"


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> str:
    """Make this module importable by a name, as an author's module would be."""
    monkeypatch.setitem(sys.modules, "own_networks", sys.modules[__name__])
    return "own_networks"


def test_a_network_of_ones_own_is_run(project: Project, own: str) -> None:
    made = encoder(f"torch:{own}:small", project)
    batch = pixels_of(project, default_input(project))
    with torch.inference_mode():
        expected = small(made.input)(torch.from_numpy(batch)).flatten(1).numpy()
    assert (made.kind, made.dimensions, made.name) == ("torch", 16, "torch-own-networks-small")
    np.testing.assert_allclose(made.encode(batch), expected, rtol=1e-5)
    assert embed(project, made).valid.all()
    assert pickle.loads(pickle.dumps(made)) == made


def test_a_network_with_other_weights_each_time_is_refused(project: Project, own: str) -> None:
    from dsdocs.features.named import load

    made = encoder(f"torch:{own}:drifting", project)
    load.cache_clear()
    with pytest.raises(FeatureError, match="has other weights each time"):
        made.encode(np.zeros((1, 6, 12, 12), np.float32))


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("torch:nowhere:small", "there is no module 'nowhere'"),
        ("torch:own_networks:absent", "has no callable 'absent'"),
        ("torch:own_networks:text", "gave str; expected a torch.nn.Module"),
        ("torch:own_networks", "expected torch:MODULE:CALLABLE"),
        ("torch:own-networks:a b", "expected torch:MODULE:CALLABLE"),
        ("timm:resnet18", "needs the package timm; pip install timm"),
        ("torchgeo:ResNet18_Weights.SENTINEL2_ALL_MOCO", "needs the package torchgeo; pip install torchgeo"),
        ("hf:facebook/dinov2-small", "needs the package transformers; pip install transformers"),
        ("pixels", "not known; known are handmade"),
        ("onnx:", "not known"),
        ("onnx", "not known"),
    ],
)
def test_what_cannot_be_had_is_said(
    spec: str, problem: str, project: Project, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("timm", "torchgeo", "transformers"):
        monkeypatch.setitem(sys.modules, package, None)  # as where it is not installed
    with pytest.raises(FeatureError, match=problem):
        encoder(spec, project)


def test_a_vision_transformer_of_a_folder_gives_what_its_own_package_gives(project: Project, tmp_path: Path) -> None:
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(0)
    config = ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, image_size=16, patch_size=8,
        initializer_range=0.5,  # else all pictures are alike to it
    )  # fmt: skip
    network = ViTModel(config).eval()
    network.save_pretrained(tmp_path)
    told = {"image_processor_type": "ViTImageProcessor", "image_mean": [0.2, 0.3, 0.4], "image_std": [0.1, 0.2, 0.3]}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(told), encoding="utf-8")

    made = encoder(f"hf:{tmp_path}@rgb-pca", project)
    found = embed(project, made)
    assert isinstance(made, Adapted)
    pictures = torch.from_numpy(made.adapter(pixels_of(project, made.input))) / 255
    mean, deviation = (torch.tensor(told[f"image_{name}"]).reshape(1, 3, 1, 1) for name in ("mean", "std"))
    with torch.no_grad():
        expected = network(pixel_values=(pictures - mean) / deviation).pooler_output.numpy()
    np.testing.assert_allclose(found.vectors, expected, atol=1e-4)


def test_nothing_else_imports_torch() -> None:
    code = (
        "import sys, pathlib, importlib, dsdocs.features as f\n"
        "for path in sorted(pathlib.Path(f.__file__).parent.glob('*.py')):\n"
        "    importlib.import_module('dsdocs.features.' + path.stem)\n"
        "assert not {'torch', 'onnxruntime', 'timm', 'transformers'} & set(sys.modules)\n"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_three_components_are_those_of_scikit_learn(project: Project) -> None:
    wanted = default_input(project)
    adapter = fit_adapter(project, wanted)
    batch = pixels_of(project, wanted)
    found = adapter(batch)
    assert found.shape == (10, 3, 12, 12)
    assert found.dtype == np.float32
    assert found.min() == 0
    assert found.max() == 255
    # All pixels instead of a sample of them: the same directions, but for the sample's noise and the sign.
    pixels = np.moveaxis(batch, 1, -1).reshape(-1, 6)
    theirs = PCA(3).fit_transform(StandardScaler().fit_transform(pixels))
    ours = np.moveaxis(found, 1, -1).reshape(-1, 3)
    inside = (ours > 0) & (ours < 255)
    for channel in range(2):  # the third one is rounding: two things were mixed into the bands
        own = inside[:, channel]
        assert abs(np.corrcoef(ours[own, channel], theirs[own, channel])[0, 1]) > 0.99
    assert fit_adapter(project, wanted).as_json() == adapter.as_json()
    farthest = np.abs(adapter.projection.components).argmax(axis=1)
    assert (adapter.projection.components[np.arange(3), farthest] > 0).all()


def test_a_photograph_encoder_takes_all_bands_behind_the_adapter(project: Project, tmp_path: Path) -> None:
    path = averaging(tmp_path / "rgb.onnx", 3, size=8)
    with pytest.raises(FeatureError, match="takes 3 bands; image has 6"):
        encoder(f"onnx:{path}", project)
    made = encoder(f"onnx:{path}@rgb-pca", project)
    assert made.input == Input("image", default_input(project).bands, (8, 8))
    assert made.dimensions == 3
    found = embed(project, made)
    assert found.valid.all()
    assert ((found.vectors > 0) & (found.vectors < 255)).all()
    entry = describe_encoder(made, tmp_path)
    constants = json.loads(gzip.decompress((tmp_path / entry["parameters"]["path"]).read_bytes()))
    assert list(constants) == ["rgb"]
    assert gzip.decompress((tmp_path / entry["model"]["path"]).read_bytes()) == path.read_bytes()


def test_a_published_encoder_says_whether_a_browser_can_run_it(project: Project, own: str, tmp_path: Path) -> None:
    entry = describe_encoder(encoder("handmade", project), tmp_path)
    assert entry["input"] == default_input(project).as_json()
    assert entry | {"parameters": None} == {
        "name": "handmade", "title": "Statistics, histograms and textures", "kind": "handmade", "browser": True,
        "input": entry["input"], "dimensions": 9, "parameters": None, "model": None, "output": None,
    }  # fmt: skip
    plain = describe_encoder(encoder(f"torch:{own}:small", project), tmp_path)
    assert (plain["browser"], plain["parameters"], plain["model"]) == (False, None, None)
    assert [path.name for path in tmp_path.iterdir()] == [entry["parameters"]["path"]]


def test_a_fit_is_kept_until_the_data_change(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from dsdocs.features import fitting

    first = encoder("handmade", project)
    monkeypatch.setattr(fitting, "_fitted", lambda *arguments: pytest.fail("fitted again"))
    again = encoder("handmade", project)
    assert again.digest == first.digest
    stored = project.state / "features" / "handmade.json"
    kept = stored.read_text(encoding="utf-8")
    stored.write_text(json.dumps({**json.loads(kept), "key": "of other data"}), encoding="utf-8")
    with pytest.raises(pytest.fail.Exception, match="fitted again"):
        encoder("handmade", project)
    stored.write_text(kept, encoding="utf-8")


def test_textures_are_looked_at_in_visible_light_and_near_infrared() -> None:
    sentinel = load_sensor("sentinel-2-l2a")
    names = tuple(band.name for band in sentinel.bands)
    wanted = Input("sentinel-2", names, (120, 120))
    assert greys_of(sentinel, wanted) == (tuple(sorted(map(names.index, ("B02", "B03", "B04")))), (names.index("B08"),))
    assert greys_of(load_sensor("sentinel-1-grd"), Input("sentinel-1", ("VV", "VH"), (9, 9))) == ((0,), (1,))
    one = generic_sensor(1, None)
    assert greys_of(one, Input("image", ("band_1",), (9, 9))) == ((0,),)


def test_hand_made_encoders_say_what_they_are_made_of(project: Project) -> None:
    bands = len(default_input(project).bands)
    for name, dimensions in {"statistics": 5 * bands, "histogram": 16 * bands, "lbp": 28}.items():
        made = encoder(name, project)
        assert isinstance(made, HandMade)
        assert made.dimensions == made.raw_dimensions == dimensions
        assert made.encode(pixels_of(project, made.input)).shape == (10, dimensions)
