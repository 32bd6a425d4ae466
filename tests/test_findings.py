"""Each defect is found where it is, and nowhere else; published archives with known defects are told theirs."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.analyses.quality import quality
from dsdocs.config import Config
from dsdocs.findings import Finding
from dsdocs.findings.files import file_findings
from dsdocs.findings.labels import label_findings
from dsdocs.findings.maps import compare, map_findings
from dsdocs.findings.pixels import duplicate_findings, pixel_findings
from dsdocs.findings.report import report_findings
from dsdocs.findings.times import time_findings
from dsdocs.locations import Locations
from dsdocs.pixels.model import BAND_COLUMNS, HASH_COLUMNS
from dsdocs.project import Project
from dsdocs.records import Footprint, PatchRecord
from dsdocs.sensors import load_sensor
from dsdocs.summarize import describe, summarize
from dsdocs.views import Table
from support.summaries import summary_of

TODAY = date(2026, 1, 1)


def by_key(found: Iterable[Finding]) -> dict[str, Finding]:
    return {finding.key: finding for finding in found}


def images(names: Iterable[str], **more: object) -> pa.Table:
    """Return the summary of pictures at these paths, which are named after their files."""
    records = [
        PatchRecord(name.rpartition("/")[2].rpartition(".")[0], assets={"image": name}, **more)  # type: ignore[arg-type]
        for name in names
    ]
    return summary_of(records).table


def labelled(labels: dict[str, list[str] | None], **facts: dict[str, str]) -> pa.Table:
    records = [
        PatchRecord(
            name,
            labels=None if found is None else tuple(found),
            facts={key.replace("_", ":", 1): values[name] for key, values in facts.items()},
        )
        for name, found in labels.items()
    ]
    return summary_of(records).table


def test_patches_without_a_label_are_found_among_labelled_ones_only() -> None:
    table = labelled({"a": ["sea"], "b": [], "c": None, "d": ["land"]})
    found = by_key(label_findings(table))["labels-none"]
    assert (found.count, {row[:2] for row in found.rows}) == (2, {("b", "empty list"), ("c", "no list")})
    assert list(label_findings(labelled({"a": None, "b": None}))) == []


def test_more_labels_than_declared_are_found_worst_first() -> None:
    table = labelled({"a": ["x1", "x2"], "b": ["x1", "x2", "x3"], "c": ["x1", "x2", "x3", "x4"]})
    found = by_key(label_findings(table, most=2))["labels-many"]
    assert [row[:2] for row in found.rows] == [("c", 4), ("b", 3)]
    assert by_key(label_findings(table, most=4)) == {}


def test_a_category_whose_images_lack_its_label_is_found() -> None:
    labels = {f"quay_{n}": ["quay", "crane"] for n in range(9)} | {f"reef_{n}": ["foam"] for n in range(9)}
    labels |= {"boat_1": ["reef", "foam"]}
    kinds = {name: name.partition("_")[0] for name in labels}
    found = by_key(label_findings(labelled(labels, mlrs_category=kinds)))["labels-own-category"]
    assert (found.severity, found.rows) == ("error", (("reef", "reef", 9, 0, 0.0),))


def test_two_spellings_of_one_class_are_found_and_two_classes_are_not() -> None:
    table = labelled({"a": ["swimming_pool", "swimmimg_pool", "road", "roads", "sand", "land", "habor", "harbor"]})
    found = by_key(label_findings(table))["labels-look-alike"]
    assert set(found.rows) == {("swimmimg_pool", "swimming_pool"), ("habor", "harbor")}


def test_a_file_with_the_name_of_another_category_is_found() -> None:
    names = [f"{kind}/{kind}_{n}.jpg" for kind in ("Forest", "SeaLake") for n in range(20)]
    found = by_key(file_findings(images([*names, "Forest/SeaLake_77.jpg", "SeaLake/SeeLake_78.jpg"])))
    assert found["files-foreign-name"].rows == (
        ("SeaLake_77", "Forest", "SeaLake_77.jpg", "another category"),
        ("SeeLake_78", "SeaLake", "SeeLake_78.jpg", "no category"),
    )
    assert "files-foreign-name" not in by_key(file_findings(images(names)))


def test_a_whole_category_under_another_name_is_found_among_others_in_order() -> None:
    kinds = {f"kind{letter}": f"kind{letter}" for letter in "abcdefghijk"} | {"harbor&port": "habor"}
    names = [f"{folder}/{stem}_{n}.jpg" for folder, stem in kinds.items() for n in range(3)]
    found = by_key(file_findings(images(names)))["files-foreign-name"]
    assert {row[1:4:2] for row in found.rows} == {("harbor&port", "no category")}


def test_names_without_a_rule_are_no_finding() -> None:
    assert list(file_findings(images([f"{n % 3}/img_{n}.jpg" for n in range(30)]))) == []


def test_a_name_of_another_form_is_found() -> None:
    names = [f"x/chip_{n:03d}.tif" for n in range(150)]
    found = by_key(file_findings(images([*names, "x/chip 1 (copy).tif"])))["files-odd-form"]
    assert found.rows == (("chip 1 (copy)",),)


def test_a_patch_of_another_size_is_found() -> None:
    records = [PatchRecord(f"p{n}", width=64, height=64) for n in range(19)] + [PatchRecord("q", width=63, height=64)]
    assert by_key(file_findings(summary_of(records).table))["files-odd-size"].rows == (("q", 63, 64),)


def test_times_that_cannot_be_are_found() -> None:
    box = Footprint.from_corners("OGC:CRS84", 14.0, 51.0, 15.0, 50.0)
    times = {
        "early": datetime(2014, 6, 1, 10, tzinfo=UTC),
        "late": datetime(2031, 6, 1, 10, tzinfo=UTC),
        "night": datetime(2018, 6, 1, 1, 30, tzinfo=UTC),
        "day": datetime(2018, 6, 1, 10, 10, tzinfo=UTC),
        "date": datetime(2018, 6, 1, tzinfo=UTC),
    }
    table = summary_of([PatchRecord(name, datetime=moment, footprint=box) for name, moment in times.items()]).table
    found = by_key(time_findings(table, {"s2": load_sensor("sentinel-2-l2a")}, today=TODAY))
    assert {key: [row[0] for row in finding.rows] for key, finding in found.items()} == {
        "time-before-launch": ["early"],
        "time-future": ["late"],
        "time-night": ["night"],
    }
    radar = by_key(time_findings(table, {"s1": load_sensor("sentinel-1-grd")}, today=TODAY))
    assert "time-night" not in radar


def bands(rows: list[dict[str, object]]) -> pa.Table:
    """Return a table of bands; what a row does not say is that of an ordinary band."""
    usual = {
        "row": 0, "asset": "s2", "band": "B02", "dtype": "uint16", "width": 8, "height": 8, "count": 64, "invalid": 0,
        "saturated": 0, "mean": 10.0, "std": 1.0, "min": 5.0, "max": 15.0, "constant": False,
    }  # fmt: skip
    schema = pa.schema([(column.name, column.type) for column in BAND_COLUMNS])
    return pa.Table.from_pylist([{**usual, "id": f"p{number}", **row} for number, row in enumerate(rows)], schema)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"count": 0, "invalid": 64, "mean": None, "std": None, "min": None, "max": None}, "pixels-none"),
        ({"constant": True, "min": 7.0, "max": 7.0, "std": 0.0, "mean": 7.0}, "pixels-constant"),
        ({"saturated": 7}, "pixels-saturated"),
        ({"dtype": "float32"}, "pixels-dtype"),
        ({"width": 9}, "pixels-size"),
    ],
)
def test_a_band_with_a_defect_is_found(row: dict[str, object], key: str) -> None:
    found = by_key(pixel_findings(bands([*[{}] * 19, row])))
    assert {name: finding.rows[0][0] for name, finding in found.items()} == {key: "p19"}


def test_white_clouds_of_8_bit_and_maps_of_one_class_are_no_defects() -> None:
    one_class = {"mean": None, "std": None, "constant": True, "asset": "map", "band": "map"}
    assert list(pixel_findings(bands([{"dtype": "uint8", "saturated": 60}] * 3 + [one_class] * 3))) == []


@given(st.lists(st.sampled_from([b"a" * 16, b"b" * 16, b"c" * 16, None]), min_size=1, max_size=12))
def test_exactly_the_patches_that_share_their_pixels_are_found(contents: list[bytes | None]) -> None:
    names = [f"p{number:02d}" for number in range(len(contents))]
    splits = [("train", "test")[number % 2] for number in range(len(contents))]
    table = pa.table(
        {
            "id": names,
            "split": pa.array(splits).dictionary_encode(),
            "labels": pa.array([["x"]] * len(names), pa.list_(pa.string())),
        }
    )
    schema = pa.schema([(column.name, column.type) for column in HASH_COLUMNS])
    hashes = pa.table([names, [1] * len(names), contents], schema=schema)
    expected = {name for name, content in zip(names, contents, strict=True) if content and contents.count(content) > 1}
    found = list(duplicate_findings(table, hashes))
    assert {row[1] for finding in found for row in finding.rows} == expected
    groups = {content: {splits[i] for i, c in enumerate(contents) if c == content} for content in contents if content}
    crossing = any(len(found_in) > 1 for found_in in groups.values())
    assert [finding.severity for finding in found] == ([] if not expected else ["error" if crossing else "warning"])


def test_what_reading_has_found_is_told_by_category() -> None:
    entry = {"path": "a.tif", "category": "image.corrupt", "reason": "is cut off"}
    found = by_key(report_findings({"quarantined": [entry], "warnings": [{**entry, "category": "meta.mismatch"}]}))
    assert {key: finding.severity for key, finding in found.items()} == {
        "quarantined-image-corrupt": "error",
        "warnings-meta-mismatch": "warning",
    }


def test_a_list_is_whole_in_the_csv_and_short_on_the_page() -> None:
    table = labelled({"a": ["sea"]} | {f"b{number:03d}": [] for number in range(100)})
    shown = [view for view in quality(list(label_findings(table)), (), table).views() if isinstance(view, Table)]
    assert [(len(view.rows), view.shown) for view in shown] == [(100, 25)]


def test_the_published_label_files_of_mlrsnet_are_told_their_defects(shared_data: Path) -> None:
    labels: dict[str, list[str]] = {}
    kinds: dict[str, str] = {}
    for path in sorted((shared_data / "mlrsnet").rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        for row in rows:
            labels[f"{path.stem}/{row[0]}".replace("/", "_")] = [
                name for name, value in zip(header[1:], row[1:], strict=True) if value == "1"
            ]
            kinds[f"{path.stem}/{row[0]}".replace("/", "_")] = path.stem
    found = by_key(label_findings(labelled(labels, mlrs_category=kinds), most=13))
    # An independent count over the same files.
    counts = np.array([len(each) for each in labels.values()])
    assert (found["labels-none"].count if "labels-none" in found else 0) == int((counts == 0).sum())
    assert (found["labels-many"].count if "labels-many" in found else 0) == int((counts > 13).sum())
    seldom = {row[0]: row[2:4] for row in found["labels-own-category"].rows}
    for kind, (total, carrying) in seldom.items():
        own = [each for name, each in labels.items() if kinds[name] == kind]
        assert total == len(own)
        assert carrying < 0.9 * total


def test_labels_and_map_of_a_patch_are_compared() -> None:
    classes = {211: "Arable land", 311: "Broad-leaved forest", 334: None}
    found = by_key(
        compare(
            ["same", "absent", "unlabelled", "no list"],
            [["Arable land"], ["Arable land", "Broad-leaved forest"], [], None],
            [[211, 334, 999], [211], [311], [311]],
            classes,
        )
    )
    assert found["maps-absent"].rows == (("absent", "Broad-leaved forest"),)
    assert found["maps-unlabelled"].rows == (("unlabelled", "Broad-leaved forest"),)


def test_the_map_of_the_published_patch_agrees_with_its_labels(shared_data: Path, tmp_path: Path) -> None:
    project = Project(Locations(Config(), None, (str(shared_data / "bigearthnet_v2"),), tmp_path))
    summarize(project)
    describe(project)
    keys = [{asset["key"] for asset in assets or ()} for assets in project.summary["assets"].to_pylist()]
    (row,) = [number for number, found in enumerate(keys) if "reference-map" in found]
    assert list(map_findings(project, [row])) == []
    # The comparison is not empty: with the labels of another patch, it finds something.
    codes = pq.read_table(tmp_path / "map-classes.parquet")["codes"].to_pylist()
    assert codes == [[211, 231, 311, 313]]
