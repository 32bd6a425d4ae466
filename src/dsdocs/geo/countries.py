"""In which country does a point lie? Natural Earth 1:10m, nearest country within a limit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pycountry
import shapely

from dsdocs.assets import vendored
from dsdocs.geo.nearest import Floats, Shapes, Texts, first_by_name, nearest
from dsdocs.geo.topojson import read_topology

SOURCE = (
    "Natural Earth 1:10m Admin 0 countries (public domain), from the npm package world-atlas 2.0.2; "
    "boundaries on a grid of about 0.0036 x 0.0017 degrees"
)
# Areas of Natural Earth without an ISO number. ISO 3166-1 counts them to these countries; XK is the code that
# the European Commission uses for Kosovo. Disputed reefs and the bases on Cyprus stay without a code.
_UNNUMBERED = {
    "Kosovo": "XK", "Somaliland": "SO", "N. Cyprus": "CY", "Cyprus U.N. Buffer Zone": "CY", "Baikonur": "KZ",
    "USNB Guantanamo Bay": "CU", "Clipperton I.": "FR", "Coral Sea Is.": "AU",
}  # fmt: skip
# Plain names where ISO 3166-1 has an official, inverted or bracketed one.
_SHORT = {
    "BN": "Brunei", "CD": "Democratic Republic of the Congo", "CG": "Republic of the Congo",
    "FK": "Falkland Islands", "FM": "Micronesia", "MF": "Saint Martin", "PS": "Palestine", "RU": "Russia",
    "SX": "Sint Maarten", "VA": "Vatican City", "VG": "British Virgin Islands", "VI": "US Virgin Islands",
    "XK": "Kosovo",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Countries:
    """Country polygons, taken apart into single polygons."""

    parts: Shapes  # shapely polygons in OGC:CRS84
    codes: Texts  # ISO 3166-1 alpha-2 of each part
    source: str = SOURCE

    def locate(self, lon: npt.ArrayLike, lat: npt.ArrayLike, *, max_distance: float = 50_000.0) -> list[str | None]:
        """Return the country of each point.

        A point belongs to the country that contains it, else to the nearest one within the limit. Of several
        that contain a point, or that are equally near to within 1 m, the alphabetically first code is taken.

        Parameters
        ----------
        lon, lat
            Degrees in OGC:CRS84, shape ``(n,)``.
        max_distance
            Limit in metres along the ellipsoid (WGS 84), from the point to the edge of the country.

        Returns
        -------
        list
            Alpha-2 codes; None where no country is near or the point is not finite.
        """
        # Archives revisit places: equal points are worked on once.
        places, inverse = np.unique(np.asarray(lon) + 1j * np.asarray(lat, dtype=np.float64), return_inverse=True)
        x, y = places.real, places.imag
        found = self._containing(x, y)
        far = np.flatnonzero((found == "") & np.isfinite(x) & np.isfinite(y))
        found[far] = nearest(self.parts, self.codes, x[far], y[far], max_distance)
        return [code or None for code in found[inverse].tolist()]

    def _containing(self, x: Floats, y: Floats) -> Texts:
        # The tree holds the points, because shapely prepares the shapes that ask, not those in the tree.
        tree = shapely.STRtree(np.asarray(shapely.points(x, y)))
        part, point = tree.query(self.parts, predicate="intersects")
        return first_by_name(self.codes[part], point, len(x))


@lru_cache(maxsize=1)
def load_countries() -> Countries:
    """Read the country polygons that ship with dsdocs.

    Raises
    ------
    AssetError
        The package was installed without its map files.
    """
    shapes = read_topology(vendored("world-atlas", "countries-10m.json")).features("countries")
    numbers = {country.numeric: country.alpha_2 for country in pycountry.countries}
    codes = np.array(
        [
            numbers[number] if number else _UNNUMBERED.get(properties["name"], "")
            for number, properties in zip(shapes.ids, shapes.properties, strict=True)
        ]
    )[shapes.owner]
    # On the integer grid rings touch themselves, and a piece of such a ring may be a point or a line.
    valid = shapely.make_valid(shapes.parts, method="structure", keep_collapsed=False)
    parts, origin = shapely.get_parts(valid, return_index=True)
    kept = (shapely.get_dimensions(parts) == 2) & (codes[origin] != "")
    return Countries(parts[kept], codes[origin][kept])


@lru_cache(maxsize=512)
def country_name(code: str) -> str:
    """Return the plain English name of an ISO 3166-1 alpha-2 code; the code itself where it is unknown."""
    if code in _SHORT:
        return _SHORT[code]
    country = pycountry.countries.get(alpha_2=code)
    return code if country is None else str(getattr(country, "common_name", country.name))


@lru_cache(maxsize=512)
def country_code(name: str) -> str | None:
    """Return the alpha-2 code of a country from its English name or any ISO 3166-1 code; None if unknown.

    Capital and small letters are the same.
    """
    folded = name.strip().casefold()
    for code, short in _SHORT.items():
        if folded in (short.casefold(), code.casefold()):
            return code
    try:
        return str(pycountry.countries.lookup(folded).alpha_2)
    except LookupError:
        return None
