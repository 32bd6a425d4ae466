"""In which country does a point lie? Natural Earth 1:10m, nearest country within a limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import compress

import numpy as np
import numpy.typing as npt
import pycountry
import shapely

from dsdocs.assets import vendored
from dsdocs.geo.nearest import Floats, Ints, Shapes, Texts, first_by_name, nearest, nearest_around, surroundings
from dsdocs.geo.topojson import read_topology

SOURCE = (
    "Natural Earth 1:10m Admin 0 countries (public domain), from the npm package world-atlas 2.0.2; "
    "boundaries on a grid of about 0.0036 x 0.0017 degrees"
)
_AREA = 2  # dimensions of a polygon
_CELLS = 16.0  # cells of a degree; a power of two, so that no corner is rounded
_BITS, _MIDDLE = 16, 1 << 15  # of the row in the number of a cell; the row at the equator
_TURN, _CALM = 360.0, 89.0  # degrees of longitude and latitude, beyond which there are no cells
_RADIUS = 5_000.0  # m, from the middle of a cell to its corners; it is 4,904 m at most
_WORTH = 8  # points for each cell from which on cells are looked at, which takes longer than for a point
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
    """Country polygons, of which only those are made that points come near to."""

    codes: Texts  # (m,) ISO 3166-1 alpha-2 of each polygon
    boxes: Floats  # (k, 4) west, south, east, north in degrees; nothing of a polygon lies outside its boxes
    owner: Ints  # (k,) the polygon of each box; one across the antimeridian has two boxes
    shape: Callable[[int], Shapes]  # valid pieces of a polygon in OGC:CRS84, by its number
    source: str = SOURCE
    # Limit and number of a cell -> the one country that all of its points belong to, "" where there is no such one.
    cells: dict[tuple[float, int], str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, polygons: Shapes, codes: Texts) -> Countries:
        """Return countries whose polygons are at hand, none across the antimeridian."""
        pieces = np.asarray(polygons, dtype=object)
        return cls(codes, shapely.bounds(pieces), np.arange(len(pieces)), lambda number: pieces[number : number + 1])

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
        x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        found = np.full(len(x), "", dtype=self.codes.dtype)
        plain = np.flatnonzero((np.abs(x) <= _TURN) & (np.abs(y) <= _CALM))
        found[plain] = self._by_cell(x[plain], y[plain], max_distance)
        rest = np.flatnonzero((found == "") & np.isfinite(x) & np.isfinite(y))
        if len(rest):
            # Archives revisit places: equal points are worked on once.
            places, inverse = np.unique(x[rest] + 1j * y[rest], return_inverse=True)
            found[rest] = self._one_by_one(places.real, places.imag, max_distance)[inverse]
        return [code or None for code in found.tolist()]

    def pieces(self, windows: Shapes) -> tuple[Shapes, Texts]:
        """Return the pieces of the polygons that may meet one of the windows, and the code of each."""
        if not len(windows):
            return np.empty(0, dtype=object), self.codes[:0]
        west, south, east, north = shapely.total_bounds(windows)
        low, high = self.boxes[:, :2], self.boxes[:, 2:]
        near = np.flatnonzero(((low <= [east, north]) & (high >= [west, south])).all(axis=1))
        met = shapely.STRtree(windows).query(shapely.box(*self.boxes[near].T))[0]
        numbers = np.unique(self.owner[near[met]])
        pieces = [self.shape(int(number)) for number in numbers]
        codes = np.repeat(self.codes[numbers], [len(piece) for piece in pieces])
        return np.concatenate([np.empty(0, dtype=object), *pieces]), codes

    def _by_cell(self, x: Floats, y: Floats, limit: float) -> Texts:
        """Return the code of points in cells that belong to one country as a whole, "" for all others."""
        column, row = np.floor(x * _CELLS).astype(np.int64), np.floor(y * _CELLS).astype(np.int64)
        numbers, cell = np.unique((column << _BITS) + row + _MIDDLE, return_inverse=True)
        keys = [(limit, number) for number in numbers.tolist()]
        new = np.array([key not in self.cells for key in keys], dtype=bool)
        if _WORTH * new.sum() <= len(x):
            self.cells.update(zip(compress(keys, new), self._whole(numbers[new], limit), strict=True))
        return np.array([self.cells.get(key, "") for key in keys], dtype=self.codes.dtype)[cell]

    def _whole(self, numbers: Ints, limit: float) -> list[str]:
        """Return the one country that all points of a cell belong to, "" where there is none, or may be several."""
        west, south = (numbers >> _BITS) / _CELLS, ((numbers & (1 << _BITS) - 1) - _MIDDLE) / _CELLS
        boxes = np.asarray(shapely.box(west, south, west + 1 / _CELLS, south + 1 / _CELLS))
        pieces, codes = self.pieces(boxes)
        tree = shapely.STRtree(boxes)
        inside, own = tree.query(pieces, predicate="contains_properly")
        found = np.full(len(boxes), "", dtype=self.codes.dtype)
        found[own] = codes[inside]
        border = np.flatnonzero(found == "")
        if len(border):
            x, y = west[border] + 0.5 / _CELLS, south[border] + 0.5 / _CELLS
            near = self.pieces(surroundings(x, y, limit + 2 * _RADIUS))
            found[border] = nearest_around(*near, x, y, limit, _RADIUS)
        met, box = tree.query(pieces, predicate="intersects")
        found[box[codes[met] != found[box]]] = ""  # another country reaches in
        return found.tolist()

    def _one_by_one(self, x: Floats, y: Floats, limit: float) -> Texts:
        """Return the code of each point, "" for none."""
        points = np.asarray(shapely.points(x, y))
        pieces, codes = self.pieces(points)
        # The tree holds the points, because shapely prepares the shapes that ask, not those in the tree.
        piece, point = shapely.STRtree(points).query(pieces, predicate="intersects")
        found = first_by_name(codes[piece], point, len(x))
        far = np.flatnonzero(found == "")
        if len(far):
            found[far] = nearest(*self.pieces(surroundings(x[far], y[far], limit)), x[far], y[far], limit)
        return found


@lru_cache(maxsize=1)
def load_countries() -> Countries:
    """Read the country polygons that ship with dsdocs.

    Raises
    ------
    AssetError
        The package was installed without its map files.
    """
    topology = read_topology(vendored("world-atlas", "countries-10m.json"))
    numbers = {country.numeric: country.alpha_2 for country in pycountry.countries}
    known = [
        numbers[shape["id"]] if "id" in shape else _UNNUMBERED.get(shape["properties"]["name"], "")
        for shape in topology.objects["countries"]["geometries"]
    ]
    outlines = [(known[place], rings) for place, rings in topology.outlines("countries") if known[place]]
    boxes, owner = topology.boxes([rings for _, rings in outlines])

    @cache
    def shape(number: int) -> Shapes:
        # On the integer grid rings touch themselves, and a piece of such a ring may be a point or a line.
        polygons = topology.polygons(outlines[number][1])
        valid = shapely.get_parts(shapely.make_valid(polygons, method="structure", keep_collapsed=False))
        return np.asarray(valid[shapely.get_dimensions(valid) == _AREA])

    return Countries(np.array([code for code, _ in outlines]), boxes, owner, shape)


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
