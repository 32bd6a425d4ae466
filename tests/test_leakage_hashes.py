"""Near-duplicates: the search finds exactly the pairs that a comparison of each with each finds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.analyses.leakage_hashes import MOST, close_pairs, near_duplicates
from dsdocs.records import PatchRecord
from support.summaries import summary_of

HASH = st.integers(0, 2**64 - 1)


@st.composite
def related(draw: st.DrawFn) -> list[int]:
    """Draw hashes of which some are few bits from another."""
    found = draw(st.lists(HASH, max_size=6))
    for base in found[:]:
        for bits in draw(st.lists(st.lists(st.integers(0, 63), max_size=9), max_size=5)):
            for bit in bits:
                base ^= 1 << bit
            found.append(base)
    return sorted(set(found))


@settings(deadline=None)
@given(related(), st.integers(0, MOST))
def test_pairs_are_those_of_a_comparison_of_each_with_each(hashes: list[int], within: int) -> None:
    found = close_pairs(np.array(hashes, dtype=np.uint64), within)
    expected = [
        (one, two, (hashes[one] ^ hashes[two]).bit_count())
        for one, two in combinations(range(len(hashes)), 2)
        if (hashes[one] ^ hashes[two]).bit_count() <= within
    ]
    assert list(zip(*(part.tolist() for part in found), strict=True)) == expected


def test_many_candidates_are_compared_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = np.unique(np.random.default_rng(0).integers(0, 2**10, 400).astype(np.uint64))
    whole = close_pairs(hashes, 2)
    monkeypatch.setattr("dsdocs.analyses.leakage_hashes._CHUNK", 7)
    assert all(np.array_equal(one, two) for one, two in zip(whole, close_pairs(hashes, 2), strict=True))


def test_so_many_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 0 to 7"):
        close_pairs(np.zeros(1, np.uint64), 8)


SPLITS = {"a": "test", "b": "test", "c": "test", "d": "train", "e": "train", "f": "val", "g": "test", "h": None}
VALUES = {"a": 0b0, "b": 0b111, "c": 15 << 40, "d": 0b1, "e": 15 << 40, "f": 0b0, "g": None, "h": 0b0}


def tables() -> tuple[pa.Table, pa.Table]:
    summary = summary_of(PatchRecord(name, split=split) for name, split in SPLITS.items()).table
    ids = summary["id"].to_pylist()
    return summary, pa.table({"id": ids, "phash": pa.array([VALUES[name] for name in ids], pa.uint64())})


def test_test_pictures_with_a_partner_in_training_are_counted_and_shown() -> None:
    result = near_duplicates(*tables(), within=1)
    assert (result.n_patches, result.near, result.equal) == (3, 2, 1)
    assert result.pairs == (("c", "e", 0), ("a", "d", 1))
    assert near_duplicates(*tables(), within=2).near == 3
    assert near_duplicates(*tables(), within=2).pairs == (("c", "e", 0), ("a", "d", 1), ("b", "d", 2))
    assert 0 < result.shuffled < 1
    assert [view.title for view in result.views()] == ["Near-duplicates by perceptual hash", "Pictures that look alike"]


def test_hashes_of_other_rows_are_refused() -> None:
    summary, hashes = tables()
    with pytest.raises(ValueError, match="not those of this summary"):
        near_duplicates(summary, hashes.slice(1))
    nameless = hashes.set_column(1, "phash", pa.nulls(len(hashes), pa.uint64()))
    with pytest.raises(ValueError, match="has both a hash and the split 'test'"):
        near_duplicates(summary, nameless)
