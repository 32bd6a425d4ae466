"""Results that several questions about one summary share."""

from __future__ import annotations

import gc

import pyarrow as pa
import pytest

from dsdocs.analyses import once as module
from dsdocs.analyses.once import once


@pytest.fixture
def calls() -> list[tuple[int, str]]:
    return []


def test_a_summary_is_worked_on_once_for_each_set_of_arguments(calls: list[tuple[int, str]]) -> None:
    @once
    def rows(summary: pa.Table, name: str = "id") -> list[int]:
        calls.append((summary.num_rows, name))
        return [summary.num_rows]

    table = pa.table({"id": [1, 2, 3]})
    assert rows(table) is rows(table)
    assert rows(table, name="labels") == [3]
    assert calls == [(3, "id"), (3, "labels")]


def test_an_equal_summary_is_another_one(calls: list[tuple[int, str]]) -> None:
    @once
    def rows(summary: pa.Table) -> int:
        calls.append((summary.num_rows, ""))
        return summary.num_rows

    tables = [pa.table({"id": [1]}), pa.table({"id": [1]}), pa.table({"id": [1, 2]})]
    assert [rows(table) for table in tables] == [1, 1, 2]
    assert len(calls) == 3


def test_results_go_with_their_summary() -> None:
    @once
    def rows(summary: pa.Table) -> int:
        return summary.num_rows

    table = pa.table({"id": [1]})
    rows(table)
    number = id(table)
    assert number in module._KEPT
    del table
    gc.collect()
    assert number not in module._KEPT


def test_what_fails_is_tried_again(calls: list[tuple[int, str]]) -> None:
    @once
    def refused(summary: pa.Table) -> int:
        calls.append((summary.num_rows, ""))
        raise ValueError("no rows")

    table = pa.table({"id": [1]})
    for _ in range(2):
        with pytest.raises(ValueError, match="no rows"):
            refused(table)
    assert len(calls) == 2
