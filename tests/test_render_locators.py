"""Rings around small areas: where they stand, and where they are not needed."""

from __future__ import annotations

from dsdocs.render.leaflet import map_script
from dsdocs.render.locators import locators
from dsdocs.render.map import base_maps
from dsdocs.render.projection import place
from dsdocs.views import Layer, Map


def square(lon: float, lat: float, size: float) -> tuple[tuple[tuple[float, float], ...], ...]:
    corners = [(lon, lat), (lon + size, lat), (lon + size, lat + size), (lon, lat + size), (lon, lat)]
    return (tuple(corners),)


def view(*polygons: tuple[tuple[tuple[float, float], ...], ...]) -> Map:
    return Map("Map", (Layer("All", polygons, len(polygons)),), (-9.0, 40.0, 26.0, 62.0))


def test_a_patch_that_cannot_be_seen_gets_a_ring_and_a_wide_area_none() -> None:
    drawn = view(square(-9, 40, 0.01), square(10, 45, 8), square(25.9, 61.9, 0.1))
    assert locators(drawn.layers[0], place(drawn)) == ((-8.995, 40.005), (25.95, 61.95))


def test_neighbours_share_a_ring() -> None:
    drawn = view(square(-9, 40, 0.01), square(-8.9, 40, 0.01), square(26, 62, 0.01))
    assert len(locators(drawn.layers[0], place(drawn))) == 2


def test_a_layer_without_outlines_has_none() -> None:
    drawn = view(square(0, 50, 1))
    assert locators(Layer("none", (), 0), place(drawn)) == ()


def test_the_script_draws_the_rings() -> None:
    drawn = view(square(-9, 40, 0.01), square(26, 62, 0.01))
    script = map_script(drawn, base_maps(place(drawn)), slug="fig")
    assert script.count("L.circleMarker(") == 2
