"""Pictures of the selection, the panel of a patch, and downloads, in a real browser and against the files they show."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from dsdocs.analyses.loading.raw import _patch_source, templates
from dsdocs.assets import static_folder
from dsdocs.explorer.build import explorer_of
from dsdocs.explorer.loading import loading_templates
from dsdocs.explorer.manifest import write_explorer
from dsdocs.explorer.sprites import make_sprites
from dsdocs.project import Project
from dsdocs.sample import write_sample
from dsdocs.sensors import load_sensor
from dsdocs.site.pictures import take_pictures
from support.pixels import project_of
from support.watching import Watch, axe, watch

N = 16  # patches
SCRIPTS = static_folder() / "js" / "explorer"
PAGE = """<!doctype html><html lang="en" class="ds-x-on"><meta charset="utf-8"><title>Patches</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="_static/css/dsdocs.css"><link rel="stylesheet" href="_static/css/explorer.css">
<link rel="stylesheet" href="_static/css/explorer-panes.css"><link rel="stylesheet" href="_static/css/explorer-map.css">
<link rel="stylesheet" href="_static/css/explorer-gallery.css">
<link rel="stylesheet" href="_static/css/explorer-patch.css">
<link rel="stylesheet" href="_static/css/explorer-take.css">
<style>body{margin:0;background:var(--color-background-primary)}
@media (prefers-color-scheme:dark){body{--color-background-primary:#131416;--color-foreground-primary:#cfd0d0;
--color-foreground-secondary:#9ca0a5;--color-background-border:#303335;--color-background-secondary:#1a1c1e;
color:#cfd0d0}} *{box-sizing:border-box}</style>
<body data-theme="auto"><header class="ds-x-top"><h1>Explorer</h1><div class="ds-x-actions"><div id="ds-x-take"></div>
</div></header><div class="ds-x-app"><div></div><main class="ds-x-main"><div class="ds-x-stage">
<section class="ds-x-pane ds-x-gallery-pane" id="gallery" aria-label="Pictures"></section></div></main>
<div id="ds-x-panel"></div></div>
<script type="module">
import { openExplorer } from "./_static/js/explorer/core/client.js";
import { createGallery } from "./_static/js/explorer/gallery/gallery.js";
import { createPatchPanel } from "./_static/js/explorer/patch/panel.js";
import { createTake } from "./_static/js/explorer/take/take.js";
const asked = new URLSearchParams(location.search);
const big = Number(asked.get("rows") || 0);
const explorer = big ? pretended(big) : await openExplorer("_data/explorer/manifest.json", { worker: false });
if (asked.has("bare")) explorer.manifest.sprites = [];
if (asked.has("repository")) explorer.manifest.repository = asked.get("repository");
const told = { opened: [], shown: [], selected: [], closed: 0 };
const open = (id) => { told.opened.push(id); panel?.open(id); };
const find = (id) => document.getElementById(id);
const gallery = createGallery(find("gallery"), explorer, { onOpen: open, onShow: (key) => told.shown.push(key) });
const panel = big ? null : createPatchPanel(find("ds-x-panel"), explorer, {
  onOpen: open, onClose: () => told.closed++, onSelect: (selection) => told.selected.push(selection) });
const take = big ? null : createTake(find("ds-x-take"), explorer, {});
const select = async (selection) => gallery.update(await explorer.select(selection));
Object.assign(window, { explorer, gallery, panel, take, told, select });
await select({});
document.body.dataset.ready = "yes";
function pretended(rows) {
  return {
    base: location.href, manifest: { rows, sprites: [], columns: [] },
    page: async (from, to) => Uint32Array.from({ length: Math.min(to, rows) - from }, (_, at) => from + at),
    describe: async (some) => Array.from(some, (row) => ({ row, id: `<b>p${row}</b>`, labels: ["<img src=x>"] })),
    select: async () => ({ count: rows }),
  };
}
</script>"""


@dataclass(frozen=True)
class Made:
    """A page with the parts, and what they should show."""

    site: Path
    project: Project
    ids: list[str]  # by row of the explorer
    manifest: dict[str, Any]

    def row(self, name: str) -> dict[str, Any]:
        """Return a row of the summary."""
        (found,) = (one for one in self.project.summary.to_pylist() if one["id"] == name)
        return dict(found)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("gallery")
    write_sample(folder / "archive", patches=N)
    settings = {"thumbnails": {"count": 4, "budget": 500_000}, "explorer": {"bands": 0}}
    project = project_of(folder / "archive", folder / "state", **settings)
    take_pictures(project)
    make_sprites(project)
    data = folder / "site" / "_data"
    shutil.copytree(write_explorer(project), data / "explorer")
    shutil.copytree(project.data / "thumbs", data / "thumbs")
    shutil.copytree(static_folder(), folder / "site" / "_static")
    (folder / "site" / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "site" / ".nojekyll").touch()
    manifest = json.loads((data / "explorer" / "manifest.json").read_text(encoding="utf-8"))
    return Made(folder / "site", project, list(explorer_of(project).ids), manifest)


@pytest.fixture
def watched(page: Page) -> Watch:
    return watch(page)


@pytest.fixture
def opened(made: Made, page: Page, watched: Watch, pages_server: Callable[..., str]) -> Callable[..., Page]:
    def open_page(query: str = "") -> Page:
        page.goto(f"{pages_server(made.site)}index.html{query}")
        page.wait_for_selector("body[data-ready]", timeout=60_000)
        return page

    return open_page


def cells(page: Page) -> Locator:
    return page.locator(".ds-x-cell-ready")


def pixels(cell: Locator) -> np.ndarray:
    """Return what the canvas of a cell shows."""
    url = cell.locator("canvas").evaluate("(canvas) => canvas.toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")).astype(int)


def sprite(made: Made, entry: dict[str, Any], row: int) -> np.ndarray:
    sheet = Image.open(made.site / "_data" / "explorer" / entry["sheets"][row // entry["per_sheet"]]["path"])
    line, column = divmod(row % entry["per_sheet"], entry["columns"])
    edge = entry["edge"]
    box = (column * edge, line * edge, column * edge + edge, line * edge + edge)
    return np.asarray(sheet.convert("RGB").crop(box)).astype(int)


def resize(page: Page, size: int) -> None:
    page.locator("#ds-x-cell-size").fill(str(size))


def test_each_patch_of_the_selection_has_its_picture_in_each_rendering(
    made: Made, opened: Callable[..., Page], watched: Watch
) -> None:
    page = opened()
    expect(cells(page)).to_have_count(N)
    assert len(made.manifest["sprites"]) == 4
    for entry in made.manifest["sprites"]:
        key = f"{entry['asset']}.{entry['rendering']}"
        page.locator("#ds-x-show").select_option(key)
        page.wait_for_timeout(100)
        expect(cells(page)).to_have_count(N)
        for row in (0, 7, N - 1):
            difference = np.abs(pixels(page.locator(".ds-x-cell").nth(row)) - sprite(made, entry, row))
            assert difference.max() <= 8, (key, row)  # decoders of WebP differ in the last bits
        assert page.evaluate("told.shown.at(-1)") == key
    names = page.locator(".ds-x-cell-words").all_text_contents()
    assert [name.split("\n")[0] for name in names] == made.ids
    assert [sorted(name.split("\n")[1:]) for name in names] == [made.row(name)["labels"] for name in made.ids]
    assert page.get_by_role("gridcell", name=made.ids[3]).count() == 1
    assert watched.problems == []


def test_the_pictures_follow_the_selection(made: Made, opened: Callable[..., Page]) -> None:
    page = opened()
    wanted = [name for name in made.ids if made.row(name)["split"] == "test"]
    page.evaluate("select({ filters: { split: { any: ['test'] } } })")
    expect(page.locator(".ds-x-cell")).to_have_count(len(wanted))
    expect(page.locator(".ds-x-cell-words").first).to_contain_text(wanted[0])
    page.evaluate("select({ text: 'no such name' })")
    expect(page.get_by_text("No patch meets all of these filters.")).to_be_visible()
    expect(page.locator(".ds-x-grid")).to_be_hidden()


def test_keys_lead_through_the_grid_and_enter_opens_a_patch(made: Made, opened: Callable[..., Page]) -> None:
    page = opened()
    resize(page, 200)
    columns = int(page.locator(".ds-x-grid").get_attribute("aria-colcount") or 0)
    first = page.locator(".ds-x-cell").first
    first.focus()
    for key, place in (
        ("ArrowRight", 1), ("End", columns - 1), ("ArrowDown", 2 * columns - 1), ("Home", columns), ("ArrowUp", 0),
        ("Control+End", N - 1), ("Control+Home", 0), ("ArrowRight", 1),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert page.evaluate("Number(document.activeElement.dataset.at)") == min(place, N - 1), key
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("heading", name=made.ids[1], exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert page.evaluate("[document.activeElement.dataset.at, told.closed]") == ["1", 1]


def test_of_a_million_patches_only_those_in_sight_are_in_the_document(
    opened: Callable[..., Page], watched: Watch
) -> None:
    page = opened("?rows=1000000")
    resize(page, 256)
    expect(page.locator(".ds-x-cell-name").first).to_have_text("<b>p0</b>")
    columns = int(page.locator(".ds-x-grid").get_attribute("aria-colcount") or 0)
    assert int(page.locator(".ds-x-grid").get_attribute("aria-rowcount") or 0) == -(-1_000_000 // columns)
    assert page.locator(".ds-x-grid-space").evaluate("(node) => node.offsetHeight") == 8_000_000
    page.locator(".ds-x-cell").first.focus()
    page.keyboard.press("Control+End")
    last = page.locator(".ds-x-cell[data-at='999999']")
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport(ratio=0.9)
    expect(last.locator(".ds-x-cell-words")).to_have_text("<b>p999999</b>\n<img src=x>")
    assert page.locator(".ds-x-cell").count() < 100
    page.locator(".ds-x-grid").evaluate("(node) => { node.scrollTop = node.scrollHeight / 2; }")
    page.wait_for_timeout(200)
    places = page.evaluate(
        """() => { const grid = document.querySelector(".ds-x-grid").getBoundingClientRect();
        return [...document.querySelectorAll(".ds-x-cell")].filter((cell) => { const box = cell.getBoundingClientRect();
          return box.bottom > grid.top && box.top < grid.bottom; }).map((cell) => Number(cell.dataset.at)); }"""
    )
    assert len(places) >= columns
    assert 450_000 < min(places) <= max(places) < 550_000
    assert page.locator("#gallery img, #gallery b").count() == 0  # names are text
    assert watched.problems == []


def test_large_cells_have_names_labels_and_the_thumbnail(made: Made, opened: Callable[..., Page]) -> None:
    page = opened()
    expect(page.locator(".ds-x-cell-chip")).to_have_count(0)
    resize(page, 200)
    shown = {one.id for one in made.project.thumbnails}
    name = next(name for name in made.ids if name in shown)
    page.evaluate("(text) => select({ text })", name)
    cell = page.locator(".ds-x-cell")
    expect(cell).to_have_count(1)
    expect(cell.locator(".ds-x-cell-name")).to_have_text(name)
    expect(cell.locator(".ds-x-cell-chip").first).to_be_visible()
    assert set(cell.locator(".ds-x-cell-chip").all_text_contents()) <= set(made.row(name)["labels"])
    expect(cell.locator("img")).to_have_attribute("src", re.compile(r"/_data/thumbs/.*\.webp$"))
    assert cell.locator("img").evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") > 32
    page.reload()
    page.wait_for_selector("body[data-ready]")
    expect(page.locator("#ds-x-cell-size")).to_have_value("200")  # the reader's choice stays


def test_without_pictures_cells_are_names(made: Made, opened: Callable[..., Page], watched: Watch) -> None:
    page = opened("?bare=1")
    expect(page.get_by_text("This data set has no pictures here")).to_be_visible()
    expect(page.locator(".ds-x-cell-bare .ds-x-cell-words").first).to_contain_text(made.ids[0])
    page.locator(".ds-x-cell").nth(2).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name=made.ids[2])).to_be_visible()
    assert watched.problems == []


def test_the_panel_shows_all_that_is_known_of_a_patch(made: Made, opened: Callable[..., Page], watched: Watch) -> None:
    page = opened("?repository=https://github.com/me/data")
    name = made.ids[5]
    row = made.row(name)
    page.evaluate("(id) => panel.open(id)", name)
    panel = page.get_by_role("dialog", name=name)
    expect(panel.get_by_role("heading", name="About")).to_be_visible(timeout=20_000)
    text = panel.inner_text()
    terms = {term["name"]: term for term in made.manifest["columns"][0]["terms"] if term["level"] == 0}
    for label in row["labels"]:
        expect(panel.get_by_role("button", name=label, exact=True)).to_be_visible()
        parent = made.manifest["columns"][0]["terms"][terms[label]["parent"]]
        assert parent["name"] in text
    assert f"6 of {N}" in text
    for value in (row["split"], row["tile"], row["crs"], f"{row['datetime']:%Y-%m-%d %H:%M:%S} UTC"):
        assert value in text
    files = panel.get_by_label("Files in the archive").locator("li").all_inner_texts()
    hrefs = [asset["href"] for asset in row["assets"]]
    assert len(files) == 12 + 2 + 1
    assert all((made.project.archive.folder([]) / path).is_file() for path in files)
    code = "\n".join(panel.locator("pre").all_inner_texts())
    assert all(repr(f"{part}/") in code for href in hrefs for part in href.split("/")[:-2])
    link = panel.get_by_role("link", name="Report a problem with this patch")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener noreferrer")
    assert (link.get_attribute("href") or "").startswith("https://github.com/me/data/issues/new?title=Patch+" + name)
    assert f"#patch={name}" in (panel.get_by_role("link", name="Permanent link").get_attribute("href") or "")
    expect(panel.locator("svg.ds-x-mini-map")).to_have_count(2)
    panel.get_by_role("button", name=row["labels"][0], exact=True).click()
    assert page.evaluate("told.selected") == [{"filters": {"labels": {"any": [row["labels"][0]]}}}]
    panel.get_by_role("button", name="Classes").click()
    expect(panel.get_by_role("img", name="classes")).to_be_visible()
    assert watched.problems == []


def test_the_panel_leads_to_the_patches_before_and_behind_and_beside(made: Made, opened: Callable[..., Page]) -> None:
    page = opened()
    page.evaluate("(id) => panel.open(id)", made.ids[0])
    panel = page.get_by_role("dialog")
    expect(panel.get_by_text(f"1 of {N}")).to_be_visible(timeout=20_000)
    expect(panel.get_by_role("button", name="Previous")).to_be_disabled()
    panel.get_by_role("button", name="Next").click()
    expect(panel.get_by_role("heading", name=made.ids[1])).to_be_visible()
    expect(panel.get_by_text(f"2 of {N}")).to_be_visible()
    panel.get_by_role("heading", name=made.ids[1]).focus()
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_text(f"3 of {N}")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(panel.get_by_text(f"2 of {N}")).to_be_visible()
    beside = panel.locator("section", has_text="Neighbours").get_by_role("button").first
    name = beside.get_attribute("title")
    assert name in made.ids
    beside.click()
    expect(panel.get_by_role("heading", name=name or "")).to_be_visible()


def test_the_same_place_at_another_time_is_offered(made: Made, opened: Callable[..., Page]) -> None:
    page = opened()
    page.evaluate(
        "(id) => { explorer.near = async () => ({ same: Uint32Array.of(3), neighbours: new Uint32Array() });"
        " panel.open(id); }",
        made.ids[2],
    )
    section = page.get_by_role("dialog").locator("section", has_text="The same place")
    day = f"{made.row(made.ids[3])['datetime']:%Y-%m-%d}"
    expect(section.get_by_role("button", name=f"{made.ids[3]}, {day}")).to_be_visible(timeout=20_000)


def test_a_link_to_a_patch_that_is_not_there_says_so(opened: Callable[..., Page], watched: Watch) -> None:
    page = opened()
    page.evaluate("panel.open('<i>gone</i>')")
    expect(page.get_by_role("alert")).to_contain_text("no patch named <i>gone</i>", timeout=20_000)
    assert watched.problems == []


def test_a_narrow_panel_covers_the_page_and_keeps_the_focus(made: Made, opened: Callable[..., Page]) -> None:
    page = opened()
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate("(id) => panel.open(id)", made.ids[4])
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("heading", name="Load it")).to_be_visible(timeout=20_000)
    expect(panel).to_have_attribute("aria-modal", "true")
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("Boolean(document.activeElement.closest('.ds-x-panel'))")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("Boolean(document.activeElement.closest('.ds-x-panel'))")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def download(page: Page, name: str) -> Path:
    page.get_by_role("button", name="Download").click()
    with page.expect_download(timeout=60_000) as waiting:
        page.get_by_role("button", name=name).click()
    return Path(waiting.value.path())


def test_geoparquet_of_the_selection_is_read_by_geopandas(made: Made, opened: Callable[..., Page]) -> None:
    page = opened()
    page.evaluate("select({ filters: { split: { any: ['train'] } } })")
    path = download(page, "GeoParquet")
    frame = geopandas.read_parquet(path)
    wanted = {row["id"]: row for row in made.project.summary.to_pylist() if row["split"] == "train"}
    assert frame["id"].tolist() == [name for name in made.ids if name in wanted]
    assert frame.crs == "OGC:CRS84"
    for one in frame.to_dict("records"):
        row = wanted[one["id"]]
        assert list(one["labels"]) == row["labels"]
        assert one["datetime"] == row["datetime"]
        assert one["geometry"].wkb == row["geometry"]
        assert (one["width"], one["country"], one["ben:snow"]) == (row["width"], row["country"], row["ben:snow"])
        assert [dict(asset) for asset in one["assets"]] == row["assets"]
    for name, bbox in zip(*(pq.read_table(path)[name].to_pylist() for name in ("id", "bbox")), strict=True):
        assert bbox == pytest.approx(wanted[name]["bbox"])
    metadata = json.loads(pq.read_metadata(path).metadata[b"geo"])
    assert metadata["version"] == "1.1.0"
    west, south, east, north = metadata["columns"]["geometry"]["bbox"]
    assert [west, south, east, north] == pytest.approx(frame.total_bounds.tolist())
    inside = geopandas.read_parquet(path, bbox=(west, south, east, north))
    assert len(inside) == len(frame)
    assert len(geopandas.read_parquet(path, bbox=(east + 1, south, east + 2, north))) == 0


def test_list_and_recipe_are_those_of_the_selection(made: Made, opened: Callable[..., Page]) -> None:
    page = opened()
    page.evaluate("select({ filters: { split: { any: ['val'] } } })")
    lines = download(page, "List (CSV)").read_text(encoding="utf-8").splitlines()
    wanted = [name for name in made.ids if made.row(name)["split"] == "val"]
    assert [line.split(",")[0] for line in lines[1:]] == wanted
    expect(page.get_by_text("List (CSV) is saved.")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_text(f"{len(wanted)} patches")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Recipe").click()
    assert waiting.value.suggested_filename == "recipe.toml"
    assert f"patches = {len(wanted)}" in Path(waiting.value.path()).read_text(encoding="utf-8")


def test_a_download_can_be_cancelled_and_the_menu_left(opened: Callable[..., Page]) -> None:
    page = opened()
    page.evaluate("void (explorer.csv = () => new Promise(() => {}))")
    button = page.get_by_role("button", name="Download")
    button.click()
    expect(page.get_by_role("button", name="List (CSV)")).to_be_focused()
    page.get_by_role("button", name="List (CSV)").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled; nothing was saved.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Cancelled")).to_be_hidden()
    expect(button).to_be_focused()
    page.evaluate("void (explorer.page = async () => { throw new Error('out of reach'); })")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("out of reach")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: Any, made: Made, opened: Callable[..., Page]) -> None:
    page = opened()
    page.emulate_media(color_scheme=scheme)
    resize(page, 200)
    expect(page.locator(".ds-x-cell-chip").first).to_be_visible()
    page.evaluate("(id) => panel.open(id)", made.ids[4])
    expect(page.get_by_role("dialog").get_by_role("heading", name="Load it")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Download").click()
    expect(page.get_by_role("button", name="GeoParquet")).to_be_visible()
    assert axe(page) == []


HREFS = [
    ("sentinel-2-l2a", "a/P_1/P_1_{band}.tif", None), ("sentinel-2-l2a", "a/P_1/Q_{band}.tif", None),
    ("rgb", "it's/x.tif", None), ("rgb", "x.tif", (0, 64, 32, 32)), ("rgb", 'a/"b\'/p.jpg', None),
    ("rgb", "ü/\u200bp.png", (1, 2, 3, 4)), ("rgb", "a\\b.png", None),
]  # fmt: skip


def test_the_code_is_that_of_the_page_about_loading(made: Made) -> None:
    assert loading_templates(made.project) == made.manifest["loading"]
    cases = [
        (load_sensor(sensor), {"templates": templates(), "assets": {"a": {"bands": [
            band.name for band in load_sensor(sensor).bands]}}}, href, window)
        for sensor, href, window in HREFS
    ]  # fmt: skip
    script = (
        f"import {{ snippet }} from {json.dumps((SCRIPTS / 'patch' / 'snippet.js').as_uri())};"
        f"const cases = {json.dumps([case[1:] for case in cases])};"
        "console.log(JSON.stringify(cases.map(([loading, href, window]) => snippet(loading, 'a', href, window))));"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [_patch_source(href, window, sensor) for sensor, _, href, window in cases]
