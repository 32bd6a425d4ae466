"""Declared layouts: what the documentation shows, tables of every kind, faults, and any order and cut."""

from __future__ import annotations

import io
import json
import pickle
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from dsdocs.archive import open_archive
from dsdocs.archive.member import Archive, Member
from dsdocs.config import Config, parse_config
from dsdocs.errors import ArchiveError, ConfigError
from dsdocs.readers.columns import fragments_table
from dsdocs.readers.declared import DeclaredReader
from dsdocs.records import SideTable
from support.containers import CONTAINERS, write_container
from support.reading import Outcome, memory_members, outcome_of, run_reader

PAGE = Path(__file__).resolve().parents[1] / "docs" / "layouts.md"


@lru_cache
def png(size: int = 4, mode: str = "RGB") -> bytes:
    sink = io.BytesIO()
    Image.new(mode, (size, size)).save(sink, "PNG")
    return sink.getvalue()


@lru_cache
def tif(
    bands: int = 1,
    *,
    x: float = 600_000,
    y: float = 5_000_000,
    pixel: float = 10,
    size: int = 12,
    crs: str = "EPSG:32633",
) -> bytes:
    with MemoryFile() as file:
        with file.open(
            driver="GTiff",
            width=size,
            height=size,
            count=bands,
            dtype="uint16",
            crs=crs,
            transform=Affine(pixel, 0, x, 0, -pixel, y),
        ) as raster:
            raster.write(np.ones((bands, size, size), np.uint16))
        return bytes(file.getbuffer())


def declared(section: str) -> Config:
    """Return the configuration that the page shows under a heading."""
    text = PAGE.read_text(encoding="utf-8")
    (block,) = re.findall(rf"^## {re.escape(section)}.*?^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return parse_config(tomllib.loads(block))


def run(layout: Mapping[str, Any] | Config, files: Mapping[str, bytes], cuts: tuple[int, ...] = ()) -> Outcome:
    config = layout if isinstance(layout, Config) else parse_config({"layout": layout})
    assert config.layout is not None
    return run_reader(DeclaredReader(config.layout), memory_members(files), cuts)


def streamed(reader: DeclaredReader, archive: Archive) -> Outcome:
    """Read an archive in one go, as a stream has to be."""
    items = list(reader.read(each for each in archive.members() if isinstance(each, Member)))
    sides = sorted((item for item in items if isinstance(item, SideTable)), key=lambda side: side.path)
    return outcome_of([*items, *reader.finish(fragments_table([]), sides)])


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def hrefs(row: Mapping[str, Any]) -> dict[str, str]:
    return {asset["key"]: asset["href"] for asset in row["assets"]}


# What the page shows.


def test_every_block_of_the_page_is_shown_by_a_test() -> None:
    headings = re.findall(r"^## (.*)$(?=(?:(?!^## ).*\n)*?```toml)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [
        "Names that say everything: SEN12MS",
        "A list of labels beside the images: Planet's Amazon chips",
        "Tables with places, one for each country: Fields of the World",
        "An index with dates",
        "Bands in files of their own",
    ]


def sen12ms() -> dict[str, bytes]:
    return {
        f"ROIs1158_spring/{sensor}_{scene}/ROIs1158_spring_{sensor}_{scene}_p{patch}.tif": tif(
            bands, x=600_000 + 120 * patch
        )
        for sensor, bands in (("s1", 2), ("s2", 13), ("lc", 4))
        for scene in (1, 12)
        for patch in (30, 31)
    }


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("top", ["", "SEN12MS/data"])
def test_sen12ms_is_read_from_its_names(tmp_path: Path, container: str, top: str) -> None:
    config = declared("Names that say everything: SEN12MS")
    assert config.layout is not None
    sources = write_container(container, sen12ms(), tmp_path / "a", top=top)
    found = streamed(DeclaredReader(config.layout), open_archive(sources))
    assert found.ids == [f"ROIs1158_spring_{scene}_p{patch}" for scene in (12, 1) for patch in (30, 31)]
    assert (found.errors, found.warnings, found.ignored) == ((), (), ())
    row = found.row("ROIs1158_spring_12_p30")
    assert set(hrefs(row)) == {"sentinel-1", "sentinel-2", "land-cover"}
    start = f"{top}/" if top else ""
    assert hrefs(row)["sentinel-2"] == f"{start}ROIs1158_spring/s2_12/ROIs1158_spring_s2_12_p30.tif"
    assert (row["sen12ms:season"], row["sen12ms:roi"], row["sen12ms:scene"]) == ("spring", "ROIs1158", 12)
    assert (row["crs"], row["gsd"], row["width"]) == ("EPSG:32633", 10.0, 12)
    assert row["ring"][:2] == [603_600, 5_000_000]
    assert set(config.sensors) <= set(hrefs(row))


def test_planets_chips_get_their_labels_from_the_list() -> None:
    config = declared("A list of labels beside the images: Planet's Amazon chips")
    lines = ("image_name,tags", "train_0,haze primary", "train_1,agriculture clear primary water", "train_2,cloudy")
    files = {f"train-jpg/train_{n}.jpg": png() for n in (0, 1, 3)} | {
        "train_v2.csv": csv(*lines),
        "test-jpg/a.jpg": png(),
    }
    found = run(config, files)
    assert found.ids == ["train_0", "train_1", "train_2"]
    assert found.row("train_1")["labels"] == ["agriculture", "clear", "primary", "water"]
    assert (found.error.path, found.error.category) == ("train-jpg/train_3.jpg", "meta.missing")
    assert found.row("train_2")["assets"] == []
    assert "1 rows name patches that the archive has no files of" in found.warning.reason
    assert found.ignored == ("test-jpg/a.jpg",)


def chips(rows: Mapping[str, str], lon: float) -> bytes:
    """Return a GeoParquet file as Fields of the World has one for each country."""
    boxes = [shapely.box(lon + n, 45, lon + n + 0.02, 45.015) for n in range(len(rows))]
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    columns = {
        "aoi_id": list(rows),
        "split": list(rows.values()),
        "geometry": pa.array(shapely.to_wkb(boxes), pa.binary()),
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(columns).replace_schema_metadata({"geo": json.dumps(geo)}), sink)
    return sink.getvalue()


def test_fields_of_the_world_joins_a_table_for_each_country() -> None:
    config = declared("Tables with places, one for each country: Fields of the World")
    files = {
        f"{country}/{folder}/g0_1.tif": tif(4, x=x, y=y, pixel=1e-3, crs="EPSG:4326")
        for country, x, y in (("austria", 15, 45.015), ("corsica", 9, 45.015))
        for folder in (
            "s2_images/window_a",
            "s2_images/window_b",
            "label_masks/semantic_3class",
            "label_masks/instance",
        )
    }
    files |= {
        "austria/chips_austria.parquet": chips({"g0_1": "train", "g0_2": "val"}, 15),
        "corsica/chips_corsica.parquet": chips({"g0_1": "none"}, 9),
        "corsica/data_config_corsica.json": b"{}",
    }
    found = run(config, files)
    assert found.ids == ["austria_g0_1", "austria_g0_2", "corsica_g0_1"]
    assert found.errors == ()
    assert [(row["split"], row["country"]) for row in found.rows.to_pylist()] == [
        ("train", "AT"),
        ("val", "AT"),
        (None, "FR"),
    ]
    assert hrefs(found.row("corsica_g0_1")) == {
        "window-a": "corsica/s2_images/window_a/g0_1.tif",
        "window-b": "corsica/s2_images/window_b/g0_1.tif",
        "field-map": "corsica/label_masks/semantic_3class/g0_1.tif",
    }
    assert found.row("austria_g0_1")["crs"] == "EPSG:4326"  # of the raster
    without = found.row("austria_g0_2")
    assert (without["crs"], without["assets"]) == ("OGC:CRS84", [])
    assert without["ring"] == pytest.approx([16, 45.015, 16.02, 45.015, 16.02, 45, 16, 45])
    assert len(found.ignored) == 3  # masks of another kind, and the configuration


def test_an_index_tells_places_and_dates() -> None:
    feature = {
        "type": "Feature",
        "properties": {
            "file": "chips/a1.png",
            "acquired": "2024-06-30T10:11:12+02:00",
            "subset": "test",
            "cloud_cover": 0.5,
        },
        "geometry": shapely.geometry.mapping(shapely.box(8, 47, 8.1, 47.1)),
    }
    index = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    found = run(declared("An index with dates"), {"index.geojson": index, "chips/a1.png": png()})
    row = found.row("a1")
    assert (row["datetime"].isoformat(), row["split"], row["my:cloud_cover"]) == (
        "2024-06-30T08:11:12+00:00",
        "test",
        0.5,
    )
    assert (row["crs"], row["ring"]) == ("OGC:CRS84", pytest.approx([8, 47.1, 8.1, 47.1, 8.1, 47, 8, 47]))
    assert (found.errors, found.warnings) == ((), ())


def test_a_feature_without_a_real_geometry_is_left_out_alone() -> None:
    layout = {"files": "{patch}.png", "table": {"path": "t.geojson", "key": "id", "geometry": "geometry"}}
    shapes = {"a": shapely.geometry.mapping(shapely.box(8, 47, 9, 48)), "b": {"type": "Point", "coordinates": ["x", 1]}}
    features = [{"type": "Feature", "properties": {"id": id_}, "geometry": shape} for id_, shape in shapes.items()]
    index = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    found = run(layout, {"t.geojson": index, "a.png": png(), "b.png": png()})
    assert (found.ids, found.error.path, found.error.category) == (["a"], "b.png", "geo.invalid")


@pytest.mark.parametrize("place", ["inf,50", "10,-inf", "10,", ",50", "1e300,50"])
def test_half_a_place_or_an_infinite_one_is_told(place: str) -> None:
    layout = {"files": "{patch}.png", "table": {"path": "t.csv", "key": "id", "lon": "lon", "lat": "lat", "size": 100}}
    text = f"id,lon,lat\na,10,50\nb,{place}\nc,,\n".encode()
    found = run(layout, {"t.csv": text, "a.png": png(), "b.png": png(), "c.png": png()})
    assert (found.ids, found.error.path, found.error.category) == (["a", "c"], "b.png", "geo.invalid")


@pytest.mark.parametrize("box", ["8,47,,48", "9,47,8,48", "8,48,9,47", "8,47,inf,48"])
def test_a_box_that_lacks_a_side_or_has_them_in_another_order_is_told(box: str) -> None:
    layout = {"files": "{patch}.png", "table": {"path": "t.csv", "key": "id", "bbox": ["w", "s", "e", "n"]}}
    text = f"id,w,s,e,n\na,8,47,9,48\nb,{box}\nc,,,,\nd,179,1,-179,2\n".encode()
    found = run(layout, {"t.csv": text, **{f"{name}.png": png() for name in "abcd"}})
    assert (found.ids, found.error.path, found.error.category) == (["a", "c", "d"], "b.png", "geo.invalid")
    assert "expected west, south, east and north" in found.error.reason


def banded() -> dict[str, bytes]:
    files = {
        f"p{n}/p{n}_{band}.tif": tif(x=600_000 + n) for n in (1, 2) for band in ("B02", "B03", "B04", "B08", "B11")
    }
    return files | {f"p{n}_S1/p{n}_S1_{band}.tif": tif(x=600_000 + n) for n in (1, 2) for band in ("VV", "VH")}


def test_bands_in_files_of_their_own_are_one_image() -> None:
    found = run(declared("Bands in files of their own"), banded())
    assert hrefs(found.row("p1")) == {"sentinel-1": "p1_S1/p1_S1_{band}.tif", "sentinel-2": "p1/p1_{band}.tif"}
    assert found.ignored == ("p1/p1_B11.tif", "p2/p2_B11.tif")
    assert found.errors == ()


# Bands.

BANDS = {"files": "{patch}/{patch}_{band}.tif"}


def test_a_patch_that_lacks_a_band_which_others_have_is_quarantined_with_its_name() -> None:
    files = {name: data for name, data in banded().items() if "_S1" not in name and name != "p2/p2_B03.tif"}
    found = run(BANDS, files, cuts=(3,))
    assert found.ids == ["p1"]
    assert found.error.category == "image.missing"
    assert found.error.reason == "found 4 of 5 bands of 'image'; missing: B03"


@pytest.mark.parametrize("finest", [None, "1", "2"])
@pytest.mark.parametrize("cuts", [(), (1,), (2,), (1, 2)])
def test_every_band_is_looked_at_and_the_first_bad_one_is_named(cuts: tuple[int, ...], finest: str | None) -> None:
    files = {"a_1.tif": tif(), "a_2.tif": tif()[:-50], "a_3.tif": b"junk", "b_1.tif": tif(), "b_2.tif": tif()}
    layout = {"files": "{patch}_{band}.tif", "bands": ["1", "2"]} | ({"finest": finest} if finest else {})
    found = run(layout, files, cuts=cuts)
    assert found.ids == ["b"]
    assert (found.error.path, found.error.category) == ("a_2.tif", "image.corrupt")
    assert found.error.reason.startswith("is cut off")


def test_a_limit_of_pixels_reaches_the_parts() -> None:
    config = parse_config({"layout": {"files": "{patch}.tif"}})
    assert config.layout is not None
    reader = pickle.loads(pickle.dumps(DeclaredReader(config.layout, max_pixels=143)))
    found = run_reader(reader, memory_members([("a.tif", tif())]), ())
    assert (found.error.path, found.error.category) == ("a.tif", "image.too-large")
    assert "the limit 'pixels'" in found.error.reason
    assert "[archive.limits]" in found.error.reason


def test_the_header_is_that_of_the_first_band_by_name_in_any_order() -> None:
    files = {"a_2.tif": tif(pixel=20), "a_1.tif": tif(pixel=10), "a_3.tif": tif(pixel=60)}
    for cuts in ((), (1,), (2,), (1, 2)):
        assert run({"files": "{patch}_{band}.tif"}, files, cuts).row("a")["gsd"] == 10


@pytest.mark.parametrize(
    ("files", "category", "reason"),
    [
        (
            {"a/p_1.tif": tif(), "b/p_1.tif": tif()},
            "image.duplicate",
            "'image' lies in several places: a/p_{band}.tif, b/p_",
        ),
        ({"a/p_1.tif": tif(), "b/p_2.tif": tif()}, "image.duplicate", "lies in several places"),
        ({"p_1.tif": tif(), "p_2.tif": b""}, "image.corrupt", "is empty (0 bytes)"),
        ({"p_1.tif": tif()[:100], "p_2.tif": tif()}, "image.corrupt", ""),
        ({"p_1.tif": b"no image", "p_2.tif": tif()}, "input.junk", "expected a TIFF, JPEG or PNG"),
        ({"{band}/p_1.tif": tif()}, "name.unsafe", "its path holds {band}"),
    ],
)
def test_a_fault_of_an_image_is_told_with_its_category(files: dict[str, bytes], category: str, reason: str) -> None:
    found = run({"files": "{patch}_{band}.tif"}, files)
    assert found.rows.num_rows == 0
    assert found.error.category == category
    assert reason in found.error.reason


@pytest.mark.parametrize("cuts", [(), (1,)])
def test_a_band_that_is_there_twice_is_told(cuts: tuple[int, ...]) -> None:
    config = parse_config({"layout": {"files": "{patch}_{band}.tif"}})
    assert config.layout is not None
    reader = DeclaredReader(config.layout)
    same = run_reader(reader, memory_members([("p_1.tif", tif()), ("p_1.tif", tif())]), cuts)
    assert (same.ids, same.warning.category) == (["p"], "image.duplicate")
    other = run_reader(reader, memory_members([("p_1.tif", tif()), ("p_1.tif", tif(size=13))]), cuts)
    assert (other.ids, other.error.category) == ([], "image.duplicate")


# Paths.


def test_images_of_one_patch_must_agree() -> None:
    layout = {"files": "{split}/{sensor}/{patch}.tif"}
    found = run(
        layout, {"train/s1/a.tif": tif(), "test/s2/a.tif": tif(), "val/s1/b.tif": tif(), "val/s2/b.tif": tif(x=700_000)}
    )
    assert [(error.category, error.reason) for error in found.errors] == [
        ("meta.mismatch", "split: the paths of its files say test and train"),
        ("image.mismatch", "its images 's1' and 's2' do not overlap; expected pictures of one place"),
    ]


def test_the_finest_image_tells_the_size() -> None:
    row = run({"files": "{sensor}/{patch}.tif"}, {"a/p.tif": tif(pixel=60), "b/p.tif": tif(pixel=10, size=72)}).row("p")
    assert (row["gsd"], row["width"]) == (10, 72)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("20240630-101112_a.png", "2024-06-30T10:11:12+00:00"),
        ("20241330-101112_a.png", "date: found '20241330'; expected %Y%m%d"),
        ("20240630-999999_a.png", "date and time: found '20240630 999999'"),
    ],
)
def test_dates_are_read_as_the_layout_writes_them(name: str, expected: str) -> None:
    found = run({"files": "{date:8d}-{time:6d}_{patch}.png"}, {name: png()})
    said = found.error.reason if found.errors else found.row("a")["datetime"].isoformat()
    assert said.startswith(expected)


def test_words_of_the_archive_are_replaced() -> None:
    layout = {
        "files": "{split}/{country}/{class}/{patch}_{season}.png",
        "values": {
            "split": {"A": "train", "none": ""},
            "country": {"corsica": "FR"},
            "class": {"0": "Sea"},
            "season": {"s": "spring"},
        },
    }
    names = ("A/corsica/0/a_s.png", "none/south_africa/1/b_s.png", "eval/AT/1/c_s.png", "A/Atlantis/1/d_s.png")
    found = run(layout, dict.fromkeys(names, png()))
    kept = [(row["split"], row["country"], row["labels"], row["my:season"]) for row in found.rows.to_pylist()]
    assert kept == [("train", "FR", ["Sea"], "spring"), (None, "ZA", ["1"], "spring")]
    assert [error.reason.partition(";")[0] for error in found.errors] == [
        "country: found 'Atlantis'",
        "split: found 'eval'",
    ]
    assert {error.category for error in found.errors} == {"meta.schema"}


def test_products_and_tiles_are_part_of_the_name() -> None:
    row = run({"files": "{tile}/{product}/{patch}.png"}, {"33UUP/S2A/7.png": png()}).row("S2A_33UUP_7")
    assert (row["tile"], row["my:product"]) == ("33UUP", "S2A")


def test_a_number_beyond_64_bit_is_no_fact() -> None:
    found = run({"files": "{patch}_{n:d}.png"}, {"a_9223372036854775807.png": png(), f"b_{'9' * 200}.png": png()})
    assert found.row("a")["my:n"] == 2**63 - 1
    assert "expected a number below 2 to the power of 63" in found.error.reason


def test_the_pattern_with_more_folders_counts_and_equals_are_an_error() -> None:
    layout = {"assets": [{"key": "a", "files": "{patch}.png"}, {"key": "b", "files": "masks/{patch}.png"}]}
    row = run(layout, {"p.png": png(), "masks/p.png": png()}).row("p")
    assert hrefs(row) == {"a": "p.png", "b": "masks/p.png"}
    with pytest.raises(ConfigError, match=r"layout.files: '{patch}.png' and 'a_{patch}.png' both fit 'a_1.png'"):
        run({"files": ["{patch}.png", "a_{patch}.png"]}, {"a_1.png": png()})


def test_hostile_names_stay_names() -> None:
    names = ("{{7*7}}", "<img onerror=x>", "=cmd|calc", "a%s%d", "a b\u202e")
    found = run({"files": "{class}/{patch}.png"}, {f"{name}/{name}.png": png() for name in names})
    assert found.ids == sorted(names)
    assert all(row["labels"] == [row["id"]] for row in found.rows.to_pylist())


# Tables.


def table(layout: Mapping[str, Any], *lines: str, name: str = "t.csv", images: str = "ab") -> Outcome:
    section = {"path": name, "key": "k", **layout}
    files = {f"{image}.png": png() for image in images}
    return run({"files": "{patch}.png", "table": section}, {**files, name: csv(*lines)})


@pytest.mark.parametrize(
    ("labels", "lines", "expected"),
    [
        ({"labels": "l"}, ("k,l", "a,Sea", "b,Bare soil"), [["Sea"], ["Bare soil"]]),
        ({"labels": "l", "separator": "|"}, ("k,l", "a,x| y |", "b,x"), [["x", "y"], ["x"]]),
        ({"labels": ["x", "z"]}, ("k,x,y,z", "a,1,1,1", "b,0,1,1"), [["x", "z"], ["z"]]),
        ({"labels": "one-hot"}, ("k,x,y", "a,1,1", "b,0,1"), [["x", "y"], ["y"]]),
        ({"labels": "l"}, ("k,l", "a,1", "b,2"), [["1"], ["2"]]),
    ],
)
def test_labels_of_a_table_are_read_in_every_form(
    labels: dict[str, Any], lines: tuple[str, ...], expected: object
) -> None:
    found = table(labels, *lines)
    assert found.rows["labels"].to_pylist() == expected
    assert (found.errors, found.warnings) == ((), ())


def test_a_cell_that_is_neither_0_nor_1_is_named() -> None:
    found = table({"labels": "one-hot"}, "k,x,y", "a,1,2", "b,0,1")
    assert found.ids == ["b"]
    assert (found.error.path, found.error.category) == ("a.png", "meta.schema")
    assert found.error.reason.startswith("y: found '2'; expected 0 or 1")


def test_no_label_and_one_label_twice_are_told_of_kept_patches() -> None:
    found = table({"labels": "l", "separator": ";"}, "k,l", "a,", "b,x;x")
    assert [(warning.path, warning.category) for warning in found.warnings] == [
        ("a.png", "label.empty"),
        ("b.png", "label.duplicate"),
    ]
    assert found.ids == ["a", "b"]


def test_the_class_of_a_path_adds_to_a_list_and_must_be_the_one_label() -> None:
    layout = {"files": "{class}/{patch}.png", "table": {"path": "t.csv", "key": "k", "labels": "l"}}
    files = {"Sea/a.png": png(), "Sea/b.png": png(), "t.csv": csv("k,l", "a,Sea", "b,Forest")}
    found = run(layout, files)
    assert (found.ids, found.error.category) == (["a"], "label.conflict")
    assert found.error.reason == "its path says 'Sea', the table says Forest"
    layout["table"] = {"path": "t.csv", "key": "k", "labels": "l", "separator": ";"}
    assert run(layout, files).row("b")["labels"] == ["Forest", "Sea"]


def test_paths_and_table_must_agree() -> None:
    layout = {
        "files": "{split}/{date:8}/{patch}.png",
        "table": {"path": "t.csv", "key": "k", "split": "s", "date": "d"},
    }
    files = {f"train/20240630/{name}.png": png() for name in "abc"}
    lines = ("k,s,d", "a,train,2024-06-30T23:00:00", "b,test,2024-06-30", "c,,2024-07-09")
    found = run(layout, files | {"t.csv": csv(*lines)})
    assert [error.reason.partition(":")[0] for error in found.errors] == ["split", "date"]
    assert {error.category for error in found.errors} == {"meta.mismatch"}
    assert found.row("a")["datetime"].isoformat() == "2024-06-30T23:00:00+00:00"


def test_rows_with_one_key_must_say_the_same() -> None:
    found = table({"labels": "l"}, "k,l", "a,x", "b,x", "a,x", "b,y", ",z")
    assert found.ids == ["a"]
    assert {(error.path, error.category) for error in found.errors} == {
        ("b.png", "meta.mismatch"),
        ("t.csv", "meta.missing"),
    }
    assert found.warning.category == "name.duplicate"


def test_a_row_without_files_labels_or_place_is_quarantined() -> None:
    found = table({"split": "s"}, "k,s", "a,train", "b,train", "c,train")
    assert found.ids == ["a", "b"]
    assert (found.error.path, found.error.category) == ("c", "image.missing")


@pytest.mark.parametrize("key_is", ["x/{class}/{patch}.png", "file", None])
def test_keys_may_be_paths_file_names_or_ids(key_is: str | None) -> None:
    keys = {"x/{class}/{patch}.png": "x/Sea/a.png", "file": "a.png", None: "a"}
    section = {"path": "t.csv", "key": "k", "labels": "l", **({"key_is": key_is} if key_is else {})}
    found = run(
        {"files": "{class}/{patch}.png", "table": section},
        {"Sea/a.png": png(), "t.csv": csv("k,l", f"{keys[key_is]},Sea")},
    )
    assert found.ids == ["a"]
    assert found.errors == ()


def test_the_path_of_a_table_tells_the_split_of_its_rows() -> None:
    layout = {
        "files": "{class}/{patch}.png",
        "table": {"path": "{split}.csv", "key": "k", "key_is": "{class}/{patch}.png"},
    }
    files = {
        "Sea/a.png": png(),
        "Sea/b.png": png(),
        "train.csv": csv("k", "Sea/a.png"),
        "validation.csv": csv("k", "Sea/b.png"),
    }
    found = run(layout, files)
    assert [(row["id"], row["split"], row["labels"]) for row in found.rows.to_pylist()] == [
        ("a", "train", ["Sea"]),
        ("b", "val", ["Sea"]),
    ]


def test_facts_keep_their_type_and_tables_of_one_kind_are_put_together() -> None:
    layout = {"files": "{patch}.png", "table": {"path": "{split}.csv", "key": "k", "facts": ["n", "t", "m"]}}
    files = {
        "a.png": png(),
        "b.png": png(),
        "train.csv": csv("k,n,t,m", "a,1,x,1"),
        "test.csv": csv("k,n,t,m", "b,0.5,=cmd,y"),
    }
    found = run(layout, files)
    assert [(row["my:n"], row["my:t"], row["my:m"]) for row in found.rows.to_pylist()] == [
        (1.0, "x", "1"),
        (0.5, "=cmd", "y"),
    ]


@pytest.mark.parametrize(
    ("section", "lines", "crs", "ring"),
    [
        ({"bbox": ["w", "s", "e", "n"]}, ("k,w,s,e,n", "a,8,47,9,48"), "OGC:CRS84", [8, 48, 9, 48, 9, 47, 8, 47]),
        (
            {"geometry": "g"},
            ("k,g", 'a,"POLYGON((8 47,9 47,9 48,8 48,8 47))"'),
            "OGC:CRS84",
            [8, 48, 9, 48, 9, 47, 8, 47],
        ),
        (
            {"geometry": "g", "crs": "EPSG:32633"},
            ("k,g", 'a,"POLYGON((0 0,0 9,9 9,9 0,0 0))"'),
            "EPSG:32633",
            [0, 9, 9, 9, 9, 0, 0, 0],
        ),
        (
            {"lon": "x", "lat": "y", "size": 1000},
            ("k,x,y", "a,15,0"),
            "EPSG:32633",
            [499500, 500, 500500, 500, 500500, -500, 499500, -500],
        ),
        (
            {"geometry": "g", "size": 1000},
            ("k,g", "a,POINT(15 0)"),
            "EPSG:32633",
            [499500, 500, 500500, 500, 500500, -500, 499500, -500],
        ),
        (
            {"geometry": "g", "bbox": ["w", "s", "e", "n"]},
            ("k,g,w,s,e,n", "a,,8,47,9,48"),
            "OGC:CRS84",
            [8, 48, 9, 48, 9, 47, 8, 47],
        ),
        (
            {"geometry": "g"},
            ("k,g", 'a,"MULTIPOLYGON(((179 0,180 0,180 1,179 1,179 0)),((-180 0,-179 0,-179 1,-180 1,-180 0)))"'),
            "OGC:CRS84",
            [179, 1, 181, 1, 181, 0, 179, 0],
        ),
    ],
)
def test_a_table_tells_places_in_every_form(
    section: dict[str, Any], lines: tuple[str, ...], crs: str, ring: list[float]
) -> None:
    row = table(section, *lines, images="a").row("a")
    assert row["crs"] == crs
    assert row["ring"] == pytest.approx(ring, abs=1e-3)


def test_a_geometry_with_other_than_four_corners_becomes_the_rectangle_around_it() -> None:
    found = table({"geometry": "g"}, "k,g", 'a,"POLYGON((0 0,4 0,5 1,4 2,0 2,0 0))"', images="a")
    assert found.row("a")["ring"] == pytest.approx([0, 2, 5, 2, 5, 0, 0, 0])
    assert found.warning.reason.startswith("1 geometries have other than four corners")


@pytest.mark.parametrize(
    ("section", "value"),
    [
        ({"geometry": "g"}, "POINT(1 1)"),
        ({"geometry": "g"}, "LINESTRING(1 1)"),
        ({"geometry": "g"}, '"LINESTRING(1 1, 2 2)"'),
        ({"geometry": "g"}, "here"),
        ({"geometry": "g"}, '"POLYGON((0 0,nan 0,1 1,0 0))"'),
        ({"lon": "g", "lat": "g", "size": 9}, "1000"),
        ({"lon": "g", "lat": "g", "size": 9}, "east"),
    ],
)
def test_a_place_that_cannot_be_understood_is_one_error_of_its_patch(section: dict[str, Any], value: str) -> None:
    found = table(section, "k,g", f"a,{value}", "b,", images="ab")
    assert found.ids == ["b"]
    assert (found.error.path, found.error.category) == ("a.png", "geo.invalid")


def test_a_table_that_places_an_image_elsewhere_is_a_mismatch() -> None:
    layout = {"files": "{patch}.tif", "table": {"path": "t.csv", "key": "k", "lon": "x", "lat": "y", "size": 120}}
    files = {"a.tif": tif(), "b.tif": tif(), "t.csv": csv("k,x,y", "a,16.2728,45.1459", "b,16.4,45.2")}
    found = run(layout, files)
    assert (found.ids, found.error.category) == (["a"], "meta.mismatch")
    assert found.row("a")["crs"] == "EPSG:32633"


def test_a_raster_in_a_system_without_a_code_is_kept_with_a_warning() -> None:
    found = run({"files": "{patch}.tif"}, {"a.tif": tif(crs="+proj=laea +lat_0=1 +lon_0=2")})
    assert (found.ids, found.warning.category, found.row("a")["crs"]) == (["a"], "geo.crs", None)


def test_a_table_beside_the_configuration_is_used_where_the_archive_has_none() -> None:
    config = parse_config({"layout": {"files": "{patch}.png", "table": {"path": "t.csv", "key": "k", "labels": "l"}}})
    assert config.layout is not None
    reader = DeclaredReader(config.layout, csv("k,l", "a,beside"))
    assert run_reader(reader, memory_members({"a.png": png()})).row("a")["labels"] == ["beside"]
    both = {"a.png": png(), "t.csv": csv("k,l", "a,inside")}
    assert run_reader(reader, memory_members(both)).row("a")["labels"] == ["inside"]
    with pytest.raises(ConfigError, match=r"layout.table.path: no file 't.csv' in the archive, nor beside"):
        run_reader(DeclaredReader(config.layout), memory_members({"a.png": png()}))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"k,l\na,1,2\n", "t.csv: "), (b"k,other\na,1\n", "lacks the columns 'l', which"), (b"", "holds no")],
)
def test_a_table_that_cannot_be_used_stops_the_build_and_is_named(content: bytes, message: str) -> None:
    layout = {"files": "{patch}.png", "table": {"path": "t.csv", "key": "k", "labels": "l"}}
    reader = DeclaredReader(parse_config({"layout": layout}).layout)  # type: ignore[arg-type]  (it is there)
    with pytest.raises(ArchiveError) as caught:
        run_reader(reader, memory_members({"a.png": png(), "t.csv": content}))
    assert caught.value.category == "meta.schema"
    assert message in str(caught.value)


# Laws.

MIXED = {
    "files": "{split}/{sensor}/{patch}_{band}.tif",
    "table": {"path": "labels.csv", "key": "k", "labels": "l", "separator": ";", "facts": ["cloud"]},
}
MIXED_FILES = {
    **{
        f"{split}/{sensor}/{patch}_{band}.tif": tif(x=600_000 + 10 * int(patch), pixel=10 if band == "1" else 20)
        for split, patches in (("train", "123"), ("test", "45"))
        for patch in patches
        for sensor, bands in (("s1", "12"), ("s2", "123"))
        for band in bands
        if (patch, sensor, band) != ("3", "s2", "2")
    },
    "labels.csv": csv("k,l,cloud", *(f"{n},x;y{n},{n}" for n in (1, 2, 3, 5, 9))),
    "readme.txt": b"",
    "notes/readme.txt": b"",
}  # fmt: skip
SINGLE_FILES = {
    f"{split}/{name}/{name}_{n}.png": png() for split in ("train", "odd") for name in ("Sea", "Bog") for n in (1, 2)
}


@pytest.mark.parametrize(
    ("layout", "files"), [(MIXED, MIXED_FILES), ({"files": "{split}/{class}/{patch}.png"}, SINGLE_FILES)]
)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_neither_order_nor_parts_change_what_is_found(
    layout: dict[str, Any], files: dict[str, bytes], data: st.DataObject
) -> None:
    expected = run(layout, files)
    assert expected.rows.num_rows
    order = data.draw(st.permutations(list(files)))
    cuts = data.draw(st.lists(st.integers(0, len(files)), max_size=4))
    assert run(layout, {name: files[name] for name in order}, tuple(cuts)) == expected


def test_everything_is_kept_quarantined_or_ignored() -> None:
    found = run(MIXED, MIXED_FILES)
    assert found.ids == ["1", "2", "5", "9"]
    assert {(error.path, error.category) for error in found.errors} == {
        ("train/s1/3_1.tif", "image.missing"),
        ("test/s1/4_1.tif", "meta.missing"),
    }
    assert found.ignored == ("notes/readme.txt", "readme.txt")


def test_the_reader_is_small_on_its_way_to_other_processes_and_works_there() -> None:
    config = declared("A list of labels beside the images: Planet's Amazon chips")
    assert config.layout is not None
    reader = DeclaredReader(config.layout, b"x" * 10**6)
    sent = pickle.dumps(reader)
    assert len(sent) < 10_000
    files = {"train-jpg/train_0.jpg": png(), "train_v2.csv": csv("image_name,tags", "train_0,haze")}
    assert run_reader(pickle.loads(sent), memory_members(files)).ids == ["train_0"]


def test_recognition_counts_the_files_that_fit() -> None:
    config = parse_config({"layout": {"files": "{patch}.png"}})
    assert config.layout is not None
    reader = DeclaredReader(config.layout)
    assert reader.recognises(["a.png", "b.txt"]) == "1 of 2 files fit the patterns under [layout] in dsdocs.toml"
    assert reader.recognises(["b.txt"]) is None


def test_sensors_are_described_from_bands_and_headers(tmp_path: Path) -> None:
    layout = {
        "assets": [
            {"key": "s2", "files": "S2/{patch}/{patch}_{band}.tif"},
            {"key": "s1", "files": "{patch}_S1/{patch}_S1_{band}.tif", "bands": ["VH", "VV"]},
            {"key": "photo", "files": "photos/{patch}.png"},
            {"key": "cube", "files": "cubes/{patch}.tif"},
        ]
    }
    config = parse_config({"layout": layout})
    assert config.layout is not None
    files = {name if "_S1" in name else f"S2/{name}": data for name, data in banded().items()}
    files |= {"photos/p1.png": png(), "cubes/p1.tif": tif(5)}
    archive = open_archive(write_container("directory", files, tmp_path / "my_data"))
    reader = DeclaredReader(config.layout)
    found = streamed(reader, archive)
    described = reader.describe(found.rows, archive)
    assert described.title == "my data"
    bands = {key: [band.name for band in sensor.bands] for key, sensor in described.sensors.items()}
    assert bands["s2"] == ["B02", "B03", "B04", "B08", "B11"]
    assert described.sensors["s2"].true_colour == ("B04", "B03", "B02")
    assert (bands["s1"], described.sensors["s1"].kind) == (["VH", "VV"], "radar")
    assert (described.sensors["photo"].id, len(bands["cube"])) == ("rgb", 5)
