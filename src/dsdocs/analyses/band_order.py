"""Are the bands in the order that is said?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsdocs.analyses.words import counted
from dsdocs.pixels.model import OrderCheck, PixelFigures
from dsdocs.sensors import Sensor
from dsdocs.views import Table, View

RULES = {
    "size": "Bands of coarser resolution have fewer pixels.",
    "blocks": "Bands that were enlarged by repeating pixels show blocks of the size of their own pixels.",
    "sharpness": "Bands of coarser resolution that were brought to a finer grid are smoother.",
    "vegetation": "Leaves are dark in red and blue, bright in the near infrared, and darker again beyond.",
    "water": "Water is darker in the near infrared than in green.",
    "cirrus": "The cirrus band sees no ground, and is the darkest.",
    "neighbours": "Bands near in wavelength vary together more than bands far apart.",
}


@dataclass(frozen=True, slots=True)
class BandOrder:
    """What the test of the band order found."""

    checks: tuple[OrderCheck, ...]
    titles: Mapping[str, str]  # key of an asset -> title of its sensor

    def views(self) -> tuple[View, ...]:
        """Return a row for each sign that was looked at."""
        return tuple(self._table(check) for check in self.checks if check.rules)

    def _table(self, check: OrderCheck) -> Table:
        rows = []
        for rule in check.rules:
            found = [finding.text for finding in check.findings if finding.rule == rule]
            shown = "; ".join(found[:3]) + (f"; and {len(found) - 3:,} more" if len(found) > 3 else "")
            rows.append((RULES[rule], "contradicted" if found else "holds", shown or None))
        title = self.titles.get(check.asset, check.asset)
        where = counted(check.patches, "patch", "patches")
        if not check.findings:
            finding = (
                f"In {where}, nothing contradicts the order of the bands: "
                f"{counted(len(check.rules), 'sign holds', 'signs hold')}."
            )
        else:
            bands = sorted({band for one in check.findings for band in one.bands})
            finding = f"In {where}, the order of the bands is in doubt; it concerns {', '.join(bands)}."
        return Table(f"Order of the bands of {title}", ("Sign", "Result", "What contradicts"), tuple(rows), finding)


def band_order(figures: PixelFigures, sensors: Mapping[str, Sensor]) -> BandOrder:
    """Show the result of `dsdocs.pixels.order.check_order` for each optical sensor.

    Raises
    ------
    ValueError
        The test could not look at any sign.
    """
    if not any(check.rules for check in figures.order):
        raise ValueError("no sensor has bands whose order shows in their pixels")
    return BandOrder(figures.order, {asset: sensor.title for asset, sensor in sensors.items()})
