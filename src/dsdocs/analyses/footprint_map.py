"""Where on Earth do the patches lie?"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from dsdocs.geo.bitmaps import bitmaps
from dsdocs.geo.countries import country_name
from dsdocs.geo.grids import Footprints, from_crs84_geometry
from dsdocs.geo.outline import coarsened, corner_count, outline_of
from dsdocs.geo.plain import plain_polygons
from dsdocs.views import Cells, Layer, Map, View

TOLERANCE = 150.0  # m; a fifth of a pixel of a map that shows a country
DECIMALS = 4  # of a degree: 11 m
LABEL_LAYERS = 60
CORNERS = 300  # of the outline of a layer; above, the page draws its cells, and the outline says about where they are
CORNERS_WHOLE = 4000  # of the layer of all patches, which the page shows before any script runs
CORNERS_LOOSE = 1500  # of a layer whose patches lie on no grid that can be drawn cell by cell
FEW = 2000  # patches whose outline may have few corners; of more, it is not even looked at
BLOCKS = (2, 4, 8, 16, 32)  # patches along the side of a block, where an outline is too ragged
ABOUT = (8, 16, 32)  # the same, where cells show the place exactly
EDGE = 40_000.0  # m; in degrees, an edge of this length is off by less than the tolerance up to 75 degrees of latitude


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
    are rounded to `DECIMALS` decimals of a degree. A layer with too many corners has an outline of blocks of several
    patches, the smallest that suffice; where its patches lie on UTM grids, it also has their cells, which are exact.

    Raises
    ------
    ValueError
        No patch has a footprint.
    """
    placed = summary.filter(pc.is_valid(summary["geometry"]))
    if not placed.num_rows:
        raise ValueError("no patch of the summary has a footprint")
    return FootprintMap(*outlined(placed, _groups(placed)))


def outlined(
    placed: pa.Table, groups: Iterable[tuple[str, str, np.ndarray]]
) -> tuple[tuple[Layer, ...], tuple[float, float, float, float]]:
    """Return a layer for each group of patches, and west, south, east, north of all patches.

    Parameters
    ----------
    placed
        Patches with a footprint; reads ``crs`` and ``geometry``.
    groups
        Group, name and row numbers of each layer; without a group, it is that of the whole data set.
    """
    geometry = shapely.from_wkb(placed["geometry"].to_numpy())
    footprints = from_crs84_geometry(placed["crs"].cast(pa.string()).to_pylist(), geometry)
    scales = {1: footprints, **{factor: coarsened(footprints, factor) for factor in BLOCKS}}
    layers = tuple(_layer(scales, name, rows, group) for group, name, rows in groups)
    west, south, east, north = (round(float(value), DECIMALS) for value in shapely.total_bounds(geometry))
    return layers, (west, south, east, north)


def _layer(scales: Mapping[int, Footprints], name: str, rows: np.ndarray, group: str) -> Layer:
    simple = len(rows) <= FEW and corner_count(scales[1], rows) <= CORNERS
    maps = () if simple else bitmaps(scales[1], rows) or ()
    factors, most = _detail(simple, bool(maps), whole=not group)
    fitting = (factor for factor in factors[:-1] if corner_count(scales[factor], rows) <= most)
    shape = outline_of(scales[next(fitting, factors[-1])], rows, tolerance=TOLERANCE, edge=EDGE)
    cells = tuple(
        Cells(one.zone, one.size, one.corner, one.columns, one.rows, b64encode(one.bits).decode()) for one in maps
    )
    return Layer(name, plain_polygons(shape, DECIMALS), len(rows), group, cells)


def _detail(simple: bool, exact: bool, *, whole: bool) -> tuple[tuple[int, ...], int]:
    """Return the sides of blocks that come into question for an outline, and how many corners it may have."""
    if simple:
        return (1,), CORNERS
    if whole:
        return (1, *BLOCKS), CORNERS_WHOLE
    return (ABOUT, CORNERS) if exact else ((1, *BLOCKS), CORNERS_LOOSE)


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
