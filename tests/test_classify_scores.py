"""Scores of classifiers and what is computed from them, compared with scikit-learn and with plain loops."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics as sk

from dsdocs.classify.calibration import calibration
from dsdocs.classify.decisions import baselines, decided
from dsdocs.classify.evaluation import class_measures, classifier_measures, training_history
from dsdocs.classify.mistakes import co_errors
from dsdocs.classify.paper import beside_paper
from dsdocs.classify.recipe import SCNN_ALL, Recipe
from dsdocs.classify.scores import (
    ClassifierScores,
    Model,
    ModelScores,
    classifier_scores,
    probabilities,
    write_scores,
)
from dsdocs.classify.thresholds import GRID, best_threshold, threshold_sweep
from dsdocs.errors import ClassifyError
from dsdocs.views import from_json, to_json

CLASSES = ("Arable land", "Beaches, dunes, sands", "Inland waters", "Pastures", "Urban fabric")
FREQUENCY = (0.55, 0.0, 0.3, 0.4, 0.1)


def described(name: str, title: str, activation: str = "sigmoid", threshold: float = 0.35) -> Model:
    training = {
        "recipe": {"rate": 0.02, "batch": 8}, "beyond_paper": ["momentum 0.9"], "split": "the archive's own splits",
        "patches": {"train": 60, "val": 30, "test": 40}, "epochs": 3, "best_epoch": 2, "parameters": 12,
        "device": "cpu", "seconds": 1.5, "parity": 1e-6,
    }  # fmt: skip
    source = {"asset": "sentinel-2", "bands": ["B04", "B03", "B02"], "size": [8, 8]}
    history = ((0.7, 0.6, 0.3), (0.5, 0.55, 0.4), (0.4, 0.6, 0.39))
    return Model(name, title, source, activation, threshold, True, training, history)  # type: ignore[arg-type]


def some_scores(path: Path, *, single: bool = False) -> ClassifierScores:
    random = np.random.default_rng(3)
    found = []
    names = (("scnn-rgb", "S-CNN-RGB", 0.8), ("scnn-all", "S-CNN-All", 2.0))
    for split, n in (("val", 30), ("test", 40)):
        if single:
            truth = np.eye(5, dtype=np.uint8)[random.integers(0, 5, n)]
        else:
            truth = (random.random((n, 5)) < np.array([0.5, 0.1, 0.3, 0.4, 0.1])).astype(np.uint8)
            truth[:, 1] = 0  # a class that no patch of these splits has
            truth[~truth.any(axis=1), 0] = 1
        for name, title, strength in names:
            raw = (random.normal(size=(n, 5)) + strength * (truth * 2.0 - 1)).astype(np.float32)
            model = described(name, title, "softmax" if single else "sigmoid")
            ids = tuple(f"{split}-{number}" for number in range(n))
            found.append((split, ModelScores(model, CLASSES, ids, raw, truth)))
    write_scores(path, CLASSES, FREQUENCY, found)
    return classifier_scores(path)


@pytest.fixture
def scores(tmp_path: Path) -> ClassifierScores:
    return some_scores(tmp_path / "scores.parquet")


def test_scores_come_back_as_they_were_written(tmp_path: Path) -> None:
    back = some_scores(tmp_path / "scores.parquet")
    assert back.classes == CLASSES
    assert [model.name for model in back.models] == ["scnn-rgb", "scnn-all"]
    assert back.frequency == FREQUENCY
    assert back.model("scnn-all") == described("scnn-all", "S-CNN-All")
    random = np.random.default_rng(3)
    truth = (random.random((30, 5)) < np.array([0.5, 0.1, 0.3, 0.4, 0.1])).astype(np.uint8)
    truth[:, 1] = 0
    truth[~truth.any(axis=1), 0] = 1
    raw = (random.normal(size=(30, 5)) + 0.8 * (truth * 2.0 - 1)).astype(np.float32)
    val = back.of("scnn-rgb", "val")
    np.testing.assert_array_equal(val.truth, truth)
    np.testing.assert_array_equal(val.scores, raw)
    assert val.ids[:2] == ("val-0", "val-1")
    assert len(back.of("scnn-rgb").ids) == 40


def test_equal_scores_give_equal_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    some_scores(first)
    some_scores(second)
    assert first.read_bytes() == second.read_bytes()


def test_files_that_are_no_scores_are_refused(tmp_path: Path, scores: ClassifierScores) -> None:
    table = pq.read_table(scores.path)
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"id": ["a"]}), other)
    with pytest.raises(ClassifyError, match=r"other\.parquet: is no file of classifier scores"):
        classifier_scores(other)
    pq.write_table(table.drop_columns(["truth"]), other)
    with pytest.raises(ClassifyError, match="expected the columns model, id, split, scores, truth"):
        classifier_scores(other)
    metadata = {b"dsdocs": table.schema.metadata[b"dsdocs"].replace(b'"format": 1', b'"format": 9')}
    pq.write_table(table.replace_schema_metadata(metadata), other)
    with pytest.raises(ClassifyError, match="is of format 9; expected 1"):
        classifier_scores(other)
    other.write_bytes(b"PAR1 and no more")
    with pytest.raises(ClassifyError, match="is no file of classifier scores"):
        classifier_scores(other)
    with pytest.raises(ClassifyError, match="no classifier 'vgg'; there are scnn-rgb, scnn-all"):
        scores.of("vgg")
    with pytest.raises(ClassifyError, match="no scores of split 'train'"):
        scores.of("scnn-all", "train")


@settings(deadline=None)
@given(arrays.arrays(np.float32, (4, 3), elements=st.floats(-500, 500, width=32)))
def test_probabilities_are_those_of_plain_formulas(raw: np.ndarray) -> None:
    wide = raw.astype(np.longdouble)
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(probabilities(raw, "sigmoid"), 1 / (1 + np.exp(-wide)), rtol=1e-6, atol=1e-30)
        powers = np.exp(wide)
        np.testing.assert_allclose(
            probabilities(raw, "softmax"), powers / powers.sum(axis=1, keepdims=True), rtol=1e-5, atol=1e-30
        )


@pytest.mark.parametrize("average", ["micro", "macro", "samples"])
def test_measures_are_those_of_scikit_learn(scores: ClassifierScores, average: str) -> None:
    found = {(name, one.average): one for name, _, one in classifier_measures(scores).rows}
    for name, title in (("scnn-rgb", "S-CNN-RGB"), ("scnn-all", "S-CNN-All")):
        test = scores.of(name)
        odds = 1 / (1 + np.exp(-test.scores.astype(float)))
        one, given = found[title, average], odds >= 0.35
        for beta, value in ((1, one.f1), (2, one.f2)):
            precision, recall, f, _ = sk.precision_recall_fscore_support(
                test.truth, given, beta=beta, average=average, zero_division=0
            )
            assert (one.precision, one.recall, value) == pytest.approx((precision, recall, f))
        if average != "macro":  # of a class without a positive, scikit-learn warns
            assert one.ap == pytest.approx(sk.average_precision_score(test.truth, odds, average=average))
    there = scores.of("scnn-all").truth.any(axis=0)
    test = scores.of("scnn-all")
    by_class = sk.average_precision_score(test.truth[:, there], test.probabilities[:, there], average=None)
    assert found["S-CNN-All", "macro"].ap == pytest.approx(by_class.sum() / 5)


def test_baselines_know_no_pixel(scores: ClassifierScores) -> None:
    majority, frequency = baselines(scores, "micro")
    truth, val = scores.of("scnn-all").truth, scores.of("scnn-all", "val").truth
    given = np.zeros_like(truth)
    given[:, 0] = 1  # the most frequent class of the patches for training
    assert majority[:2] == ("Majority", None)
    assert majority[2].f1 == pytest.approx(sk.f1_score(truth, given, average="micro", zero_division=0))
    shares = np.tile(FREQUENCY, (40, 1))
    best = max(
        sk.f1_score(val, np.tile(FREQUENCY, (30, 1)) >= step / 20, average="micro", zero_division=0)
        for step in range(1, 20)
    )
    threshold = frequency[1]
    assert threshold is not None
    assert sk.f1_score(val, np.float32(shares[:30]) >= threshold, average="micro") == pytest.approx(best)
    assert frequency[2].ap == pytest.approx(sk.average_precision_score(truth, shares, average="micro"))
    names = [name for name, _, _ in classifier_measures(scores).rows]
    assert names[:4] == ["Majority", "Label frequency", "S-CNN-RGB", "S-CNN-All"]


def test_measures_by_class_are_those_of_scikit_learn(scores: ClassifierScores) -> None:
    test = scores.of("scnn-all")
    given = test.probabilities >= 0.35
    rows = class_measures(scores, "scnn-all").rows
    assert {row[0] for row in rows} == set(CLASSES) - {"Beaches, dunes, sands"}
    assert [row[2] for row in rows] == sorted((int(n) for n in test.truth.sum(axis=0) if n), reverse=True)
    for name, share, n, precision, recall, f1, f2, ap in rows:
        place = CLASSES.index(name)
        truth, one = test.truth[:, place], given[:, place]
        expected = (
            sk.precision_score(truth, one, zero_division=0), sk.recall_score(truth, one),
            sk.f1_score(truth, one), sk.fbeta_score(truth, one, beta=2),
            sk.average_precision_score(truth, test.probabilities[:, place]),
        )  # fmt: skip
        assert (precision, recall, f1, f2, ap) == pytest.approx(expected)
        assert (share, n) == (FREQUENCY[place], truth.sum())


def test_a_sweep_measures_each_threshold(scores: ClassifierScores) -> None:
    sweep = threshold_sweep(scores, "scnn-all")
    test = scores.of("scnn-all")
    assert sweep.thresholds[0], sweep.thresholds[-1] == (0.05, 0.95)
    for threshold, precision, recall, f1, f2 in zip(
        sweep.thresholds, sweep.precision, sweep.recall, sweep.f1, sweep.f2, strict=True
    ):
        given = test.probabilities >= threshold
        one = sk.precision_recall_fscore_support(test.truth, given, average="micro", zero_division=0)[:3]
        assert (precision, recall, f1) == pytest.approx(one)
        assert f2 == pytest.approx(sk.fbeta_score(test.truth, given, beta=2, average="micro", zero_division=0))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_no_threshold_of_the_grid_is_better_than_the_chosen_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, (6, 3), dtype=np.uint8)
    odds = random.random((6, 3), dtype=np.float32).round(1)
    values = {step: sk.f1_score(truth, odds >= step, average="micro", zero_division=0) for step in GRID}
    chosen = best_threshold(truth, odds)
    best = [step for step in GRID if values[step] == pytest.approx(max(values.values()))]
    assert chosen == min(best, key=lambda step: (round(abs(step - 0.5), 6), step))


def test_calibration_counts_cells_by_their_score(scores: ClassifierScores) -> None:
    found = calibration(scores, "scnn-all", bins=7)
    test = scores.of("scnn-all")
    cells = [
        (float(score), int(right))
        for line, labels in zip(test.probabilities, test.truth, strict=True)
        for score, right in zip(line, labels, strict=True)
    ]
    error = 0.0
    for number in range(7):
        inside = [(score, right) for score, right in cells if number / 7 <= score < (number + 1) / 7]
        assert found.counts[number] == len(inside)
        if inside:
            mean, share = (sum(column) / len(inside) for column in zip(*inside, strict=True))
            assert (found.mean[number], found.observed[number]) == pytest.approx((mean, share))
            error += len(inside) / len(cells) * abs(mean - share)
        else:
            assert found.mean[number] is found.observed[number] is None
    assert found.ece == pytest.approx(error)
    assert sum(found.counts) == 200


def test_scores_that_tell_the_truth_are_calibrated(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    odds = random.uniform(0.01, 0.99, (4000, 5))
    truth = (random.random((4000, 5)) < odds).astype(np.uint8)
    path = tmp_path / "scores.parquet"
    for factor, low, high in ((1.0, 0.0, 0.02), (4.0, 0.1, 0.3)):  # four times as sure as it should be
        raw = (factor * np.log(odds / (1 - odds))).astype(np.float32)
        ids = tuple(map(str, range(4000)))
        parts = ModelScores(described("scnn-all", "S-CNN-All"), CLASSES, ids, raw, truth)
        write_scores(path, CLASSES, FREQUENCY, [("test", parts)])
        assert low <= calibration(classifier_scores(path), "scnn-all").ece <= high


def test_co_errors_are_counted_patch_by_patch(scores: ClassifierScores) -> None:
    found = co_errors(scores, "scnn-rgb")
    test = scores.of("scnn-rgb")
    given = test.probabilities >= 0.35
    assert not found.single
    for (i, row), (j, column) in product(enumerate(found.classes), repeat=2):
        missed, wrong = CLASSES.index(row), CLASSES.index(column)
        expected = sum(
            bool(labels[missed] and not guess[missed] and guess[wrong] and not labels[wrong])
            for labels, guess in zip(test.truth, given, strict=True)
        )
        assert found.counts[i, j] == expected


def test_with_one_label_the_highest_score_decides(tmp_path: Path) -> None:
    scores = some_scores(tmp_path / "scores.parquet", single=True)
    test = scores.of("scnn-rgb")
    guess = test.scores.argmax(axis=1)
    found = co_errors(scores, "scnn-rgb")
    assert found.single
    np.testing.assert_array_equal(found.counts, sk.confusion_matrix(test.truth.argmax(axis=1), guess, labels=range(5)))
    np.testing.assert_array_equal(decided(test, 0.99), np.eye(5, dtype=bool)[guess])
    rows = {(name, one.average): (threshold, one) for name, threshold, one in classifier_measures(scores).rows}
    threshold, one = rows["S-CNN-RGB", "micro"]
    assert threshold is None
    assert one.f1 == pytest.approx(sk.accuracy_score(test.truth.argmax(axis=1), guess))


def test_the_papers_table_stands_beside_figures_of_the_same_definition(scores: ClassifierScores) -> None:
    figures, differences = beside_paper(scores).views()
    test = scores.of("scnn-all")
    given = test.probabilities >= 0.5
    one = sk.precision_recall_fscore_support(test.truth, given, average="samples", zero_division=0)[:3]
    two = sk.fbeta_score(test.truth, given, beta=2, average="samples", zero_division=0)
    rows = {row[:2]: row[2:] for row in figures.rows}  # type: ignore[union-attr]
    # Sumbul et al. (2019), Table 4.
    assert rows["S-CNN-All", "paper, Table 4"] == (69.93, 77.10, 0.7098, 0.7384)
    assert rows["S-CNN-RGB", "paper, Table 4"] == (65.06, 75.57, 0.6759, 0.7139)
    assert rows["S-CNN-All", "here"] == pytest.approx((100 * one[0], 100 * one[1], one[2], two), abs=0.006)
    said = {row[0]: row[1:] for row in differences.rows}  # type: ignore[union-attr]
    assert said["Patches"] == ("519,339 of BigEarthNet", "130 of this data set")
    assert said["Epochs"] == ("100", "S-CNN-RGB: 2 of 3, S-CNN-All: 2 of 3")
    assert said["Beyond it"][1] == "momentum 0.9"
    assert "samples, 0.5" in said["Averages, threshold"]


def test_the_papers_f1_is_no_f1_of_its_precision_and_recall() -> None:
    assert pytest.approx(69.92, abs=0.01) == 2 * 65.06 * 75.57 / (65.06 + 75.57)  # and not 67.59


def test_every_result_has_views_that_survive_json(scores: ClassifierScores) -> None:
    results = (
        classifier_measures(scores), beside_paper(scores), training_history(scores), class_measures(scores, "scnn-all"),
        co_errors(scores, "scnn-all"), threshold_sweep(scores, "scnn-all"), calibration(scores, "scnn-all"),
    )  # fmt: skip
    for result in results:
        for view in result.views():
            assert from_json(to_json(view)) == view


def test_what_goes_beyond_the_paper_is_said() -> None:
    plain = Recipe("a", "A", epochs=100, momentum=0, decay=0, schedule="constant", patience=None, turned=False)
    assert plain.beyond_paper() == ()
    assert len(SCNN_ALL.beyond_paper()) >= 5


def test_scores_are_read_and_published_without_torch() -> None:
    code = (
        "import sys\n"
        "import dsdocs.classify.publish, dsdocs.classify.evaluation, dsdocs.classify.calibration\n"
        "import dsdocs.classify.mistakes, dsdocs.classify.paper, dsdocs.classify.baselines\n"
        "print(sorted({'torch', 'onnx', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
