"""The union of all footprints, simplified: against ``union_all`` and ``simplify`` of geopandas for each CRS.

Both sides start from corners in memory in the native CRS and end with one geometry in degrees. The time that Python
takes to start and to import is left out. The last figure is the Hausdorff distance between the two, in metres, each
CRS in its own plane.
"""

from __future__ import annotations

import json
from pathlib import Path

import archives
import numpy as np
from measure import Goal, compare, growth, parser, run, side, timed

SCRIPT = Path(__file__).name
TOLERANCE = 100.0  # m
GOALS = {100_000: 1 / 8, archives.WHOLE: 1 / 30}
DISTANCE = 5.0  # m
GROWTH = 1.05
_STEP = 0.002  # degrees; our sides are straight in degrees, and more corners keep them so in the plane


def ours(size: int) -> None:
    """Trace the outline on the grids."""
    from dsdocs.geo.outline import outline

    made = archives.plan(size)
    crs, rings = made.crs, made.rings
    with timed():
        outline(crs, rings, tolerance=TOLERANCE)


def peer(size: int) -> None:
    """Unite squares with geopandas, one CRS at a time."""
    import geopandas
    import pandas
    import shapely

    made = archives.plan(size)
    crs, rings = made.crs, made.rings
    with timed():
        parts = []
        for name in np.unique(crs).tolist():
            squares = geopandas.GeoSeries(shapely.polygons(rings[crs == name]), crs=name)
            united = geopandas.GeoSeries([squares.union_all()], crs=name).simplify(TOLERANCE)
            parts.append(united.to_crs("OGC:CRS84"))
        pandas.concat(parts).union_all()


def distance(size: int) -> float:
    """Return the largest Hausdorff distance of our outline from the peer's over all polygons of all CRS, in metres."""
    import shapely

    from dsdocs.geo.crs import from_crs84
    from dsdocs.geo.grids import on_grids
    from dsdocs.geo.outline import outline_of

    made = archives.plan(size)
    crs, rings = made.crs, made.rings
    sorted_in = on_grids(crs, rings)
    found = 0.0
    for name in np.unique(crs).tolist():
        rows = np.flatnonzero(crs == name)
        theirs = shapely.get_parts(shapely.simplify(shapely.union_all(shapely.polygons(rings[rows])), TOLERANCE))
        dense = shapely.segmentize(outline_of(sorted_in, rows, tolerance=TOLERANCE), _STEP)
        flat = shapely.transform(dense, lambda corners, name=name: np.column_stack(from_crs84(name, *corners.T)))
        own = shapely.get_parts(flat)
        if len(own) != len(theirs):
            return float("inf")
        # Polygon by polygon, because the time grows with the product of the corners.
        pairs = shapely.STRtree(theirs).nearest(shapely.point_on_surface(own))
        apart = shapely.hausdorff_distance(shapely.boundary(own), shapely.boundary(theirs[pairs]))
        found = max(found, float(apart.max()))
    return found


def main() -> None:
    """Measure, or be one of the sides."""
    given = parser(__doc__, [10_000, 100_000]).parse_args()
    if given.side:
        {"ours": ours, "peer": peer}[given.side](given.sizes[0])
        return
    lines = []
    for size in given.sizes:
        sides = {
            name: lambda name=name, size=size: run(side(SCRIPT, name, "--sizes", size)) for name in ("ours", "peer")
        }
        goals = [Goal("peer", GOALS[size])] if size in GOALS else []
        lines.append(compare("footprint union", size, sides, rounds=given.rounds, goals=goals))
        apart = distance(size)
        figures = {"hausdorff_m": round(apart, 3), "goal": DISTANCE, "reached": apart <= DISTANCE}
        print(json.dumps({"job": "footprint union", "size": size, **figures}), flush=True)
    growth("footprint union", lines, "ours", limit=GROWTH)


if __name__ == "__main__":
    main()
