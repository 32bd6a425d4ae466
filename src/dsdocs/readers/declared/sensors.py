"""What the images of a declared layout measure, as far as names of bands and headers tell."""

from __future__ import annotations

import re

import pyarrow as pa

from dsdocs.archive import Archive
from dsdocs.imagery.raster import read_header
from dsdocs.layout import Layout
from dsdocs.readers.declared.files import PLACEHOLDER
from dsdocs.sensors import Band, Colours, Kind, Sensor, generic_sensor, load_sensor

_RADAR = frozenset({"VV", "VH", "HH", "HV"})
_COLOURS: tuple[Colours, ...] = (("B04", "B03", "B02"), ("B4", "B3", "B2"), ("red", "green", "blue"), ("R", "G", "B"))
_BUILT_IN = {1: "grey", 3: "rgb"}


def sensors_of(summary: pa.Table, archive: Archive, layout: Layout) -> dict[str, Sensor]:
    """Return a sensor for each asset, from the first image of each.

    Parameters
    ----------
    summary
        Its column ``assets`` is read.
    archive
        Opened for one header each; its names are gone through where bands are files and the layout does not list them.
    """
    first = _first_hrefs(summary)
    listed = {asset.key: asset.bands for asset in layout.assets}
    bands = {key: listed.get(key, layout.bands) for key in first}
    bands |= _bands_of({key: href for key, href in first.items() if PLACEHOLDER in href and not bands[key]}, archive)
    sensors = {}
    for key, href in first.items():
        if PLACEHOLDER in href:
            sensors[key] = _by_names(key, bands[key])
        else:
            with archive.open(href) as source:
                header = read_header(source, href)
            built_in = _BUILT_IN.get(header.count) if header.dtype == "uint8" else None
            sensors[key] = load_sensor(built_in) if built_in else generic_sensor(header.count, None)
    return sensors


def _first_hrefs(summary: pa.Table) -> dict[str, str]:
    entries = summary["assets"].combine_chunks().flatten()
    keys, hrefs = entries.field("key"), entries.field("href")
    return {key: hrefs[keys.index(key).as_py()].as_py() for key in sorted(keys.unique().to_pylist())}


def _bands_of(hrefs: dict[str, str], archive: Archive) -> dict[str, tuple[str, ...]]:
    """Return the bands of one image of each asset."""
    # Not by the patterns of the layout: the folders that all files share may be missing from these paths.
    forms = {key: _form(href) for key, href in hrefs.items()}
    found: dict[str, set[str]] = {key: set() for key in hrefs}
    for member in archive.members() if hrefs else ():
        for key, form in forms.items():
            if match := form.fullmatch(member.path):
                found[key].add(match["band"])
    return {key: tuple(sorted(bands)) for key, bands in found.items()}


def _form(href: str) -> re.Pattern[str]:
    first, *rest = map(re.escape, href.split(PLACEHOLDER))
    return re.compile(f"{first}(?P<band>[^/]+){'(?P=band)'.join(rest)}", re.DOTALL)


def _by_names(key: str, names: tuple[str, ...]) -> Sensor:
    shown = next((colours for colours in _COLOURS if set(colours) <= set(names)), None)
    if shown is None and len(names) >= len(_COLOURS[0]):
        shown = (names[0], names[1], names[2])
    kind: Kind = "radar" if _RADAR.issuperset(names) else "optical"
    return Sensor(
        f"declared-{key}", key.replace("-", " "), kind, tuple(Band(name) for name in names), true_colour=shown
    )
