"""The page on pixel values, from the program to the browser's files."""

from __future__ import annotations

import json
import re

from support.sites import Sites


def test_the_page_and_its_json_say_the_same(sites: Sites) -> None:
    built = sites["bigearthnet-v1-s2"]
    page = (built.site / "pixels.html").read_text(encoding="utf-8")
    published = json.loads((built.site / "_data" / "band-statistics.json").read_text(encoding="utf-8"))
    sensor = published["assets"]["sentinel-2"]
    assert len(sensor["bands"]) == len(sensor["mean"]) == len(sensor["std"]) == 12
    assert published["band_order"][0]["findings"] == []
    assert 'href="_data/band-statistics.json"' in page
    code = re.sub(r"<[^>]+>", "", page)
    assert f"{sensor['mean'][0]:.9g}" in code
    assert "nothing contradicts the order of the bands" in code
    assert all(label in code for label in sensor["classes"])


def test_every_panel_has_its_numbers_in_a_table(sites: Sites) -> None:
    site = sites["bigearthnet-v1-s2"].site
    rows = (site / "_data" / "csv").glob("pixels-*.csv")
    counts = {path.stem: path.read_text(encoding="utf-8").count("\n") - 1 for path in rows}
    labels = json.loads((site / "_data" / "band-statistics.json").read_text(encoding="utf-8"))["assets"]["sentinel-2"]
    signatures = next(count for name, count in counts.items() if "signatures" in name)
    assert signatures == 12 * len(labels["classes"])
    assert next(count for name, count in counts.items() if "histograms" in name) > 12 * 20


def test_radar_and_pictures_have_a_page_too(sites: Sites) -> None:
    for name in ("bigearthnet-v1-s1", "eurosat-rgb"):
        page = (sites[name].site / "pixels.html").read_text(encoding="utf-8")
        assert "Constants to normalise with" in page
        assert "Are the bands in order?" not in page
