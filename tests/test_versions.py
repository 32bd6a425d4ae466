"""Versions of a data set: what changed is told step by step, and every page leads to the same page of the others."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from PIL import Image
from playwright.sync_api import Page, Route, expect

from dsdocs.analyses.difference import LISTED, NONE, difference
from dsdocs.analyses.version_history import version_history
from dsdocs.config import parse_config
from dsdocs.errors import ConfigError
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.releases import fetch_summaries
from dsdocs.summary.schema import VERSION
from dsdocs.views import Heatmap, Map, Numbers, Table
from support.generated import generated_summary
from support.pixels import project_of
from support.sites import dsdocs
from support.sites import expect as expect_code
from test_difference import changed

SUMMARY = generated_summary(5000).slice(1200, 200)


def written(table: pa.Table, path: Path) -> Path:
    metadata = {"geo": "{}", "dsdocs": json.dumps({"version": VERSION})}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    return path


def project_with(folder: Path, current: pa.Table, *versions: dict[str, object], version: str | None = "3.0") -> Project:
    config = parse_config({"dataset": {"version": version} if version else {}, "versions": list(versions)})
    folder.mkdir(exist_ok=True)
    written(current, folder / "summary.parquet")
    return Project(Locations(config, folder / "dsdocs.toml", (), folder))


@pytest.fixture
def history(tmp_path: Path) -> Project:
    """Return three versions: a patch is added, then two change their labels and one of them moves."""
    placed = [row for row, one in enumerate(SUMMARY["bbox"].to_pylist()) if one is not None]
    labels = [list(names or ()) for names in SUMMARY["labels"].to_pylist()]
    for row, names in zip(placed[:3], (["Alpha"], ["Alpha", "Beta"], ["Beta"]), strict=True):
        labels[row] = names
    one = changed(SUMMARY, "labels", labels)
    labels[placed[0]], labels[placed[1]] = ["Gamma"], ["Beta"]
    two = changed(one, "labels", labels)
    geometry, boxes = two["geometry"].to_pylist(), two["bbox"].to_pylist()
    shape = shapely.from_wkb(geometry[placed[0]])
    geometry[placed[0]] = shapely.to_wkb(shapely.transform(shape, lambda xy: xy + np.array([0.0, 0.25])))
    boxes[placed[0]] = {
        **boxes[placed[0]],
        "ymin": boxes[placed[0]]["ymin"] + 0.25,
        "ymax": boxes[placed[0]]["ymax"] + 0.25,
    }
    two = changed(changed(two, "geometry", geometry), "bbox", boxes)
    last = next(row for row in range(SUMMARY.num_rows - 1, 0, -1) if row not in placed[:3])
    zero = one.filter(pa.array([row != last for row in range(one.num_rows)]))
    written(zero, tmp_path / "zero.parquet")
    written(one, tmp_path / "one.parquet")
    return project_with(
        tmp_path,
        two,
        {"name": "2.0", "date": dt.date(2024, 2, 1), "summary": "one.parquet"},
        {"name": "1.5", "date": dt.date(2024, 1, 15), "url": "https://example.org/1.5"},
        {"name": "1.0", "date": dt.date(2024, 1, 1), "summary": "zero.parquet"},
    )


def test_steps_follow_dates_and_tell_what_changed_in_each(history: Project) -> None:
    found = version_history(history)
    assert [release.name for release, _, _ in found.versions] == ["1.0", "1.5", "2.0", "3.0"]
    assert [(step.before, step.name) for step in found.steps] == [("1.0", "2.0"), ("2.0", "3.0")]
    first, second = (step.change for step in found.steps)
    assert (len(first.added), len(first.removed), len(first.relabelled), len(first.moved)) == (1, 0, 0, 0)
    assert (len(second.added), len(second.removed), len(second.relabelled), len(second.moved)) == (0, 0, 2, 1)
    assert second.exchanged() == {("Alpha", NONE): 1, ("Alpha", "Gamma"): 1}
    views = found.views()
    table = views[0]
    assert isinstance(table, Table)
    assert table.rows[0][:3] == ("3.0", None, SUMMARY.num_rows)
    assert table.rows[0][4:] == (0, 0, 2, 1, 0)
    assert table.rows[2] == ("1.5", "2024-01-15", *(None,) * 7)
    assert isinstance(views[1], Numbers)
    assert views[1].title == "2.0 to 3.0: What has changed"
    matrix = next(view for view in views if isinstance(view, Heatmap))
    assert (matrix.rows, matrix.columns, matrix.values) == (("Alpha",), (NONE, "Gamma"), ((1.0, 1.0),))
    assert len({view.title for view in views}) == len(views)


def test_a_map_shows_where_patches_were_and_are(history: Project) -> None:
    (drawn,) = [view for view in version_history(history).views() if isinstance(view, Map)]
    assert [(layer.name, layer.n_patches) for layer in drawn.layers] == [
        ("Before and after", 2), ("where they were in 2.0", 1), ("where they are in 3.0", 1),
    ]  # fmt: skip
    assert drawn.bounds[3] - drawn.bounds[1] == pytest.approx(0.25, abs=0.05)
    before, after = ([y for ring in layer.polygons[0] for _, y in ring] for layer in drawn.layers[1:])
    assert min(after) - min(before) == pytest.approx(0.25, abs=0.001)


def test_lists_are_cut_where_a_page_would_not_bear_them_and_say_so() -> None:
    many = pa.concat_tables([SUMMARY] * (LISTED // SUMMARY.num_rows + 1))
    many = changed(many, "id", [f"p{row:06}" for row in range(many.num_rows)])
    tables = [view for view in difference(SUMMARY, many).views() if isinstance(view, Table)]
    added = next(view for view in tables if view.title == "Added patches")
    assert len(added.rows) == LISTED
    assert added.summary == f"The first 50,000 of {many.num_rows:,}; dsdocs diff --json lists all."


def test_a_version_without_summary_changes_is_said_to_be_the_same(tmp_path: Path) -> None:
    written(SUMMARY, tmp_path / "same.parquet")
    version = {"name": "1.0", "date": dt.date(2024, 1, 1), "summary": "same.parquet"}
    found = version_history(project_with(tmp_path / "now", SUMMARY, {**version, "summary": "../same.parquet"}))
    assert isinstance(table := found.views()[0], Table)
    assert table.summary == "Nothing has changed from 1.0 to 3.0."


def test_a_summary_with_an_address_is_fetched_once(tmp_path: Path, pages_server: Callable[..., str]) -> None:
    (tmp_path / "old").mkdir()
    written(SUMMARY.slice(1), tmp_path / "old" / "summary.parquet")
    url = f"{pages_server(tmp_path / 'old', '/one/')}summary.parquet"
    project = project_with(tmp_path / "p", SUMMARY, {"name": "1.0", "date": dt.date(2024, 1, 1), "summary": url})
    fetch_summaries(project.locations)
    assert len(version_history(project).steps[0].change.added) == 1
    (tmp_path / "old" / "summary.parquet").unlink()
    fetch_summaries(project.locations)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("gone.parquet", r"versions\.summary: of '1\.0': gone\.parquet: there is no such file"),
        ("bad.parquet", r"bad\.parquet: cannot be read as Parquet"),
        ("https://example.org/x.parquet?token=abc", r"token"),
    ],
)
def test_what_is_no_summary_is_an_error_that_names_it(tmp_path: Path, source: str, said: str) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"no table")
    project = project_with(tmp_path, SUMMARY, {"name": "1.0", "date": dt.date(2024, 1, 1), "summary": source})
    with pytest.raises(ConfigError, match=said) as caught:
        fetch_summaries(project.locations)
    assert "abc" not in str(caught.value)


def pictures(folder: Path, names: tuple[str, ...]) -> Path:
    for number, name in enumerate(names):
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (20 * number, 90, 40)).save(path)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site of the second version of a small data set, whose names are hostile to spreadsheets."""
    folder = tmp_path_factory.mktemp("versions")
    pictures(folder / "old", ("meadow/a", "meadow/=b", "forest/c", "forest/gone"))
    pictures(folder / "new", ("meadow/a", "forest/=b", "forest/c", "lake/=d"))
    old = project_of(folder / "old", folder / "state")
    (folder / "dsdocs.toml").write_text(
        f"""
[dataset]
title = "Little"
version = "2.0"
published = 2025-01-01
[archive]
path = "new"
[loading]
throughput = 0
[retrieval]
encoders = []
[[versions]]
name = "1.0 <b>"
date = 2024-01-01
summary = "{old.summary_path}"
url = "http://guide.test/v1"
[[versions]]
name = "0.9"
date = 2023-01-01
url = "http://other.test/v0"
""",
        encoding="utf-8",
    )
    expect_code(dsdocs("build", cwd=folder), 0)
    return folder / "site"


def test_the_page_has_lists_to_download_that_no_spreadsheet_runs(site: Path) -> None:
    text = (site / "versions.html").read_text(encoding="utf-8")
    assert "1.0 &lt;b&gt; to 2.0: Added patches" in text
    lists = {}
    for name in ("added-patches", "removed-patches", "relabelled-patches"):
        (path,) = site.glob(f"_data/csv/versions-*{name}.csv")
        with path.open(encoding="utf-8", newline="") as source:
            lists[name] = list(csv.reader(source))[1:]
    assert lists == {
        "added-patches": [["'=d"]], "removed-patches": [["gone"]],
        "relabelled-patches": [["'=b", "meadow", "forest"]],
    }  # fmt: skip


def test_every_page_lists_the_versions_and_the_site_lists_its_pages(site: Path) -> None:
    listed = json.loads((site / "_data" / "versions.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in listed["versions"]] == ["0.9", "1.0 <b>"]
    assert (listed["name"], listed["date"]) == ("2.0", "2025-01-01")
    for name in listed["pages"]:
        text = (site / name).read_text(encoding="utf-8")
        assert name == "explorer.html" or f'data-page="{name}"' in text
        assert "1.0 <b>" not in text
    assert "versions.html" in listed["pages"]
    figures = json.loads((site / "_data" / "charts.json").read_text(encoding="utf-8"))["charts"]
    assert all((site / "_data" / one["path"]).is_file() for one in figures)
    assert sum(one["page"] == "versions" for one in figures) >= 7
    assert f"_data/{figures[0]['path']}" in (site / "llms.txt").read_text(encoding="utf-8")


def test_a_reader_finds_the_same_page_in_a_version_of_this_origin(site: Path, page: Page) -> None:
    asked: list[str] = []
    earlier = site.parent / "earlier"
    shutil.copytree(site / "_data", earlier / "_data", ignore=lambda folder, names: set(names) - {"versions.json"})
    listed = json.loads((earlier / "_data" / "versions.json").read_text(encoding="utf-8"))
    listed["pages"].remove("versions.html")
    (earlier / "_data" / "versions.json").write_text(json.dumps(listed), encoding="utf-8")

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        _, _, path = route.request.url.partition("guide.test/")
        version, _, name = path.partition("?")[0].partition("/")
        file = {"v1": earlier, "v2": site}.get(version, site) / (name or "index.html")
        route.fulfill(path=file) if file.is_file() else route.fulfill(status=404)

    page.route("**/*", answer)
    page.goto("http://guide.test/v2/labels.html")
    assert not [url for url in asked if "/v1/" in url]
    versions = page.get_by_role("navigation", name="Versions of the data set")
    versions.locator("summary").focus()
    page.keyboard.press("Enter")
    same = versions.get_by_role("link", name="1.0 <b>")
    expect(same).to_have_attribute("href", "http://guide.test/v1/labels.html")
    expect(versions.get_by_role("link", name="0.9")).to_have_attribute("href", "http://other.test/v0/")
    page.keyboard.press("Escape")
    expect(same).to_be_hidden()
    page.goto("http://guide.test/v2/versions.html")
    versions.locator("summary").click()
    expect(versions.get_by_text("start page")).to_be_visible()
    expect(same).to_have_attribute("href", "http://guide.test/v1/")
    assert not [url for url in asked if "other.test" in url]
