"""Embed all patches of a project, index their vectors, and write the files that a browser searches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from dsdocs.config import Retrieval
from dsdocs.engine import Engine
from dsdocs.errors import RetrievalError
from dsdocs.explorer.build import explorer_of
from dsdocs.explorer.shards import compact
from dsdocs.features.embed import embed
from dsdocs.features.encoders import encoder
from dsdocs.features.model import Embeddings
from dsdocs.features.publish import describe_encoder
from dsdocs.project import Project
from dsdocs.retrieval.exact import Reals
from dsdocs.retrieval.files import FORMAT, MANIFEST, write_index, write_neighbours
from dsdocs.retrieval.index import build_index, options_for
from dsdocs.retrieval.measure import measure_recall
from dsdocs.retrieval.model import Options
from dsdocs.retrieval.neighbours import EXACT, all_neighbours
from dsdocs.retrieval.read import Files
from dsdocs.safe import discard, renewed, write_text

FOLDER = "retrieval"  # in the state folder, and below _data/ of the site


def write_retrieval(
    project: Project,
    *,
    exported: Callable[[str], Path] | None = None,
    engine: Engine | None = None,
    key: str = "",
    progress: Callable[[int, int | None], None] | None = None,
) -> Path | None:
    """Write the indices of a project into the state folder, and return their folder; None: there are none.

    Parameters
    ----------
    project
        The project; summary and description must be there.
    exported
        Finds a file that a cell has exported; for encoders that are such a file.
    engine
        Where patches are encoded; default: in this process.
    key
        Digest of the code.
    progress
        Called with the number of patches that an encoder is done with, and their number.

    Raises
    ------
    RetrievalError
        An index finds fewer of the nearest patches than ``[retrieval] recall`` asks for.
    """
    folder, options = project.state / FOLDER, project.config.retrieval
    if not options.encoders or not _has_images(project):
        discard(folder)
        return None
    encoders = [encoder(name, project, exported=exported) for name in options.encoders]
    embedded = [embed(project, one, engine=engine, progress=progress) for one in encoders]
    with renewed(folder, lambda: _key(project, key, embedded), last=MANIFEST) as new:
        if new is not None:
            order = np.asarray(explorer_of(project).order)
            entries = [
                describe_encoder(one, new)
                | write_encoder(new, one.name, found.vectors[order], found.valid[order], options, found.provenance)
                for one, found in zip(encoders, embedded, strict=True)
            ]
            manifest = {
                "format": FORMAT,
                "fingerprint": project.fingerprint,
                "rows": len(order),
                "explorer": "../explorer/manifest.json",
                "encoders": [entry for entry in entries if entry["rows"]],
            }
            write_text(new / MANIFEST, compact(manifest))
    return folder


def write_encoder(
    root: Path,
    name: str,
    vectors: Reals,
    valid: NDArray[np.bool_],
    options: Retrieval,
    provenance: Mapping[str, Any],
    *,
    how: Options | None = None,
) -> dict[str, Any]:
    """Write the files of one encoder below a folder, and return its entry in the manifest.

    Parameters
    ----------
    root
        Folder of the manifest.
    name
        Name of the encoder, and of its folder.
    vectors
        Vector (n, d) of each explorer row.
    valid
        Whether a row has one (n,).
    options
        Of the configuration.
    provenance
        Where the vectors come from.
    how
        How the index is made; default: what suits so many vectors.

    Raises
    ------
    RetrievalError
        The index finds too few of the nearest patches.
    """
    rows = np.flatnonzero(valid)
    n, dimensions = vectors.shape
    made = how or options_for(len(rows), dimensions, options.seed, options.bytes)
    if not len(rows):
        return {"rows": 0}
    folder = root / name
    folder.mkdir()
    given = np.ascontiguousarray(vectors[rows])
    index = build_index(given, made)
    entry: dict[str, Any] = {
        "metric": "l2",
        "dimensions": dimensions,
        "rows": len(rows),
        "folder": f"{name}/",
        "index": write_index(folder, index, rows, made, n),
        "search": {"bytes": made.search_bytes, "list_bytes": made.list_bytes, "rerank": made.rerank},
    }
    k = min(options.neighbours, len(rows) - 1)
    near, away = np.full((n, max(k, 1)), -1, dtype=np.int64), np.zeros((n, max(k, 1)))
    if k:
        found, away[rows] = all_neighbours(index, k)
        near[rows] = rows[found]
    entry["neighbours"] = write_neighbours(folder, near, away) | {"exact": len(rows) <= EXACT}
    recall = measure_recall(Files(root, entry, n), given, rows, options.seed)
    if recall.searched < options.recall:
        raise RetrievalError(
            f"encoder {name}: a search finds {recall.searched:.3f} of the {recall.at} nearest patches, "
            f"[retrieval] recall asks for {options.recall:g} ({recall.queries} queries); let searches read more than "
            f"{options.bytes:,} bytes with [retrieval] bytes, choose another encoder, or accept a lower recall"
        )
    entry["recall"] = {
        "at": recall.at, "measured": recall.searched, "queries": recall.queries, "bound": options.recall,
        "neighbours": recall.neighbours, "most_bytes": recall.most_bytes,
    }  # fmt: skip
    entry["bytes"] = _bytes(root, entry)
    return entry | {"provenance": {"vectors": dict(provenance), "index": asdict(made)}}


def _bytes(root: Path, entry: Mapping[str, Any]) -> dict[str, int]:
    index = entry["index"]
    opened = [index[part]["bytes"] for part in ("coarse", "rotation", "codebooks", "directory") if index[part]]
    neighbours = entry["neighbours"]
    return {
        "open": sum(opened),
        "query": entry["recall"]["most_bytes"],
        "neighbours": max(one["bytes"] for one in neighbours["directories"]) + neighbours["file_bytes"],
        "total": sum(path.stat().st_size for path in (root / entry["folder"]).iterdir()),
    }


def _has_images(project: Project) -> bool:
    """Return whether some patch has an image that is more than a map of classes."""
    keys = pc.unique(project.summary["assets"].combine_chunks().flatten().field("key")).to_pylist()
    return any(project.sensors[key].kind != "map" for key in keys if key in project.sensors)


def _key(project: Project, key: str, embedded: list[Embeddings]) -> str:
    """Return a digest of all that the files depend on."""
    whole = hashlib.sha256("\0".join([key, project.fingerprint, project.config.retrieval.model_dump_json()]).encode())
    for one in embedded:
        whole.update(compact(dict(one.provenance)).encode())
        whole.update(np.ascontiguousarray(one.vectors).data)
        whole.update(np.ascontiguousarray(one.valid).data)
    return whole.hexdigest()
