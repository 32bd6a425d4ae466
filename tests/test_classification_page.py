"""The classification demo in a real browser: what loads when, scores and measures as in Python, own files, a probe."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, expect
from rasterio.crs import CRS
from rasterio.transform import Affine
from rasterio.warp import Resampling, reproject

from dsdocs.classify.runtime import open_model, run_model
from dsdocs.locations import find_project
from dsdocs.metrics import average_precision, precision_recall_f
from dsdocs.project import Project
from dsdocs.summarize import describe, summarize
from support.classifier import INPUT, THRESHOLD, write_classifier
from support.sites import dsdocs
from support.sites import expect as expect_code
from support.visits import PREFIX
from support.watching import Watch, axe, watch

PATCHES = 72
SECOND = 1000  # ms
TIMES = "\N{MULTIPLICATION SIGN}"
READY = ".ds-demo[data-ready]"
PLACE = Affine(20, 0, 600000, 0, -20, 4300000)  # of a GeoTIFF of 20 m, UTM zone 29 north
PAGE = """\
---
file_format: mystnb
kernelspec: {name: python3, display_name: python3}
---
# Classification

```{demo} classification
```
"""
TOC = """\
format: jb-book
root: index
parts:
  - caption: Explore
    chapters:
      - file: explorer
      - file: try/classification
"""


@dataclass(frozen=True, slots=True)
class Small:
    """A site with a small classifier, and what the demo on it should show."""

    site: Path
    model: Path
    pixels: NDArray[np.float32]  # (n, bands, h, w)
    ids: list[str]  # of the patches of `pixels`, and of the summary
    test: dict[str, tuple[NDArray[np.float64], NDArray[np.uint8]]]  # id -> probabilities, truth
    classes: list[str]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    folder = tmp_path_factory.mktemp("classifier")
    expect_code(dsdocs("sample", folder / "archive", "--patches", str(PATCHES)), 0)
    (folder / "book" / "try").mkdir(parents=True)
    (folder / "book" / "_toc.yml").write_text(TOC)
    (folder / "book" / "index.md").write_text("# Small\n")
    (folder / "book" / "try" / "classification.md").write_text(PAGE)
    (folder / "dsdocs.toml").write_text(
        '[dataset]\ntitle = "Small"\n[archive]\npath = "archive"\n[retrieval]\nencoders = ["statistics"]\n'
        '[classify]\nmodels = ["small.onnx"]\nscores = "scores.parquet"\n'
    )
    project = Project(find_project(folder))
    summarize(project)
    describe(project)
    pixels = write_classifier(project, folder)
    expect_code(dsdocs("build", "--project", folder, "--out", folder / "site"), 0)
    stored = pq.read_table(folder / "scores.parquet", filters=[("split", "==", "test")])
    classes = json.loads((folder / "site/_data/classify/manifest.json").read_text())["models"][0]["classes"]
    test = {
        row["id"]: (1 / (1 + np.exp(-np.array(row["scores"], np.float64))), np.array(row["truth"], np.uint8))
        for row in stored.to_pylist()
    }
    return Small(folder / "site", folder / "small.onnx", pixels, project.summary["id"].to_pylist(), test, classes)


@dataclass(slots=True)
class Demo:
    """The demo on its page."""

    page: Page
    address: str
    watched: Watch
    requests: list[str]

    def open(self) -> None:
        self.page.goto(self.address)

    def start(self) -> None:
        self.open()
        self.page.get_by_role("button", name="Start").click()
        self.page.wait_for_selector(READY, timeout=60 * SECOND)

    def section(self, title: str) -> Locator:
        return self.page.get_by_role("region", name=title, exact=True)

    def run_model(self) -> None:
        self.page.get_by_role("button", name="Run the model here").click()
        expect(self.page.get_by_text("The model ran here")).to_be_visible(timeout=60 * SECOND)

    def own(self, *files: Path) -> Locator:
        self.page.get_by_label("Choose a file").set_input_files([str(file) for file in files])
        panel = self.section("A picture of your own")
        expect(panel.locator(".ds-d-drop:not([data-busy])")).to_be_visible(timeout=30 * SECOND)
        return panel

    def scores(self) -> dict[str, float]:
        rows = self.page.locator(".ds-d-scores tbody tr")
        names = rows.locator("th").all_inner_texts()
        return dict(zip(names, map(float, rows.locator(".ds-d-score").all_inner_texts()), strict=True))


@pytest.fixture
def demo(page: Page, small: Small, pages_server: Callable[..., str]) -> Iterator[Demo]:
    watched, requests = watch(page), []
    page.on("request", lambda request: requests.append(request.url))
    yield Demo(page, f"{pages_server(small.site, PREFIX)}try/classification.html", watched, requests)
    assert watched.problems == []


def test_nothing_is_fetched_before_the_start_and_no_model_before_it_is_asked_for(demo: Demo) -> None:
    demo.open()
    expect(demo.page.get_by_role("button", name="Start")).to_be_visible()
    expect(demo.page.get_by_text(re.compile(r"Loads \d+ kB"))).to_be_visible()
    assert [url for url in demo.requests if "/_data/" in url] == []
    demo.page.get_by_role("button", name="Start").click()
    demo.page.wait_for_selector(READY, timeout=60 * SECOND)
    assert [url for url in demo.requests if re.search(r"\.onnx|vendor|_data/retrieval", url)] == []
    expect(demo.page.get_by_text(re.compile(r"Loads \d+ kB of model and 3\.7 MB of onnxruntime"))).to_be_visible()
    demo.run_model()
    assert [url for url in demo.requests if url.endswith(".wasm.gz")]


def test_without_javascript_and_from_disk_the_page_says_why_there_is_no_demo(browser: Browser, small: Small) -> None:
    address = (small.site / "try" / "classification.html").as_uri()
    for scripts, text in ((False, "needs JavaScript"), (True, "dsdocs serve")):
        context = browser.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_text(text)).to_be_visible()
        expect(page.get_by_role("button", name="Start")).to_be_hidden()
        context.close()


def test_stored_and_live_scores_are_those_of_python(demo: Demo, small: Small) -> None:
    demo.start()
    name = demo.page.locator(".ds-d-shown-name:not(:empty)").inner_text()
    stored, truth = small.test[name]
    assert demo.scores() == pytest.approx(dict(zip(small.classes, stored, strict=True)), abs=6e-4)
    shown = [small.classes[at] for at in np.flatnonzero(truth)]
    for label in shown:
        expect(demo.page.locator(".ds-d-figure")).to_contain_text(label)
    demo.run_model()
    said = demo.page.get_by_text("The model ran here").inner_text()
    most = re.search(r"by (?:less than )?([\de.+-]+) at most", said)
    assert most is not None
    assert float(most[1]) < 1e-4
    verdicts = dict(
        zip(
            demo.page.locator(".ds-d-scores tbody th").all_inner_texts(),
            demo.page.locator(".ds-d-scores .ds-d-verdict").all_inner_texts(),
            strict=True,
        )
    )
    for at, label in enumerate(small.classes):
        given = stored[at] >= THRESHOLD
        wanted = ("given, right" if truth[at] else "given, wrong") if given else "missed" if truth[at] else ""
        assert verdicts[label].strip() == wanted


def test_measures_follow_the_threshold_as_python_computes_them(demo: Demo, small: Small) -> None:
    demo.start()
    scores = np.array([pair[0].astype(np.float32) for pair in small.test.values()], np.float64)
    truth = np.array([pair[1] for pair in small.test.values()])
    slider = demo.page.get_by_role("slider", name="Threshold")
    expect(slider).to_have_value(str(THRESHOLD))
    slider.focus()
    for _ in range(7):
        demo.page.keyboard.press("ArrowRight")
    threshold = round(THRESHOLD + 0.07, 2)
    expect(slider).to_have_value(str(threshold))
    expect(demo.page.locator(".ds-d-threshold-value")).to_have_text(f"{threshold:.2f}")
    demo.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    rows = demo.page.get_by_role("table", name="Measures of the test set at this threshold").locator("tbody tr")
    for at, average in enumerate(("micro", "macro", "samples")):
        f1 = precision_recall_f(truth, scores >= threshold, average=average)
        f2 = precision_recall_f(truth, scores >= threshold, average=average, beta=2)
        found = rows.nth(at).locator("td").evaluate_all("(cells) => cells.map((cell) => Number(cell.dataset.value))")
        assert found == pytest.approx([f1.precision, f1.recall, f1.f, f2.f], abs=1e-9)
    demo.page.get_by_text("Each class", exact=True).click()
    each = demo.page.get_by_role("table", name="Measures of each class at this threshold").locator("tbody tr")
    by_name = dict(zip(each.locator("th").all_inner_texts(), each.all(), strict=True))
    for at, label in enumerate(small.classes):
        precision = average_precision(truth[:, [at]], scores[:, [at]], average="macro")
        found = by_name[label].locator("td").last.get_attribute("data-value")
        assert float(found or "nan") == pytest.approx(precision, abs=1e-9)
    demo.page.get_by_role("button", name="Back to 0.35").click()
    expect(slider).to_have_value(str(THRESHOLD))


def test_patches_are_chosen_by_keyboard_and_by_class(demo: Demo, small: Small) -> None:
    demo.start()
    first = demo.page.locator(".ds-d-shown-name").inner_text()
    tiles = demo.page.get_by_role("list", name="Patches of the test set").get_by_role("button")
    tiles.nth(1).focus()
    demo.page.keyboard.press("Enter")
    expect(demo.page.locator(".ds-d-shown-name")).not_to_have_text(first)
    expect(tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    label = max(small.classes, key=lambda name: sum(pair[1][small.classes.index(name)] for pair in small.test.values()))
    count = sum(int(pair[1][small.classes.index(label)]) for pair in small.test.values())
    demo.page.get_by_label("Show").select_option(label=f"With {label}")
    expect(demo.page.get_by_text(re.compile(f"of {count} patches"))).to_be_visible()
    for tile in tiles.all():
        assert label in (tile.get_attribute("aria-label") or "")


@pytest.mark.parametrize(
    ("file", "button", "said"),
    [
        ("classify/manifest.json", "Start", "This could not be started"),
        (r"classify/small-[0-9a-f]{12}\.", "Run the model here", "The model could not be loaded"),
    ],
)
def test_what_does_not_come_is_said_in_place_and_can_be_asked_for_again(
    demo: Demo, file: str, button: str, said: str
) -> None:
    demo.open()
    if button != "Start":
        demo.start()
    wanted = re.compile(file)
    demo.page.route(wanted, lambda route: route.abort())
    demo.page.get_by_role("button", name=button).click()
    problem = demo.page.get_by_role("alert").filter(has_text=said)
    expect(problem).to_contain_text("could not be loaded", timeout=20 * SECOND)
    demo.page.unroute(wanted)
    problem.get_by_role("button", name="Try again").click()
    expect(problem).to_have_count(0)
    if button == "Start":
        demo.page.wait_for_selector(READY, timeout=60 * SECOND)
    else:
        expect(demo.page.get_by_text("The model ran here")).to_be_visible(timeout=60 * SECOND)
    assert [problem for problem in demo.watched.problems if "ERR_FAILED" not in problem] == []
    demo.watched.console_errors.clear()
    demo.watched.failed_requests.clear()


def test_the_map_of_what_the_model_looked_at_is_made_and_can_be_stopped(demo: Demo) -> None:
    demo.start()
    looked = demo.section("What the model looked at")
    expect(looked.get_by_text("Run the model on a patch")).to_be_visible()
    demo.run_model()
    looked.get_by_role("combobox", name="Squares").select_option(label="fine, slow")
    looked.get_by_role("button", name="Make the map").focus()
    # At once: the map of so small a model is there before another process has found the button to stop it.
    looked.evaluate(
        """(section) => {
          const buttons = [...section.querySelectorAll("button")];
          for (const name of ["Make the map", "Stop"]) buttons.find((one) => one.textContent === name).click();
        }"""
    )
    expect(looked.get_by_role("button", name="Make the map")).to_be_visible()
    expect(looked.get_by_role("button", name="Make the map")).to_be_focused()
    expect(looked.locator("figure")).to_have_count(0)
    looked.get_by_role("combobox", name="Squares").select_option(label="coarse, quick")
    looked.get_by_role("button", name="Make the map").click()
    picture = looked.get_by_role("img", name=re.compile("^Score of"))
    expect(picture).to_be_visible(timeout=60 * SECOND)
    painted = looked.locator("canvas.ds-d-heat").evaluate(
        "(it) => it.getContext('2d').getImageData(0, 0, it.width, it.height).data.some((value) => value)"
    )
    assert painted


def write(
    path: Path, values: NDArray[np.float32], names: list[str] | None, *, crs: str = "EPSG:32629",
    transform: Affine | None = None, **more: object,
) -> Path:  # fmt: skip
    bands, height, width = values.shape
    place = transform or PLACE
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=bands, dtype=values.dtype,
        crs=CRS.from_string(crs), transform=place, **more,
    ) as file:  # fmt: skip
        file.write(values)
        for at, name in enumerate(names or []):
            file.set_band_description(at + 1, name)
    return path


def test_a_geotiff_with_its_bands_in_another_order_gets_the_scores_of_its_patch(
    demo: Demo, small: Small, tmp_path: Path
) -> None:
    demo.start()
    pixels = small.pixels[5]
    names = [f"Band {int(name[1:])}" for name in INPUT.bands]
    file = write(tmp_path / "own.tif", pixels[::-1], names[::-1], compress="deflate", predictor=3, tiled=True)
    panel = demo.own(file)
    expect(panel).to_contain_text("found by their names")
    expect(panel).to_contain_text("EPSG:32629")
    panel.get_by_role("button", name="Classify this picture").click()
    expect(demo.page.get_by_text("Scores as the model gives them here")).to_be_visible(timeout=60 * SECOND)
    expect(demo.page.locator(".ds-d-shown-name")).to_have_text("own.tif")
    wanted = run_model(open_model(small.model), pixels[None], probabilities=True)[0][0]
    assert demo.scores() == pytest.approx(dict(zip(small.classes, wanted, strict=True)), abs=6e-4)


def test_a_geotiff_in_degrees_is_cut_to_the_ground_of_a_patch(demo: Demo, small: Small, tmp_path: Path) -> None:
    demo.start()
    wide = np.pad(small.pixels[5], ((0, 0), (30, 30), (30, 30)), mode="edge")
    step = 20 / 111_000
    target = Affine(step / np.cos(np.radians(38.83)), 0, -7.8480, 0, -step, 38.8420)
    degrees = np.zeros((5, 120, 120), np.float32)
    reproject(
        wide, degrees, src_transform=PLACE, src_crs="EPSG:32629", dst_transform=target, dst_crs="EPSG:4326",
        resampling=Resampling.bilinear, dst_nodata=-1,
    )  # fmt: skip
    file = write(tmp_path / "degrees.tif", degrees, list(INPUT.bands), crs="EPSG:4326", transform=target, nodata=-1)
    panel = demo.own(file)
    expect(panel).to_contain_text("EPSG:4326")
    expect(panel).to_contain_text(re.compile(rf"Pixel\s*(20|20\.0\d|19\.9\d?) ({TIMES} \d+(\.\d+)? )?m"))
    expect(panel.get_by_role("img")).to_have_accessible_name(re.compile(rf"(59|60|61) {TIMES} (59|60|61) pixels"))


def test_wrong_bands_are_explained_and_can_be_chosen_by_hand(demo: Demo, small: Small, tmp_path: Path) -> None:
    demo.start()
    panel = demo.own(write(tmp_path / "three.tif", small.pixels[5][:3], None))
    expect(panel).to_contain_text("The file has 3 bands, without names. The model expects 5 bands of the archive")
    classify = panel.get_by_role("button", name="Classify this picture")
    expect(classify).to_be_disabled()
    for name in INPUT.bands:
        panel.get_by_label(re.compile(f"^{name}")).select_option(label="Band 2")
    expect(classify).to_be_enabled()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("page.tif", b"<html>", "is no GeoTIFF"),
        ("empty.tif", b"", "is empty"),
        ("cut.tif", b"II*\0\x08\0\0\0\xff\xff", "cut off or broken"),
        ("cut.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "cannot decode it"),
        (
            "huge.png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0\1\x86\xa0" * 2 + bytes(9),
            f"100,000 {TIMES} 100,000 pixels",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_explained_in_place(
    demo: Demo, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    demo.start()
    (tmp_path / name).write_bytes(content)
    panel = demo.own(tmp_path / name)
    expect(panel.get_by_role("alert")).to_contain_text(said)


def test_a_file_can_be_dropped(demo: Demo) -> None:
    demo.start()
    demo.page.locator(".ds-d-drop").evaluate(
        """async (node) => {
          const canvas = new OffscreenCanvas(80, 40);
          canvas.getContext("2d").fillRect(0, 0, 40, 40);
          const given = new DataTransfer();
          given.items.add(new File([await canvas.convertToBlob({ type: "image/png" })], "drawn.png"));
          node.dispatchEvent(new DragEvent("drop", { dataTransfer: given, bubbles: true, cancelable: true }));
        }"""
    )
    panel = demo.section("A picture of your own")
    expect(panel).to_contain_text("The picture has 3 bands (red, green and blue)")
    expect(panel).to_contain_text("Not found: B08 and B11")


def test_a_probe_is_trained_on_marked_examples(demo: Demo) -> None:
    demo.start()
    probe = demo.section("A probe from a handful of examples")
    probe.get_by_role("button", name="Prepare the probe").click()
    train = probe.get_by_role("button", name="Train")
    expect(train).to_be_disabled(timeout=60 * SECOND)
    probe.get_by_role("button", name="Mark these by their labels").click()
    expect(probe.get_by_text(re.compile(r"\d+ examples?, \d+ counter-examples?\."))).to_be_visible()
    train.click()
    headline = probe.locator(".ds-d-headline")
    expect(headline).to_contain_text("Average precision on the other 60 patches")
    before = float(headline.get_attribute("data-ap") or "nan")
    assert 0 < before <= 1
    train.click()
    assert float(headline.get_attribute("data-ap") or "nan") == before
    probe.get_by_role("button", name="Forget all marks").click()
    expect(headline).to_have_count(0)
    mark = probe.get_by_role("button", name=re.compile("^Example:")).first
    mark.focus()
    demo.page.keyboard.press("Space")
    expect(probe.get_by_text("Without counter-examples, 4 patches for each example are drawn")).to_be_visible()
    train.click()
    expect(headline).to_contain_text("Average precision on the other 67 patches")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_of_it_is_accessible_in_narrow_and_wide_windows(
    browser: Browser, small: Small, pages_server: Callable[..., str], tmp_path: Path, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    demo = Demo(context.new_page(), f"{pages_server(small.site, PREFIX)}try/classification.html", Watch(), [])
    demo.start()
    demo.run_model()
    demo.section("What the model looked at").get_by_role("button", name="Make the map").click()
    expect(demo.page.get_by_role("img", name=re.compile("^Score of"))).to_be_visible(timeout=60 * SECOND)
    demo.page.get_by_role("button", name="Prepare the probe").click()
    demo.page.get_by_role("button", name="Mark these by their labels").click(timeout=60 * SECOND)
    demo.page.get_by_role("button", name="Train").click()
    demo.own(write(tmp_path / "three.tif", small.pixels[5][:3], None))
    demo.page.evaluate("() => document.querySelectorAll('.ds-demo details').forEach((fold) => (fold.open = true))")
    for width in (320, 1280):
        demo.page.set_viewport_size({"width": width, "height": 800})
        assert axe(demo.page) == []
        wider = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert demo.page.evaluate(wider) <= 0
    context.close()
