"""What pages say of pixels: known answers, and code that runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from dsdocs.analyses.band_constants import band_constants
from dsdocs.analyses.band_figures import band_figures
from dsdocs.analyses.band_order import RULES, band_order
from dsdocs.analyses.signatures import signatures
from dsdocs.pixels.model import BandFigures, Bins, ClassFigures, OrderCheck, OrderFinding, PixelFigures
from dsdocs.pixels.order import _SIGNS
from dsdocs.render.html import html
from dsdocs.sensors import Band, Sensor
from dsdocs.views import Bars, Code, Histograms, Lines, Table, from_json, to_json

SENSOR = Sensor(
    "two", "Two bands", "optical", (Band("nir", gsd=10.0, centre=840.0), Band("red", gsd=10.0, centre=660.0))
)
RADAR = Sensor("radar", "Radar", "radar", (Band("VV"),))


def band(name: str, **changes: object) -> BandFigures:
    found: dict[str, object] = {
        "asset": "image", "band": name, "kind": "optical", "dtypes": ("uint16",), "sizes": ((120, 120, 4),),
        "gsd": 10.0, "patches": 4, "count": 57_600, "invalid": 0, "saturated": 0, "mean": 1000.0, "std": 100.0,
        "minimum": 3.0, "maximum": 9000.0, "percentiles": {1: 10.0, 2: 20.0, 50: 1000.25, 98: 3000.0, 99: 4000.0},
        "exact": True, "bins": Bins(0.0, 100.0, (5, 9, 3), 0, 570), "values": {},
    }  # fmt: skip
    return BandFigures(**{**found, **changes})  # type: ignore[arg-type]


def one(label: str, name: str, mean: float, std: float, patches: int = 2) -> ClassFigures:
    return ClassFigures(label, "image", name, patches, 28_800, mean, std)


CLASSES = (
    one("Forest", "nir", 3000.0, 300.0, 3),
    one("Forest", "red", 300.0, 50.0, 3),
    one("Water", "nir", 100.0, 100.0),
    one("Water", "red", 310.0, 60.0),
)


def figures(*bands: BandFigures, **changes: object) -> PixelFigures:
    found: dict[str, object] = {
        "patches": 4, "read": 4, "sampled": False, "bands": bands or (band("nir"), band("red", std=400.0)),
        "classes": CLASSES, "unreadable": (), "order": (),
    }  # fmt: skip
    return PixelFigures(**{**found, **changes})  # type: ignore[arg-type]


def drawn(views: tuple[object, ...]) -> None:
    for number, view in enumerate(views):
        assert from_json(to_json(view)) == view  # type: ignore[arg-type]
        html(view, slug=f"figure-{number}")  # type: ignore[arg-type]


def test_tables_and_histograms_show_the_figures_of_each_band() -> None:
    views = band_figures(figures()).views()
    drawn(views)
    values, storage, histograms = views
    assert isinstance(values, Table)
    assert isinstance(storage, Table)
    assert isinstance(histograms, Histograms)
    assert values.rows[0] == ("nir", 1000, 100, 3, 10, 20, 1000.2, 3000, 4000, 9000)
    assert values.summary == "115,200 pixels of 4 patches. Every one of them has data, and none is saturated."
    assert storage.rows[1] == ("red", "uint16", "120 x 120", 10.0, 4, 57_600, 0.0, 0.0, None)
    assert storage.summary == "Each band has one type and one size in all patches."
    assert histograms.distributions[0].counts == (5, 9, 3)
    assert histograms.distributions[0].marks == (20.0, 1000.25, 3000.0)
    assert histograms.distributions[0].note == "0.99 % beyond"
    assert histograms.summary.startswith("red varies the most for its mean, nir the least: standard deviations of 40%")


def test_gaps_saturation_and_differing_sizes_are_said() -> None:
    odd = band("nir", invalid=6400, saturated=576, sizes=((120, 120, 3), (60, 60, 1)))
    values, storage, _ = band_figures(figures(odd, band("red"), sampled=True)).views()
    assert "a sample of 4 patches" in values.summary
    assert "Most without data has nir: 10 %. Most saturated is nir: 1 %." in values.summary
    assert storage.summary == "Type or size differ between patches in nir."
    assert storage.rows[0][2] == "120 x 120 (3), 60 x 60 (1)"


def test_the_value_from_which_pixels_are_saturated_is_told_with_its_source() -> None:
    bands = (
        band("nir", saturated_from=(65535.0,), declared=True),
        band("red", saturated_from=(255.0, 65535.0), dtypes=("uint8", "uint16")),
    )
    _, storage, _ = band_figures(figures(*bands)).views()
    assert isinstance(storage, Table)
    assert [row[storage.columns.index("Saturated from")] for row in storage.rows] == [
        "65535 (declared for the sensor)", "255, 65535 (the largest of the type)",
    ]  # fmt: skip


def test_decibels_are_not_compared_with_their_mean() -> None:
    bands = [band(name, minimum=-30.0, mean=-12.0, std=std) for name, std in (("VV", 5.25), ("VH", 4.5))]
    *_, histograms = band_figures(figures(*bands)).views()
    assert histograms.summary == "VV varies the most, VH the least: standard deviations of 5.25 and 4.5."


def test_the_codes_of_a_map_are_counted_and_it_has_no_histogram() -> None:
    blank = dict.fromkeys(("mean", "std", "bins"))
    map_ = band("classes", asset="map", kind="map", values={0: 10, 311: 90}, percentiles={}, **blank)
    views = band_figures(figures(band("nir"), map_)).views()
    drawn(views)
    codes = views[-1]
    assert isinstance(codes, Bars)
    assert (codes.categories, codes.values, codes.whole) == (("311", "0"), (90, 10), 100)
    assert [view.title for view in views if isinstance(view, Histograms)] == ["Histograms of image"]
    assert views[0].rows[0][0] == "image nir"


def test_signatures_follow_the_wavelength_and_name_the_band_that_tells_classes_apart() -> None:
    (view,) = signatures(figures(), {"image": SENSOR}).views()
    drawn((view,))
    assert isinstance(view, Lines)
    assert (view.names, view.places, view.axis) == (("red", "nir"), (660.0, 840.0), "wavelength (nm)")
    assert [series.name for series in view.series] == ["Forest", "Water"]  # most patches first
    assert view.series[0].values == (300.0, 3000.0)
    assert view.series[0].spread == (50.0, 300.0)
    assert view.common == (1000.0, 1000.0)
    assert view.summary == (
        "Of single bands, nir tells the 2 classes apart best: from 100 (Water) to 3,000 (Forest) on average."
    )
    # (1450 ** 2) / ((300 ** 2 + 100 ** 2) / 2)
    (part,) = signatures(figures(), {"image": SENSOR}).parts
    assert part.separation("nir") == pytest.approx(42.05)


def test_bands_without_a_wavelength_stay_in_the_order_of_their_sensor() -> None:
    sensor = Sensor("two", "Two", "optical", (Band("nir"), Band("red", centre=660.0)))
    (view,) = signatures(figures(), {"image": sensor}).views()
    assert (view.names, view.axis) == (("nir", "red"), "")
    drawn((view,))


def test_a_contradicted_order_is_told_with_its_reasons() -> None:
    finding = OrderFinding("image", "size", ("nir",), "nir has 60 pixels a row")
    check = OrderCheck("image", 7, ("size", "vegetation"), (finding,))
    (view,) = band_order(figures(order=(check,)), {"image": SENSOR}).views()
    drawn((view,))
    assert [row[1:] for row in view.rows] == [("contradicted", "nir has 60 pixels a row"), ("holds", None)]
    assert view.summary == "In 7 patches, the order of the bands is in doubt; it concerns nir."
    (right,) = band_order(figures(order=(OrderCheck("image", 7, ("size",), ()),)), {}).views()
    assert right.summary == "In 7 patches, nothing contradicts the order of the bands: 1 sign holds."


def test_every_sign_is_explained() -> None:
    assert set(RULES) == set(_SIGNS)


def names(code: str) -> Mapping[str, object]:
    found: dict[str, object] = {}
    exec(code, found)
    return found


def test_the_constants_for_numpy_run_and_normalise() -> None:
    bands = [band(f"B{n:02}", mean=1000.5 + n, std=0.0 if n == 3 else 10.0 + n) for n in range(13)]
    code = band_constants(figures(*bands)).views()[0]
    assert isinstance(code, Code)
    assert max(map(len, code.text.splitlines())) <= 80
    found = names(code.text)
    assert found["BANDS"] == [one.band for one in bands]
    image = np.stack([np.full((2, 2), one.mean) for one in bands])
    assert np.abs(found["normalise"](image)).max() < 1e-4  # type: ignore[operator]


def test_the_constants_for_pytorch_run_and_normalise() -> None:
    import torch

    code = band_constants(figures()).views()[1]
    found = names(code.text)
    image = torch.full((5, 2, 3, 3), 1000.0)
    assert found["Normalise"]()(image).abs().max() == 0  # type: ignore[operator]


@pytest.mark.parametrize(
    "call",
    [
        lambda empty: band_figures(empty),
        lambda empty: band_constants(empty),
        lambda empty: signatures(empty, {"image": SENSOR}),
        lambda empty: band_order(empty, {}),
    ],
)
def test_without_pixels_there_is_nothing_to_show(call: object) -> None:
    empty = PixelFigures(4, 0, True, (), (), (), ())
    with pytest.raises(ValueError, match=r"no "):
        call(empty)  # type: ignore[operator]
