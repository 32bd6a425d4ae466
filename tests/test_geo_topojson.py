"""TopoJSON: the worked example of its specification, decoded by hand, and the vendored map files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from dsdocs.assets import vendored
from dsdocs.geo.topojson import Topology, read_topology

# Two unit squares side by side; arc 1 is their common edge. The third shape is a point on the grid.
SQUARES = {
    "type": "Topology",
    "transform": {"scale": [0.5, 0.25], "translate": [10.0, 20.0]},
    "objects": {
        "land": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "id": "001", "properties": {"name": "west"}},
                {"type": "MultiPolygon", "arcs": [[[2, ~1]]], "properties": {"name": "east"}},
                {"type": "Polygon", "arcs": [[3]], "id": "003"},
            ],
        }
    },
    "arcs": [
        [[2, 4], [-2, 0], [0, -4], [2, 0]],  # from the upper middle around the west to the lower middle
        [[2, 0], [0, 4]],  # up the common edge
        [[2, 0], [2, 0], [0, 4], [-2, 0]],  # from the lower middle around the east to the upper middle
        [[7, 7], [0, 0]],
    ],
}


@pytest.fixture
def squares(tmp_path: Path) -> Topology:
    path = tmp_path / "squares.json"
    path.write_text(json.dumps(SQUARES))
    return read_topology(path)


def test_arcs_are_sums_of_differences_scaled_and_moved(squares: Topology) -> None:
    assert squares.arcs[0].tolist() == [[11.0, 21.0], [10.0, 21.0], [10.0, 20.0], [11.0, 20.0]]
    assert squares.arcs[1].tolist() == [[11.0, 20.0], [11.0, 21.0]]


def test_shapes_are_walked_along_their_arcs_in_both_directions(squares: Topology) -> None:
    found = squares.features("land")
    assert found.ids == ("001", None, "003")
    assert [entry.get("name") for entry in found.properties] == ["west", "east", None]
    west, east = found.parts
    assert west.equals(shapely.box(10, 20, 11, 21))
    assert east.equals(shapely.box(11, 20, 12, 21))
    assert found.owner.tolist() == [0, 1]  # the third has shrunk to a point


def test_the_border_is_the_arc_that_two_shapes_share(squares: Topology) -> None:
    assert [border.tolist() for border in squares.borders("land")] == [[[11.0, 20.0], [11.0, 21.0]]]


def test_coordinates_without_a_transform_are_taken_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "plain.json"
    plain = {"type": "Topology", "objects": {}, "arcs": [[[1.5, 2.5], [3.5, 4.5]], [[0, 0], [1, 1]]]}
    path.write_text(json.dumps(plain))
    assert [arc.tolist() for arc in read_topology(path).arcs] == plain["arcs"]


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("last", ["arcs", "objects"])
def test_spaces_and_the_order_of_members_change_nothing(
    squares: Topology, tmp_path: Path, separators: tuple[str, str], last: str
) -> None:
    path = tmp_path / "written otherwise.json"
    members = sorted(SQUARES, key=lambda name: name == last)
    path.write_text(json.dumps({name: SQUARES[name] for name in members}, separators=separators))
    found = read_topology(path)
    assert found.objects == squares.objects
    assert [arc.tolist() for arc in found.arcs] == [arc.tolist() for arc in squares.arcs]


def test_boxes_hold_the_outlines_on_both_sides_of_the_antimeridian() -> None:
    arcs = [
        [[1, 1], [3, 2], [2, 5], [1, 1]],
        [[178, 50], [-177, 50], [-177, 52], [178, 50]],
        [[-90, -80], [0, -70], [90, -75], [180, -72], [-90, -80]],
    ]
    topology = Topology({}, tuple(np.array(arc, dtype=float) for arc in arcs))
    boxes, owner = topology.boxes([[[0]], [[~1]], [[2], [0]]])
    assert owner.tolist() == [0, 1, 1, 2]
    expected = [[1, 1, 3, 5], [178, 50, 180, 52], [-180, 50, -177, 52], [-180, -90, 180, -70]]
    assert np.allclose(np.array(sorted(boxes.tolist())), np.array(sorted(expected)), atol=1e-8)


def test_an_object_that_is_not_there_is_refused(squares: Topology) -> None:
    with pytest.raises(KeyError, match="sea"):
        squares.features("sea")


@pytest.mark.parametrize(("scale", "shapes"), [("10m", 255), ("50m", 241)])
def test_the_vendored_maps_hold_all_countries(scale: str, shapes: int) -> None:
    topology = read_topology(vendored("world-atlas", f"countries-{scale}.json"))
    found = topology.features("countries")
    assert len(found.ids) == shapes
    assert np.abs(shapely.bounds(found.parts)).max() <= 180.000001
    austria = found.parts[found.owner == found.ids.index("040")]
    # 83,879 km2 (Statistics Austria); the cylindrical equal-area formula is exact on the sphere
    radius = 6_371.0072
    flat = shapely.transform(
        austria, lambda p: np.column_stack([np.radians(p[:, 0]), np.sin(np.radians(p[:, 1]))]) * radius
    )
    assert shapely.area(flat).sum() == pytest.approx(83_879, rel=0.01)
