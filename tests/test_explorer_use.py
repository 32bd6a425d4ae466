"""What a reader does with the explorer of a built site: each attribute, each way to look, each way in and out."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import geopandas
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from support.exploring import READY, SECOND, Explorer, exploring, rows_of
from support.sites import SAMPLE, Built, Sites
from support.visits import PREFIX
from support.watching import axe, watch

LEGEND = ".ds-x-legend"


@pytest.fixture(scope="module")
def sample(sites: Sites) -> Built:
    return sites[SAMPLE]


@pytest.fixture(scope="module")
def rows(sample: Built) -> list[dict[str, Any]]:
    return rows_of(sample)


@pytest.fixture(scope="module")
def manifest(sample: Built) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((sample.site / "_data" / "explorer" / "manifest.json").read_text("utf-8"))
    return found


@pytest.fixture
def explorer(
    page: Page, sample: Built, rows: list[dict[str, Any]], pages_server: Callable[..., str]
) -> Iterator[Explorer]:
    with exploring(page, sample, rows, pages_server) as found:
        yield found


def count(explorer: Explorer) -> int:
    return int(explorer.page.locator("#ds-x-count").inner_text().replace(",", ""))


def test_every_attribute_filters_and_comes_back_from_its_link(explorer: Explorer, manifest: dict[str, Any]) -> None:
    explorer.open("#view=map")
    lists = [column for column in manifest["columns"] if column["kind"] != "day"]
    assert {"labels", "split", "season", "country", "tile", "flags", "findings"} <= {column["name"] for column in lists}
    for column in lists:
        facet = explorer.facet(column["name"])
        if facet.locator(".ds-x-facet-body").is_hidden():
            facet.locator(".ds-x-facet-toggle").click()
        wanted = next(at for at, number in enumerate(column["counts"]) if number)
        options = column.get("terms") or [{"key": key} for key in column["values"]]
        key = options[wanted]["key"]
        explorer.page.goto(f"{explorer.address}#view=map&{_query(column['name'], key)}")
        explorer.counts(column["counts"][wanted])
        box = facet.get_by_role("checkbox", checked=True)
        expect(box).to_have_count(1)
        box.press("Space")
        explorer.counts(manifest["rows"])
        box = facet.get_by_role("checkbox").first
        number = int(facet.locator(".ds-x-option .ds-x-count").first.inner_text().replace(",", ""))
        box.click()
        explorer.counts(number)
        assert _query(column["name"], "")[:-1] in explorer.page.url
        explorer.page.locator("#ds-x-filters .ds-x-facet-clear >> visible=true").click()
        explorer.counts(manifest["rows"])


def _query(name: str, key: str) -> str:
    return f"{quote(name)}={quote(key)}"


def test_counts_of_days_countries_and_pairs_follow_the_selection(explorer: Explorer, manifest: dict[str, Any]) -> None:
    explorer.open("#view=together&split=train")
    train = explorer.having(split="train")
    months = [str(row["datetime"].date())[:7] for row in train]
    bars = explorer.facet("date").locator(".ds-x-month")
    expect(bars.first).to_have_attribute("title", re.compile(r": \d"))
    said = [re.search(r": ([\d,]+) patch", bar.get_attribute("title") or "") for bar in bars.all()]
    counts = [int(found[1].replace(",", "")) for found in said if found]
    assert sum(counts) == len(train)
    assert sorted(number for number in counts if number) == sorted(months.count(month) for month in set(months))
    facet = explorer.facet("country")
    facet.locator(".ds-x-facet-toggle").click()
    numbers = facet.locator(".ds-x-option .ds-x-count").all_inner_texts()
    assert sum(int(number.replace(",", "")) for number in numbers if number) == len(train)
    corner = explorer.page.locator("#ds-x-pairs tbody td").first
    names = [name for row in train for name in row["labels"]]
    expect(corner).to_have_text(f"{max(names.count(name) for name in set(names)):,}")


def test_a_link_holds_everything_at_once(explorer: Explorer) -> None:
    row = explorer.rows[0]
    box = row["bbox"]
    sides = (box["xmin"] - 2, box["ymin"] - 2, box["xmax"] + 2, box["ymax"] + 2)
    place = ",".join(f"{side:.1f}1" for side in sides)
    middle = f"{(box['xmin'] + box['xmax']) / 2:.3f}1,{(box['ymin'] + box['ymax']) / 2:.3f}1,8.5"
    year = str(row["datetime"].date())[:4]
    state = (
        f"#split={row['split']}&date.from={year}-01-01&date.to={year}-12-31&box={place}&text={row['id'][:4]}"
        f"&mode=difference&a=split:train&b=split:test&at={middle}&patch={row['id']}"
    )
    explorer.open(state)
    assert count(explorer) >= 1
    dialog = explorer.page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name=row["id"])).to_be_visible(timeout=20 * SECOND)
    expect(explorer.page.get_by_label("Map shows")).to_have_value("difference")
    expect(explorer.page.locator(LEGEND)).to_contain_text("Difference")
    chips = explorer.page.locator(".ds-x-chip").all_inner_texts()
    assert len(chips) == 4
    before = (count(explorer), chips)
    # Something is changed and changed back: what is written then is the same state, in its one form.
    explorer.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    explorer.page.wait_for_function("() => !location.hash.includes('patch=')")
    written = explorer.page.url
    assert _parts(written) == _parts(state.rpartition("&patch=")[0])
    explorer.page.goto("about:blank")
    explorer.page.goto(written)
    explorer.ready()
    assert (count(explorer), explorer.page.locator(".ds-x-chip").all_inner_texts()) == before


def _parts(address: str) -> set[str]:
    return set(unquote(address.partition("#")[2]).split("&"))


def test_colours_density_and_differences_by_keyboard(explorer: Explorer, manifest: dict[str, Any]) -> None:
    explorer.open("#view=map")
    page = explorer.page
    legend = page.locator(LEGEND)
    colour = page.get_by_label("Colour by")
    colour.focus()
    page.keyboard.type("Split")
    page.wait_for_function("() => location.hash.includes('colour=split')")
    expect(legend.locator("li")).to_have_count(3)
    for split in ("train", "val", "test"):
        expect(legend.locator("li").filter(has_text=split).locator(".ds-x-count")).to_have_text(
            f"{len(explorer.having(split=split)):,}"
        )
    # A name in the legend filters for it.
    legend.get_by_role("button", name="val").focus()
    page.keyboard.press("Enter")
    explorer.counts(len(explorer.having(split="val")))
    shows = page.get_by_label("Map shows")
    shows.press("ArrowDown")
    expect(legend).to_contain_text("Patches in a cell")
    expect(legend).to_contain_text("Cells of about")
    shows.press("ArrowDown")
    page.wait_for_function("() => location.hash.includes('mode=difference')")
    for side, wanted in (("A", "winter"), ("B", "summer")):
        choice = page.locator(".ds-x-difference label").filter(has_text=re.compile(f"^{side}")).get_by_role("combobox")
        choice.focus()
        page.keyboard.type(wanted.capitalize())
        expect(choice.locator("option:checked")).to_have_text(re.compile(wanted, re.IGNORECASE))
    page.wait_for_function("() => /a=season:winter/.test(location.hash) && /b=season:summer/.test(location.hash)")
    expect(legend).to_contain_text(re.compile("larger share of winter .* than of summer", re.IGNORECASE))
    page.get_by_role("button", name="Swap A and B").press("Enter")
    page.wait_for_function("() => /a=season:summer/.test(location.hash) && /b=season:winter/.test(location.hash)")


def test_pictures_by_keyboard_lead_to_a_patch_and_back(explorer: Explorer, manifest: dict[str, Any]) -> None:
    explorer.open("#view=gallery&split=val")
    page = explorer.page
    pictures = page.get_by_label("Pictures", exact=True).locator("canvas, img")
    expect(pictures.first).to_be_visible(timeout=20 * SECOND)
    cells = page.locator("#ds-x-gallery [data-place], #ds-x-gallery .ds-x-cell")
    cells.first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible(timeout=20 * SECOND)
    opened = re.search("patch=([^&]+)", page.url)
    assert opened is not None
    assert unquote(opened[1]) in {row["id"] for row in explorer.having(split="val")}
    expect(dialog.get_by_role("heading", name=unquote(opened[1]))).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.go_back()
    expect(dialog).to_be_visible()
    assert f"patch={opened[1]}" in page.url


def test_fingers_move_and_pinch_the_map_of_the_page(
    sample: Built, browser: Browser, pages_server: Callable[..., str]
) -> None:
    with browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800}) as context:
        page = context.new_page()
        watched = watch(page)
        page.goto(f"{pages_server(sample.site, PREFIX)}explorer.html#view=map")
        page.wait_for_selector(READY, timeout=60 * SECOND)
        area = page.locator(".ds-x-map-host").bounding_box()
        assert area is not None
        x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
        session = context.new_cdp_session(page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            made = [{"x": px, "y": py, "id": place} for place, (px, py) in enumerate(points)]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": made})

        touch("touchStart", (x - 40, y), (x + 40, y))
        for step in range(1, 6):
            touch("touchMove", (x - 40 - 8 * step, y), (x + 40 + 8 * step, y))
        touch("touchEnd")
        page.wait_for_function("() => location.hash.includes('at=')")
        first = _zoom(page)
        assert page.evaluate("visualViewport.scale") == 1, "the page was zoomed, not the map"
        touch("touchStart", (x - 40, y), (x + 40, y))
        for step in range(1, 6):
            touch("touchMove", (x - 40 - 8 * step, y), (x + 40 + 8 * step, y))
        touch("touchEnd")
        page.wait_for_function(f"() => Number(/at=[^,]+,[^,]+,([^&]+)/.exec(location.hash)[1]) > {first + 0.8}")
        assert _zoom(page) == pytest.approx(first + 1, abs=0.05)
        assert watched.problems == []


def _zoom(page: Page) -> float:
    found = re.search("at=([^&]+)", page.url)
    assert found is not None
    return float(unquote(found[1]).split(",")[2])


def test_what_is_counted_is_said_once_and_politely(explorer: Explorer) -> None:
    explorer.open()
    page = explorer.page
    live = page.get_by_role("status").and_(page.locator("#ds-x-live"))
    expect(live).to_have_attribute("aria-live", "polite")
    expect(live).to_have_text(f"All {len(explorer.rows)} patches")
    page.evaluate("""() => { window.said = []; new MutationObserver(() => said.push(
      document.getElementById("ds-x-live").textContent)).observe(
      document.getElementById("ds-x-live"), {childList: true, characterData: true, subtree: true}); }""")
    # One choice after the other, sooner than they could be read out.
    page.evaluate("""async () => { for (const at of [0, 1, 2, 0]) {
      document.querySelectorAll('.ds-x-facet[data-column="split"] input[type=checkbox]')[at].click();
      await new Promise((done) => setTimeout(done, 150));
    } }""")
    left = len(explorer.rows) - len(explorer.having(split="train"))
    expect(live).to_have_text(f"{left} of {len(explorer.rows)} patches")
    said = page.evaluate("said")
    assert said[-1] == f"{left} of {len(explorer.rows)} patches"
    assert len(said) <= 2, "each choice was read out"
    page.get_by_role("button", name="Clear all").click()
    expect(live).to_have_text(f"All {len(explorer.rows)} patches")
    # Every option says its name and how many it has.
    name = explorer.box("split", "train").evaluate("box => box.labels[0].textContent")
    assert f"{len(explorer.having(split='train'))}" in name


def test_without_motion_nothing_moves(explorer: Explorer) -> None:
    explorer.page.emulate_media(reduced_motion="reduce")
    explorer.open("#view=map&split=train")
    moving = explorer.page.evaluate("""() => [...document.querySelectorAll(".ds-x-app *, .ds-x-top *")].filter((node) =>
      ["", "::before", "::after"].some((part) => {
        const style = getComputedStyle(node, part);
        return [style.transitionDuration, style.animationDuration].some((time) => Math.max(...time.split(",")
          .map(parseFloat)) > 0.001);
      })).map((node) => node.className)""")
    assert moving == []
    before = explorer.page.url
    explorer.page.get_by_role("button", name="Zoom in").click()
    # The next frame has all of it: without reduced motion, a slide takes 220 ms.
    drawn = explorer.page.evaluate("""() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
      () => done(document.querySelector(".ds-x-map-scale").style.width))))""")
    explorer.page.wait_for_function("() => location.hash.includes('at=')")
    assert explorer.page.locator(".ds-x-map-scale").evaluate("bar => bar.style.width") == drawn
    assert explorer.page.url != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colours_what_is_chosen_is_told_apart(explorer: Explorer, scheme: Any) -> None:
    page = explorer.page
    page.emulate_media(forced_colors="active", color_scheme=scheme)
    explorer.open("#view=map&split=train&colour=split")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert _looks(page.locator('[data-view="map"][aria-pressed]')) != _looks(page.locator('[data-view="gallery"]'))
    assert _looks(page.locator('[data-tool="pan"]')) != _looks(page.locator('[data-tool="box"]'))
    # Swatches and bars are colours, and stay: else a legend would explain nothing.
    colours = page.locator(f"{LEGEND} .ds-x-swatch").evaluate_all(
        "swatches => swatches.map((swatch) => getComputedStyle(swatch).backgroundColor)"
    )
    assert len(set(colours)) == 3
    bars = page.locator(".ds-x-month span").first.evaluate("bar => getComputedStyle(bar).backgroundColor")
    assert bars != page.evaluate("getComputedStyle(document.body).backgroundColor")
    explorer.box("split", "train").focus()
    assert explorer.box("split", "train").evaluate("box => getComputedStyle(box).outlineStyle") != "none"
    assert axe(page) == []


def _looks(button: Locator) -> Any:
    return button.first.evaluate("""(node) => { const style = getComputedStyle(node);
      return [style.color, style.backgroundColor, style.borderColor, style.outlineStyle]; }""")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_4k_is_used_and_accessible(
    sample: Built, browser: Browser, pages_server: Callable[..., str], scheme: Any
) -> None:
    with browser.new_context(viewport={"width": 3840, "height": 2160}, color_scheme=scheme) as context:
        page = context.new_page()
        watched = watch(page)
        page.goto(f"{pages_server(sample.site, PREFIX)}explorer.html#view=both")
        page.wait_for_selector(READY, timeout=60 * SECOND)
        boxes = [page.locator(f"#ds-x-{name}").bounding_box() for name in ("filters", "map", "gallery")]
        assert all(boxes)
        assert sum(box["width"] for box in boxes if box) == pytest.approx(3840, abs=80)
        assert all(box["height"] > 1900 for box in boxes if box)
        assert page.evaluate(
            "document.documentElement.scrollWidth <= 3840 && document.documentElement.scrollHeight <= 2160"
        )
        assert axe(page) == []
        assert watched.problems == []


def test_the_selection_is_taken_away_as_list_and_geoparquet(explorer: Explorer, tmp_path: Path) -> None:
    explorer.open("#split=train")
    page = explorer.page
    wanted = {row["id"] for row in explorer.having(split="train")}
    listed = _download(page, "List (CSV)")
    with listed.open(encoding="utf-8", newline="") as source:
        assert {line["id"] for line in csv.DictReader(source)} == wanted
    frame = geopandas.read_parquet(_download(page, "GeoParquet"))
    assert set(frame["id"]) == wanted
    recipe = _download(page, "Recipe").read_text(encoding="utf-8")
    assert f"patches = {len(wanted)}" in recipe
    assert 'any = ["train"]' in recipe


def _download(page: Page, name: str) -> Path:
    page.get_by_role("button", name="Download").press("Enter")
    with page.expect_download(timeout=60 * SECOND) as waiting:
        page.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).press("Enter")
    page.keyboard.press("Escape")
    return Path(waiting.value.path())


def test_the_band_lab_opens_from_its_link_and_writes_it(explorer: Explorer, manifest: dict[str, Any]) -> None:
    patch = manifest["bands"]["patches"][0]
    explorer.open("#view=map")
    name = explorer.page.evaluate(
        """async ([address, row]) => { const { openExplorer } = await import(address);
        const opened = await openExplorer(document.querySelector("#ds-x-app").dataset.manifest);
        return (await opened.describe([row]))[0].id; }""",
        [_module(explorer.page, "core/client.js"), patch["row"]],
    )
    explorer.open(f"#view=map&lab={name}&index=ndvi")
    lab = explorer.page.locator("#ds-x-lab")
    expect(lab.locator("canvas").first).to_be_visible(timeout=30 * SECOND)
    expect(lab).to_contain_text(re.compile("NDVI", re.IGNORECASE))
    explorer.page.keyboard.press("Escape")
    explorer.page.wait_for_function("() => !location.hash.includes('lab=')")
    explorer.page.go_back()
    expect(lab.locator("canvas").first).to_be_visible(timeout=30 * SECOND)


def _module(page: Page, name: str) -> str:
    first: str = page.locator("link[rel=modulepreload]").first.get_attribute("href") or ""
    folder = page.evaluate("(address) => new URL(address, document.baseURI).href", first).partition("/explorer/")[0]
    return f"{folder}/explorer/{name}"
