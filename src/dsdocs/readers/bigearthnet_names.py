"""Patch names of BigEarthNet, versions 1 and 2, Sentinel-1 and Sentinel-2: what they tell.

Rules and traps: the BigEarthNet guides and the published archives. Version 1 writes the hour of some names without its
leading zero (``T93020``) and, in a few, an impossible second (``T94161``); such a name tells the day only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from dsdocs.geo.mgrs import patch_corner
from dsdocs.records import Footprint

S2_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")
S1_BANDS = ("VV", "VH")
PATCH_SIZE = 1200.0  # m

_V1_S2 = re.compile(r"S2[AB]_MSIL2A_(?P<day>\d{8})T(?P<time>\d{5,6})_(?P<column>\d+)_(?P<row>\d+)")
_V2_S2 = re.compile(
    r"S2[AB]_MSIL2A_(?P<day>\d{8})T(?P<time>\d{6})_N\d{4}_R\d{3}_T(?P<tile>\d{2}[A-Z]{3})_(?P<column>\d+)_(?P<row>\d+)"
)
_S1 = re.compile(
    r"S1[AB]_IW_GRDH_1SDV_(?P<day>\d{8})T(?P<time>\d{5,6})_(?P<tile>\d{2}[A-Z]{3})_(?P<column>\d+)_(?P<row>\d+)"
)
_PATTERNS = {"v1-s2": _V1_S2, "v2-s2": _V2_S2, "s1": _S1}


@dataclass(frozen=True, slots=True)
class PatchName:
    """The parts of a patch name."""

    column: int
    row: int
    tile: str | None  # MGRS tile; names of version 1 Sentinel-2 patches have none
    datetime: datetime | None  # UTC; None where the name's time of day cannot be

    def footprint(self) -> Footprint | None:
        """Return the footprint that tile, column and row stand for; None without a tile."""
        if self.tile is None:
            return None
        crs, left, top = patch_corner(self.tile, self.column, self.row)
        return Footprint.from_corners(crs, left, top, left + PATCH_SIZE, top - PATCH_SIZE)


def parse_name(name: str, kind: str) -> PatchName | None:
    """Take a patch name apart.

    Parameters
    ----------
    name
        Name of the patch, without band and suffix.
    kind
        ``v1-s2``, ``v2-s2`` or ``s1``.

    Returns
    -------
    PatchName or None
        None if the name does not follow the convention.
    """
    match = _PATTERNS[kind].fullmatch(name)
    if match is None:
        return None
    parts = match.groupdict()
    return PatchName(
        int(parts["column"]), int(parts["row"]), parts.get("tile"), _moment(parts["day"], parts["time"].zfill(6))
    )


def _moment(day: str, time: str) -> datetime | None:
    try:
        return datetime(
            int(day[:4]), int(day[4:6]), int(day[6:]), int(time[:2]), int(time[2:4]), int(time[4:]), tzinfo=UTC
        )
    except ValueError:
        return None


def same_place(first: Footprint, second: Footprint, *, tolerance: float = 1e-6) -> bool:
    """Tell whether two footprints agree in CRS and, within ``tolerance`` in units of the CRS, in every corner."""
    return first.crs == second.crs and all(
        abs(a - b) <= tolerance
        for one, other in zip(first.ring, second.ring, strict=True)
        for a, b in zip(one, other, strict=True)
    )
