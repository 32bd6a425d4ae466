"""The band lab in a real browser: pictures, formulas, spectra and code, against NumPy and the files of the archive."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from PIL import Image
from playwright.sync_api import Page, expect

from dsdocs.assets import static_folder
from dsdocs.explorer.manifest import write_explorer
from dsdocs.pixels.measure import measure_pixels
from dsdocs.pixels.publish import FILE as STATISTICS
from dsdocs.pixels.publish import statistics_json
from dsdocs.pixels.stored import open_pixels
from dsdocs.sample import write_sample
from support.pixels import project_of
from support.watching import Watch, axe, watch

NDVI = "(B08 - B04) / (B08 + B04)"
PAGE = """<!doctype html><html lang="en" class="ds-x-on"><meta charset="utf-8"><title>Lab</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="_static/css/dsdocs.css"><link rel="stylesheet" href="_static/css/explorer.css">
<link rel="stylesheet" href="_static/css/explorer-lab.css">
<style>body{margin:0;background:var(--color-background-primary)} .ds-x-app{display:block;height:100vh}
@media (prefers-color-scheme:dark){body{--color-background-primary:#131416;--color-foreground-primary:#cfd0d0;
--color-foreground-secondary:#9ca0a5;--color-background-border:#303335;--color-background-secondary:#1a1c1e;
color:#cfd0d0}}</style>
<body data-theme="auto"><div class="ds-x-app"><main><h1>Patches</h1><button id="before">Open</button></main>
<div id="lab"></div></div>
<script type="module">
import { openExplorer } from "./_static/js/explorer/core/client.js";
import { createLab } from "./_static/js/explorer/lab/lab.js";
window.states = [];
window.closings = 0;
const explorer = await openExplorer("_data/explorer/manifest.json", { worker: false });
window.lab = createLab(document.getElementById("lab"), explorer, {
  onChange: (state) => window.states.push(state), onClose: () => window.closings++ });
document.body.dataset.ready = "yes";
</script>"""


@dataclass(frozen=True)
class Made:
    """A page with the lab, and what it should show."""

    site: Path
    archive: Path
    bands: dict[str, Any]
    ids: list[str]  # by row of the explorer

    def path(self, patch: str, asset: str, band: str) -> Path:
        (entry,) = (one for one in self.bands["patches"] if self.ids[one["row"]] == patch and one["asset"] == asset)
        return self.archive / entry["path"].replace("{band}", band)

    def values(self, patch: str, band: str, asset: str = "sentinel-2") -> np.ndarray:
        with rasterio.open(self.path(patch, asset, band)) as raster:
            return raster.read(1)

    @property
    def shown(self) -> list[str]:
        return [self.ids[row] for row in sorted({one["row"] for one in self.bands["patches"]})]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("lab")
    write_sample(folder / "archive", patches=8)
    project = project_of(folder / "archive", folder / "state", explorer={"bands": 4, "sprites": 0})
    measure_pixels(project)
    data = folder / "site" / "_data"
    shutil.copytree(write_explorer(project), data / "explorer")
    (data / STATISTICS).write_text(statistics_json(open_pixels(project).figures), encoding="utf-8")
    shutil.copytree(static_folder(), folder / "site" / "_static")
    (folder / "site" / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "site" / ".nojekyll").touch()
    manifest = json.loads((data / "explorer" / "manifest.json").read_text(encoding="utf-8"))
    names = [
        gzip.decompress((data / "explorer" / file["path"]).read_bytes()).decode() for file in manifest["names"]["files"]
    ]
    ids = [name for part in names for name in part.split("\n")]
    return Made(folder / "site", project.archive.folder([]), manifest["bands"], ids)


@pytest.fixture
def lab(page: Page, made: Made, pages_server: Callable[..., str]) -> Callable[..., Watch]:
    """Open the lab with a patch and a state; watch what the page does."""

    def opened(patch: str | None = None, **state: object) -> Watch:
        watched = watch(page)
        page.goto(pages_server(made.site))
        page.wait_for_selector("body[data-ready]")
        page.focus("#before")
        page.evaluate("([patch, state]) => lab.open(patch, state)", [patch, state])
        page.wait_for_selector(".ds-x-lab-chart")
        return watched

    return opened


def pixels(page: Page, number: int = 0) -> np.ndarray:
    """Return what a picture shows, (height, width, 4)."""
    width, height, values = page.evaluate(
        """(number) => { const canvas = document.querySelectorAll(".ds-x-lab-canvas")[number];
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return [canvas.width, canvas.height, [...data]]; }""",
        number,
    )
    return np.array(values, np.uint8).reshape(height, width, 4)


def stretched(values: np.ndarray, limits: np.ndarray) -> np.ndarray:
    low, high = limits
    return np.rint(np.clip((values.astype(float) - low) / (high - low), 0, 1) * 255)


def numbers(page: Page, sensor: str) -> list[list[str]]:
    part = page.locator(".ds-x-lab-spectrum", has=page.locator("h3", has_text=sensor))
    return [row.locator("th, td").all_text_contents() for row in part.locator("tbody tr").all()]


def states(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("states")
    return found


def test_a_patch_opens_in_true_colour_stretched_between_its_percentiles(
    page: Page, made: Made, lab: Callable[..., Watch]
) -> None:
    patch = made.shown[1]
    watched = lab(patch)
    expect(page.locator(".ds-x-lab-name")).to_have_text(patch)
    shown = pixels(page)
    for channel, band in enumerate(("B04", "B03", "B02")):
        values = made.values(patch, band)
        np.testing.assert_array_equal(shown[..., channel], stretched(values, np.percentile(values, (2, 98))))
    assert (shown[..., 3] == 255).all()
    expect(page.get_by_role("button", name="True colour")).to_have_attribute("aria-pressed", "true")
    assert states(page) == []
    assert watched.problems == []


def test_bands_and_stretch_are_chosen(page: Page, made: Made, lab: Callable[..., Watch]) -> None:
    patch = made.shown[0]
    lab(patch)
    page.get_by_role("combobox", name="Red", exact=True).select_option("B12")
    assert states(page)[-1] == {"lab": patch, "with": None, "rgb": ["B12", "B03", "B02"], "index": None}
    coarse = made.values(patch, "B12").repeat(2, 0).repeat(2, 1)
    native = made.values(patch, "B12")
    np.testing.assert_array_equal(pixels(page)[..., 0], stretched(coarse, np.percentile(native, (2, 98))))
    page.get_by_label("Darkest (%)").fill("10")
    page.get_by_label("Darkest (%)").press("Enter")
    page.get_by_label("Brightest (%)").fill("90")
    page.get_by_label("Brightest (%)").press("Tab")
    np.testing.assert_array_equal(pixels(page)[..., 0], stretched(coarse, np.percentile(native, (10, 90))))
    before = pixels(page)[..., 0]
    page.get_by_role("combobox", name="Coarse bands").select_option("bilinear")
    smooth = pixels(page)[..., 0]
    assert len(np.unique(smooth)) >= len(np.unique(before))
    assert (smooth[::2, ::2] != smooth[1::2, 1::2]).any()
    page.get_by_role("button", name="False colour").click()
    assert states(page)[-1]["rgb"] == ["B08", "B04", "B03"]
    page.get_by_role("button", name="True colour").click()
    assert states(page)[-1]["rgb"] is None


def test_an_index_and_an_own_formula(page: Page, made: Made, lab: Callable[..., Watch]) -> None:
    patch = made.shown[0]
    lab(patch)
    page.get_by_role("button", name="NDVI").click()
    assert states(page)[-1] == {"lab": patch, "with": None, "rgb": None, "index": NDVI}
    expect(page.get_by_label("Formula")).to_have_value(NDVI)
    title = page.get_by_role("button", name="NDVI").get_attribute("title")
    assert title is not None
    assert "Rouse" in title
    red, infrared = (made.values(patch, band).astype(float) for band in ("B04", "B08"))
    value = (infrared - red) / (infrared + red)
    text = page.locator(".ds-x-lab-value").inner_text()
    found = re.fullmatch(r"Column (\d+), row (\d+): index (\S+), B08 (\d+), B04 (\d+)", text)
    assert found is not None, text
    column, row = int(found[1]), int(found[2])
    assert float(found[3]) == pytest.approx(value[row, column], rel=1e-5)
    assert [int(found[4]), int(found[5])] == [infrared[row, column], red[row, column]]
    box = page.get_by_label("Formula")
    box.fill("sqrt(B08) - B02 / 100")
    box.press("Enter")
    assert states(page)[-1]["index"] == "sqrt(B08) - B02 / 100"
    page.get_by_role("combobox", name="Colours").select_option("sequential")
    marks = page.locator(".ds-x-lab-marks span").all_text_contents()
    low, high = np.percentile(np.sqrt(infrared) - made.values(patch, "B02") / 100, (2, 98))
    assert [float(mark) for mark in marks] == pytest.approx([low, (low + high) / 2, high], rel=2e-3)


def test_a_wrong_formula_is_explained_and_the_picture_stays(page: Page, made: Made, lab: Callable[..., Watch]) -> None:
    watched = lab(made.shown[0], index=NDVI)
    before = pixels(page)
    box = page.get_by_label("Formula")
    box.fill("(B08 - b04")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("“b04” is no band of this patch; did you mean B04? (at character 8)")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_value("(B08 - b04")
    np.testing.assert_array_equal(pixels(page), before)
    assert states(page) == []
    box.fill("window.alert(1)")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("“window.alert” is no function")
    box.fill("B08 / B04")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("")
    expect(box).to_have_attribute("aria-invalid", "false")
    assert states(page)[-1]["index"] == "B08 / B04"
    assert watched.problems == []


def assert_spectrum(page: Page, made: Made, patch: str, column: int, row: int) -> None:
    expect(page.locator(".ds-x-lab-value")).to_contain_text(f"Column {column}, row {row}:")
    rows = numbers(page, "Sentinel-2")
    assert len(rows) == 12
    for band, wavelength, value, *_ in rows:
        values = made.values(patch, band)
        step = 120 // len(values)
        assert int(value) == values[row // step, column // step], band
        assert 400 < float(wavelength) < 2300
    assert [float(one[1]) for one in rows] == sorted(float(one[1]) for one in rows)
    for band, _, value, *_ in numbers(page, "Sentinel-1"):
        assert float(value) == pytest.approx(made.values(patch, band, "sentinel-1")[row, column], rel=1e-5)


def test_the_spectrum_by_pointer_and_keyboard_is_that_of_the_files(
    page: Page, made: Made, lab: Callable[..., Watch]
) -> None:
    patch = made.shown[2]
    lab(patch)
    stage = page.get_by_role("application")
    box = stage.bounding_box()
    assert box is not None
    stage.click(position={"x": box["width"] * 30.5 / 120, "y": box["height"] * 90.5 / 120})
    assert_spectrum(page, made, patch, 30, 90)
    stage.press("ArrowRight")
    stage.press("ArrowUp")
    assert_spectrum(page, made, patch, 31, 89)
    stage.press("Shift+ArrowDown")
    stage.press("Shift+ArrowLeft")
    assert_spectrum(page, made, patch, 21, 99)
    stage.press("Home")
    stage.press("ArrowLeft")
    assert_spectrum(page, made, patch, 0, 0)
    stage.press("End")
    assert_spectrum(page, made, patch, 119, 119)


def test_the_spectrum_stands_beside_the_classes_of_the_patch(page: Page, made: Made, lab: Callable[..., Watch]) -> None:
    lab(made.shown[0])
    published = json.loads((made.site / "_data" / STATISTICS).read_text(encoding="utf-8"))["assets"]["sentinel-2"]
    part = page.locator(".ds-x-lab-spectrum").first
    labels = [text.split(": mean")[0] for text in part.locator("thead th").all_text_contents()[3:]]
    assert labels
    assert set(labels) <= set(published["classes"])
    for band, _, _, *means in numbers(page, "Sentinel-2"):
        place = published["bands"].index(band)
        for label, text in zip(labels, means, strict=True):
            mean, std = (float(one) for one in text.split(" ± "))
            known = published["classes"][label]
            assert (mean, std) == (
                pytest.approx(known["mean"][place], rel=1e-3),
                pytest.approx(known["std"][place], rel=1e-3),
            )
    assert part.locator(".ds-x-lab-mean").count() == min(len(labels), 6)
    assert part.locator(".ds-x-lab-keys li").count() == 1 + min(len(labels), 6) + (len(labels) > 6)
    assert part.locator(".ds-x-lab-dot").count() == 12


def test_two_patches_side_by_side_share_the_stretch(page: Page, made: Made, lab: Callable[..., Watch]) -> None:
    one, other = made.shown[:2]
    lab(one)
    page.get_by_role("combobox", name="Compare with").select_option(other)
    page.wait_for_selector(".ds-x-lab-view >> nth=1")
    assert states(page)[-1] == {"lab": one, "with": other, "rgb": None, "index": None}
    both = [made.values(patch, "B04") for patch in (one, other)]
    limits = np.percentile(np.stack(both), (2, 98))
    for number, values in enumerate(both):
        np.testing.assert_array_equal(pixels(page, number)[..., 0], stretched(values, limits))
    page.get_by_role("application").nth(1).press("Home")
    expect(page.locator(".ds-x-lab-value").nth(0)).to_contain_text("Column 0, row 0:")
    expect(page.locator(".ds-x-lab-value").nth(1)).to_contain_text("Column 0, row 0:")
    first = numbers(page, "Sentinel-2")[1]
    assert [int(first[2]), int(first[3])] == [made.values(patch, first[0])[0, 0] for patch in (one, other)]
    page.get_by_role("combobox", name="Compare with").select_option("")
    page.wait_for_function("() => document.querySelectorAll('.ds-x-lab-view').length === 1")
    assert states(page)[-1]["with"] is None


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"rgb": ["B12", "B8A", "B04"], "smooth": True},
        {"rgb": ["VV"]},
        {"index": NDVI},
        {"index": "max(B11, B01) / (B05 - 500) + 1 / 0 * 0", "smooth": True},
        {"index": "-VH + abs(B01) / min(B02, 900, 1e3)"},
        {"map": True},
    ],
    ids=str,
)
def test_the_code_makes_the_same_picture(
    state: dict[str, Any],
    page: Page,
    made: Made,
    lab: Callable[..., Watch],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patch = made.shown[0]
    lab(patch, **{name: value for name, value in state.items() if name in ("rgb", "index")})
    if state.get("smooth"):
        page.get_by_role("combobox", name="Coarse bands").select_option("bilinear")
    if state.get("map"):
        page.get_by_role("button", name="Map", exact=True).click()
    code = page.locator(".ds-x-lab-python code").text_content()
    assert code is not None
    monkeypatch.chdir(tmp_path)
    exec(code.replace('archive = "."', f"archive = {str(made.archive)!r}"), {})
    with Image.open("picture.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), pixels(page))


def test_the_state_of_a_link_is_shown_and_nonsense_in_it_is_not(
    page: Page, made: Made, lab: Callable[..., Watch]
) -> None:
    one, other = made.shown[:2]
    watched = lab(one, **{"with": other, "rgb": ["B08", "B04", "B03"]})
    expect(page.get_by_role("button", name="False colour")).to_have_attribute("aria-pressed", "true")
    assert page.locator(".ds-x-lab-view").count() == 2
    page.evaluate("(id) => lab.open(id, { with: 'nobody', rgb: ['B99', 'B04'], index: '1 +' })", one)
    expect(page.get_by_role("alert")).to_contain_text("A band or a number is missing")
    page.evaluate("lab.open('<b>nobody</b>', {})")
    expect(page.locator(".ds-x-lab > [role=status]")).to_contain_text("<b>nobody</b> has no bands in this page")
    assert watched.problems == []


def test_a_file_that_is_gone_is_named(page: Page, made: Made, lab: Callable[..., Watch]) -> None:
    lab(made.shown[0])
    page.route("**/bands-*.gz", lambda route: route.fulfill(status=404))
    page.get_by_role("combobox", name="Patch", exact=True).select_option(made.shown[3])
    expect(page.locator(".ds-x-lab > [role=status]")).to_have_text(
        re.compile(r"bands-[0-9a-f]{12}\.gz: could not be loaded \(HTTP 404\)")
    )
    expect(page.locator(".ds-x-lab-name")).to_have_text(made.shown[0])


def test_escape_closes_and_focus_comes_back(page: Page, made: Made, lab: Callable[..., Watch]) -> None:
    lab(made.shown[0])
    assert page.evaluate("document.activeElement.textContent") == "Band lab"
    assert page.evaluate("document.querySelector('main').inert")
    page.get_by_role("application").press("Escape")
    expect(page.locator(".ds-x-lab")).to_be_hidden()
    assert page.evaluate("[document.activeElement.id, document.querySelector('main').inert, closings]") == [
        "before",
        False,
        1,
    ]
    page.evaluate("lab.destroy()")
    assert page.locator(".ds-x-lab").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_and_axe_finds_nothing(
    scheme: Any, width: int, page: Page, made: Made, lab: Callable[..., Watch]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    lab(made.shown[0], **{"with": made.shown[1], "index": NDVI})
    for details in page.locator(".ds-x-lab details").all():
        details.locator("summary").click()
    wide = page.evaluate("document.querySelector('.ds-x-lab').scrollWidth")
    assert wide <= width
    assert axe(page) == []
    page.get_by_role("button", name="True colour").click()
    assert axe(page) == []
