"""Are the bands what their names say? A test of their order by what pixels alone tell.

It knows four signs, each of which uses a band's resolution or wavelength, never its position: the size of its raster
or, on a common grid, what enlarging has left (`resolution`); how bright it is over vegetation and water, and in the
cirrus band (`levels`); and which other bands it varies with (`neighbours`). A sign speaks up only where the patches are
clear enough; silence of all is what a right order looks like.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from dsdocs.pixels.evidence import FACTORS, Evidence
from dsdocs.pixels.model import OrderCheck, OrderFinding
from dsdocs.pixels.roles import Roles, roles_of
from dsdocs.sensors import Sensor

Array = np.ndarray[Any, Any]
Said = tuple[tuple[int, ...], str]  # bands that a sign is about, and a sentence
ENLARGED = 0.9  # share of equal blocks from which a band counts as enlarged by repetition
CLEAR = 2.0  # mean square of differences below which noise says more than the ground
CELLS = 64  # fewest cells of vegetation or water that a level is taken from
VEGETATED = (
    0.5  # of (NIR - visible) / (NIR + visible), medians over several bands each, so that one swap spoils neither
)
WATER = -1 / 3  # below it, the near infrared is less than half as bright as the visible
LEVEL = 0.98  # ratio below which two levels are the wrong way round
DOUBTFUL = 0.8  # the same for red and green, which dry grass may turn round
PATCHES = 3  # fewest patches whose correlations are compared
AGREE = 0.7  # share of them that must agree
STEP = 0.005  # difference of correlations that the median must exceed


@dataclass(frozen=True, slots=True)
class Observed:
    """The evidence of the patches that have all bands, as arrays."""

    sensor: Sensor
    roles: Roles
    sizes: Array  # (patches, bands, 2) in px: width, height
    first: Array  # (patches, bands)
    second: Array  # (patches, bands)
    blocks: Array  # (patches, bands, factors)
    cells: Array  # (patches, bands, cells)

    def name(self, band: int) -> str:
        """Return the name of a band."""
        return self.sensor.bands[band].name

    def gsd(self, band: int) -> float | None:
        """Return the resolution of a band in metres."""
        return self.sensor.bands[band].gsd


def check_order(asset: str, sensor: Sensor, evidence: Sequence[Evidence]) -> OrderCheck:
    """Test the order of an optical sensor's bands.

    Parameters
    ----------
    asset
        Key of the sensor.
    sensor
        Says which band each place holds, with resolution and wavelength.
    evidence
        Of some patches, in any order; those that lack a band are left out.
    """
    observed = _observed(sensor, evidence)
    if observed is None:
        return OrderCheck(asset, 0, (), ())
    rules, findings = [], []
    for rule, sign in _SIGNS.items():
        said = list(sign(observed))
        if not said:
            continue
        rules.append(rule)
        findings += [
            OrderFinding(asset, rule, tuple(observed.name(band) for band in bands), text)
            for bands, text in said
            if text
        ]
    return OrderCheck(asset, len(observed.cells), tuple(rules), tuple(findings))


def _observed(sensor: Sensor, evidence: Sequence[Evidence]) -> Observed | None:
    by_patch: dict[int, dict[int, Evidence]] = {}
    for one in evidence:
        by_patch.setdefault(one.number, {})[one.band] = one
    count = len(sensor.bands)
    whole = [[own[band] for band in range(count)] for _, own in sorted(by_patch.items()) if len(own) == count]
    if not whole or count < 2:
        return None

    def array(name: str) -> Array:
        return np.array([[getattr(one, name) for one in own] for own in whole], np.float64)

    sizes = np.stack([array("width"), array("height")], axis=-1)
    return Observed(sensor, roles_of(sensor), sizes, array("first"), array("second"), array("blocks"), array("grid"))


# Each sign yields (bands, sentence) for what is wrong, and (bands, "") for what it has looked at and found right.


def _by_size(observed: Observed) -> Iterator[Said]:
    """Where bands are stored in their own resolution, pixels times resolution is the same length on the ground."""
    known = [(band, gsd) for band in range(len(observed.sensor.bands)) if (gsd := observed.gsd(band)) is not None]
    widths = np.median(observed.sizes[:, :, 0], axis=0)
    if len({widths[band] for band, _ in known}) < 2:
        return
    lengths = {band: float(widths[band] * gsd) for band, gsd in known}
    common = float(np.median(list(lengths.values())))
    for band, length in lengths.items():
        wrong = abs(length - common) > 0.02 * common
        text = (
            f"{observed.name(band)} has {widths[band]:g} pixels a row, which at {observed.gsd(band):g} m are "
            f"{length:,.0f} m; the other bands cover {common:,.0f} m"
        )
        yield (band,), text if wrong else ""


def _common_grid(observed: Observed) -> list[tuple[int, float]]:
    """Return the bands of known resolution where all are stored on one grid, though their resolutions differ."""
    known = [(band, gsd) for band in range(len(observed.sensor.bands)) if (gsd := observed.gsd(band)) is not None]
    widths = {float(width) for band, _ in known for width in observed.sizes[:, band, 0]}
    same = all(len(set(own[[band for band, _ in known], 0])) == 1 for own in observed.sizes) if known else False
    return known if widths and same and len({gsd for _, gsd in known}) > 1 else []


def _factors(observed: Observed) -> dict[int, int]:
    """Return by which factor each band was enlarged by repetition; 1 where it was not."""
    varied = observed.first > 0
    found = {}
    for band in range(observed.first.shape[1]):
        own = observed.blocks[varied[:, band], band]
        shares = np.median(own, axis=0) if len(own) else np.zeros(len(FACTORS))
        found[band] = max(
            (factor for factor, share in zip(FACTORS, shares, strict=True) if share >= ENLARGED), default=1
        )
    return found


def _by_blocks(observed: Observed) -> Iterator[Said]:
    """Bands that were enlarged by repeating pixels show blocks of the size of their own pixels."""
    known = _common_grid(observed)
    found = _factors(observed)
    if not known or all(found[band] == 1 for band, _ in known):
        return
    finest = min(gsd for _, gsd in known)
    for band, gsd in known:
        expected = round(gsd / finest)
        if expected not in (1, *FACTORS):
            continue
        text = (
            f"{observed.name(band)} shows blocks of {found[band]} x {found[band]} equal pixels; at {gsd:g} m on a "
            f"grid of {finest:g} m they would be {expected} x {expected}"
        )
        yield (band,), text if found[band] != expected else ""


def _by_sharpness(observed: Observed) -> Iterator[Said]:
    """Bands that were enlarged smoothly are the smoother the coarser they are.

    Measured is the mean square of second differences over that of first ones, which is 3 for noise and falls with the
    square of the frequency where there is nothing but low frequencies.
    """
    known = [(band, gsd) for band, gsd in _common_grid(observed) if band not in observed.roles["cirrus"]]
    if not known or any(factor > 1 for band, factor in _factors(observed).items() if band in dict(known)):
        return
    first, second = observed.first.mean(axis=0), observed.second.mean(axis=0)
    sharp = {band: float(second[band] / first[band]) for band, _ in known if first[band] >= CLEAR}
    for (fine, gsd), (coarse, other) in product(known, known):
        if gsd >= other or fine not in sharp or coarse not in sharp:
            continue
        text = (
            f"{observed.name(coarse)} ({other:g} m) is sharper than {observed.name(fine)} ({gsd:g} m): "
            f"{sharp[coarse]:.2f} against {sharp[fine]:.2f}"
        )
        yield (fine, coarse), text if sharp[coarse] > sharp[fine] else ""


def _greenness(observed: Observed) -> Array | None:
    """Return (NIR - visible) / (NIR + visible) of each cell, ``(patches, cells)``; None without three bands of each."""
    visible, infrared = observed.roles.visible, observed.roles.infrared
    if len(visible) < 3 or len(infrared) < 3:
        return None
    seen, nir = (np.median(observed.cells[:, list(bands)], axis=1) for bands in (visible, infrared))
    total = seen + nir
    found: Array = np.where(total > 0, (nir - seen) / np.where(total > 0, total, 1), 0.0)
    return found


def _levels(observed: Observed, mask: Array, pairs: Sequence[tuple[int, int]], where: str) -> Iterator[Said]:
    """Compare levels: the first band of each pair is to be the darker one."""
    if np.count_nonzero(mask) < CELLS:
        return
    for dark, bright in pairs:
        one, other = (observed.cells[:, band][mask] for band in (dark, bright))
        sure = (one > 0) & (other > 0)
        if np.count_nonzero(sure) < CELLS:
            continue
        ratio = float(np.median(other[sure] / one[sure]))
        text = (
            f"over {where}, {observed.name(bright)} is darker than {observed.name(dark)}: {ratio:.2f} times as bright"
        )
        doubtful = dark in observed.roles["red"] and bright in observed.roles["green"]
        yield (dark, bright), text if ratio < (DOUBTFUL if doubtful else LEVEL) else ""


def _over_vegetation(observed: Observed) -> Iterator[Said]:
    """Leaves absorb red and blue for photosynthesis, scatter the near infrared, and hold water that absorbs beyond."""
    greenness = _greenness(observed)
    if greenness is not None:
        yield from _levels(observed, greenness > VEGETATED, observed.roles.rising(), "vegetation")


def _over_water(observed: Observed) -> Iterator[Said]:
    """Water absorbs the near infrared within centimetres, and lets green through."""
    greenness = _greenness(observed)
    if greenness is not None:
        pairs = [(nir, green) for nir, green in product(observed.roles.infrared, observed.roles["green"])]
        yield from _levels(observed, greenness < WATER, pairs, "water")


def _cirrus(observed: Observed) -> Iterator[Said]:
    """Water vapour absorbs all light at 1375 nm before it reaches the ground, so that this band is the darkest."""
    means = observed.cells.mean(axis=(0, 2))
    for cirrus, band in product(observed.roles["cirrus"], range(len(means))):
        if band != cirrus:
            text = f"{observed.name(cirrus)}, which sees no ground, is brighter than {observed.name(band)}"
            yield (cirrus, band), text if means[cirrus] >= means[band] else ""


def _neighbours(observed: Observed) -> Iterator[Said]:
    """Bands that are near in wavelength vary together more than those that are far apart."""
    centred = observed.cells - observed.cells.mean(axis=2, keepdims=True)
    size = np.sqrt(np.square(centred).sum(axis=2))
    for band, near, far in observed.roles.triples():
        known = np.flatnonzero((size[:, [band, near, far]] > 0).all(axis=1))
        if len(known) < PATCHES:
            continue
        with_near, with_far = (
            (centred[known, band] * centred[known, other]).sum(axis=1) / (size[known, band] * size[known, other])
            for other in (near, far)
        )
        steps = with_near - with_far
        wrong = float(np.median(steps)) < -STEP and float((steps < 0).mean()) >= AGREE
        text = (
            f"{observed.name(band)} varies with {observed.name(far)} more than with {observed.name(near)}, in "
            f"{(steps < 0).mean():.0%} of the patches"
        )
        yield (band, near, far), text if wrong else ""


_SIGNS = {
    "size": _by_size,
    "blocks": _by_blocks,
    "sharpness": _by_sharpness,
    "vegetation": _over_vegetation,
    "water": _over_water,
    "cirrus": _cirrus,
    "neighbours": _neighbours,
}
