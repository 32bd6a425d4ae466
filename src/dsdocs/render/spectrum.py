"""The bands of a sensor as blocks along the wavelength, one lane for each resolution, as an SVG drawing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from dsdocs.render.format import number
from dsdocs.render.markup import Attributes, Html, element, join
from dsdocs.render.parts import described_by, empty, frame, scroller
from dsdocs.views import Spectrum

_WIDTH, _LEFT, _RIGHT = 760, 62, 14  # drawing units
_LANE, _BLOCK = 64, 26
_LETTER = 7.6  # drawing units, the mean width of a capital or digit at the label's size
_MOST_LABELS = 16  # per lane; an imaging spectrometer has hundreds of bands
# Visible light ends at 700 nm here; the infrared parts are IR-A and IR-B of the CIE (CIE S 017, vocabulary).
_RANGES = (
    ("visible", 400.0, 700.0),
    ("near infrared", 700.0, 1400.0),
    ("short-wave infrared", 1400.0, 3000.0),
)
# Hue in degrees at a wavelength in nm, read off the usual picture of the visible spectrum; a hint, not colorimetry.
_HUES = (
    (400.0, 275.0),
    (445.0, 245.0),
    (480.0, 210.0),
    (510.0, 150.0),
    (545.0, 110.0),
    (575.0, 60.0),
    (605.0, 30.0),
    (645.0, 0.0),
)


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float  # nm
    high: float  # nm

    def x(self, wavelength: float) -> float:
        # Beyond the short-wave infrared a linear axis would squeeze every other band into its first pixels.
        if self.high > 3000:
            share = math.log(wavelength / self.low) / math.log(self.high / self.low)
        else:
            share = (wavelength - self.low) / (self.high - self.low)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


@dataclass(frozen=True, slots=True)
class _Band:
    name: str
    low: float  # nm
    high: float  # nm
    gsd: float  # m

    @property
    def centre(self) -> float:
        return (self.low + self.high) / 2


def spectrum(view: Spectrum, slug: str) -> Html:
    """Draw the bands; labels in a lane are moved apart and led back to their block by a line."""
    lines = zip(view.bands, view.centre, view.width, view.gsd, strict=True)
    bands = [_Band(name, centre - width / 2, centre + width / 2, gsd) for name, centre, width, gsd in lines]
    if not bands:
        return frame(view, "spectrum", slug, empty(), numbers=False)
    low = min(400.0, *(math.floor(band.low / 100) * 100.0 for band in bands))
    high = max(2300.0, *(math.ceil(band.high / 100) * 100.0 for band in bands))
    axis = _Axis(max(low, 1.0), high)
    lanes = sorted({band.gsd for band in bands})
    height = len(lanes) * _LANE + 58
    drawn = [_lane(place, gsd, [band for band in bands if band.gsd == gsd], axis) for place, gsd in enumerate(lanes)]
    attributes: Attributes = {
        "viewBox": f"0 0 {_WIDTH} {height}",
        "role": "img",
        "aria-labelledby": f"{slug}-title",
        "aria-describedby": described_by(view, slug),
        "class": "ds-spectrum-drawing",
    }
    drawing = element("svg", attributes, *drawn, _ground(axis, len(lanes) * _LANE + 10))
    return frame(view, "spectrum", slug, scroller(view.title, drawing))


def _lane(place: int, gsd: float, bands: list[_Band], axis: _Axis) -> Html:
    top = place * _LANE
    base = top + _LANE
    ordered = sorted(bands, key=lambda band: (band.centre, band.name))
    name = element("text", {"x": 0, "y": base - 8, "class": "ds-lane"}, f"{number(gsd)} m")
    rule = _line(0, base, _WIDTH, base, "ds-rule")
    blocks = [_block(band, base, axis) for band in ordered]
    if len(ordered) > _MOST_LABELS:
        note = f"{len(ordered)} bands"
        labels = [element("text", {"x": _LEFT, "y": top + 22, "class": "ds-band-name"}, note)]
    else:
        wanted = [axis.x(band.centre) for band in ordered]
        longest = max(len(_name(band)) for band in ordered)
        places = _apart(wanted, longest * _LETTER + 8, _LEFT + 12, _WIDTH - _RIGHT)
        labels = [_label(band, at, x, base) for band, at, x in zip(ordered, wanted, places, strict=True)]
    return element("g", None, rule, name, *blocks, *labels)


def _block(band: _Band, base: int, axis: _Axis) -> Html:
    left, right = axis.x(max(band.low, axis.low)), axis.x(band.high)
    attributes: Attributes = {
        "x": _short(left),
        "y": base - _BLOCK,
        "width": _short(max(right - left, 2.0)),
        "height": _BLOCK,
        "rx": 2,
        "class": "ds-band" if band.centre >= 700 else "ds-band ds-band-visible",
        "fill": None if band.centre >= 700 else _colour(band.centre),
    }
    return element("rect", attributes)


def _label(band: _Band, at: float, x: float, base: int) -> Html:
    leader = element(
        "path",
        {"d": f"M{_short(at)} {base - _BLOCK - 1}L{_short(x)} {base - _BLOCK - 12}", "class": "ds-leader"},
    )
    name: Attributes = {"x": _short(x), "y": base - _BLOCK - 16, "text-anchor": "middle", "class": "ds-band-name"}
    return join(leader, element("text", name, _name(band)))


def _name(band: _Band) -> str:
    return band.name if len(band.name) <= 6 else band.name[:5] + "…"


def _apart(wanted: list[float], distance: float, low: float, high: float) -> list[float]:
    """Move ascending places apart until neighbours keep their distance, as little as a sweep there and back allows."""
    gap = min(distance, (high - low) / max(len(wanted) - 1, 1))
    groups: list[list[float]] = []
    for place in wanted:
        groups.append([place])
        # A run of labels is centred on the mean of the places its members want; overlapping runs become one.
        while len(groups) > 1 and _start(groups[-1], gap) < _start(groups[-2], gap) + len(groups[-2]) * gap:
            last = groups.pop()
            groups[-1].extend(last)
    placed = [_start(group, gap) + index * gap for group in groups for index in range(len(group))]
    for index, place in enumerate(placed):
        placed[index] = max(place, low + index * gap)
    overrun = [max(place - (high - (len(placed) - 1 - index) * gap), 0.0) for index, place in enumerate(placed)]
    return [place - over for place, over in zip(placed, overrun, strict=True)]


def _start(group: list[float], gap: float) -> float:
    return sum(group) / len(group) - (len(group) - 1) * gap / 2


def _ground(axis: _Axis, top: int) -> Html:
    """Draw the parts of the spectrum, with visible light in its colours, and the wavelengths below."""
    strips = []
    for name, start, end in _RANGES:
        left, right = axis.x(max(start, axis.low)), axis.x(min(end, axis.high))
        if right <= left:
            continue
        if name == "visible":
            strips += _rainbow(axis, top)
        else:
            strip: Attributes = {
                "x": _short(left + 1),
                "y": top,
                "width": _short(right - left - 1),
                "height": 5,
                "class": "ds-infrared",
            }
            strips.append(element("rect", strip))
        middle: Attributes = {
            "x": _short((left + right) / 2),
            "y": top + 22,
            "text-anchor": "middle",
            "class": "ds-range",
        }
        strips.append(element("text", middle, name))
    ticks = [
        element(
            "text",
            {"x": _short(axis.x(tick)), "y": top + 42, "text-anchor": "middle", "class": "ds-tick"},
            label,
        )
        for tick, label in _ticks(axis)
    ]
    return element("g", None, *strips, *ticks)


def _rainbow(axis: _Axis, top: int) -> list[Html]:
    edges = range(400, 701, 10)
    return [
        element(
            "rect",
            {
                "x": _short(axis.x(start)),
                "y": top,
                "width": _short(axis.x(end) - axis.x(start) + 0.3),
                "height": 5,
                "fill": _colour((start + end) / 2),
            },
        )
        for start, end in pairwise(edges)
    ]


def _ticks(axis: _Axis) -> list[tuple[float, str]]:
    if axis.high > 3000:
        powers = range(math.ceil(math.log10(axis.low)), math.floor(math.log10(axis.high)) + 1)
        return [(10.0**power, f"{number(10.0**power)} nm") for power in powers]
    step = 400
    marks = range(math.ceil(axis.low / step) * step, int(axis.high) + 1, step)
    return [(float(mark), f"{mark} nm" if place == 0 else str(mark)) for place, mark in enumerate(marks)]


def _colour(wavelength: float) -> str:
    for (low, hue), (high, next_hue) in pairwise(_HUES):
        if wavelength <= high:
            share = max((wavelength - low) / (high - low), 0.0)
            return f"hsl({hue + share * (next_hue - hue):.0f} 72% 52%)"
    return "hsl(0 72% 45%)"


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Html:
    return element("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "class": kind})


def _short(value: float) -> str:
    return f"{value:.1f}"
