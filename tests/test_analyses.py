"""Analyses: known answers on small tables, and independent recounts on the published metadata."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
import tifffile
from PIL import Image

from dsdocs.analyses.acquisition_time import acquisition_time
from dsdocs.analyses.examples import examples, first_rendering, galleries
from dsdocs.analyses.facts import facts
from dsdocs.analyses.flags import flags
from dsdocs.analyses.footprint_map import footprint_map
from dsdocs.analyses.hierarchy import crosswalk, hierarchy
from dsdocs.analyses.label_frequency import label_frequency
from dsdocs.analyses.labels_per_patch import labels_per_patch
from dsdocs.analyses.left_out import left_out
from dsdocs.analyses.loading import patch_loading, summary_loading
from dsdocs.analyses.places import places
from dsdocs.analyses.raw_data import metadata_file, reference_system, summary_rows
from dsdocs.analyses.splits import splits
from dsdocs.archive import open_archive
from dsdocs.archive.rooted import RootedArchive
from dsdocs.imagery.model import Thumbnail
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.readers import detect_reader
from dsdocs.records import Footprint, PatchRecord
from dsdocs.sensors import Band, Sensor, load_sensor
from dsdocs.views import Bars, Map, Numbers, Table, from_json, to_json
from support.summaries import summary_from, summary_of

BLOCK = {(0, 0): "train", (0, 1): "train", (1, 0): "val", (1, 1): "test"}


def patch(column: int, row: int, **changes: object) -> PatchRecord:
    left, top = 600_000 + 1200 * column, 5_000_000 - 1200 * row
    fields: dict[str, object] = {
        "labels": ("Pastures", "Mixed forest")[: 1 + column % 2],
        "split": BLOCK[column % 2, row % 2],
        "datetime": dt.datetime(2020, 1, 15, tzinfo=dt.UTC) + dt.timedelta(days=31 * column),
        "footprint": Footprint.from_corners("EPSG:32633", left, top, left + 1200, top - 1200),
        "country": "AT",
        "tile": "33TWN",
    }
    return PatchRecord(f"product_{column:02}_{row:02}", **{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def small() -> pa.Table:
    """Build sixteen patches: four blocks of 2 x 2."""
    return summary_of(patch(column, row) for column in range(4) for row in range(4)).table


@pytest.fixture(scope="module")
def published(shared_data: Path) -> pa.Table:
    """Build the summary of the published version 2 metadata."""
    archive = open_archive(shared_data / "bigearthnet_v2")
    return summary_from(archive, detect_reader(archive)[0]).table


def test_classes_are_counted_once_per_patch(small: pa.Table) -> None:
    result = label_frequency(small)
    assert result.counts == {"Pastures": 16, "Mixed forest": 8}
    assert (result.n_patches, result.n_labelled, result.cardinality) == (16, 16, 1.5)


def test_labels_per_patch_has_every_number_between_the_extremes() -> None:
    names = ("Pastures", "Mixed forest", "Airports")
    table = summary_of([patch(0, 0, labels=names), patch(0, 1, labels=names[:1]), patch(1, 0, labels=None)]).table
    result = labels_per_patch(table)
    assert result.patches == {1: 1, 2: 0, 3: 1}
    assert (result.mean, result.unlabelled) == (2.0, 1)


def test_findings_are_sentences_also_about_one_thing() -> None:
    single = summary_of([patch(0, 0, labels=("Pastures",), country="AT")]).table
    several = summary_of([patch(0, 0), patch(1, 1), patch(0, 2, country="PT"), patch(0, 3, country="FR")]).table
    assert label_frequency(single).views()[0].summary == "Pastures is the only class, with 1 patch."
    assert labels_per_patch(single).views()[0].summary == "Every patch has 1 label."
    assert acquisition_time(single).views()[0].summary == "All patches were acquired on one day, 2020-01-15."
    assert [view.summary for view in places(single).views()] == [
        "Austria: 1 patch.",
        "The patches were cut from 1 tile.",
    ]
    assert reference_system(single).views()[0].summary == "The patches are in 1 coordinate reference system."
    assert places(several).views()[0].summary == "Austria has the most of 3 countries: 2 patches."
    equal = summary_of([patch(0, 0), patch(0, 1, country="PT")]).table
    assert places(equal).views()[0].summary == "Each of 2 countries has 1 patch."
    assert label_frequency(equal).views()[0].summary == "Pastures is the only class, with 2 patches."


def test_a_report_without_findings_is_counts_alone() -> None:
    (counts,) = left_out(report_of()).views()
    assert isinstance(counts, Numbers)
    assert [(item.title, item.value) for item in counts.items] == [
        ("Found", 3), ("Kept", 3), ("Quarantined", 0), ("Ignored", 0)
    ]  # fmt: skip


def test_every_finding_of_a_report_is_in_a_table_and_no_column_is_empty() -> None:
    bad = [{"path": "a/<b>.tif", "category": "image.corrupt", "reason": "holds no bytes"}]
    odd = [{"path": "x.csv", "category": "image.missing", "reason": "2 rows"}]
    views = left_out(report_of(quarantined=bad, warnings=odd, ignored=["a.md", "b/C.MD", ".x"])).views()
    tables = {view.title: view for view in views if isinstance(view, Table)}
    kinds = tables["Kinds of findings"]
    assert [(row[0], *row[2:]) for row in kinds.rows] == [("image.corrupt", 1, 0), ("image.missing", 0, 1)]
    assert tables["Quarantined: not in the summary"].rows == (("a/<b>.tif", "holds no bytes", "image.corrupt"),)
    assert tables["Warnings: in the summary all the same"].rows == (("x.csv", "2 rows", "image.missing"),)
    assert tables["Ignored: no part of the layout"].rows == ((".md", 2, "a.md"), ("no ending", 1, ".x"))
    only = left_out(report_of(warnings=odd)).views()[1]
    assert isinstance(only, Table)
    assert only.columns == ("Category", "What it stands for", "Warnings")


def test_a_long_table_of_findings_says_how_many_there_are() -> None:
    bad = [{"path": f"{number:03}", "category": "image.corrupt", "reason": "x"} for number in range(250)]
    table = left_out(report_of(quarantined=bad)).views()[2]
    assert isinstance(table, Table)
    assert (len(table.rows), table.summary) == (200, "The first 200 of 250 by path; report.json has all.")


def report_of(**lists: list[Any]) -> dict[str, Any]:
    report = {"kept": 3, "quarantined": [], "warnings": [], "ignored": [], **lists}
    n_bad, n_ignored = len(report["quarantined"]), len(report["ignored"])
    return {**report, "found": 3 + n_bad + n_ignored, "quarantined_count": n_bad, "ignored_count": n_ignored}


def test_patches_in_no_country_are_told() -> None:
    at_sea = Footprint.from_corners("EPSG:32631", 166_000, 101_200, 167_200, 100_000)
    remote = summary_of([patch(0, 0), PatchRecord("sea", footprint=at_sea)]).table
    found = places(remote).views()[0].summary
    assert found == "Austria: 1 patch; 1 patch in no country."


def test_seasons_are_meteorological(small: pa.Table) -> None:
    months = {month: patch(0, month, datetime=dt.datetime(2021, month, 1, tzinfo=dt.UTC)) for month in range(1, 13)}
    assert acquisition_time(summary_of(months.values()).table).seasons == dict.fromkeys(
        ("winter", "spring", "summer", "autumn"), 3
    )
    december = summary_of([patch(0, 0, datetime=dt.datetime(2021, 12, 31, 23, 59, 59, tzinfo=dt.UTC))]).table
    assert acquisition_time(december).seasons == {"winter": 1}


def test_the_rule_of_blocks_is_recognised_and_its_breach_counted(small: pa.Table) -> None:
    result = splits(small)
    assert result.sizes == {"train": 8, "val": 4, "test": 4}
    assert (result.blocks, result.blocks_by_rule) == (4, 4)
    patches = [patch(0, 0, split="test"), *(patch(c, r) for c in range(4) for r in range(4) if (c, r) != (0, 0))]
    broken = splits(summary_of(patches).table)
    assert (broken.blocks, broken.blocks_by_rule) == (4, 3)


def test_a_place_seen_twice_is_one_place_with_two_patches() -> None:
    again = patch(0, 0)
    table = summary_of(
        [again, PatchRecord("other", footprint=again.footprint, country="AT"), patch(1, 1, country="PT")]
    ).table
    result = places(table)
    assert result.visits == {1: 1, 2: 1}
    assert result.countries == {"AT": 2, "PT": 1}


def test_the_crosswalk_keeps_ten_merges_twenty_two_and_drops_eleven() -> None:
    # BigEarthNet-MM (Sumbul et al., 2021), table of the 19-class nomenclature.
    result = crosswalk(load_nomenclature("bigearthnet-43"), load_nomenclature("bigearthnet-19"))
    assert {what: result.count(what) for what in ("kept", "merged", "dropped")} == {
        "kept": 10,
        "merged": 22,
        "dropped": 11,
    }


def test_the_hierarchy_lists_classes_that_never_occur(small: pa.Table) -> None:
    result = hierarchy(small, load_nomenclature("bigearthnet-43"))
    assert len(result.rows) == 43
    counts = {lineage[-1]: count for lineage, _, count in result.rows}
    assert counts["Pastures"] == 16
    assert counts["Airports"] == 0
    assert dict((lineage[-1], lineage) for lineage, _, _ in result.rows)["Mixed forest"] == (
        "Forest and semi natural areas",
        "Forests",
        "Mixed forest",
    )


def test_the_map_has_a_layer_for_everything_and_each_split_country_and_label(small: pa.Table) -> None:
    result = footprint_map(small)
    assert [(layer.group, layer.name, layer.n_patches) for layer in result.layers] == [
        ("", "All patches", 16),
        ("split", "test", 4),
        ("split", "train", 8),
        ("split", "val", 4),
        ("country", "Austria", 16),
        ("label", "Pastures", 16),
        ("label", "Mixed forest", 8),
    ]
    (whole,) = result.layers[0].polygons
    assert shapely.area(shapely.Polygon(whole[0])) == pytest.approx(
        shapely.area(shapely.union_all(shapely.from_wkb(small["geometry"].to_numpy()))), rel=0.01
    )


def test_the_reference_system_is_readable_text(small: pa.Table) -> None:
    result = reference_system(small)
    assert result.counts == (("EPSG:32633", "WGS 84 / UTM zone 33N", 16),)
    assert result.wkt.startswith('PROJCRS["WGS 84 / UTM zone 33N",\n')


def test_the_metadata_file_is_explained_field_by_field(shared_data: Path) -> None:
    archive = open_archive(shared_data / "bigearthnet_v1" / "tiny")
    reader, _ = detect_reader(archive)
    described = reader.describe(summary_from(archive, reader).table, archive)
    assert described.metadata_path is not None
    result = metadata_file(archive, described.metadata_path, described.metadata_fields)
    assert {name for name, *_ in result.fields} == set(described.metadata_fields)
    assert all(meaning for *_, meaning in result.fields)


def test_the_loading_code_runs_on_band_files_multiband_files_and_pictures(shared_data: Path, tmp_path: Path) -> None:
    expected = {
        "bigearthnet_v1/tiny": "float32 (12, 120, 120)",
        "eurosat/EuroSAT_MS": "uint16 (13, 64, 64)",
        "eurosat/EuroSAT_RGB": "uint8 (64, 64, 3)",
    }
    for folder, shape in expected.items():
        archive = open_archive(shared_data / folder)
        reader, _ = detect_reader(archive)
        table = summary_from(archive, reader).table
        result = patch_loading(table, reader.describe(table, archive).sensors, RootedArchive(archive, "", tmp_path))
        assert any(shape in snippet.output for snippet in result.snippets)


@pytest.mark.parametrize("href", ["{band}/p.tif", "p_{band}.tif", "x/{band}_p.tif"])
def test_band_files_are_loaded_whatever_their_names(href: str, tmp_path: Path) -> None:
    bands = tuple(Band(name) for name in ("red", "nir"))
    for number, band in enumerate(bands):
        path = tmp_path / href.replace("{band}", band.name)
        path.parent.mkdir(exist_ok=True)
        tifffile.imwrite(path, np.full((4, 5), number, np.uint8))
    table = summary_of([PatchRecord("p", assets={"image": href})]).table
    archive = RootedArchive(open_archive(tmp_path), "", tmp_path)
    (snippet,) = patch_loading(table, {"image": Sensor("s", "S", "optical", bands)}, archive).snippets
    assert snippet.output == "red uint8 (4, 5) 0 0\nnir uint8 (4, 5) 1 1"


@pytest.mark.parametrize("ending", ["tif", "png"])
def test_a_patch_that_is_a_window_is_loaded_as_one(
    ending: str, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    frame = np.arange(60, dtype=np.uint8).reshape(6, 10)
    path = tmp_path / f"frame.{ending}"
    tifffile.imwrite(path, frame) if ending == "tif" else Image.fromarray(frame).save(path)
    table = summary_of([PatchRecord("p", assets={"image": path.name}, window=(3, 2, 4, 3))]).table
    archive = RootedArchive(open_archive(tmp_path), "", tmp_path)
    (snippet,) = patch_loading(table, {"image": load_sensor("grey")}, archive).snippets
    assert snippet.output == ("uint8 (1, 3, 4) 23 46" if ending == "tif" else "uint8 (3, 4) 23 46")
    # That the file has no georeference is not told by a warning, which would name a path of this machine.
    assert [str(each.message) for each in recwarn] == []


VRT = b"""<VRTDataset rasterXSize="2" rasterYSize="2">
<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand">
<SourceFilename relativeToVRT="0">/etc/passwd</SourceFilename></VRTRasterBand></VRTDataset>"""


def test_the_first_patch_that_is_whole_is_loaded_and_nothing_that_is_no_image_is_opened(tmp_path: Path) -> None:
    bands = tuple(Band(name) for name in ("red", "nir"))
    for number, name in enumerate("abc"):
        for band in bands:
            tifffile.imwrite(tmp_path / f"{name}_{band.name}.tif", np.full((4, 5), number, np.uint8))
    (tmp_path / "a_nir.tif").write_bytes(VRT)
    (tmp_path / "b_nir.tif").write_bytes((tmp_path / "b_nir.tif").read_bytes()[:-3])
    table = summary_of([PatchRecord(name, assets={"image": f"{name}_{{band}}.tif"}) for name in "abc"]).table
    archive = RootedArchive(open_archive(tmp_path), "", tmp_path)
    sensors = {"image": Sensor("s", "S", "optical", bands)}
    (snippet,) = patch_loading(table, sensors, archive).snippets
    assert snippet.output == "red uint8 (4, 5) 2 2\nnir uint8 (4, 5) 2 2"
    (snippet,) = patch_loading(table.slice(0, 2), sensors, archive).snippets
    assert snippet.output == f"Not run: a_nir.tif: begins with {VRT[:16].decode()!r}; expected a TIFF, JPEG or PNG file"


def test_pictures_come_before_masks_and_say_which_patch_they_show(small: pa.Table) -> None:
    undated = summary_of([patch(0, 0, datetime=None), patch(1, 0)]).table
    names = undated["id"].to_pylist()
    made = [Thumbnail(name, "image", kind, f"{name}-{kind}.webp", 4, 4) for name in names for kind in ("map", "image")]
    assert first_rendering(made) == "image"
    captions = {picture.caption for picture in examples(made, undated).pictures}
    assert captions == {"AT, product_00_00", "AT, 2020-02-15"}
    assert [part.title for part in galleries(made, undated).parts] == [
        "Examples in the colours of the file",
        "Examples in the classes of the map",
    ]


def test_a_path_with_quotes_and_braces_stays_a_path(tmp_path: Path) -> None:
    name = "a'); print('owned') #{0}.png"
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / name)
    table = summary_of([PatchRecord("p", assets={"image": name})]).table
    archive = RootedArchive(open_archive(tmp_path), "", tmp_path)
    (snippet,) = patch_loading(table, {"image": load_sensor("rgb")}, archive).snippets
    assert snippet.output == "uint8 (4, 4, 3) 0 0"
    assert repr(name) in snippet.text


def test_the_summary_is_loaded_as_a_reader_would(tmp_path: Path) -> None:
    patches = [patch(column, row) for column in range(4) for row in range(4)]
    small = summary_of(patches, path=tmp_path / "summary.parquet").table
    assert "16 patches, OGC:CRS84" in summary_loading(small, tmp_path).snippets[0].output
    assert [name for name, *_ in summary_rows(small).columns][:3] == ["id", "labels", "split"]


def test_facts_equal_an_independent_recount(shared_data: Path, published: pa.Table) -> None:
    folder = shared_data / "bigearthnet_v2"
    rows = [row for path in sorted(folder.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]
    labels = Counter(label for row in rows for label in row["labels"])
    found = facts(published, n_files=17, n_bytes=1_491_119)
    assert found["n_patches"].text == "187,451"
    assert found["n_labels"].value == sum(labels.values())
    assert found["n_classes"].value == len(labels) == 19
    assert found["most_frequent_class"].value == labels.most_common(1)[0][0]
    assert found["n_countries"].value == len({row["country"] for row in rows})
    assert found["n_places"].value == len({row["s1_name"].split("_", 5)[5] for row in rows})
    assert found["archive_size"].text == "1.49 MB"


def test_published_splits_of_version_1_follow_the_rule_of_blocks(shared_data: Path) -> None:
    path = shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet"
    rows = pq.read_table(path, columns=["s2_name", "split"]).to_pylist()
    short = {"train": "train", "validation": "val", "test": "test", None: None}
    result = splits(summary_of(PatchRecord(row["s2_name"], split=short[row["split"]]) for row in rows).table)
    assert result.blocks > 45_000
    assert result.blocks_by_rule / result.blocks > 0.998


def test_published_splits_of_version_2_are_nested_squares(published: pa.Table) -> None:
    # What the reader's rule says, recounted: rows and columns 13 to 77 of a tile's 0 to 90, and 23 to 68 within them.
    frame = published.select(["id", "split"]).to_pandas()
    place = frame["id"].str.extract(r"_(\d+)_(\d+)$").astype(int)
    middle, core = (place.ge(low).all(axis=1) & place.le(high).all(axis=1) for low, high in ((13, 77), (23, 68)))
    expected = np.select([core, middle], ["test", "val"], "train")
    assert (frame["split"].astype(str) == expected).mean() > 0.98
    assert splits(published).views()[1:] == ()


@pytest.mark.parametrize(
    "analysis",
    [label_frequency, labels_per_patch, acquisition_time, splits, places, footprint_map, reference_system, flags],
)
def test_an_analysis_without_its_data_says_what_is_missing(analysis: object) -> None:
    empty = summary_of([PatchRecord("p")]).table
    with pytest.raises(ValueError, match="no patch of the summary has"):
        analysis(empty)  # type: ignore[operator]


def test_views_survive_json(small: pa.Table) -> None:
    for result in (label_frequency(small), footprint_map(small), splits(small), places(small)):
        for view in result.views():
            assert from_json(to_json(view)) == view
    assert isinstance(label_frequency(small).views()[0], Bars)
    assert isinstance(footprint_map(small).views()[0], Map)


def test_flags_are_counted_alone_and_together(published: pa.Table) -> None:
    result = flags(published)
    assert result.counts["ben:snow"] + result.counts["ben:cloud_or_shadow"] >= result.flagged
    # The second published table holds exactly the flagged patches.
    assert result.flagged == 5536
