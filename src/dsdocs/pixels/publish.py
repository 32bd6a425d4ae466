"""The figures as other programs read them: ``band-statistics.json``, at a stable address of the site."""

from __future__ import annotations

import json
from typing import Any

from dsdocs.pixels.histogram import RELATIVE_ERROR
from dsdocs.pixels.model import BandFigures, ClassFigures, PixelFigures

FILE = "band-statistics.json"
VERSION = 1


def statistics_json(figures: PixelFigures) -> str:
    """Write figures of bands and classes, and the result of the band-order test.

    Returns
    -------
    str
        An object with ``version``; ``patches`` and ``patches_read``; ``assets``: key -> ``bands`` (names in the order
        of the sensor), ``mean`` and ``std`` as lists in the same order, ``statistics`` with an object for each band,
        ``classes``: label -> ``patches``, ``mean`` and ``std`` as lists; and ``band_order``. Missing values are null.
    """
    assets = list(dict.fromkeys(band.asset for band in figures.bands))
    content = {
        "version": VERSION,
        "patches": figures.patches,
        "patches_read": figures.read,
        "sampled": figures.sampled,
        "assets": {asset: _asset(asset, figures) for asset in assets},
        "band_order": [
            {
                "asset": check.asset,
                "patches": check.patches,
                "rules": check.rules,
                "findings": [{"rule": one.rule, "bands": one.bands, "text": one.text} for one in check.findings],
            }
            for check in figures.order
        ],
        "unreadable": len(figures.unreadable),
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _asset(asset: str, figures: PixelFigures) -> dict[str, Any]:
    bands = [band for band in figures.bands if band.asset == asset]
    names = [band.band for band in bands]
    return {
        "bands": names,
        "mean": [band.mean for band in bands],
        "std": [band.std for band in bands],
        "statistics": {band.band: _band(band) for band in bands},
        "classes": _classes([one for one in figures.classes if one.asset == asset], names),
    }


def _band(band: BandFigures) -> dict[str, Any]:
    found = {
        "kind": band.kind,
        "dtype": list(band.dtypes),
        "size": [list(size[:2]) for size in band.sizes],
        "gsd": band.gsd,
        "patches": band.patches,
        "count": band.count,
        "nodata": band.invalid,
        "saturated": band.saturated,
        "saturated_from": list(band.saturated_from),
        "saturated_declared": band.declared,
        "mean": band.mean,
        "std": band.std,
        "min": band.minimum,
        "max": band.maximum,
        "percentiles": {str(percent): value for percent, value in band.percentiles.items()},
        "percentile_relative_error": 0.0 if band.exact else RELATIVE_ERROR,
    }
    if band.kind == "map":
        found["values"] = {str(code): count for code, count in band.values.items()}
    return found


def _classes(own: list[ClassFigures], names: list[str]) -> dict[str, Any]:
    found: dict[str, dict[str, ClassFigures]] = {}
    for one in own:
        found.setdefault(one.label, {})[one.band] = one
    return {
        label: {
            "patches": max(one.patches for one in bands.values()),
            "mean": [bands[name].mean if name in bands else None for name in names],
            "std": [bands[name].std if name in bands else None for name in names],
        }
        for label, bands in found.items()
    }
