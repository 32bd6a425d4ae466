"""The same searches for Python, node and Chromium."""

from __future__ import annotations

from typing import Any

import numpy as np

from dsdocs.retrieval.search import search
from support.indices import Written


def queries(made: Written, count: int) -> list[dict[str, Any]]:
    """Return calls that the page could make: patches, vectors beside them, masks, and rows to leave out."""
    draw = np.random.default_rng(11)
    n = len(made.valid)
    found: list[dict[str, Any]] = []
    for number in range(count):
        row = int(draw.integers(n))
        vector = made.vectors[row] + np.float32(0.02 * (number % 2)) * draw.normal(size=made.vectors.shape[1])
        mask = (
            np.flatnonzero(draw.random(n) < [0.1, 0.01, 0.002][number % 9 // 3]).tolist() if number % 3 == 1 else None
        )
        vector = vector.astype(np.float32).tolist()
        exclude = [row] if number % 4 == 0 else []
        found.append({"method": "search", "vector": vector, "k": 10, "mask": mask, "exclude": exclude})
    return found


def answered(made: Written, query: dict[str, Any]) -> dict[str, Any]:
    """Search in Python, and say it as the page does."""
    mask = None
    if query["mask"] is not None:
        mask = np.zeros(len(made.valid), dtype=bool)
        mask[query["mask"]] = True
    vector = np.array(query["vector"], dtype=np.float32)
    found = search(made.files, vector, query["k"], mask=mask, exclude=query["exclude"])
    steps = found.steps
    results = zip(found.rows.tolist(), found.distances.tolist(), strict=True)
    return {
        "results": [{"row": row, "distance": away} for row, away in results],
        "steps": [
            list(steps.probed), steps.scanned, steps.reranked, steps.shards, steps.bytes, steps.exhausted,
        ],
    }  # fmt: skip


def steps_of(answer: dict[str, Any]) -> list[Any]:
    steps = answer["steps"]
    lists = [one["list"] for one in steps["probed"]]
    return [lists, *(steps[name] for name in ("scanned", "reranked", "shards", "bytes", "exhausted"))]
