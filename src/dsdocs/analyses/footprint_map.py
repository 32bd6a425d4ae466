"""Where on Earth do the patches lie?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from dsdocs.geo.countries import country_name
from dsdocs.geo.grids import Footprints, from_crs84_geometry
from dsdocs.geo.outline import coarsened, outline_of
from dsdocs.geo.plain import plain_polygons
from dsdocs.views import Layer, Map, View

TOLERANCE = 150.0  # m; a fifth of a pixel of a map that shows a country
DECIMALS = 4  # of a degree: 11 m
LABEL_LAYERS = 60
CORNERS = 1500  # of one layer; with 60 labels a page stays well below a megabyte
CORNERS_WHOLE = 4000  # of the layer of all patches
BLOCKS = (1, 2, 4, 8, 16)  # patches along the side of a block, where an outline is too ragged


@dataclass(frozen=True, slots=True)
class FootprintMap:
    """Simplified outlines of the data set and of its parts."""

    layers: tuple[Layer, ...]
    bounds: tuple[float, float, float, float]  # west, south, east, north in OGC:CRS84

    def views(self) -> tuple[View, ...]:
        """Return the map."""
        return (Map("Footprint of the data set", self.layers, self.bounds),)


def footprint_map(summary: pa.Table) -> FootprintMap:
    """Draw the union of all footprints, and that of each split, label and country.

    The union is computed on the native grid of the patches and simplified by at most `TOLERANCE` metres; coordinates
    are rounded to `DECIMALS` decimals of a degree. A layer with more than `CORNERS` corners is drawn in blocks of
    several patches instead, the smallest that suffice, of which each holds at least one patch.

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
    scales = {factor: coarsened(footprints, factor) for factor in BLOCKS}
    layers = tuple(
        Layer(
            name,
            plain_polygons(_drawable(scales, rows, CORNERS if group else CORNERS_WHOLE), DECIMALS),
            len(rows),
            group,
        )
        for group, name, rows in _groups(placed)
    )
    west, south, east, north = (round(float(value), DECIMALS) for value in shapely.total_bounds(geometry))
    return FootprintMap(layers, (west, south, east, north))


def _drawable(scales: Mapping[int, Footprints], rows: np.ndarray, corners: int) -> shapely.MultiPolygon:
    """Return the outline on the finest grid on which it has few enough corners for a page."""
    for footprints in scales.values():
        shape = outline_of(footprints, rows, tolerance=TOLERANCE)
        if shapely.get_num_coordinates(shape) <= corners:
            break
    return shape


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
