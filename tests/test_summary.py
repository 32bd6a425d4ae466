"""The summary: its laws, its bytes, and its agreement with independent readers."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.archive import open_archive
from dsdocs.errors import SummaryError
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.readers import detect_reader
from dsdocs.records import Footprint, Ignored, PatchRecord, RecordError
from dsdocs.summary import Packed, PartStore, Task, check, fingerprint, merge_parts, read_part, read_summary
from dsdocs.summary.schema import COLUMNS, fact_column
from support.summaries import LIMIT, reader_of, summary_from, summary_of


def built_from(folder: Path, path: Path | None = None) -> pa.Table:
    archive = open_archive(folder)
    return summary_from(archive, detect_reader(archive)[0], path=path).table


def record(number: int, **changes: object) -> PatchRecord:
    left, top = 500_000 + 1200 * number, 5_000_000
    fields: dict[str, object] = {
        "labels": ("Pastures",),
        "footprint": Footprint.from_corners("EPSG:32633", left, top, left + 1200, top - 1200),
        "datetime": dt.datetime(2020, 1 + number % 12, 1, tzinfo=dt.UTC),
    }
    return PatchRecord(f"patch-{number:03}", **{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def published(shared_data: Path) -> pa.Table:
    """Build the summary of the published version 2 metadata."""
    return built_from(shared_data / "bigearthnet_v2")


def test_corners_come_back_within_a_micrometre_in_the_native_crs(shared_data: Path) -> None:
    folder = shared_data / "bigearthnet_v1" / "tiny"
    table = built_from(folder)
    for row in table.select(["id", "crs", "geometry"]).to_pylist():
        corners = json.loads((folder / row["id"] / f"{row['id']}_labels_metadata.json").read_text())["coordinates"]
        lon, lat = shapely.get_coordinates(shapely.from_wkb(row["geometry"])).T
        x, y = pyproj.Transformer.from_crs("OGC:CRS84", row["crs"], always_xy=True).transform(lon, lat)
        expected = (corners["ulx"], corners["lry"], corners["lrx"], corners["uly"])
        assert np.allclose((x.min(), y.min(), x.max(), y.max()), expected, rtol=0, atol=1e-6)


def test_footprints_from_names_agree_with_the_published_corners(shared_data: Path, published: pa.Table) -> None:
    corners = pq.read_table(
        shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet", columns=["s2_name", "epsg", "ulx", "uly"]
    ).to_pandas()
    ours = (
        published.select(["ben:v1_name", "crs", "geometry"])
        .to_pandas()
        .merge(corners, left_on="ben:v1_name", right_on="s2_name")
    )
    assert len(ours) > 180_000
    for code, group in ours.groupby("epsg"):
        assert set(group["crs"]) == {f"EPSG:{code}"}
        bounds = shapely.get_coordinates(shapely.from_wkb(group["geometry"].to_numpy())).reshape(-1, 5, 2)
        to_native = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{code}", always_xy=True)
        x, y = to_native.transform(bounds[..., 0], bounds[..., 1])
        assert np.abs(x.min(axis=1) - group["ulx"]).max() < 1e-6
        assert np.abs(y.max(axis=1) - group["uly"]).max() < 1e-6


def test_the_published_metadata_keeps_its_counts(shared_data: Path, published: pa.Table) -> None:
    folder = shared_data / "bigearthnet_v2"
    rows = [
        row
        for name in ("metadata.parquet", "metadata_for_patches_with_snow_cloud_or_shadow.parquet")
        for row in pq.read_table(folder / name).to_pylist()
    ]
    assert published.num_rows == len(rows) == 187_451
    splits = {e["values"]: e["counts"] for e in pc.value_counts(published["split"].cast(pa.string())).to_pylist()}
    assert splits == {
        ours: sum(row["split"] == theirs for row in rows)
        for ours, theirs in {"train": "train", "val": "validation", "test": "test"}.items()
    }
    assert sorted(published["labels"][0].as_py()) == published["labels"][0].as_py()
    ids = dict(zip(published["id"].to_pylist(), published["labels"].to_pylist(), strict=True))
    assert all(ids[row["patch_id"]] == sorted(row["labels"]) for row in rows)


def test_geopandas_reads_back_what_was_written(shared_data: Path, tmp_path: Path) -> None:
    table = built_from(shared_data / "eurosat" / "EuroSAT_MS_small", tmp_path / "summary.parquet")
    frame = geopandas.read_parquet(tmp_path / "summary.parquet")
    assert frame.crs == "OGC:CRS84"
    assert frame["id"].tolist() == table["id"].to_pylist()
    assert shapely.equals_exact(frame.geometry.values, shapely.from_wkb(table["geometry"].to_numpy())).all()
    west = geopandas.read_parquet(tmp_path / "summary.parquet", bbox=(-10, 40, 5, 60))
    assert 0 < len(west) < len(frame)


def test_the_geoparquet_metadata_says_what_the_specification_asks(shared_data: Path, tmp_path: Path) -> None:
    built_from(shared_data / "bigearthnet_v1" / "tiny", tmp_path / "s.parquet")
    file = pq.ParquetFile(tmp_path / "s.parquet")
    geo = json.loads(file.schema_arrow.metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["Polygon"]
    assert set(column["covering"]["bbox"]) == {"xmin", "ymin", "xmax", "ymax"}
    names = {file.schema.column(i).path for i in range(len(file.schema))}
    assert {".".join(path) for path in column["covering"]["bbox"].values()} <= names


def test_an_archive_without_georeference_has_null_geometry(shared_data: Path, tmp_path: Path) -> None:
    table = built_from(shared_data / "ucmerced" / "UCMerced_LandUse", tmp_path / "s.parquet")
    assert table["geometry"].null_count == table["crs"].null_count == table["bbox"].null_count == 4
    assert geopandas.read_parquet(tmp_path / "s.parquet").geometry.isna().all()


@settings(deadline=None, max_examples=25)  # each writes and merges files
@given(st.permutations(range(12)), st.sets(st.integers(1, 11)), st.integers(1, 5))
def test_neither_order_nor_parts_nor_batches_change_a_byte(order: list[int], cuts: set[int], batch: int) -> None:
    borders = [0, *sorted(cuts), 12]
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr("dsdocs.summary.part.BATCH", batch)
        patch.setattr("dsdocs.summary.merge.ROW_GROUP", 5)
        store = PartStore(Path(folder) / "parts")
        parts = []
        for number, (start, end) in enumerate(pairwise(borders)):
            task = Task(reader_of([record(number) for number in order[start:end]]), (), LIMIT)
            parts.append(store.add(str(number), read_part(task)))
        whole = store.add("whole", read_part(Task(reader_of([record(number) for number in range(12)]), (), LIMIT)))
        merge_parts(parts, Path(folder) / "cut.parquet", notes={})
        merge_parts([whole], Path(folder) / "whole.parquet", notes={})
        assert fingerprint(Path(folder) / "cut.parquet") == fingerprint(Path(folder) / "whole.parquet")


KINDS = ["good", "again", "unlabelled", "unknown", "nowhere", "error", "ignored"]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(KINDS), max_size=40))
def test_found_is_kept_and_quarantined_and_ignored(kinds: list[str]) -> None:
    items: list[object] = [record(999)]
    for number, kind in enumerate(kinds):
        match kind:
            case "good":
                items.append(record(number))
            case "again":
                items.append(record(999))
            case "unlabelled":
                items.append(record(number, labels=None))
            case "unknown":
                items.append(record(number, labels=("Pasture",)))
            case "nowhere":
                items.append(record(number, footprint=Footprint("EPSG:32633", ((float("nan"), 0.0),) * 4)))
            case "error":
                items.append(RecordError(f"file-{number}", "meta.syntax", "is broken"))
            case "ignored":
                items.append(Ignored(f"file-{number}"))
    built = summary_of(items, nomenclature=load_nomenclature("bigearthnet-43")).built  # type: ignore[arg-type]
    assert built.found == len(items)
    assert built.kept == 1 + sum(kind in {"good", "unlabelled"} for kind in kinds)
    assert len(built.ignored) == kinds.count("ignored")


def test_an_unknown_label_is_quarantined_with_the_nearest_name() -> None:
    items = [record(0), record(1, labels=("Pasture",))]
    (error,) = summary_of(items, nomenclature=load_nomenclature("bigearthnet-43")).built.quarantined
    assert error.category == "label.unknown"
    assert error.reason == "label 'Pasture' is not in bigearthnet-43 (nearest: 'Pastures')"


def test_both_spellings_of_a_class_are_one_class() -> None:
    items = [record(0, labels=("Transitional woodland/shrub",)), record(1, labels=("Transitional woodland, shrub",))]
    table = summary_of(items, nomenclature=load_nomenclature("bigearthnet-43")).table
    assert len(set(map(tuple, table["labels"].to_pylist()))) == 1


def test_nothing_to_keep_is_an_error_with_the_first_reason() -> None:
    with pytest.raises(SummaryError, match=r"no patch could be kept: 1 quarantined, 1 files ignored.*x: is broken"):
        summary_of([RecordError("x", "meta.syntax", "is broken"), Ignored("y")])


def test_a_footprint_across_the_antimeridian_is_cut() -> None:
    x, y = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:32601", always_xy=True).transform(-180, 63)
    crossing = Footprint.from_corners("EPSG:32601", x - 600, y + 600, x + 600, y - 600)
    summary = summary_of([record(0, footprint=crossing)])
    geometry = shapely.from_wkb(summary.table["geometry"][0].as_py())
    assert geometry.geom_type == "MultiPolygon"
    west, east = sorted(geometry.geoms, key=lambda part: part.bounds[0])
    assert west.bounds[0] == -180
    assert east.bounds[2] == 180
    assert geometry.area < 0.001
    assert [warning.category for warning in summary.built.warnings] == ["geo.antimeridian"]


def test_two_processes_with_different_seeds_and_zones_write_the_same_bytes(shared_data: Path, tmp_path: Path) -> None:
    digests = set()
    for number, (seed, zone) in enumerate((("1", "UTC"), ("2", "Pacific/Auckland"))):
        out = tmp_path / str(number) / "summary.parquet"
        command = [sys.executable, "-m", "dsdocs", "summarize", "--archive"]
        variables = {"PYTHONHASHSEED": seed, "TZ": zone, "XDG_CACHE_HOME": str(tmp_path / str(number))}
        subprocess.run(
            [*command, str(shared_data / "bigearthnet_v1" / "tiny"), "--out", str(out)],
            env={**os.environ, **variables},
            check=True,
            capture_output=True,
            cwd=tmp_path,
        )
        digests.add(fingerprint(out))
    assert len(digests) == 1


def test_check_lists_every_difference_at_once() -> None:
    problems = check(pa.table({"id": [1], "colour": ["red"]}))
    assert "schema version: found None, expected '2'" in problems
    assert "column 'id': found int64, expected string" in problems
    assert "column 'geometry' is missing" in problems
    assert "column 'colour' is unknown" in problems


def test_a_file_that_is_no_summary_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(SummaryError, match=r"x\.parquet: cannot be read as Parquet"):
        read_summary(tmp_path / "x.parquet")


def test_every_column_is_described_and_facts_need_a_prefix() -> None:
    assert all(column.description.endswith(".") for column in COLUMNS)
    with pytest.raises(ValueError, match="needs a prefix"):
        fact_column("snow", pa.bool_())


@pytest.mark.parametrize("lasting", [True, False])
def test_only_parts_that_a_later_build_looks_for_are_brought_to_the_disk(
    lasting: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", synced.append)
    PartStore(tmp_path).add("part", Packed(b"rows", b"rest"), lasting=lasting)
    assert len(synced) == (4 if lasting else 0)  # two files, each with its folder
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"rows", b"rest"}
