"""Machine-readable descriptions hold what the summary holds, as their own reference implementations read them."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from pathlib import Path

import mlcroissant
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pystac
import pytest
import stac_geoparquet.arrow
import yaml

from dsdocs.project import Project
from dsdocs.summarize import describe, summarize
from dsdocs.twins.about import About
from dsdocs.twins.cards import dataset_card, llms_txt, size_category
from dsdocs.twins.citation import bibtex, citation_cff, datacite
from dsdocs.twins.schema_org import schema_org
from dsdocs.twins.write import write_twins
from support.pixels import project_of

HOSTILE = "Fields & {{ 7*7 }} <script>alert(1)</script> 50 % $x_1$ \\input{/etc/passwd} | ```` # ~"


@pytest.fixture(scope="module", params=["bigearthnet_v1/tiny", "ucmerced/UCMerced_LandUse", "eurosat/EuroSAT_MS"])
def described(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, Path, About]:
    """Return a project on real data, a tree with its descriptions, and what they say."""
    folder = tmp_path_factory.mktemp("twins")
    project = project_of(
        shared_data / request.param,
        folder / "state",
        dataset={
            "title": HOSTILE,
            "description": f"A data set for tests. {HOSTILE}",
            "version": "1.2",
            "licence": "CC-BY-4.0",
            "citation": "Somebody: a data set.",
            "doi": "10.5281/zenodo.1",
            "published": "2024-05-06",
            "keywords": ["land cover", "a: b"],
            "authors": [{"name": "Ada Lovelace", "affiliation": "London", "orcid": "0000-0002-1825-0097"}],
        },
        site={"url": "https://example.org/guide"},
    )
    summarize(project)
    describe(project)
    root = folder / "site"
    (root / "_data").mkdir(parents=True)
    (root / "_data" / "summary.parquet").write_bytes(project.summary_path.read_bytes())
    said = write_twins(project, root, data="_data", pages=[("Start | here", "index.html")])
    return project, root, said


# Both come from packages that mlcroissant uses.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_croissant_is_valid_and_loads_the_summary(described: tuple[Project, Path, About], tmp_path: Path) -> None:
    project, root, said = described
    found = json.loads((root / "_data" / "croissant.json").read_text())
    # Loaded from beside the summary, as the address of this site does not exist.
    found["distribution"][0]["contentUrl"] = "summary.parquet"
    local = root / "_data" / "local.json"
    local.write_text(json.dumps(found))
    logging.getLogger("absl").setLevel(logging.ERROR)
    data = mlcroissant.Dataset(jsonld=str(local))
    assert not data.metadata.issues.errors
    assert not data.metadata.issues.warnings
    records = {record["patches/id"].decode(): record for record in data.records("patches")}
    assert len(records) == project.summary.num_rows == said.n_patches
    for row in project.summary.slice(0, 50).to_pylist():
        record = records[row["id"]]
        assert [name.decode() for name in record["patches/labels"]] == row["labels"]
        assert record["patches/width"] == row["width"]
    classes = {record["classes/name"]: record["classes/patches"] for record in data.records("classes")}
    counted = pc.value_counts(project.summary["labels"].combine_chunks().flatten()).to_pylist()
    assert {_text(name): count for name, count in classes.items()} == {one["values"]: one["counts"] for one in counted}


def test_stac_is_valid_and_has_every_dated_patch(described: tuple[Project, Path, About]) -> None:
    project, root, _ = described
    folder = root / "_data" / "stac"
    dated = project.summary.filter(pc.is_valid(project.summary["datetime"]))
    if not dated.num_rows or project.summary["geometry"].null_count == project.summary.num_rows:
        assert not folder.exists()
        return
    found = json.loads((folder / "collection.json").read_text())
    collection = pystac.Collection.from_dict(found)
    collection.stac_extensions = []  # their schemas lie on the network
    collection.validate()
    table = pq.read_table(folder / "items.parquet")
    assert table["id"].to_pylist() == dated["id"].to_pylist()
    step = max(1, table.num_rows // 20)
    rows = dated.take(list(range(0, table.num_rows, step))).to_pylist()
    items = stac_geoparquet.arrow.stac_table_to_items(table.take(list(range(0, table.num_rows, step))))
    for row, found_item in zip(rows, items, strict=True):
        item = pystac.Item.from_dict(found_item)
        item.stac_extensions = []
        item.validate()
        assert item.id == row["id"]
        assert item.datetime == row["datetime"]
        assert item.properties["proj:code"] == row["crs"]
        assert len(item.assets) == sum(
            len(project.sensors[one["key"]].bands) if "{band}" in one["href"] else 1 for one in row["assets"]
        )
        assert all("{band}" not in asset.href for asset in item.assets.values())


def test_schema_org_has_what_searches_require_and_recommend(described: tuple[Project, Path, About]) -> None:
    project, _, said = described
    found = schema_org(said)
    assert {"name", "description", "creator", "license", "identifier", "version", "keywords", "url"} <= set(found)
    assert 50 <= len(found["description"]) <= 5000
    assert found["distribution"][0]["contentUrl"] == "https://example.org/guide/_data/summary.parquet"
    if project.summary["geometry"].null_count < project.summary.num_rows:
        south, west, north, east = (float(part) for part in found["spatialCoverage"]["geo"]["box"].split())
        assert -90 <= south < north <= 90
        assert -180 <= west < east <= 180
    with pytest.raises(ValueError, match=r"5,0\d\d characters"):
        schema_org(replace(said, description="x" * 5001))


def test_citations_are_read_back_whole(described: tuple[Project, Path, About]) -> None:
    _, root, said = described
    cff = yaml.safe_load((root / "_data" / "CITATION.cff").read_text())
    assert cff["title"] == HOSTILE
    assert cff["authors"] == [{"name": "Ada Lovelace", "orcid": "https://orcid.org/0000-0002-1825-0097"}]
    entry = bibtex(said)
    assert re.sub(r"\\[{}]", "", entry).count("{") == re.sub(r"\\[{}]", "", entry).count("}")
    assert "\\input{" not in entry
    record = datacite(said)
    assert record["publicationYear"] == 2024
    assert record["sizes"][0] == f"{said.n_patches} patches"
    assert "authors" in yaml.safe_load(citation_cff(replace(said, authors=())))


def test_cards_show_text_of_the_data_literally(described: tuple[Project, Path, About]) -> None:
    _, root, said = described
    card = (root / "_data" / "dataset-card.md").read_text()
    front = yaml.safe_load(card.split("---\n")[1])
    assert front["pretty_name"] == HOSTILE
    body = card.partition("---\n\n")[2]
    prose, code = body.split("`````bibtex\n")  # longer than the title's own backticks
    assert "<script>" not in prose
    assert code.partition("`````\n")[0] == bibtex(said)
    for name, count in said.classes.items():
        assert f"| {count:,} |" in body, name
    text = (root / "llms.txt").read_text()
    assert "[Start \\| here](https://example.org/guide/index.html)" in text
    assert text == llms_txt(said, [("Start | here", "index.html")])
    assert dataset_card(replace(said, classes={}), "summary.parquet").count("## Classes") == 0


def test_sizes_of_the_hub() -> None:
    assert [size_category(n) for n in (0, 999, 1000, 99_999, 590_326)] == [
        "n<1K", "n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M",
    ]  # fmt: skip


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
