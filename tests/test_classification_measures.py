"""What the classification demo computes in the page equals Python: measures, average precision and the linear probe."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from dsdocs.metrics import average_precision, precision_recall_f

NODE = Path(__file__).parent / "js" / "demos" / "measures.mjs"


def in_the_page(**given: Any) -> dict[str, Any]:
    if shutil.which("node") is None:
        pytest.fail("node is not on PATH", pytrace=False)
    text = json.dumps({"tables": [], "probes": [], **given})
    done = subprocess.run(["node", str(NODE)], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def table(seed: int, n: int, classes: int, *, single: bool = False) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    shares = np.geomspace(0.5, 0.02, classes)
    truth = (random.random((n, classes)) < shares).astype(np.uint8)
    truth[:, -1] = 0  # a class that no patch has
    truth[0] = 0  # a patch without a label
    scores = random.beta(1, 3, (n, classes)) * 0.6 + truth * random.random((n, classes)) * 0.4
    scores = np.round(scores, 2).astype(np.float32)  # ties, and scores that are the threshold
    if single:
        truth = np.eye(classes, dtype=np.uint8)[random.integers(0, classes, n)]
    return truth, scores


def decided(scores: np.ndarray, threshold: float, *, single: bool) -> np.ndarray:
    values = scores.astype(np.float64)
    reached = values >= threshold
    return reached & (np.eye(scores.shape[1], dtype=bool)[values.argmax(axis=1)] if single else True)


@pytest.mark.parametrize("single", [False, True])
def test_measures_are_those_of_dsdocs(single: bool) -> None:
    cases = [
        (*table(seed, n, classes, single=single), threshold)
        for seed, (n, classes, threshold) in enumerate(
            [(200, 19, 0.35), (1, 3, 0.5), (57, 7, 0.0), (57, 7, 1.0), (300, 43, 0.25)]
        )
    ]
    given = [
        {
            "n": len(truth), "classes": truth.shape[1], "truth": truth.ravel().tolist(),
            "scores": scores.ravel().tolist(), "threshold": threshold, "single": single,
        }
        for truth, scores, threshold in cases
    ]  # fmt: skip
    for (truth, scores, threshold), found in zip(cases, in_the_page(tables=given)["tables"], strict=True):
        predicted = decided(scores, threshold, single=single)
        for average in ("micro", "macro", "samples"):
            for beta, key in ((1, "f1"), (2, "f2")):
                wanted = precision_recall_f(truth, predicted, average=average, beta=beta)
                assert found[average][key] == pytest.approx(wanted.f, abs=1e-9)
            assert found[average]["precision"] == pytest.approx(wanted.precision, abs=1e-9)
            assert found[average]["recall"] == pytest.approx(wanted.recall, abs=1e-9)
        for at, one in enumerate(found["classes"]):
            wanted = precision_recall_f(truth[:, [at]], predicted[:, [at]], average="macro")
            assert (one["precision"], one["recall"], one["f1"]) == pytest.approx(
                (wanted.precision, wanted.recall, wanted.f), abs=1e-9
            )
            precision = average_precision(truth[:, [at]], scores[:, [at]], average="macro")
            assert found["precisions"][at] == pytest.approx(precision, abs=1e-9)


@pytest.mark.parametrize(("n", "dimensions", "likes", "others"), [(60, 8, 5, 9), (200, 64, 3, 12), (40, 128, 6, 6)])
def test_the_probe_is_the_logistic_regression_of_scikit_learn(n: int, dimensions: int, likes: int, others: int) -> None:
    random = np.random.default_rng(n)
    vectors = (random.normal(size=(n, dimensions)) * random.uniform(0.1, 100, dimensions)).astype(np.float32)
    vectors[:, 0] = 4.0  # a column that is constant
    given = {
        "dimensions": dimensions, "vectors": vectors.ravel().tolist(), "lambda": 0.1,
        "likes": list(range(likes)), "others": list(range(likes, likes + others)),
    }  # fmt: skip
    found = in_the_page(probes=[given])["probes"][0]
    values = vectors.astype(np.float64)
    spread = values.std(axis=0)
    x = (values - values.mean(axis=0)) / np.where(spread > 1e-12, spread, np.inf)
    x *= np.sqrt(dimensions) / np.linalg.norm(x, axis=1, keepdims=True)
    marks = np.array([1] * likes + [-1] * others)
    weights = np.where(marks > 0, 0.5 / likes, 0.5 / others)
    peer = LogisticRegression(C=1 / 0.1, tol=1e-12, max_iter=5000).fit(x[: len(marks)], marks, sample_weight=weights)
    assert found == pytest.approx(peer.decision_function(x), abs=1e-5)
