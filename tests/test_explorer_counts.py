"""The explorer counts right: random selections in Python, Node and Chromium equal a recount with pandas.

On a sample archive with all its files, on the published patches of BigEarthNet, and on as many invented ones as the
whole archive has, with missing values everywhere, names that break things, and places around the antimeridian.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page

from dsdocs.assets import static_folder
from dsdocs.config import Config
from dsdocs.explorer.build import explore, explorer_of
from dsdocs.explorer.listing import list_csv
from dsdocs.explorer.manifest import write_files
from dsdocs.explorer.model import Explorer
from dsdocs.explorer.normal import normalise
from dsdocs.explorer.recipe import recipe_text
from dsdocs.explorer.select import select
from dsdocs.explorer.shards import compact
from dsdocs.findings import Finding, check_quality, store_findings, stored_findings
from dsdocs.locations import Locations
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.project import Project
from dsdocs.sample import write_sample
from dsdocs.summarize import describe, summarize
from support.generated import HOSTILE, NOMENCLATURE, generated_findings, generated_summary
from support.published import published_summary
from support.selections import Recount, Selection, kinds_of, random_selections
from support.watching import watch

NAMES = ("sample", "published", "generated")
ROWS = {"sample": 256, "published": 198_304, "generated": 590_326}
SELECTIONS = 300
COUNTS = Path(__file__).parent / "js" / "explorer" / "counts.mjs"
TITLE = 'Made "up"\\ <b>\x7f'
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Counts</title><link rel="icon" href="data:,">
<script type="module">
import { openExplorer } from "./_static/js/explorer/core/client.js";
import { fileLoader } from "./_static/js/explorer/core/manifest.js";
import { geoParquet } from "./_static/js/explorer/take/geoparquet.js";
import { save } from "./_static/js/explorer/take/save.js";
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const digest = async (bytes) => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
const lists = (counts) => Object.fromEntries(Object.entries(counts).map(([name, values]) => [name, [...values]]));
window.load = async (name) => {
  window.explorer?.destroy();
  window.explorer = await openExplorer(`_data/${name}/manifest.json`);
  await explorer.loaded();
};
window.count = async (selections) => {
  const found = [];
  for (const selection of selections) {
    const { milliseconds, counts, pairs, mask, ...rest } = await explorer.select(selection);
    const plain = { counts: lists(counts), pairs: pairs && { terms: pairs.terms, values: [...pairs.values] } };
    found.push({ ...rest, ...plain, mask: await digest(mask) });
  }
  return JSON.stringify(found);
};
window.places = async () => {
  const { lon, lat } = await explorer.positions();
  return [await digest(lon), await digest(lat)];
};
window.parquet = async (selection) => {
  const { count } = await explorer.select(selection);
  const [rows, reader, writer] = await Promise.all([
    explorer.page(0, count),
    import("./_static/vendor/hyparquet/index.js"), import("./_static/vendor/hyparquet-writer/index.js"),
  ]);
  const load = fileLoader(explorer.base);
  save(new Blob(await geoParquet(explorer.manifest, rows, { load, reader, writer })), "large.parquet");
};
window.take = async (selection) => {
  await explorer.select(selection);
  const bytes = await (await explorer.csv()).arrayBuffer();
  const csv = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return { csv, digest: await digest(bytes), recipe: await explorer.recipe(), rows: [...await explorer.page(3, 40)] };
};
</script>"""


@dataclass(eq=False)
class Data:
    """One data set: in memory, in files, and what is true of it."""

    explorer: Explorer
    summary: pa.Table
    findings: Sequence[Finding]
    folder: Path
    details: pa.Table  # what the files of details have

    @cached_property
    def selections(self) -> list[Selection]:
        return list(random_selections(self.explorer, SELECTIONS))

    @cached_property
    def counted(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What pandas counts, and what Node counts, at the same time."""
        asked = self.folder.with_suffix(".json")
        asked.write_text(json.dumps(self.selections), encoding="utf-8")
        node = subprocess.Popen(["node", str(COUNTS), str(self.folder), str(asked)], stdout=subprocess.PIPE)
        try:
            recount = Recount(self.explorer, self.summary, self.findings)
            expected = [recount.count(selection) for selection in self.selections]
            found = json.loads(node.communicate(timeout=600)[0])
        finally:
            node.kill()
        assert node.returncode == 0
        for one in found:
            del one["milliseconds"]
        return expected, found

    @property
    def telling(self) -> list[Selection]:
        """Selections that take some patches, but not all."""
        pairs = zip(self.selections, self.counted[0], strict=True)
        return [selection for selection, counts in pairs if 0 < counts["count"] < self.explorer.n]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("counts")
    for part in (
        "js/explorer/core",
        "js/explorer/take",
        "js/explorer/ui",
        "vendor/hyparquet",
        "vendor/hyparquet-writer",
    ):
        shutil.copytree(static_folder() / part, folder / "_static" / part)
    (folder / "_data").mkdir()
    (folder / ".nojekyll").touch()  # or what begins with an underscore is not served
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def data(site: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Data]:
    """Return a data set by name; it is made when it is first asked for."""
    made: dict[str, Data] = {}

    def sample() -> tuple[Explorer, pa.Table, Sequence[Finding]]:
        folder = tmp_path_factory.mktemp("sample")
        write_sample(folder / "archive", patches=ROWS["sample"])
        project = Project(Locations(Config(), None, (str(folder / "archive"),), folder / "state"))
        summarize(project)
        describe(project)
        store_findings(project, check_quality(project))
        return explorer_of(project), project.summary, stored_findings(project)

    def published() -> tuple[Explorer, pa.Table, Sequence[Finding]]:
        summary = published_summary(request.getfixturevalue("shared_data"))
        return explore(summary, nomenclature=load_nomenclature("bigearthnet-19")), summary, ()

    def generated() -> tuple[Explorer, pa.Table, Sequence[Finding]]:
        summary = generated_summary(ROWS["generated"])
        findings = generated_findings(summary)
        nomenclature = load_nomenclature(NOMENCLATURE)
        return explore(summary, title=TITLE, nomenclature=nomenclature, findings=findings), summary, findings

    def get(name: str) -> Data:
        if name not in made:
            explorer, summary, findings = {"sample": sample, "published": published, "generated": generated}[name]()
            folder = site / "_data" / name
            folder.mkdir()
            # Details of all columns take half a minute to write for the largest, and count nothing.
            kept = summary.select(["id", "labels"]) if name == "generated" else summary
            (folder / "manifest.json").write_text(compact(write_files(explorer, kept, folder)), encoding="utf-8")
            made[name] = Data(explorer, summary, findings, folder, kept)
        return made[name]

    return get


def equal(found: list[dict[str, Any]], data: Data) -> None:
    """Compare counts with those of pandas, and tell the first that differs."""
    expected = data.counted[0]
    assert len(found) == len(expected) == SELECTIONS
    for selection, one, other in zip(data.selections, found, expected, strict=True):
        assert one == other, selection


@pytest.mark.parametrize("name", NAMES)
def test_selections_have_every_kind_of_condition_and_most_of_them_tell(name: str, data: Callable[[str], Data]) -> None:
    these = data(name)
    assert these.explorer.n == ROWS[name]
    assert len(these.telling) >= SELECTIONS / 3
    large = [one["count"] for one in these.counted[0] if one["count"] > 0.01 * ROWS[name]]
    assert len(large) >= SELECTIONS / 5
    kinds = Counter(kind for selection in these.telling for kind in set(kinds_of(these.explorer, selection)))
    wanted = {"box", "box across 180", "lasso", "text"}
    for column in these.explorer.columns:
        if column.kind == "set":
            levels = {term.level for term in column.terms}
            wanted |= {f"{column.name} {part} {level}" for part in ("any", "all", "none") for level in levels}
        else:
            wanted |= {f"{column.name} {part}" for part in (("from", "to") if column.kind == "day" else ("any",))}
        if column.histogram()[-1] > these.explorer.n / 100:
            wanted.add(f"{column.name} missing")
    assert wanted <= kinds.keys()
    assert {column.kind for column in these.explorer.columns} == {"category", "set", "day"}


@pytest.mark.parametrize("name", NAMES)
def test_counts_in_python_equal_a_recount_with_pandas(name: str, data: Callable[[str], Data]) -> None:
    these = data(name)
    for selection, expected in zip(these.selections, these.counted[0], strict=True):
        found = select(these.explorer, normalise(these.explorer, selection))
        assert hashlib.sha256(found.mask.tobytes()).hexdigest() == expected["mask"], selection
        assert {column: values.tolist() for column, values in found.counts.items()} == expected["counts"], selection
        assert found.missing == expected["missing"], selection
        assert found.pairs.ravel().tolist() == expected["pairs"]["values"], selection


@pytest.mark.parametrize("name", NAMES)
def test_counts_in_node_equal_a_recount_with_pandas(name: str, data: Callable[[str], Data]) -> None:
    equal(data(name).counted[1], data(name))


@pytest.fixture(scope="module")
def shown(
    browser: Browser, site: Path, pages_server: Callable[..., str], data: Callable[[str], Data]
) -> Iterator[Callable[[str], Page]]:
    """Return a page that has opened a data set."""
    context = browser.new_context()
    page = context.new_page()
    watched = watch(page)
    page.goto(pages_server(site))
    page.wait_for_function("() => Boolean(window.take)")

    def show(name: str) -> Page:
        data(name)
        page.evaluate("name => load(name)", name)
        assert len(page.workers) == 1  # of which the counts come, then
        return page

    yield show
    context.close()
    assert watched.problems == []


@pytest.mark.parametrize("name", NAMES)
def test_counts_in_a_browser_equal_a_recount_with_pandas(
    name: str, data: Callable[[str], Data], shown: Callable[[str], Page]
) -> None:
    these, page = data(name), shown(name)
    equal(json.loads(page.evaluate("selections => count(selections)", these.selections)), these)


@pytest.mark.parametrize("name", NAMES)
def test_lists_and_recipes_have_the_same_bytes_in_a_browser(
    name: str, data: Callable[[str], Data], shown: Callable[[str], Page]
) -> None:
    these, page = data(name), shown(name)
    explorer = these.explorer
    some = [one for one, counts in zip(these.selections, these.counted[0], strict=True) if counts["count"] < 5000][:12]
    if name == "generated":
        names = [{"any": [label], "none": ["Pastures"]} for label in HOSTILE]
        some += [
            {"filters": {"labels": one, "flags": {"any": ["x:snow"]}, "split": {"any": ["spare"]}}} for one in names
        ]
        some.append({"filters": {'x:say "what", then': {"any": ["=1+1", 'q"u,o']}}, "text": "ÉCLAIRS"})
        some += [{"text": text} for text in ("=a1", "-1", 'hi", you', "漢字🌍")]
    for selection in some:
        normal = normalise(explorer, selection)
        mask = select(explorer, normal).mask
        found, csv = page.evaluate("selection => take(selection)", selection), list_csv(explorer, mask)
        assert found["csv"] == csv.decode(), selection
        assert found["digest"] == hashlib.sha256(csv).hexdigest(), selection
        assert found["recipe"] == recipe_text(explorer, normal, int(mask.sum())), selection
        assert found["rows"] == np.flatnonzero(mask)[3:40].tolist(), selection


def test_geoparquet_of_many_thousand_patches_is_the_summary(
    data: Callable[[str], Data], shown: Callable[[str], Page]
) -> None:
    these, page = data("published"), shown("published")
    files = json.loads((these.folder / "manifest.json").read_text(encoding="utf-8"))["details"]["files"]
    selection = {"filters": {"split": {"any": ["val"]}}}
    mask = select(these.explorer, normalise(these.explorer, selection)).mask
    assert mask.sum() > 40_000
    assert len(files) > 3  # that the rows come from, one after the other
    with page.expect_download(timeout=120_000) as waiting:
        page.evaluate("selection => parquet(selection)", selection)
    found = pq.read_table(waiting.value.path())
    wanted = these.summary.take(pa.array(these.explorer.order[mask]))
    assert found.num_rows == wanted.num_rows == mask.sum()
    for name in ("id", "geometry", "labels", "split", "country", "tile", "datetime"):
        assert found[name].to_pylist() == wanted[name].to_pylist(), name


@pytest.mark.parametrize("name", NAMES)
def test_places_are_the_same_to_the_last_bit_in_a_browser(
    name: str, data: Callable[[str], Data], shown: Callable[[str], Page]
) -> None:
    explorer = data(name).explorer
    expected = [hashlib.sha256(degrees.tobytes()).hexdigest() for degrees in (explorer.lon, explorer.lat)]
    assert shown(name).evaluate("places()") == expected


def test_only_the_last_of_several_selections_is_answered(
    data: Callable[[str], Data], shown: Callable[[str], Page]
) -> None:
    these, page = data("generated"), shown("generated")
    overtaken = [{"text": "s2a"}, {"text": "s2a_1"}, {"filters": {"split": {"any": ["test"]}}}]
    several = (
        "async several => (await Promise.all(several.map((one) => explorer.select(one)))).map((one) => one?.count)"
    )
    last = these.telling[0]
    (number,) = (these.counted[0][at]["count"] for at, one in enumerate(these.selections) if one is last)
    assert page.evaluate(several, [*overtaken, last]) == [None, None, None, number]
    # What was begun for one of them does not speak for another.
    names = np.char.lower(np.array(these.explorer.ids))
    assert page.evaluate(several, [{"text": "S2A_1"}]) == [int((np.char.find(names, "s2a_1") >= 0).sum())]


@pytest.mark.parametrize("name", NAMES)
def test_all_facts_of_a_patch_are_read_in_a_browser(
    name: str, data: Callable[[str], Data], shown: Callable[[str], Page]
) -> None:
    these, page = data(name), shown(name)
    explorer, details = these.explorer, these.details
    labels = explorer.column("labels")
    empty = [code for code, members in enumerate(labels.sets) if not members]
    some = [*np.linspace(0, explorer.n - 1, 7).astype(int), *np.flatnonzero(labels.codes == labels.n_codes)[:2]]
    some += [*np.flatnonzero(np.isin(labels.codes, empty))[:2]]
    for row in {int(row) for row in some}:
        detail = json.loads(page.evaluate("async row => JSON.stringify(await explorer.detail(row))", row))
        (expected,) = details.slice(explorer.order[row], 1).to_pylist()
        assert expected["id"] == explorer.ids[row]
        when = expected.get("datetime")
        expected |= {"datetime": when.isoformat().replace("+00:00", "Z")} if when else {}
        assert detail.keys() == expected.keys() - {"bbox"}
        same = detail.keys() - {"geometry"}
        assert {key: detail[key] for key in same} == {key: expected[key] for key in same}
        assert page.evaluate("id => explorer.find(id)", expected["id"]) == row
        (described,) = page.evaluate("row => explorer.describe([row])", row)
        known = explorer.row(row) | {"row": row}
        for column in explorer.columns:
            if known[column.name] is not None and column.kind == "set":
                titles = {term.key: term.name for term in column.terms}
                known[column.name] = [titles[key] for key in known[column.name]]
        place = {"lon": explorer.lon[row], "lat": explorer.lat[row]}
        assert described == known | {axis: None if math.isnan(degrees) else degrees for axis, degrees in place.items()}
