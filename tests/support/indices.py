"""Small indices, with codes and without, written to a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsdocs.config import Retrieval
from dsdocs.explorer.shards import compact
from dsdocs.retrieval.model import Options
from dsdocs.retrieval.publish import write_encoder
from dsdocs.retrieval.read import Files
from support.vectors import clustered

ROWS, DIMENSIONS = 2400, 22
HOW = {
    "flat": Options(24, 0, 100, 0, 40_000, 0, seed=0),
    "coded": Options(24, 8, 33, 9_000, 20_000, 100, seed=0),
}


@dataclass(frozen=True)
class Written:
    """Vectors, and the files that were made of them."""

    given: NDArray[np.float32]  # as an encoder gave them: zero where a row has none
    vectors: NDArray[np.float32]  # as a reader has them
    compared: NDArray[np.float32]  # as they are compared: with codes, along their axes
    valid: NDArray[np.bool_]
    folder: Path
    files: Files


def written(folder: Path, kind: str, how: Options | None = None, **options: Any) -> Written:
    n = ROWS
    vectors = clustered(n, DIMENSIONS, clusters=40)
    vectors[100:140] = vectors[100]  # the same picture many times
    valid = np.ones(n, dtype=bool)
    valid[7::97] = False
    vectors[~valid] = 0
    asked = Retrieval.model_validate({"recall": 0, **options})
    entry = {"name": "test"} | write_encoder(folder, "test", vectors, valid, asked, {}, how=how or HOW[kind])
    manifest = {"format": 1, "fingerprint": "", "rows": n, "explorer": "", "encoders": [entry]}
    (folder / "manifest.json").write_text(compact(manifest), encoding="utf-8")
    files = Files(folder, entry, n)
    published, compared = np.zeros_like(vectors), np.zeros((n, files.centroids.shape[1]), dtype=np.float32)
    for shard in range(files.index["shards"]):
        rows, held = files.shard(shard)
        compared[rows] = held
    for row in np.flatnonzero(valid).tolist():
        published[row] = files.vector(row)
    return Written(vectors, published, compared, valid, folder, files)
