"""Search an index in its files, step by step as the page does: same files, same order of sums, same results."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsdocs.retrieval.exact import Exact, Reals, Rows, squared
from dsdocs.retrieval.read import Files

WANTED = 20  # times k: allowed rows whose codes are compared at least, where not all rows are allowed


@dataclass(frozen=True, slots=True)
class Steps:
    """What a search did."""

    probed: tuple[int, ...]  # lists, nearest first
    scanned: int  # rows whose codes were compared
    reranked: int  # rows that were compared exactly
    shards: int  # files of exact vectors
    bytes: int  # of the files of codes and of exact vectors
    exhausted: bool  # whether every allowed row was compared exactly


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The nearest rows that were found."""

    rows: Rows  # explorer rows
    distances: Exact  # Euclidean, ascending, equal ones by row
    steps: Steps


def search(
    files: Files,
    vector: NDArray[np.floating],
    k: int = 24,
    *,
    mask: NDArray[np.bool_] | None = None,
    exclude: Collection[int] = (),
) -> Found:
    """Return the nearest rows of a vector.

    Parameters
    ----------
    files
        Files of an index.
    vector
        What is searched for (d,).
    k
        Rows to return, at most.
    mask
        Which explorer rows (n,) are allowed; default: all.
    exclude
        Explorer rows that are not.
    """
    if vector.shape != (files.entry["dimensions"],):
        raise ValueError(f"a vector of {files.entry['dimensions']} values expected, {vector.shape} found")
    limits: dict[str, int] = files.entry["search"]
    query = _turned(files, vector.astype(np.float64))
    shard_away = squared(files.centroids, query)
    away = np.minimum.reduceat(shard_away, files.first_shard[:-1])  # of a list: of its nearest shard
    order = np.lexsort((np.arange(len(away)), away))
    allowed: NDArray[np.bool_] | None = None
    counts = files.sizes
    if mask is not None or exclude:
        allowed = np.ones(files.n, dtype=bool) if mask is None else mask.astype(bool)
        allowed[list(exclude)] = False
    if mask is not None and allowed is not None:
        counts = np.bincount(files.shard_of[allowed], minlength=len(counts) + 1)[: len(counts)]
    per_list = np.add.reduceat(counts, files.first_shard[:-1])
    order = order[per_list[order] > 0]
    wanted = k + len(exclude) if mask is None else WANTED * k
    probed = _probed(files, order, per_list, limits, min(int(counts.sum()), wanted))
    shards = [int(shard) for one in probed for shard in range(files.first_shard[one], files.first_shard[one + 1])]
    used = scanned = 0
    if files.rotation is not None:
        used = int(files.list_bytes[probed].sum())
        # Without a mask, no row is known before its shard is read: those that are left out are compared as well.
        scanned, shards = _scan(files, query, probed, allowed if mask is not None else None, k + len(exclude), used)
    rows, distances = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for shard in shards:
        held, vectors = files.shard(shard)
        used += int(files.shard_bytes[shard])
        kept = np.ones(len(held), dtype=bool) if allowed is None else allowed[held]
        rows.append(held[kept])
        distances.append(squared(vectors[kept], query))
    row, distance = np.concatenate(rows), np.concatenate(distances)
    best = np.lexsort((row, distance))[:k]
    exhausted = len(shards) == (np.count_nonzero(counts) if mask is not None else len(counts))
    steps = Steps(tuple(probed.tolist()), scanned, len(row), len(shards), used, exhausted)
    return Found(row[best], np.sqrt(distance[best]), steps)


def _turned(files: Files, vector: Exact) -> Exact:
    """Return a vector along the axes of the codes, summed one dimension after the other."""
    if files.rotation is None:
        return vector
    total = np.zeros(len(files.rotation))
    for axis in range(files.rotation.shape[1]):
        total += files.rotation[:, axis].astype(np.float64) * vector[axis]
    return total


def _probed(files: Files, order: Rows, counts: Rows, limits: dict[str, int], wanted: int) -> Rows:
    """Return the nearest lists whose files fit into the bytes of a search; more where they hold too few rows."""
    coded = files.rotation is not None
    size = files.list_bytes if coded else np.add.reduceat(files.shard_bytes, files.first_shard[:-1])
    limit = limits["list_bytes"] if coded else limits["bytes"]
    used = seen = 0
    for place, one in enumerate(order.tolist()):
        if place and used + size[one] > limit and seen >= wanted:
            return order[:place]
        used += int(size[one])
        seen += int(counts[one])
    return order


def _scan(
    files: Files, query: Exact, probed: Rows, allowed: NDArray[np.bool_] | None, wanted: int, used: int
) -> tuple[int, list[int]]:
    """Compare codes; return how many, and the shards of the best candidates that fit into the bytes of a search."""
    limits: dict[str, int] = files.entry["search"]
    about, shards = [np.empty(0)], [np.empty(0, dtype=np.int64)]
    for one in probed.tolist():
        begin = place = int(files.shard_starts[files.first_shard[one]])
        for shard in range(files.first_shard[one], files.first_shard[one + 1]):
            size = int(files.sizes[shard])
            codes = files.codes(one)[:, place - begin : place - begin + size]
            total = _compared(files.codebooks, query - files.centroids[shard], codes)
            if allowed is not None:
                total = total[allowed[files.rows[place : place + size]]]
            about.append(total)
            shards.append(np.full(len(total), shard))
            place += size
    distance, shard_of = np.concatenate(about), np.concatenate(shards)
    best = shard_of[np.argsort(distance, kind="stable")[: limits["rerank"]]]
    _, first = np.unique(best, return_index=True)
    # With a mask, codes may have taken more than their part; exact vectors keep theirs.
    rest = max(limits["bytes"] - used, limits["bytes"] - limits["list_bytes"])
    spent, held_rows, chosen = 0, 0, []
    for shard in best[np.sort(first)].tolist():
        size = int(files.shard_bytes[shard])
        if spent + size > rest and held_rows >= min(wanted, len(shard_of)):
            continue
        spent += size
        held_rows += int((shard_of == shard).sum())
        chosen.append(int(shard))
    return len(shard_of), chosen


def _compared(codebooks: Reals, left: Exact, codes: NDArray[np.uint8]) -> Exact:
    """Return squared distances (r,) of coded residuals to what is left of the query: a sum of looks into a table."""
    parts, _, width = codebooks.shape
    residual = left.reshape(parts, 1, width)
    table = np.zeros(codebooks.shape[:2])
    for axis in range(width):
        step = residual[:, :, axis] - codebooks[:, :, axis].astype(np.float64)
        table += step * step
    total = np.zeros(codes.shape[1])
    for part in range(parts):
        total += table[part, codes[part]]
    return total
