"""The choice of examples: every label is shown, whatever the order of the rows."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.imagery.choose import choose_examples

ARCHIVES = st.dictionaries(
    st.text(min_size=1, max_size=6),
    st.none() | st.lists(st.sampled_from("abcdefgh"), max_size=3),
    max_size=60,
)
Archive = dict[str, list[str] | None]


def chosen(archive: Archive, n: int, **options: int) -> list[str]:
    ids = list(archive)
    return [ids[row] for row in choose_examples(ids, list(archive.values()), n=n, **options)]


@settings(deadline=None)
@given(ARCHIVES, st.integers(0, 20), st.randoms())
def test_the_order_of_the_rows_does_not_matter(archive: Archive, n: int, random: st.DrawFn) -> None:
    rows = list(archive.items())
    random.shuffle(rows)  # type: ignore[attr-defined]
    assert chosen(dict(rows), n) == chosen(archive, n)


@settings(deadline=None)
@given(ARCHIVES, st.integers(0, 80))
def test_as_many_as_asked_for_each_once(archive: Archive, n: int) -> None:
    found = chosen(archive, n)
    assert len(found) == len(set(found)) == min(n, len(archive))


@settings(deadline=None)
@given(ARCHIVES, st.integers(1, 4))
def test_every_label_is_shown_often_enough_where_there_is_room(archive: Archive, per_label: int) -> None:
    there = Counter(label for labels in archive.values() for label in set(labels or ()))
    found = chosen(archive, n=per_label * len(there), per_label=per_label)
    shown = Counter(label for name in found for label in set(archive[name] or ()))
    assert all(shown[label] >= min(per_label, count) for label, count in there.items())


def test_a_rare_label_is_found_in_a_large_archive() -> None:
    archive: Archive = {f"p{number}": ["common"] for number in range(5000)}
    archive["p4321"] = ["common", "rare"]
    assert "p4321" in chosen(archive, 3)


def test_with_less_room_than_labels_rare_labels_come_first() -> None:
    archive: Archive = {"a": ["x"], "b": ["x"], "c": ["y"], "d": ["z"], "e": ["x"]}
    assert sorted(chosen(archive, 2)) == ["c", "d"]


def test_a_patch_counts_for_each_of_its_labels() -> None:
    order = chosen({f"p{number}": None for number in range(40)}, 40)
    archive: Archive = {name: ["b"] for name in order} | {order[-1]: ["a", "b", "c"], order[-2]: ["c"]}
    # The only patch of a shows b and c too, so the other place goes to the first of the order.
    assert chosen(archive, 2, per_label=1) == [order[0], order[-1]]


def test_another_seed_gives_another_sample() -> None:
    archive: Archive = {f"p{number}": None for number in range(1000)}
    assert chosen(archive, 10) == chosen(archive, 10, seed=0)
    assert set(chosen(archive, 10)) != set(chosen(archive, 10, seed=1))


def test_the_rest_is_a_fair_sample() -> None:
    ids = [f"p{number:04d}" for number in range(2000)]
    rows = choose_examples(ids, [None] * len(ids), n=400)
    assert sum(rows) / len(rows) == pytest.approx(999.5, abs=100)
