"""Analyses: known answers on small tables, and independent recounts on the published metadata."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from dsdocs.analyses.acquisition_time import acquisition_time
from dsdocs.analyses.facts import facts
from dsdocs.analyses.flags import flags
from dsdocs.analyses.footprint_map import footprint_map
from dsdocs.analyses.hierarchy import crosswalk, hierarchy
from dsdocs.analyses.label_frequency import label_frequency
from dsdocs.analyses.labels_per_patch import labels_per_patch
from dsdocs.analyses.loading import patch_loading, summary_loading
from dsdocs.analyses.places import places
from dsdocs.analyses.raw_data import metadata_file, reference_system, summary_rows
from dsdocs.analyses.splits import splits
from dsdocs.archive import open_archive
from dsdocs.archive.rooted import RootedArchive
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.readers import detect_reader
from dsdocs.records import Footprint, PatchRecord
from dsdocs.views import Bars, Map, from_json, to_json
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


def test_a_path_with_quotes_and_braces_stays_a_path(tmp_path: Path) -> None:
    name = "a'); print('owned') #{0}.png"
    from PIL import Image

    from dsdocs.sensors import load_sensor

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
