"""Deal out the patches: which place, on which date, under which names, in which split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np

from dsdocs.geo.mgrs import patch_corner
from dsdocs.sample.landscape import Window, shore
from dsdocs.sample.noise import make_key, uniform
from dsdocs.sample.tables import SEASONS, Pass, Region, load_regions

PIXELS = 120  # px of 10 m along a patch
_BLOCK = 2  # patches along a block, the unit of the splits
_CLUSTER = (4, 3)  # blocks along a cluster, east and south
_CYCLE = 5  # days from a pass of Sentinel-2A to the next one of Sentinel-2B
_OFF_SHORE = 75  # px that the first patch of a cluster may reach beyond the line of the coast

# Eleven blocks of a cluster by their position, and sixteen visits to them: each date sees one connected area.
# The first four visits see one block in every season, a second block is seen in three.
_BLOCKS = ((0, 0), (1, 0), (0, 1), (0, 2), (1, 1), (2, 1), (2, 0), (3, 0), (3, 1), (1, 2), (2, 2))
_VISITS = (
    ("summer", 4), ("spring", 4), ("autumn", 4), ("winter", 4),
    ("summer", 5), ("spring", 5), ("winter", 5), ("summer", 1),
    ("autumn", 9), ("spring", 6), ("summer", 0), ("winter", 10),
    ("spring", 7), ("autumn", 3), ("summer", 2), ("spring", 8),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """Two by two neighbouring patches, seen on one date."""

    region: Region
    view: Pass
    column: int  # of the upper left patch
    row: int

    def window(self, margin: int) -> Window:
        """Return the block's pixels with a margin on each side."""
        side = _BLOCK * PIXELS + 2 * margin
        return Window(self.column * PIXELS - margin, self.row * PIXELS - margin, side, side)


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch and everything that its names hold."""

    block: Block
    column: int
    row: int
    split: str  # train, validation, test

    @property
    def corner(self) -> tuple[str, float, float]:
        """CRS, easting and northing of the upper left corner in metres."""
        return patch_corner(self.block.region.tile, self.column, self.row)

    @property
    def product(self) -> str:
        """Sentinel-2 product; the processing baseline N0000 does not exist."""
        region, view = self.block.region, self.block.view
        return f"{view.platform}_MSIL2A_{_stamp(view.time)}_N0000_R{region.orbit:03}_T{region.tile}"

    @property
    def name(self) -> str:
        """Name as in BigEarthNet v2."""
        return f"{self.product}_{self.column:02}_{self.row:02}"

    @property
    def name_v1(self) -> str:
        """Name as in BigEarthNet v1, which leaves out the tile."""
        view = self.block.view
        return f"{view.platform}_MSIL2A_{_stamp(view.time)}_{self.column}_{self.row}"

    @property
    def tile_source(self) -> str:
        """Level-1C product that a v1 patch names as its source."""
        region, time = self.block.region, _stamp(self.block.view.time)
        return f"{self.block.view.platform}_MSIL1C_{time}_N0000_R{region.orbit:03}_T{region.tile}_{time}.SAFE"

    @property
    def radar_time(self) -> datetime:
        """Acquisition time of the radar patch: the day before the optical one."""
        clock = datetime.strptime(self.block.region.sentinel_1, "T%H%M%S").time()
        return datetime.combine(self.block.view.time.date() - timedelta(days=1), clock)

    @property
    def scene(self) -> str:
        """Sentinel-1 scene, as far as patch names hold it."""
        return f"S1{self.block.view.platform[-1]}_IW_GRDH_1SDV_{_stamp(self.radar_time)}"

    @property
    def scene_source(self) -> str:
        """Sentinel-1 product in full; orbit 000000 does not exist."""
        return f"{self.scene}_{_stamp(self.radar_time + timedelta(seconds=25))}_000000_000000_0000"

    @property
    def radar_name(self) -> str:
        """Name of the radar patch, in v1 and v2."""
        return f"{self.scene}_{self.block.region.tile}_{self.column}_{self.row}"


def _stamp(time: datetime) -> str:
    return time.strftime("%Y%m%dT%H%M%S")


@lru_cache(maxsize=8)
def _clusters(region: Region) -> tuple[tuple[int, int], ...]:
    """Return the corners of a tile's clusters, the nearest to the anchor first, ties by position."""
    wide, high = (_BLOCK * count for count in _CLUSTER)
    (column, row), (left, right), (top, bottom) = region.anchor, region.columns, region.rows
    corners = [
        (i, j)
        for i in range(column % wide, right - wide + 2, wide)
        for j in range(row % high, bottom - high + 2, high)
        if i >= left and j >= top and i * PIXELS >= shore(region, j * PIXELS) - _OFF_SHORE
    ]
    return tuple(sorted(corners, key=lambda c: ((c[0] - column) ** 2 + (c[1] - row) ** 2, c)))


def _later(view: Pass, rounds: int) -> Pass:
    """Return the pass some cycles later; the two satellites take turns."""
    platform = view.platform if rounds % 2 == 0 else {"S2A": "S2B", "S2B": "S2A"}[view.platform]
    return replace(view, platform=platform, time=view.time + timedelta(days=_CYCLE * rounds))


def plan_block(number: int) -> Block:
    """Return block ``number``, which does not depend on how many there are."""
    regions = load_regions()
    turn, which = divmod(number, len(regions))
    region = regions[which]
    cluster, visit = divmod(turn, len(_VISITS))
    # The regions take the seasons in turns, so that a small sample sees all of them.
    season, place = _VISITS[(visit + which) % 4 if visit < 4 else visit]
    corners = _clusters(region)
    rounds, position = divmod(cluster, len(corners))
    column, row = corners[position]
    east, south = _BLOCKS[place]
    view = _later(region.passes[SEASONS.index(season)], rounds)
    return Block(region, view, column + _BLOCK * east, row + _BLOCK * south)


def _splits(region: Region, column: int, row: int) -> tuple[str, ...]:
    """Give two patches of a block to training and one each to validation and test, whatever the date."""
    key = make_key("split", region.name)
    draw = int(uniform(key, np.array(column), np.array(row)).item() * 12)
    splits = ["train"] * 4
    splits[draw % 4] = "validation"
    splits[(draw % 4 + 1 + draw // 4) % 4] = "test"
    return tuple(splits)


def plan(patches: int) -> Iterator[tuple[Block, tuple[Patch, ...]]]:
    """Yield the blocks of a sample with their patches; the last block may be incomplete."""
    for number in range(-(-patches // 4)):
        block = plan_block(number)
        splits = _splits(block.region, block.column, block.row)
        members = tuple(
            Patch(block, block.column + corner % 2, block.row + corner // 2, splits[corner])
            for corner in range(min(4, patches - 4 * number))
        )
        yield block, members
