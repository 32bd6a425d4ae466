"""The page finds what Python finds: in Chromium, in a worker, from files below a sub-path."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from dsdocs.assets import static_folder
from support.indices import HOW, Written, written
from support.pages import pages_server
from support.searches import answered, queries, steps_of

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Search</title><link rel="icon" href="data:,">
<script type="module">
import { openRetrieval } from "./_static/js/demos/search/client.js";
window.load = async (name, worker) => {
  window.retrieval?.destroy();
  window.retrieval = await openRetrieval(`_data/${name}/manifest.json`, { worker });
  window.searcher = window.retrieval.encoder("test");
};
window.ask = ({ vector, k, mask, exclude }) => {
  const allowed = mask && new Uint8Array(window.retrieval.manifest.rows);
  for (const row of mask ?? []) allowed[row] = 1;
  return window.searcher.search(vector, { k, mask: allowed, exclude });
};
window.ready = true;
</script></html>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Written]]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / ".nojekyll").touch()
    shutil.copytree(static_folder() / "js", folder / "_static" / "js")
    made = {}
    for name in HOW:
        (folder / "_data" / name).mkdir(parents=True)
        made[name] = written(folder / "_data" / name, name)
    return folder, made


@pytest.fixture(scope="module")
def page(browser: Browser, site: tuple[Path, dict[str, Written]]) -> Iterator[Page]:
    with pages_server(site[0]) as address:
        opened = browser.new_page()
        errors: list[str] = []
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.goto(address)
        opened.wait_for_function("() => window.ready")
        yield opened
        opened.close()
        assert errors == []


@pytest.mark.parametrize("name", HOW)
def test_two_hundred_searches_find_what_python_finds(
    page: Page, site: tuple[Path, dict[str, Written]], name: str
) -> None:
    made = site[1][name]
    page.evaluate("name => window.load(name, true)", name)
    asked = queries(made, 200)
    found: list[dict[str, Any]] = page.evaluate(
        "async (asked) => { const found = []; for (const one of asked) found.push(await ask(one)); return found; }",
        asked,
    )
    for query, answer in zip(asked, found, strict=True):
        expected = answered(made, query)
        assert answer["results"] == expected["results"]
        assert steps_of(answer) == expected["steps"]


def test_neighbours_and_vectors_come_from_the_worker(page: Page, site: tuple[Path, dict[str, Written]]) -> None:
    made = site[1]["coded"]
    page.evaluate("load('coded', true)")
    for row in (0, 7, 120, 2399):
        rows, away = made.files.neighbours(row)
        found = page.evaluate("row => searcher.neighbours(row)", row)
        assert [(one["row"], one["distance"]) for one in found["results"]] == list(
            zip(rows.tolist(), away.tolist(), strict=True)
        )
    vectors = page.evaluate("async () => (await searcher.vectors([5, 7])).map((one) => one && [...one])")
    assert vectors == [made.vectors[5].tolist(), None]
    progress, rows, total = page.evaluate(
        """async () => {
          const told = [];
          const all = await searcher.all(500, { onProgress: (done, total) => told.push([done, total]) });
          return [told, [...all.rows], all.total];
        }"""
    )
    assert (len(set(rows)), total, progress[-1]) == (500, int(made.valid.sum()), [500, 500])
    assert (np.diff([done for done, _ in progress]) > 0).all()


def test_a_browser_without_workers_of_modules_searches_in_the_page(
    page: Page, site: tuple[Path, dict[str, Written]]
) -> None:
    made = site[1]["coded"]
    page.evaluate("load('coded', false)")
    for query in queries(made, 4):
        assert page.evaluate("one => ask(one)", query)["results"] == answered(made, query)["results"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("searcher.search([1, 2])", "a vector of 22 values expected, 2 found"),
        ("searcher.neighbours(2400)", "there is no row 2400"),
        ("searcher.search(new Float32Array(22), { mask: new Uint8Array(3) })", "a mask of 2400 rows expected, 3 found"),
        ("retrieval.encoder('none')", "there is no encoder none"),
    ],
)
def test_what_cannot_be_asked_is_an_error(page: Page, call: str, message: str) -> None:
    page.evaluate("load('coded', true)")
    said = page.evaluate(f"(async () => {{ try {{ await {call}; }} catch (error) {{ return error.message; }} }})()")
    assert said == message


def test_a_damaged_file_is_named(page: Page, site: tuple[Path, dict[str, Written]]) -> None:
    folder = site[0] / "_data" / "coded" / "test"
    kept = {path: path.read_bytes() for path in folder.glob("vectors-*")}
    for path, data in kept.items():
        path.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
    try:
        context = page.context.browser.new_context()  # type: ignore[union-attr]
        fresh = context.new_page()
        fresh.goto(page.url)
        fresh.wait_for_function("() => window.ready")
        fresh.evaluate("load('coded', true)")
        said = fresh.evaluate(
            "searcher.search(new Float32Array(22)).then(() => '', (error) => `${error.name} ${error.message}`)"
        )
        context.close()
    finally:
        for path, data in kept.items():
            path.write_bytes(data)
    assert said.startswith("FileError vectors-")
    assert "sha256" in said
