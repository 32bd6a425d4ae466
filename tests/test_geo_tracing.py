"""Traced outlines: the plain union of the cells, whatever the grids, and always valid."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.geo.tracing import FINE, Cells, polygons_of, trace

QUARTER = FINE // 4
grids = st.lists(
    st.tuples(
        st.tuples(st.integers(0, 3), st.integers(0, 3)),
        st.lists(st.tuples(st.integers(-3, 5), st.integers(-3, 5)), min_size=1, max_size=50),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda grid: grid[0],
)
Grids = list[tuple[tuple[int, int], list[tuple[int, int]]]]


def traced(described: Grids) -> tuple[np.ndarray, np.ndarray]:
    return trace([Cells.of((x * QUARTER, y * QUARTER), np.array(cells)) for (x, y), cells in described])


def outline(described: Grids) -> shapely.MultiPolygon:
    corners, lengths = traced(described)
    return shapely.multipolygons(polygons_of(corners / FINE, lengths))


def boxes(described: Grids) -> shapely.Geometry:
    low = np.concatenate([np.array(cells) + np.array(phase) / 4 for phase, cells in described])
    return shapely.union_all(shapely.box(*low.T, *(low + 1).T))


@settings(max_examples=300, deadline=None)
@given(grids)
def test_the_outline_is_the_plain_union_of_the_cells(described: Grids) -> None:
    found, plain = outline(described), boxes(described)
    assert found.is_valid
    assert shapely.symmetric_difference(found, plain).area == 0
    assert len(found.geoms) == len(shapely.get_parts(plain))


@settings(max_examples=100, deadline=None)
@given(grids)
def test_no_corner_is_straight_and_none_is_twice_in_a_ring(described: Grids) -> None:
    corners, lengths = traced(described)
    for ring in np.split(corners, np.cumsum(lengths)[:-1]):
        side = np.roll(ring, -1, axis=0) - ring
        assert ((side == 0).sum(axis=1) == 1).all()
        assert ((side[:, 0] == 0) != (np.roll(side, -1, axis=0)[:, 0] == 0)).all()
        assert len(np.unique(ring, axis=0)) == len(ring)


@settings(max_examples=50, deadline=None)
@given(grids, st.randoms(use_true_random=False))
def test_the_order_of_cells_and_grids_changes_nothing(described: Grids, random: object) -> None:
    again = [(phase, cells + cells[:3]) for phase, cells in described]
    for _, cells in again:
        random.shuffle(cells)  # type: ignore[attr-defined]
    random.shuffle(again)  # type: ignore[attr-defined]
    assert outline(again).normalize().equals_exact(outline(described).normalize())


def test_cells_that_touch_in_a_corner_are_two_polygons() -> None:
    found = outline([((0, 0), [(0, 0), (1, 1)])])
    assert [part.area for part in found.geoms] == [1, 1]


def test_a_hole_may_touch_the_outline_and_another_hole_in_a_corner() -> None:
    square = [(x, y) for x in range(4) for y in range(4)]
    found = outline([((0, 0), [cell for cell in square if cell not in [(0, 0), (1, 1), (2, 2)]])])
    assert found.is_valid
    assert [len(part.interiors) for part in found.geoms] == [2]


def test_an_island_in_a_hole_is_a_polygon_of_its_own() -> None:
    rim = [(x, y) for x in range(7) for y in range(7) if 0 in (x, y) or 6 in (x, y)]
    inner = [(x, y) for x in range(2, 5) for y in range(2, 5) if (x, y) != (3, 3)]
    found = outline([((0, 0), rim + inner)])
    assert sorted((part.area, len(part.interiors)) for part in found.geoms) == [(8, 1), (24, 1)]


def test_cells_far_apart_need_no_memory_between_them() -> None:
    far = 10**9
    corners, lengths = trace([Cells.of((0, 0), np.array([[0, 0], [far, far]]))])
    assert lengths.tolist() == [4, 4]
    assert corners.max() == (far + 1) * FINE
