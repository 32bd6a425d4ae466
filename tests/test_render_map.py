"""Maps are drawn from geometry and numbers alone, the same on every run, and hold together at the antimeridian."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from dsdocs.render.files import side_files
from dsdocs.render.html import html
from dsdocs.render.leaflet import map_id
from dsdocs.render.projection import HEIGHT, WIDTH, graticule, place
from dsdocs.views import Cells, Layer, Map
from support.views import ALPS, HOSTILE, SQUARE

FIJI = (
    (((177.2, -18.0), (178.5, -18.0), (178.5, -17.4), (177.2, -17.4), (177.2, -18.0)),),
    (((179.5, -17.0), (180.0, -17.0), (180.0, -16.0), (179.5, -16.0), (179.5, -17.0)),),
    (((-180.0, -17.0), (-179.6, -17.0), (-179.6, -16.0), (-180.0, -16.0), (-180.0, -17.0)),),
)
HOLE = ((13.1, 47.1), (13.2, 47.1), (13.2, 47.2), (13.1, 47.2), (13.1, 47.1))


def square(*names: str) -> Map:
    return Map(names[0], tuple(Layer(name, ((SQUARE,),), 5, name) for name in names), ALPS, names[0])


def script(view: Map, slug: str = "fig") -> str:
    return side_files(view, slug=slug)[f"maps/{slug}.js"].decode()


def drawing(view: Map) -> dict[str, str]:
    """Return the path data of the static map by class."""
    figure = ET.fromstring(html(view, slug="fig"))
    return {node.attrib["class"]: node.attrib["d"] for node in figure.iter("path")}


def corners(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


def test_the_script_holds_no_string_of_the_data() -> None:
    assert script(square(*HOSTILE)) == script(square(*(f"class {place}" for place in range(len(HOSTILE)))))


def test_the_script_holds_nothing_but_calls_numbers_and_our_class_names() -> None:
    written = script(square("a", "b"))
    strings = set(re.findall(r'"([^"]*)"', written))
    assert "http" not in written
    assert "{{" not in written
    assert "`" not in written
    assert {value for value in strings if value.startswith("ds-")} == {
        "ds-map-land",
        "ds-map-grid",
        "ds-map-border",
        "ds-map-patches",
    }


def test_the_script_names_every_layer_by_its_number_and_shows_the_first() -> None:
    written = script(square("a", "b", "c"))
    assert "layers: [feature_group_0, feature_group_1, feature_group_2]" in written
    assert re.findall(r"feature_group_\d\.addTo\(map_[0-9a-f]{12}\)", written) == [
        f"feature_group_0.addTo({map_id('fig')})"
    ]


def test_two_maps_on_a_page_have_different_ids_and_the_same_map_the_same_bytes() -> None:
    view = square("a")
    assert script(view) == script(view)
    assert map_id("fig") in html(view, slug="fig")
    assert f'L.map(\n"{map_id("fig")}"' in script(view)
    assert map_id("fig") != map_id("fig-2")


def test_outlines_and_holes_reach_the_script_as_rings_of_latitude_and_longitude() -> None:
    view = Map("M", (Layer("all", ((SQUARE, HOLE),), 1),), ALPS)
    assert "[[[47.0,13.0],[47.0,13.4],[47.3,13.4],[47.3,13.0],[47.0,13.0]],[[47.1,13.1]" in script(view)


def test_the_base_map_is_written_as_differences_of_whole_numbers() -> None:
    written = script(square("a"))
    assert len(re.findall(r'unfold\("[-\d ,]+", \d\)', written)) == 2  # land and borders
    assert "91.0" not in written


def test_cells_of_the_first_layer_are_in_the_script_and_those_of_others_in_files_of_their_own() -> None:
    cells = Cells(33, (1200.0, 1200.0), (399960.0, 5300040.0), 2, 2, "eJxzAAAAQQBB")
    drawn = [Layer(name, ((SQUARE,),), 5, cells=(cells,)) for name in HOSTILE[:3]]
    layers = (*drawn, Layer("d", ((SQUARE,),), 5))
    files = side_files(Map("M", layers, ALPS), slug="fig")
    written, own = files["maps/fig.js"].decode(), map_id("fig")
    expected = '[[33,1200.0,1200.0,399960.0,5300040.0,2,2,"eJxzAAAAQQBB"]]'
    assert f"cells: {expected}, later: [1, 2]" in written
    assert "layers: [feature_group_0, L.featureGroup(), L.featureGroup(), feature_group_3]" in written
    assert written.count("[47.3,13.4]") == 1  # of the layer without cells
    assert {path for path in files if path.startswith(f"maps/{own}/")} == {f"maps/{own}/{k}.js" for k in (1, 2)}
    assert files[f"maps/{own}/2.js"].decode().endswith(f'["{own}/2"] =\n{{cells: {expected}, rings: [], radius: 8}};\n')


def test_a_text_that_is_no_base64_does_not_reach_the_script() -> None:
    cells = Cells(33, (1200.0, 1200.0), (0.0, 0.0), 1, 1, '"]];alert(1);[["')
    with pytest.raises(ValueError, match="base64"):
        script(Map("M", (Layer("all", ((SQUARE,),), 1, cells=(cells,)),), ALPS))


def test_a_layer_without_outlines_and_a_map_without_layers_are_fine() -> None:
    assert "layers: [feature_group_0]" in script(Map("M", (Layer("none", (), 0),), ALPS))
    assert set(side_files(Map("M", (), (0, 0, 0, 0)), slug="fig")) == {"csv/fig.csv", "charts/fig.json"}


def test_the_static_map_draws_the_outline_where_mercator_puts_it() -> None:
    view = Map("M", (Layer("all", ((SQUARE,),), 1),), ALPS)
    where = place(view)
    expected = [where.xy(lon, lat) for lon, lat in SQUARE[:-1]]
    found = corners(drawing(view)["ds-map-patches"])
    assert sorted(found) == sorted((round(x, 1), round(y, 1)) for x, y in expected)
    # Conformal: at 47 degrees north a degree of latitude is 1/cos(47) times as long as one of longitude.
    (x1, y1), (x2, y2) = where.xy(13.0, 47.0), where.xy(13.01, 47.01)
    assert (y1 - y2) / (x2 - x1) == pytest.approx(1.466, abs=0.002)


def test_the_window_has_the_shape_of_the_drawing_and_holds_the_bounds() -> None:
    where = place(Map("M", (), ALPS))
    assert where.xy(where.window.west, where.window.north) == pytest.approx((0, 0))
    assert where.xy(where.window.east, where.window.south) == pytest.approx((WIDTH, HEIGHT))
    assert where.window.west < 12 < 15 < where.window.east
    assert where.window.south < 46 < 48 < where.window.north
    assert where.reach.south < where.window.south
    assert where.reach.north > where.window.north


@pytest.mark.parametrize("bounds", [(-180.0, -18.0, 180.0, -16.0), (177.2, -18.0, -179.6, -16.0)])
def test_a_map_across_the_antimeridian_is_a_few_degrees_wide(bounds: tuple[float, float, float, float]) -> None:
    view = Map("Fiji", (Layer("all", FIJI, 3),), bounds)
    where = place(view)
    assert where.window.east - where.window.west < 4
    assert (where.lon(177.2), where.lon(-179.6)) == pytest.approx((177.2, 180.4))
    shown = corners(drawing(view)["ds-map-patches"])
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in shown)
    assert max(x for x, _ in shown) - min(x for x, _ in shown) > WIDTH / 2
    assert "180.4" in script(view)
    assert "-179.6" not in script(view)


def test_the_finding_tells_both_ends_of_a_small_place_apart() -> None:
    ring = ((9.011, 48.501), (9.016, 48.501), (9.016, 48.505), (9.011, 48.505), (9.011, 48.501))
    view = Map("small", (Layer("small", ((ring,),), 4),), (9.011, 48.501, 9.016, 48.505))
    assert "4 patches between 48.501° N and 48.505° N, 9.011° E and 9.016° E." in html(view, slug="fig")


def test_the_finding_names_both_hemispheres_of_a_map_across_the_antimeridian() -> None:
    view = Map("Fiji", (Layer("all", FIJI, 77),), (-180.0, -18.0, 180.0, -16.0))
    assert "77 patches between 18° S and 16° S, 177.2° E and 179.6° W." in html(view, slug="fig")


def test_a_map_of_the_whole_world_stays_a_map() -> None:
    places = (-170.0, -90.0, 0.0, 80.0, 170.0)
    outlines = tuple((((lon, 0.0), (lon + 1, 0.0), (lon + 1, 1.0), (lon, 0.0)),) for lon in places)
    view = Map("World", (Layer("all", outlines, 5),), (-170.0, -60.0, 171.0, 75.0))
    where = place(view)
    assert all(where.lon(lon) == lon for lon in places)
    assert where.window.west < -170 < 171 < where.window.east


def test_a_single_patch_is_shown_with_its_surroundings() -> None:
    tiny = ((13.0, 47.0), (13.0001, 47.0), (13.0001, 47.0001), (13.0, 47.0001), (13.0, 47.0))
    view = Map("One", (Layer("all", ((tiny,),), 1),), (13.0, 47.0, 13.0001, 47.0001))
    where = place(view)
    assert 0.03 < where.window.east - where.window.west < 0.2
    assert drawing(view)["ds-map-patches"]


def test_an_outline_smaller_than_a_unit_stays_visible() -> None:
    tiny = ((13.0, 47.0), (13.00001, 47.0), (13.00001, 47.00001), (13.0, 47.0))
    assert drawing(Map("M", (Layer("all", ((tiny,),), 1),), ALPS))["ds-map-patches"].endswith("h1v1h-1Z")


def test_the_grid_has_round_degrees_and_labels() -> None:
    lons, lats = graticule(place(Map("M", (), ALPS)))
    assert all(lon == int(lon) for lon in lons)
    assert 47.0 in lats
    view = Map("M", (Layer("all", ((SQUARE,),), 1),), ALPS)
    figure = ET.fromstring(html(view, slug="fig"))
    labels = [node.text for node in figure.iter("text")]
    assert "47° N" in labels
    assert "13° E" in labels


def test_layers_stand_in_the_page_by_group_with_their_counts_and_the_first_is_chosen() -> None:
    layers = (
        Layer("All", ((SQUARE,),), 198_304),
        Layer("train", ((SQUARE,),), 98_985, "split"),
        Layer("test", ((SQUARE,),), 46_966, "split"),
    )
    figure = ET.fromstring(html(Map("M", layers, ALPS), slug="fig"))
    groups = {
        "".join(field[0].itertext()): [list(label.itertext()) for label in field[1:]]
        for field in figure.iter("fieldset")
    }
    assert groups == {"Data set": [["All", "198,304"]], "Split": [["train", "98,985"], ["test", "46,966"]]}
    radios = list(figure.iter("input"))
    assert [radio.get("value") for radio in radios] == ["0", "1", "2"]
    assert [radio.get("checked") is not None for radio in radios] == [True, False, False]
    assert len({radio.get("name") for radio in radios}) == 1


def test_a_map_of_one_layer_offers_no_choice() -> None:
    assert "<fieldset" not in html(square("all"), slug="fig")


def test_the_source_of_the_base_map_is_named() -> None:
    assert "Natural Earth" in html(square("all"), slug="fig")
