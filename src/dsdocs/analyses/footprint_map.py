"""Where on Earth do the patches lie?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from dsdocs.geo.countries import country_name
from dsdocs.geo.grids import from_crs84_geometry
from dsdocs.geo.outline import outline_of
from dsdocs.views import Layer, Map, View

TOLERANCE = 150.0  # m; a fifth of a pixel of a map that shows a country
DECIMALS = 4  # of a degree: 11 m
LABEL_LAYERS = 60


@dataclass(frozen=True, slots=True)
class FootprintMap:
    """Simplified outlines of the data set and of its parts."""

    layers: tuple[Layer, ...]
    bounds: tuple[float, float, float, float]  # west, south, east, north in OGC:CRS84

    def views(self) -> tuple[View, ...]:
        """Return the map."""
        west, south, east, north = self.bounds
        finding = (
            f"{self.layers[0].n_patches:,} patches between {west:.1f} and {east:.1f} degrees of longitude "
            f"and {south:.1f} and {north:.1f} degrees of latitude."
        )
        return (Map("Footprint of the data set", self.layers, self.bounds, finding),)


def footprint_map(summary: pa.Table) -> FootprintMap:
    """Draw the union of all footprints, and that of each split, label and country.

    The union is computed on the native grid of the patches and simplified by at most `TOLERANCE` metres; coordinates
    are rounded to `DECIMALS` decimals of a degree.

    Raises
    ------
    ValueError
        No patch has a footprint.
    """
    placed = summary.filter(pc.is_valid(summary["geometry"]))
    if not placed.num_rows:
        raise ValueError("no patch of the summary has a footprint")
    geometry = shapely.from_wkb(placed["geometry"].to_numpy())
    footprints = from_crs84_geometry(placed["crs"].cast(pa.string()).to_pylist(), geometry)
    layers = tuple(
        Layer(name, _rings(outline_of(footprints, rows, tolerance=TOLERANCE)), len(rows), group)
        for group, name, rows in _groups(placed)
    )
    west, south, east, north = (round(float(value), DECIMALS) for value in shapely.total_bounds(geometry))
    return FootprintMap(layers, (west, south, east, north))


def _groups(placed: pa.Table) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield group, name and row numbers of each layer."""
    yield "", "All patches", np.arange(placed.num_rows)
    for group in ("split", "country"):
        values = placed[group].cast(pa.string()).to_pandas()
        for value in sorted(values.dropna().unique()):
            name = country_name(value) if group == "country" else value
            yield group, name, np.flatnonzero((values == value).to_numpy())
    labels = placed["labels"].combine_chunks()
    rows, names = pc.list_parent_indices(labels).to_numpy(), labels.flatten().to_pandas()
    by_count = names.value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    for name in by_count.index[:LABEL_LAYERS]:
        yield "label", name, rows[(names == name).to_numpy()]


def _rings(shape: shapely.Geometry) -> tuple[tuple[tuple[tuple[float, float], ...], ...], ...]:
    """Return the polygons of a geometry as plain rings, rounded; rings that vanish by rounding are left out."""
    polygons = []
    for polygon in shapely.get_parts(shape):
        rings = tuple(
            tuple((float(x), float(y)) for x, y in np.round(shapely.get_coordinates(ring), DECIMALS))
            for ring in (polygon.exterior, *polygon.interiors)
        )
        polygons.append(rings)
    return tuple(polygons)
