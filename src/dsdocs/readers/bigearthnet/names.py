"""Names of BigEarthNet patches, and where the patch of a name lies.

Conventions, and their quirks in the published archives:

- version 1, Sentinel-2: ``S2A_MSIL2A_20170617T113321_36_85``; some times have five digits (``T94033`` is 09:40:33), and
  a few are no time of day at all (``T94161``), so the time comes from the metadata
- version 2, Sentinel-2: ``S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP_75_43``
- Sentinel-1, both versions: ``S1A_IW_GRDH_1SDV_20170613T165043_33UUP_61_39``

The last two numbers are column and row in the tile. Sources: the guides of BigEarthNet, and the archives themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from dsdocs.geo.mgrs import tile_corner

S2_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")
S1_BANDS = ("VV", "VH")
PATCH_SIZE = 1200.0  # m
TOLERANCE = 1e-6  # m, within which two sources that speak of one corner must agree

# Five digits are more than any column or row has; a longer number is no place.
_V1_S2 = r"S2[AB]_MSIL2A_(?P<day>[0-9]{8})T(?P<time>[0-9]{5,6})_(?P<column>[0-9]{1,5})_(?P<row>[0-9]{1,5})"
_V2_S2 = (
    r"S2[AB]_MSIL2A_(?P<day>[0-9]{8})T(?P<time>[0-9]{6})_N[0-9]{4}_R[0-9]{3}_T(?P<tile>[0-9]{2}[A-Z]{3})"
    r"_(?P<column>[0-9]{1,5})_(?P<row>[0-9]{1,5})"
)
_S1 = (
    r"S1[AB]_IW_GRDH_1SDV_(?P<day>[0-9]{8})T(?P<time>[0-9]{5,6})_(?P<tile>[0-9]{2}[A-Z]{3})"
    r"_(?P<column>[0-9]{1,5})_(?P<row>[0-9]{1,5})"
)
PATTERNS = {"v1-s2": _V1_S2, "v2-s2": _V2_S2, "s1": _S1}
_COMPILED = {kind: re.compile(pattern) for kind, pattern in PATTERNS.items()}


@dataclass(frozen=True, slots=True)
class PatchName:
    """The parts of a patch name."""

    column: int
    row: int
    tile: str | None  # MGRS tile; names of version 1 Sentinel-2 patches have none
    datetime: datetime | None  # UTC; None where the name's time of day cannot be


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
    match = _COMPILED[kind].fullmatch(name)
    if match is None:
        return None
    parts = match.groupdict()
    moment = moment_of(parts["day"], parts["time"])
    return PatchName(int(parts["column"]), int(parts["row"]), parts.get("tile"), moment)


def moment_of(day: str, time: str) -> datetime | None:
    """Return the time that eight digits of a day and five or six of a time stand for; None if there is none."""
    time = time.zfill(6)
    try:
        return datetime(
            int(day[:4]), int(day[4:6]), int(day[6:]), int(time[:2]), int(time[2:4]), int(time[4:]), tzinfo=UTC
        )
    except ValueError:
        return None


def file_pattern(kind: str, endings: Iterable[str]) -> re.Pattern[str]:
    """Return what matches the whole path of a file of a patch folder.

    Groups: ``folder`` (path of the folder), ``patch`` (its name, which begins the name of the file too), and
    ``ending``, one of those given, in place of ``*`` in ``<folder>/<patch>_*``.
    """
    name = re.sub(r"\?P<\w+>", "?:", PATTERNS[kind])
    choice = "|".join(map(re.escape, endings))
    return re.compile(rf"(?P<folder>(?:.*?/)??(?P<patch>{name}))/(?P=patch)_(?P<ending>{choice})", re.DOTALL)


def places_of(
    tiles: Sequence[str], columns: npt.ArrayLike, rows: npt.ArrayLike
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return where patches lie by their names: EPSG code, easting of the left and northing of the upper edge in metres.

    All of shape ``(n,)``; as `dsdocs.geo.mgrs.patch_corners`, but the code is 0 and the corner NaN where the tile does
    not exist.
    """
    number: dict[str, int] = {}
    index = np.fromiter((number.setdefault(tile, len(number)) for tile in tiles), np.int64, len(tiles))
    corners = np.array([_corner(tile) for tile in number], dtype=np.float64).reshape(-1, 3)
    epsg, left, top = corners[index].T
    left = left + np.asarray(columns, dtype=np.int64) * PATCH_SIZE
    top = top - np.asarray(rows, dtype=np.int64) * PATCH_SIZE
    return epsg.astype(np.int32), left, top


def _corner(tile: str) -> tuple[float, float, float]:
    try:
        return tile_corner(tile)
    except ValueError:
        return 0, np.nan, np.nan
