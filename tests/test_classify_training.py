"""Networks, their training and their ONNX files: known sizes, fixed seeds, the same scores in torch and onnxruntime."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pyarrow as pa
import pytest
import torch

from dsdocs.classify.decisions import one_hot
from dsdocs.classify.networks import SCNN, ResNet18
from dsdocs.classify.onnx import OPSET, PARITY, parity, quantise, write_onnx
from dsdocs.classify.patches import SCALE, choose_rows, one_label, truth_of
from dsdocs.classify.recipe import RESNET_18, SCNN_ALL, SCNN_RGB, Recipe
from dsdocs.classify.runtime import metadata_of, open_model, run_model
from dsdocs.classify.scores import probabilities
from dsdocs.classify.training import band_constants, rate_factor, score, train, turned
from dsdocs.errors import ClassifyError
from dsdocs.metrics import average_precision

QUICK = Recipe("quick", "Quick", epochs=6, batch=8, rate=0.02, patience=None)


def two_bands(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return patches of four bands whose classes show in one band each: in the first, in the last, or in both."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, (n, 3), dtype=np.uint8)
    truth[:, 2] = truth[:, 0] & truth[:, 1]
    pixels = random.normal(1000, 100, (n, 4, 16, 16))
    pixels[:, 0] += 300.0 * truth[:, 0, None, None]
    pixels[:, 3] += 300.0 * truth[:, 1, None, None]
    return pixels.astype(np.float32), truth


def halves(pixels: np.ndarray) -> np.ndarray:
    return (pixels * SCALE).astype(np.float16)


def test_the_s_cnn_has_the_layers_of_the_paper() -> None:
    model = SCNN([0.0] * 12, [1.0] * 12, 19)
    convolutions = [layer for layer in model.modules() if isinstance(layer, torch.nn.Conv2d)]
    assert [(c.in_channels, c.out_channels, c.kernel_size) for c in convolutions] == [
        (12, 32, (5, 5)), (32, 32, (5, 5)), (32, 64, (3, 3)),
    ]  # fmt: skip
    # Zero padding keeps the size: 120 px are halved by pooling alone, three times.
    assert [tuple(c.padding) for c in convolutions] == [(2, 2), (2, 2), (1, 1)]
    assert all(c.padding_mode == "zeros" for c in convolutions)
    by_hand = (
        (12 * 25 * 32 + 32) + (32 * 25 * 32 + 32) + (32 * 9 * 64 + 64) + (64 * 15 * 15 * 128 + 128) + (128 * 19 + 19)
    )
    assert sum(weight.numel() for weight in model.parameters()) == by_hand
    scores, features = model(torch.zeros(2, 12, 120, 120))
    assert (scores.shape, features.shape) == ((2, 19), (2, 128))
    rgb = SCNN([0.0] * 3, [1.0] * 3, 19)
    assert sum(weight.numel() for weight in rgb.parameters()) == by_hand - 9 * 25 * 32


@pytest.mark.parametrize("size", [(64, 64), (8, 8), (33, 71), (120, 120)])
def test_the_s_cnn_takes_patches_of_any_size(size: tuple[int, int]) -> None:
    scores, _ = SCNN([0.0] * 3, [1.0] * 3, 5, size)(torch.zeros(1, 3, *size))
    assert scores.shape == (1, 5)
    with pytest.raises(ValueError, match="too small"):
        SCNN([0.0], [1.0], 5, (7, 64))


def test_resnet_18_has_the_parameters_of_the_published_one() -> None:
    model = ResNet18([0.0] * 3, [1.0] * 3, 1000)
    assert sum(weight.numel() for weight in model.parameters()) == 11_689_512  # of torchvision's resnet18
    scores, features = model.eval()(torch.zeros(1, 3, 64, 64))
    assert (scores.shape, features.shape) == ((1, 1000), (1, 512))


def test_values_are_normalised_inside_the_network() -> None:
    random = np.random.default_rng(1)
    pixels = torch.from_numpy(random.normal(800, 200, (2, 2, 16, 16)).astype(np.float32))
    torch.manual_seed(0)
    raw = SCNN([800.0, 700.0], [200.0, 100.0], 3, (16, 16)).eval()
    torch.manual_seed(0)
    plain = SCNN([0.0, 0.0], [1.0, 1.0], 3, (16, 16)).eval()
    by_hand = (pixels - torch.tensor([800.0, 700.0]).view(1, 2, 1, 1)) / torch.tensor([200.0, 100.0]).view(1, 2, 1, 1)
    torch.testing.assert_close(raw(pixels)[0], plain(by_hand)[0])
    with pytest.raises(ValueError, match="positive standard deviation"):
        SCNN([0.0], [0.0], 3)


def test_constants_come_from_the_patches_for_training() -> None:
    random = np.random.default_rng(2)
    pixels = random.integers(0, 12000, (5, 3, 8, 8)).astype(np.float32)
    pixels[:, 2] = 7
    given = halves(pixels)
    mean, deviation = band_constants(given)
    wide = given.astype(np.float64) / SCALE
    np.testing.assert_allclose(mean, wide.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(deviation[:2], wide.std(axis=(0, 2, 3))[:2])
    assert deviation[2] == 1  # a band that is the same everywhere
    np.testing.assert_allclose(wide, pixels, rtol=2**-11)


def test_the_same_seed_trains_the_same_network() -> None:
    pixels, truth = two_bands(24)
    recipe = replace(QUICK, epochs=2)
    before = torch.get_rng_state()
    weights = [
        [w.detach().numpy() for w in train(one, halves(pixels), truth, pixels[:8], truth[:8]).model.parameters()]
        for one in (recipe, recipe, replace(recipe, seed=1))
    ]
    for first, again in zip(weights[0], weights[1], strict=True):
        np.testing.assert_array_equal(first, again)
    assert any((first != other).any() for first, other in zip(weights[0], weights[2], strict=True))
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.are_deterministic_algorithms_enabled()


def test_training_learns_what_the_bands_show_and_no_more() -> None:
    pixels, truth = two_bands(96)
    unseen, labels = two_bands(64, seed=1)
    found = train(QUICK, halves(pixels), truth, unseen, labels)
    ap = average_precision(labels, score(found.model, unseen), average="macro")
    baseline = average_precision(labels, np.tile(truth.mean(axis=0), (64, 1)), average="macro")
    assert baseline < 0.6
    assert ap > 0.95
    # A network that sees the first bands alone cannot know the second class.
    blind = train(QUICK, halves(pixels)[:, :3].copy(), truth, unseen[:, :3].copy(), labels)
    by_class = [
        average_precision(labels[:, [c]], score(blind.model, unseen[:, :3].copy())[:, [c]], average="macro")
        for c in (0, 1)
    ]
    assert by_class[0] > 0.95
    assert by_class[1] < 0.75


def test_training_keeps_the_best_epoch_and_stops_when_told() -> None:
    pixels, truth = two_bands(16)
    random = np.random.default_rng(5)
    noise, labels = random.normal(1000, 100, (12, 4, 16, 16)).astype(np.float32), truth[:12]
    told: list[tuple[int, int]] = []
    recipe = replace(QUICK, epochs=30, patience=2)
    found = train(recipe, halves(pixels), truth, noise, labels, progress=lambda *step: told.append(step))
    aps = [epoch.val_ap for epoch in found.epochs]
    assert found.best == int(np.argmax(aps))
    assert len(aps) < 30
    assert len(aps) - 1 - found.best == 2
    assert told == [(number, 30) for number in range(1, len(aps) + 1)]


def test_the_rate_falls_along_a_cosine() -> None:
    recipe = replace(QUICK, epochs=4)
    assert [rate_factor(recipe, epoch) for epoch in range(4)] == pytest.approx(
        [1, (1 + 2**-0.5) / 2, 0.5, (1 - 2**-0.5) / 2]
    )
    assert rate_factor(replace(recipe, schedule="constant"), 3) == 1


def test_patches_are_turned_by_the_symmetries_of_the_square() -> None:
    patch = torch.arange(18.0).view(1, 2, 3, 3)
    random = torch.Generator().manual_seed(0)
    seen = {tuple(turned(patch, random).flatten().tolist()) for _ in range(200)}
    assert len(seen) == 8
    wide = torch.arange(6.0).view(1, 1, 2, 3)
    assert {turned(wide, random).shape for _ in range(50)} == {wide.shape}


def test_of_several_labels_the_rarest_is_kept() -> None:
    truth = np.array([[1, 1, 0], [1, 0, 1], [1, 0, 0], [0, 1, 1]], dtype=np.uint8)  # 3, 2 and 2 patches
    assert one_label(truth).tolist() == [1, 2, 0, 1]  # equally rare ones in the order of classes
    with pytest.raises(ClassifyError, match="a label for each patch"):
        one_label(np.zeros((1, 3), np.uint8))


def test_one_label_for_each_patch_makes_a_softmax() -> None:
    pixels, truth = two_bands(24)
    single = one_hot(truth[:, 0].astype(int), 3).astype(np.uint8)
    recipe = replace(QUICK, epochs=1)
    assert train(recipe, halves(pixels), single, pixels, single).activation == "softmax"
    truth[~truth.any(axis=1), 0] = 1
    assert train(recipe, halves(pixels), truth, pixels, truth).activation == "sigmoid"
    assert train(replace(recipe, labels="rarest"), halves(pixels), truth, pixels, truth).activation == "softmax"


ABOUT = {
    "title": "A network", "classes": ["a", "b, c", "d"], "activation": "sigmoid",
    "input": {"asset": "sentinel-2", "bands": ["B01", "B02", "B03", "B04"], "size": [32, 32]},
}  # fmt: skip


@pytest.fixture(scope="module", params=["s-cnn", "resnet-18"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[torch.nn.Module, Path]:
    random = np.random.default_rng(0)
    pixels = random.normal(2000, 800, (24, 4, 32, 32)).astype(np.float32)
    truth = random.integers(0, 2, (24, 3), dtype=np.uint8)
    recipe = replace(QUICK, network=request.param, epochs=1)
    found = train(recipe, halves(pixels), truth, pixels, truth)
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    assert write_onnx(found.model, ABOUT, path, example=pixels[:4]) <= PARITY
    return found.model, path


def test_onnxruntime_gives_the_scores_of_torch(written: tuple[torch.nn.Module, Path]) -> None:
    model, path = written
    unseen = np.random.default_rng(9).normal(2000, 2500, (37, 4, 32, 32)).astype(np.float32)
    assert parity(model, path, unseen) <= PARITY
    scores, features = run_model(open_model(path), unseen)
    with torch.inference_mode():
        expected = model(torch.from_numpy(unseen))
    np.testing.assert_allclose(scores, expected[0].numpy(), atol=PARITY)
    np.testing.assert_allclose(features, expected[1].numpy(), atol=PARITY)
    alone = run_model(open_model(path), unseen[:1])[0]
    np.testing.assert_allclose(alone, scores[:1], atol=PARITY)
    odds = run_model(open_model(path), unseen, probabilities=True)[0]
    np.testing.assert_allclose(odds, probabilities(scores, "sigmoid"))


def test_files_say_what_they_take_and_give(written: tuple[torch.nn.Module, Path]) -> None:
    _, path = written
    title, source, classes, activation = metadata_of(open_model(path), "model.onnx")
    assert (title, list(classes), activation) == ("A network", ABOUT["classes"], "sigmoid")
    assert source.as_json() == ABOUT["input"]
    program = onnx.load(path)
    assert {one.domain: one.version for one in program.opset_import}[""] == OPSET
    assert [value.name for value in program.graph.input] == ["pixels"]
    assert [value.name for value in program.graph.output] == ["scores", "features"]
    text = path.read_bytes()
    assert b"site-packages" not in text  # nor any other path of this machine
    assert b"networks.py" not in text


def test_weights_take_half_the_bytes(written: tuple[torch.nn.Module, Path]) -> None:
    model, path = written
    # Those of ResNet have taken in the batch normalisation behind them, and no longer fit.
    n_bytes = 2 if isinstance(model, SCNN) else 4
    weights = sum(w.numel() for w in model.parameters())
    assert path.stat().st_size < n_bytes * 1.02 * weights + 30_000


def test_a_file_that_differs_from_torch_is_not_left(tmp_path: Path) -> None:
    class Drifting(torch.nn.Module):
        def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            mean = pixels.mean(dim=(2, 3))
            return (mean + 0.001 if torch.compiler.is_compiling() else mean), mean

    with pytest.raises(ClassifyError, match=r"differ from torch's by 0\.001"):
        write_onnx(Drifting(), ABOUT, tmp_path / "m.onnx", example=np.ones((2, 4, 32, 32), np.float32))
    assert not list(tmp_path.iterdir())


def test_other_files_are_refused(tmp_path: Path, written: tuple[torch.nn.Module, Path]) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(b"not a model")
    with pytest.raises(ClassifyError, match=r"m\.onnx: onnxruntime cannot open it"):
        open_model(path)
    program = onnx.load(written[1])
    for change, message in (
        (lambda stated: None, "does not state its input"),
        (lambda stated: {**stated, "activation": "tanh"}, "states the activation 'tanh'"),
        (lambda stated: {**stated, "classes": ["a"]}, "states 4 bands and 1 classes"),
        (lambda stated: {**stated, "input": {**stated["input"], "bands": ["B01"]}}, "states 1 bands"),
        (lambda stated: {**stated, "input": {**stated["input"], "size": "big"}}, "does not state its input"),
    ):
        onnx.helper.set_model_props(program, {"dsdocs": json.dumps(change(dict(ABOUT)))})
        onnx.save(program, path)
        with pytest.raises(ClassifyError, match=message):
            metadata_of(open_model(path), "m.onnx")
    program.graph.input[0].name = "image"
    for node in program.graph.node:
        node.input[:] = ["image" if name == "pixels" else name for name in node.input]
    onnx.save(program, path)
    with pytest.raises(ClassifyError, match=r"takes \['image'\]"):
        open_model(path)


def test_eight_bits_are_near_to_the_whole(tmp_path: Path) -> None:
    pixels, truth = two_bands(48)
    found = train(QUICK, halves(pixels), truth, pixels, truth)
    stated = {**ABOUT, "input": {**ABOUT["input"], "size": [16, 16]}}  # type: ignore[dict-item]
    whole = tmp_path / "whole.onnx"
    write_onnx(found.model, stated, whole, example=pixels[:4])
    small = quantise(whole, tmp_path / "small.onnx", pixels[:16], pixels[16:])
    odds = [
        run_model(open_model(path), pixels[16:], probabilities=True)[0] for path in (whole, tmp_path / "small.onnx")
    ]
    assert small.difference == pytest.approx(np.abs(odds[0] - odds[1]).max())
    assert small.flipped == pytest.approx(((odds[0] >= 0.5) != (odds[1] >= 0.5)).mean())
    assert small.difference < 0.1
    assert small.holds == (small.difference <= 0.05 and small.flipped <= 0.01)
    assert small.n_bytes < 0.7 * whole.stat().st_size
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.onnx", "whole.onnx"]


def table(n: int, **columns: list[object]) -> pa.Table:
    given = {"labels": [["a"]] * n, "split": ["train", "val", "test"] * (n // 3), **columns}
    return pa.table({"id": [str(k) for k in range(n)], **given})


def test_flagged_and_unlabelled_patches_are_left_out() -> None:
    summary = table(
        12, labels=[["b", "a"], None, [], *[["a"]] * 9], **{"ben:snow": [False] * 4 + [True] * 3 + [None] * 5}
    )
    rows = choose_rows(summary)
    assert (rows.excluded, rows.unlabelled, rows.classes) == (3, 2, ("a", "b"))
    together = np.sort(np.concatenate([rows.train, rows.val, rows.test]))
    assert together.tolist() == [0, 3, 7, 8, 9, 10, 11]
    assert rows.train.tolist() == [0, 3, 9]
    assert rows.rule == "the archive's own splits"
    np.testing.assert_array_equal(truth_of(summary, np.array([0, 3]), rows.classes), [[1, 1], [1, 0]])


def test_a_random_split_has_the_papers_shares_after_the_exclusion() -> None:
    summary = table(300, **{"ben:snow": [True] * 100 + [False] * 200})
    rows = choose_rows(summary, split="random", seed=4)
    assert [len(rows.train), len(rows.val), len(rows.test)] == [120, 40, 40]
    together = np.concatenate([rows.train, rows.val, rows.test])
    assert sorted(together.tolist()) == list(range(100, 300))
    again, other = choose_rows(summary, split="random", seed=4), choose_rows(summary, split="random", seed=5)
    np.testing.assert_array_equal(rows.test, again.test)
    assert rows.test.tolist() != other.test.tolist()
    without = summary.set_column(2, "split", pa.array([None] * 300, pa.string()))
    assert choose_rows(without).rule.startswith("random, 60 / 20 / 20 %")
    with pytest.raises(ClassifyError, match="no patch with a label and without a flag is for train"):
        choose_rows(without, split="archive")


def test_published_recipes_have_names_that_files_can_have() -> None:
    for recipe in (SCNN_RGB, SCNN_ALL, RESNET_18):
        assert recipe.name == recipe.name.lower()
        assert recipe.name.replace("-", "").isalnum()
