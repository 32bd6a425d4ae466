"""Archives side by side: rows computed from summaries, and rows as papers print them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dsdocs.analyses.comparison import archive_comparison, published_archives
from dsdocs.claims import load_claims
from dsdocs.config import Config, parse_config
from dsdocs.errors import ConfigError
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.records import Footprint, PatchRecord
from dsdocs.sensors import load_sensor
from dsdocs.views import Table
from support.summaries import summary_of


def patch(number: int, **changes: Any) -> PatchRecord:
    """Return one of two places of 1.2 km, seen at two dates."""
    left = 600_000 + 1200 * (number % 2)
    fields: dict[str, Any] = {
        "labels": ("Pastures", "Airports")[: 1 + number % 2],
        "datetime": dt.datetime(2020, 1 + number // 2, 5, tzinfo=dt.UTC),
        "footprint": Footprint.from_corners("EPSG:32633", left, 5_000_000, left + 1200, 4_998_800),
        "gsd": 10.0,
        "width": 120,
        "height": 100,
    }
    return PatchRecord(f"p{number}", **{**fields, **changes})


def project_of(folder: Path, config: Config | None = None, **changes: Any) -> Project:
    """Return what the comparison reads of a project."""
    table = summary_of(patch(number, **changes) for number in range(4)).table
    locations = Locations(config or Config(), folder / "dsdocs.toml", (), folder)
    sensors = {"sentinel-2": load_sensor("sentinel-2-l2a"), "map": SimpleNamespace(kind="map", bands=(1,), title="M")}
    given = {
        "config": locations.config,
        "compared": locations.compared,
        "summary": table,
        "fingerprint": "abc",
        "sensors": sensors,
        "description": SimpleNamespace(title="Ours"),
    }
    return cast(Project, SimpleNamespace(**given))


def test_the_row_of_this_data_set_is_computed(tmp_path: Path) -> None:
    config = parse_config({"dataset": {"licence": "MIT"}})
    row = archive_comparison(project_of(tmp_path, config)).archives[0]
    assert (row.name, row.images, row.classes, row.labels) == ("Ours (this data set)", 4, 2, 1.5)
    assert (row.edge, row.finest, row.coarsest, row.bands) == (120, 10, 10, 12)
    assert row.area == pytest.approx(2 * 1.44, rel=0.01)  # two places, each seen twice
    assert (row.first, row.last, row.licence, row.source) == ("2020-01-05", "2020-02-05", "MIT", "computed, abc")


def test_what_a_data_set_does_not_have_is_left_open(tmp_path: Path) -> None:
    bare = {"labels": None, "datetime": None, "footprint": None, "gsd": None, "width": None, "height": None}
    row = archive_comparison(project_of(tmp_path, **bare)).archives[0]
    assert (row.classes, row.labels, row.edge, row.finest, row.area, row.first) == (None,) * 6


def test_other_summaries_are_rows_too(tmp_path: Path) -> None:
    summary_of((patch(0), patch(1), patch(2)), path=tmp_path / "other.parquet")
    config = parse_config({"compare": {"published": False, "summaries": {"Theirs": "other.parquet"}}})
    result = archive_comparison(project_of(tmp_path, config))
    assert [(row.name, row.images) for row in result.archives] == [("Ours (this data set)", 4), ("Theirs", 3)]
    assert result.archives[1].source.startswith("computed, ")
    (table,) = result.views()
    assert isinstance(table, Table)
    assert table.summary == "Of 1 other archive, none has more images than this one, 4."


@pytest.mark.parametrize("content", [None, b"no Parquet"])
def test_a_file_that_is_no_summary_is_named_with_its_key(tmp_path: Path, content: bytes | None) -> None:
    if content:
        (tmp_path / "other.parquet").write_bytes(content)
    config = parse_config({"compare": {"summaries": {"Theirs": "other.parquet"}}})
    with pytest.raises(ConfigError, match=r"compare\.summaries\.Theirs: other\.parquet is no summary"):
        archive_comparison(project_of(tmp_path, config))


def test_published_rows_are_those_of_the_papers_tables() -> None:
    archives, sources = published_archives()
    found = {archive.name: archive for archive in archives}
    # BigEarthNet, Table 1.
    for name, images in (("WHU-RS19", 1_005), ("RSSCN7", 2_800), ("SIRI-WHU", 2_400), ("RSI-CB", 36_707)):
        assert found[name].images == images
        assert found[name].source == "Sumbul et al., 2019, Table 1"
    # MLRSNet, Table 2.
    for name, images, classes, edge in (("AID", 10_000, 30, 600), ("NWPU-RESISC45", 31_500, 45, 256)):
        assert (found[name].images, found[name].classes, found[name].edge) == (images, classes, edge)
        assert found[name].source == "Qi et al., 2020, Table 2"
    assert all(archive.source.startswith(tuple(said for said, _, _ in sources)) for archive in archives)
    assert [archive.images for archive in archives] == sorted((a.images for a in archives), reverse=True)


def test_published_means_follow_from_the_tables_of_class_counts() -> None:
    found = {archive.name: archive for archive in published_archives()[0]}
    for name, claims in (("BigEarthNet", "bigearthnet-v1"), ("MLRSNet", "mlrsnet")):
        file = load_claims(claims)
        assert file.classes is not None
        assert found[name].images == file.patches
        assert found[name].classes == len(file.classes.patches)
        assert found[name].labels == pytest.approx(sum(file.classes.patches.values()) / file.patches, abs=5e-5)
