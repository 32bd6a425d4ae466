"""Write the classifiers that a page runs, with their scores of the test patches; trains nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.classify.runtime import metadata_of, open_model
from dsdocs.classify.scores import ClassifierScores, ModelScores, classifier_scores
from dsdocs.errors import ClassifyError
from dsdocs.explorer.build import explorer_of
from dsdocs.explorer.shards import compact, write_shard
from dsdocs.project import Project
from dsdocs.safe import discard, renewed, write_text

FORMAT = 1
FOLDER = "classify"  # in the state folder, and below _data/ of the site
MANIFEST = "manifest.json"
CELL = "cell:"  # before PAGE/CELL/FILE; else a path beside dsdocs.toml


def write_classifiers(project: Project, *, exported: Callable[[str], Path] | None = None, key: str = "") -> Path | None:
    """Write the classifiers of ``[classify]`` into the state folder, and return their folder; None: there are none.

    Parameters
    ----------
    project
        The project; its summary must be there.
    exported
        Finds a file that a GPU cell has exported, ``PAGE/CELL/FILE``.
    key
        Digest of the code.

    Raises
    ------
    ClassifyError
        A model or the scores do not hold what they should, or do not fit each other or the summary.
    """
    folder, options = project.state / FOLDER, project.config.classify
    if not options.models:
        discard(folder)
        return None
    paths = [found_file(project, name, exported) for name in options.models]
    stored = found_file(project, options.scores, exported) if options.scores else None
    with renewed(folder, lambda: _key(project, key, [*paths, *([stored] if stored else [])]), last=MANIFEST) as new:
        if new is not None:
            scores = classifier_scores(stored) if stored else None
            manifest = {
                "format": FORMAT,
                "fingerprint": project.fingerprint,
                "explorer": "../explorer/manifest.json",
                "models": [_entry(project, path, scores, new) for path in paths],
            }
            write_text(new / MANIFEST, compact(manifest))
    return folder


def found_file(project: Project, name: str, exported: Callable[[str], Path] | None) -> Path:
    """Return the file that ``[classify]`` names: ``cell:PAGE/CELL/FILE``, or a path beside the configuration.

    Raises
    ------
    ClassifyError
        There is no such file.
    """
    if name.startswith(CELL):
        if exported is None:
            raise ClassifyError(f"[classify]: {name}: exports of cells cannot be found here")
        return exported(name.removeprefix(CELL))
    path = (project.config_file.parent if project.config_file else Path()) / name
    if not path.is_file():
        raise ClassifyError(f"[classify]: {name}: no such file; expected a path beside dsdocs.toml, or cell:...")
    return path


def _key(project: Project, key: str, paths: list[Path]) -> str:
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    names = [path.stem for path in paths]
    return hashlib.sha256("\0".join([key, str(FORMAT), project.fingerprint, *names, *digests]).encode()).hexdigest()


def _entry(project: Project, path: Path, scores: ClassifierScores | None, folder: Path) -> dict[str, Any]:
    title, source, classes, activation = metadata_of(open_model(path), path.name)
    sensor = project.sensors.get(source.asset)
    if sensor is None or not set(source.bands) <= {band.name for band in sensor.bands}:
        raise ClassifyError(f"{path.name}: takes bands of {source.asset!r} that this data set does not have")
    entry: dict[str, Any] = {
        "name": path.stem,
        "title": title,
        "model": write_shard(folder, path.stem, path.read_bytes()).as_json(),
        "input": source.as_json(),
        "classes": list(classes),
        "activation": activation,
        "threshold": 0.5,
        "provenance": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
        "training": None,
        "parity": None,
        "quantised": False,
        "test": None,
    }
    if scores is None:
        return entry
    test = scores.of(path.stem)
    if test.classes != classes or test.model.activation != activation or test.model.input != source.as_json():
        raise ClassifyError(f"{path.name}: its input, classes or activation are not those of {scores.path.name}")
    training = test.model.training
    return entry | {
        "threshold": test.model.threshold,
        "training": training,
        "parity": training.get("parity"),
        "test": _test(project, test, folder),
    }


def _test(project: Project, test: ModelScores, folder: Path) -> dict[str, Any]:
    """Write the scores of the test patches, ascending by their rows in the explorer."""
    found = pc.index_in(pa.array(test.ids), project.summary["id"].combine_chunks())
    if found.null_count:
        missing = test.ids[found.is_null().to_pylist().index(True)]
        raise ClassifyError(f"{test.model.name}: has scores of {missing!r}, which is no patch of the summary")
    place = np.empty(project.summary.num_rows, dtype=np.uint32)
    place[np.asarray(explorer_of(project).order)] = np.arange(len(place), dtype=np.uint32)
    rows = place[found.to_numpy()]
    order = np.argsort(rows, kind="stable")
    name = test.model.name
    return {
        "n": len(rows),
        "rows": write_shard(folder, f"{name}-rows", rows[order].astype("<u4").tobytes()).as_json(),
        "scores": write_shard(folder, f"{name}-scores", test.probabilities[order].astype("<f4").tobytes()).as_json(),
        "truth": write_shard(folder, f"{name}-truth", test.truth[order].astype("u1").tobytes()).as_json(),
    }
