"""Machine-readable descriptions hold what the summary holds, as their own reference implementations read them."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from dataclasses import replace
from pathlib import Path

import huggingface_hub
import jsonschema
import mlcroissant
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pybtex.database
import pystac
import pytest
import shapely
import stac_geoparquet.arrow
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pystac.validation import JsonSchemaSTACValidator

from dsdocs.geo.antimeridian import longitude_range
from dsdocs.project import Project
from dsdocs.summarize import describe, summarize
from dsdocs.twins.about import About, extent_of
from dsdocs.twins.cards import dataset_card, llms_txt, size_category
from dsdocs.twins.citation import bibtex, citation_cff, datacite
from dsdocs.twins.schema_org import schema_org
from dsdocs.twins.write import write_twins
from support.pixels import project_of
from support.schemas import schema, stac_extensions

HOSTILE = "Fields & {{ 7*7 }} <script>alert(1)</script> 50 % $x_1$ \\input{/etc/passwd} | ```` # ~"
DATACITE = jsonschema.Draft201909Validator(schema("datacite-4.5.json"))


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
            "publisher": "A repository",
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
    validator = JsonSchemaSTACValidator()
    validator.schema_cache |= stac_extensions()
    collection = pystac.Collection.from_dict(found)
    used = {address.split("/")[3] for address in collection.stac_extensions}
    assert used == {"eo", "projection", "scientific", "version"}
    assert len(collection.validate(validator) or ()) == 1 + len(used)
    with pytest.raises(pystac.errors.STACValidationError):  # the schemas do look at what they are for
        pystac.Collection.from_dict({**found, "sci:doi": "no DOI"}).validate(validator)
    table = pq.read_table(folder / "items.parquet")
    assert table["id"].to_pylist() == dated["id"].to_pylist()
    step = max(1, table.num_rows // 20)
    rows = dated.take(list(range(0, table.num_rows, step))).to_pylist()
    items = stac_geoparquet.arrow.stac_table_to_items(table.take(list(range(0, table.num_rows, step))))
    for row, found_item in zip(rows, items, strict=True):
        item = pystac.Item.from_dict(found_item)
        assert len(item.validate(validator) or ()) == 2
        assert item.id == row["id"]
        assert item.datetime == row["datetime"]
        assert item.properties["proj:code"] == row["crs"]
        assert len(item.assets) == sum(
            len(project.sensors[one["key"]].bands) if "{band}" in one["href"] else 1 for one in row["assets"]
        )
        assert all("{band}" not in asset.href for asset in item.assets.values())


# https://developers.google.com/search/docs/appearance/structured-data/dataset, "Structured data type definitions".
REQUIRED = ("name", "description")
RECOMMENDED = (
    "citation", "creator", "distribution", "identifier", "isAccessibleForFree", "keywords", "license",
    "measurementTechnique", "sameAs", "spatialCoverage", "temporalCoverage", "url", "variableMeasured", "version",
)  # fmt: skip
UNKNOWN = ("alternateName", "funder", "hasPart", "isPartOf", "includedInDataCatalog")  # recommended, and never made up


def test_schema_org_has_what_google_requires_and_recommends(described: tuple[Project, Path, About]) -> None:
    project, _, said = described
    found = schema_org(replace(said, homepage="https://example.org/archive"))
    absent = {name for name in (*REQUIRED, *RECOMMENDED) if name not in found}
    placed = project.summary["geometry"].null_count < project.summary.num_rows
    dated = project.summary["datetime"].null_count < project.summary.num_rows
    assert absent == {*(() if placed else ["spatialCoverage"]), *(() if dated else ["temporalCoverage"])}
    assert not set(UNKNOWN) & set(found)
    assert 50 <= len(found["description"]) <= 5000
    assert found["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert {one["@type"] for one in found["creator"]} == {"Person"}
    assert {one["@type"] for one in found["variableMeasured"]} == {"PropertyValue"}
    for file in found["distribution"]:
        assert (file["@type"], {"contentUrl", "encodingFormat"} <= set(file)) == ("DataDownload", True)
        assert file["contentUrl"].startswith("https://example.org/guide/_data/")
    with pytest.raises(ValueError, match=r"5,0\d\d characters"):
        schema_org(replace(said, description="x" * 5001))


def test_citations_are_read_back_whole(described: tuple[Project, Path, About]) -> None:
    _, root, said = described
    cff = yaml.load((root / "_data" / "CITATION.cff").read_text(), Loader=yaml.BaseLoader)  # dates as they are written
    assert cff["title"] == HOSTILE
    assert cff["authors"] == [{"name": "Ada Lovelace", "orcid": "https://orcid.org/0000-0002-1825-0097"}]
    jsonschema.Draft7Validator(schema("cff-1.2.0.json"), format_checker=jsonschema.FormatChecker()).validate(cff)
    entry = bibtex(said)
    assert re.sub(r"\\[{}]", "", entry).count("{") == re.sub(r"\\[{}]", "", entry).count("}")
    assert "\\input{" not in entry
    (read,) = pybtex.database.parse_string(entry, "bibtex").entries.values()
    assert (read.type, read.fields["year"], read.fields["doi"]) == ("misc", "2024", "10.5281/zenodo.1")
    assert [str(one) for one in read.persons["author"]] == ["Lovelace, Ada"]
    record = json.loads((root / "_data" / "datacite.json").read_text())
    DATACITE.validate(record)
    lacking = datacite(replace(said, authors=(), published=None, publisher=None))
    missing = {error.message.split("'")[1] for error in DATACITE.iter_errors(lacking)}
    assert missing == {"creators", "publisher", "publicationYear"}  # what nobody said, and nothing else
    bare = yaml.safe_load(citation_cff(replace(said, authors=(), published=None, doi=None, licence=None)))
    jsonschema.Draft7Validator(schema("cff-1.2.0.json")).validate(bare)


def test_cards_show_text_of_the_data_literally(described: tuple[Project, Path, About]) -> None:
    _, root, said = described
    card = (root / "_data" / "dataset-card.md").read_text()
    front = huggingface_hub.DatasetCard(card).data.to_dict()
    assert front["pretty_name"] == HOSTILE
    assert (front["license"], front["task_categories"]) == ("cc-by-4.0", ["image-classification"])
    assert front["configs"] == [
        {"config_name": "patches", "data_files": [{"split": "train", "path": "summary.parquet"}]}
    ]
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


def test_llms_txt_has_the_shape_of_its_proposal(described: tuple[Project, Path, About]) -> None:
    """A title, a quotation, prose without headings, then sections that hold nothing but lists of links."""
    _, _, said = described
    text = llms_txt(said, [("Start", "index.html")], [("Bars [x](y)", "_data/charts/a.json")])
    head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    title, quotation, *prose = [line for line in head.splitlines() if line]
    assert title.startswith("# ")
    assert quotation.startswith("> ")
    assert not [line for line in prose if line.startswith("#")]
    link = re.compile(r"- \[(?:[^\[\]\\]|\\.)+\]\(https://[^\s()]+\)(: .+)?")
    for section in sections:
        _, *items = [line for line in section.splitlines() if line]
        assert items
        assert [line for line in items if not link.fullmatch(line)] == []


def test_every_number_is_that_of_the_summary(described: tuple[Project, Path, About], shared_data: Path) -> None:
    """Count again with pandas, without any code of ours, what each file says."""
    project, root, said = described
    data = root / "_data"
    table = pd.read_parquet(data / "summary.parquet")
    n = len(table)
    classes = table["labels"].explode().dropna().value_counts().to_dict()
    splits = table["split"].astype(object).dropna().value_counts().to_dict()
    files = [path for path in Path(project.locations.archive[0]).rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    assert (said.n_patches, said.n_files, said.archive_size) == (n, len(files), size)
    record = json.loads((data / "datacite.json").read_text())
    assert record["sizes"] == [f"{n} patches", f"{len(files)} files", f"{size} bytes"]
    crate = json.loads((data / "croissant.json").read_text())
    inline = {one["name"]: one.get("data", []) for one in crate["recordSet"]}
    told = {
        name: {one[f"{name}/name"]: one[f"{name}/patches"] for one in inline.get(name, [])}
        for name in ("classes", "splits")
    }
    assert told == {"classes": classes, "splits": splits}
    (summary,) = [one for one in crate["distribution"] if one["@id"] == "summary"]
    content = (data / "summary.parquet").read_bytes()
    assert (summary["contentSize"], summary["sha256"]) == (f"{len(content)} B", hashlib.sha256(content).hexdigest())
    gsd = sorted(table["gsd"].dropna().unique().tolist())
    sizes = crate.get("geocr:spatialResolution", [])
    assert [one["value"] for one in (sizes if isinstance(sizes, list) else [sizes])] == gsd
    card = (data / "dataset-card.md").read_text()
    rows = re.findall(r"^\| (.+) \| ([\d,]+) \|$", card.partition("## Bands")[0], re.MULTILINE)
    assert sorted(int(count.replace(",", "")) for _, count in rows) == sorted([*classes.values(), *splits.values()])
    text = (root / "llms.txt").read_text()
    for key, value in (("n_patches", n), ("n_files", len(files)), ("n_classes", len(classes))):
        fact = project.facts[key]
        assert fact["value"] == value
        assert f"{value:,}" in fact["text"]
        assert fact["text"] in text
    graph = schema_org(said)
    if table["geometry"].notna().any():
        west, south, east, north = shapely.total_bounds(shapely.from_wkb(table["geometry"].to_numpy()))
        box = [float(part) for part in graph["spatialCoverage"]["geo"]["box"].split()]
        assert box == pytest.approx([south, west, north, east], abs=1e-6)
        assert crate["spatialCoverage"] == graph["spatialCoverage"]
        sides = ("westBoundLongitude", "southBoundLatitude", "eastBoundLongitude", "northBoundLatitude")
        assert [record["geoLocations"][0]["geoLocationBox"][side] for side in sides] == [west, south, east, north]
        codes = crate["geocr:coordinateReferenceSystem"]
        assert sorted(codes if isinstance(codes, list) else [codes]) == sorted(table["crs"].dropna().unique())
    if table["datetime"].notna().any():
        days = [str(table["datetime"].agg(end).date()) for end in ("min", "max")]
        assert graph["temporalCoverage"] == crate["temporalCoverage"] == "/".join(days)
        assert {"date": "/".join(days), "dateType": "Collected"} in record["dates"]
    if (data / "stac").exists():
        collection = json.loads((data / "stac" / "collection.json").read_text())
        assert collection["extent"]["spatial"]["bbox"] == [[west, south, east, north]]
        (interval,) = collection["extent"]["temporal"]["interval"]
        assert [end[:10] for end in interval] == days
        assert collection["summaries"]["gsd"] == gsd
        items = pd.read_parquet(data / "stac" / "items.parquet").set_index("id")
        dated = table[table["datetime"].notna()].set_index("id")
        assert list(items.index) == list(dated.index)
        for theirs, ours in (("gsd", "gsd"), ("proj:code", "crs"), ("datetime", "datetime"), ("geometry", "geometry")):
            assert items[theirs].astype(object).tolist() == dated[ours].astype(object).tolist(), theirs
        assert [list(one) for one in items["labels"]] == [list(one) for one in dated["labels"]]


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([(10, 11), (12, 13)], (10, 13)),
        ([(179, -179)], (179, -179)),  # one footprint across
        ([(170, 171), (179, -179), (-175, -170)], (170, -170)),
        ([(178, 179), (-179, -178)], (178, -178)),  # on both sides of it, and none across
        ([(-1, 1), (179, -179)], (-1, -179)),  # Greenwich too: of two gaps as wide, the one that is met first
        ([(0, 1), (100, 101), (-101, -100)], (-101, 101)),  # around the Earth: not across without need
        ([(-180, 0), (0, 180)], (-180, 180)),
        ([(170, -170), (-171, 171)], (-180, 180)),  # nothing is left free
    ],
)
def test_an_extent_may_cross_the_antimeridian(boxes: list[tuple[float, float]], expected: tuple[float, float]) -> None:
    sides = [{"xmin": west, "ymin": -5.0, "xmax": east, "ymax": 5.0} for west, east in boxes]
    kind = pa.struct([(name, pa.float64()) for name in ("xmin", "ymin", "xmax", "ymax")])
    found = extent_of(pa.table({"bbox": pa.array([*sides, None], kind)}))
    assert found == (expected[0], -5.0, expected[1], 5.0)


@given(st.lists(st.tuples(st.integers(-180, 179), st.integers(1, 200)), min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_an_extent_holds_all_and_is_as_narrow_as_it_can_be(ranges: list[tuple[int, int]]) -> None:
    west = np.array([start for start, _ in ranges], dtype=float)
    east = np.array(
        [start + width - 360 if start + width > 180 else start + width for start, width in ranges], dtype=float
    )
    left, right = longitude_range(west, east)
    covered = {(start + step) % 360 for start, width in ranges for step in range(width)}
    width = (right - left) % 360 or 360
    held = {int(left + step) % 360 for step in range(int(width))}
    assert covered <= held
    crossing = bool((east < west).any())
    # The narrowest is what is left beside the longest run of longitudes that nothing covers.
    free = [next((run for run in range(360) if (start + run) % 360 in covered), 360) for start in range(360)]
    narrowest = 360 - max(free)
    assert width == narrowest or (not crossing and left <= right and width <= narrowest + 180)


def test_sizes_of_the_hub() -> None:
    assert [size_category(n) for n in (0, 999, 1000, 99_999, 590_326)] == [
        "n<1K", "n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M",
    ]  # fmt: skip


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
