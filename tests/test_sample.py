"""The sample archive looks like BigEarthNet, says that it is invented, and is the same every time."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio
import tifffile
from pyproj import Transformer

from dsdocs.errors import DsdocsError
from dsdocs.geo.countries import country_code, load_countries
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.sample import write_sample
from dsdocs.sample.landscape import Window, invent_land
from dsdocs.sample.optical import digital_numbers
from dsdocs.sample.plan import plan
from dsdocs.sample.surface import lay_ground
from dsdocs.sample.tables import BANDS, ZONES, load_covers, load_regions

EXCLUDED = "metadata_for_patches_with_snow_cloud_or_shadow.parquet"
GEO_TAGS = (33550, 34735, 34737, 42113)  # pixel scale, keys, their texts, nodata


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the default sample once."""
    return write_sample(tmp_path_factory.mktemp("sample") / "v2")


@pytest.fixture(scope="module")
def rows(sample: Path) -> list[dict[str, Any]]:
    """Read both metadata tables."""
    tables = (pq.read_table(sample / name) for name in ("metadata.parquet", EXCLUDED))
    return [row for table in tables for row in table.to_pylist()]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write six patches in every layout."""
    folder = tmp_path_factory.mktemp("small")
    layouts = ("bigearthnet-v2", "bigearthnet-v1-s2", "bigearthnet-v1-s1")
    return {layout: write_sample(folder / layout, patches=6, layout=layout) for layout in layouts}


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def product_of(patch_id: str) -> str:
    return patch_id.rsplit("_", 2)[0]


def optical(sample: Path, patch_id: str, band: str) -> np.ndarray:
    return tifffile.imread(sample / "BigEarthNet-S2" / product_of(patch_id) / patch_id / f"{patch_id}_{band}.tif")


def radar(sample: Path, name: str, polarisation: str) -> np.ndarray:
    scene = name.rsplit("_", 3)[0]
    return tifffile.imread(sample / "BigEarthNet-S1" / scene / name / f"{name}_{polarisation}.tif")


def cover(sample: Path, patch_id: str) -> np.ndarray:
    folder = sample / "Reference_Maps" / product_of(patch_id) / patch_id
    return tifffile.imread(folder / f"{patch_id}_reference_map.tif")


def acquired(name: str) -> datetime:
    found = re.search(r"_(\d{8}T\d{6})_", name)
    assert found is not None
    return datetime.strptime(found[1], "%Y%m%dT%H%M%S")


def test_two_processes_write_equal_trees(tmp_path: Path) -> None:
    code = "import sys, pathlib, dsdocs.sample as s; s.write_sample(pathlib.Path(sys.argv[1]), patches=9)"
    # What numpy uses of this processor beyond what every one of its kind has: the second process does without.
    features = " ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", ()))
    for name, hash_seed, zone, without in (("a", "1", "UTC", ""), ("b", "2", "Pacific/Kiritimati", features)):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": zone, "OMP_NUM_THREADS": hash_seed}
        environment["NPY_DISABLE_CPU_FEATURES"] = without
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], check=True, env=environment)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_a_patch_does_not_depend_on_how_many_follow(sample: Path, small: dict[str, Path]) -> None:
    few = {k: v for k, v in digests(small["bigearthnet-v2"]).items() if k.endswith(".tif")}
    all_of_them = digests(sample)
    assert len(few) == 6 * 15
    assert few.items() <= all_of_them.items()


def test_another_seed_is_another_land_at_the_same_places(tmp_path: Path, small: dict[str, Path]) -> None:
    other = digests(write_sample(tmp_path / "other", patches=6, seed=1))
    first = digests(small["bigearthnet-v2"])
    assert other.keys() == first.keys()
    assert not any(other[name] == first[name] for name in first if name.endswith("_B02.tif"))


def test_every_layout_shows_the_same_pixels(small: dict[str, Path]) -> None:
    v2, v1_s2, v1_s1 = small.values()
    for row in pq.read_table(v2 / "metadata.parquet").to_pylist():
        for band in BANDS:
            old = v1_s2 / row["s2v1_name"] / f"{row['s2v1_name']}_{band}.tif"
            assert np.array_equal(tifffile.imread(old), optical(v2, row["patch_id"], band))
        for polarisation in ("VV", "VH"):
            old = v1_s1 / row["s1_name"] / f"{row['s1_name']}_{polarisation}.tif"
            assert np.array_equal(tifffile.imread(old), radar(v2, row["s1_name"], polarisation))


def shape_of_tree(root: Path) -> set[str]:
    """Replace what differs from patch to patch by its kind."""
    kinds = (
        (r"S1[AB]_IW_GRDH_1SDV_\d{8}T\d{6}_\d\d[A-Z]{3}_\d+_\d+", "{s1 patch}"),
        (r"S1[AB]_IW_GRDH_1SDV_\d{8}T\d{6}", "{scene}"),
        (r"S2[AB]_MSIL2A_\d{8}T\d{6}_N\d{4}_R\d{3}_T\d\d[A-Z]{3}_\d\d_\d\d", "{patch}"),
        (r"S2[AB]_MSIL2A_\d{8}T\d{6}_N\d{4}_R\d{3}_T\d\d[A-Z]{3}", "{product}"),
        (r"S2[AB]_MSIL2A_\d{8}T\d{5,6}_\d+_\d+", "{v1 patch}"),
    )
    found = set()
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        for pattern, kind in kinds:
            name = re.sub(pattern, kind, name)
        found.add(name)
    return found - {"README.md", "dsdocs-sample.json"}


@pytest.mark.parametrize(
    ("layout", "real"),
    [
        ("bigearthnet-v2", "bigearthnet_v2"),
        ("bigearthnet-v1-s2", "bigearthnet_v1/tiny"),
        ("bigearthnet-v1-s1", "bigearthnet_v1/s1-tiny"),
    ],
)
def test_files_are_where_and_what_the_real_ones_are(
    layout: str, real: str, small: dict[str, Path], shared_data: Path
) -> None:
    ours, theirs = small[layout], shared_data / real
    assert shape_of_tree(ours) == shape_of_tree(theirs)

    def traits(root: Path) -> dict[str, set[tuple[object, ...]]]:
        found = defaultdict(set)
        for path in root.rglob("*.tif"):
            with rasterio.open(path, driver="GTiff") as band:
                facts = (band.dtypes, band.shape, band.count, band.nodata, band.transform.a, band.transform.e)
                assert band.crs.to_epsg() in range(32626, 32640)
            found[re.sub(r".*_(B..|V.|reference_map)\.tif", r"\1", path.name)].add(facts)
        return found

    assert traits(ours) == traits(theirs)


def test_geotiff_tags_are_the_real_ones(sample: Path, shared_data: Path) -> None:
    checked = 0
    for part in ("BigEarthNet-S2", "BigEarthNet-S1", "Reference_Maps"):
        real = next((shared_data / "bigearthnet_v2" / part).rglob("*.tif"))
        ours = next(path for path in sorted((sample / part).rglob("*.tif")) if "33UWP" in path.name)
        ours = next(ours.parent.glob(f"*{real.stem[real.stem.rindex('_') :]}.tif"))
        with tifffile.TiffFile(real) as theirs, tifffile.TiffFile(ours) as file:
            for tag in GEO_TAGS:
                assert file.pages[0].tags.valueof(tag) == theirs.pages[0].tags.valueof(tag)
                checked += 1
            assert not {305, 306, 270} & set(file.pages[0].tags.keys())  # software, date, description
    assert checked == 12


@pytest.mark.parametrize(("sensor", "real"), [("s2", "tiny"), ("s1", "s1-tiny")])
def test_v1_metadata_reads_like_the_real_one(sensor: str, real: str, small: dict[str, Path], shared_data: Path) -> None:
    def read(root: Path, number: int = 0) -> Any:
        return json.loads(sorted(root.rglob("*_labels_metadata.json"))[number].read_text("utf-8"))

    theirs = read(shared_data / "bigearthnet_v1" / real)
    ours = [read(small[f"bigearthnet-v1-{sensor}"], number) for number in range(6)]
    for facts in ours:
        assert list(facts) == list(theirs)
        assert {key: type(value) for key, value in facts.items()} == {k: type(v) for k, v in theirs.items()}
        assert list(facts["coordinates"]) == list(theirs["coordinates"])
        assert all(type(value) is int for value in facts["coordinates"].values())
        shapes = [re.sub(r"[0-9A-F]", "0", re.sub(r"S[12][AB]", "S", str(f[list(f)[-1]]))) for f in (facts, theirs)]
        assert shapes[0] == shapes[1]
        zone = int(re.search(r"zone (\d+)N", facts["projection"])[1])  # type: ignore[index]
        swapped = re.sub(r"zone \d+N", f"zone {zone}N", theirs["projection"])
        swapped = re.sub(r'("central_meridian",)-?\d+', rf"\g<1>{6 * zone - 183}", swapped)
        assert facts["projection"] == re.sub(r'"326\d\d"', f'"{32600 + zone}"', swapped)


def test_v1_labels_stand_in_the_order_of_the_nomenclature(small: dict[str, Path]) -> None:
    order = [entry.name for entry in load_nomenclature("bigearthnet-43").classes]
    for path in small["bigearthnet-v1-s2"].rglob("*.json"):
        labels = json.loads(path.read_text("utf-8")).get("labels", [])
        assert labels == sorted(labels, key=order.index)


def test_metadata_tables_have_the_published_schema(sample: Path, shared_data: Path) -> None:
    for name in ("metadata.parquet", EXCLUDED):
        ours, theirs = (pq.read_schema(root / name) for root in (sample, shared_data / "bigearthnet_v2"))
        assert ours.remove_metadata().equals(theirs.remove_metadata())


def test_each_patch_stands_in_one_table_and_hidden_ones_in_the_second(sample: Path) -> None:
    flags = ("contains_seasonal_snow", "contains_cloud_or_shadow")
    clear = pq.read_table(sample / "metadata.parquet").to_pylist()
    hidden = pq.read_table(sample / EXCLUDED).to_pylist()
    assert not any(row[flag] for row in clear for flag in flags)
    assert all(any(row[flag] for flag in flags) for row in hidden)
    assert any(row[flags[0]] for row in hidden)
    assert any(row[flags[1]] for row in hidden)
    ids = [row["patch_id"] for row in clear + hidden]
    assert len(ids) == len(set(ids)) == 256
    assert [row["patch_id"] for row in clear] == sorted(row["patch_id"] for row in clear)


def test_every_row_has_its_three_parts(sample: Path, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        patch, twin = row["patch_id"], row["s1_name"]
        folder = sample / "BigEarthNet-S2" / product_of(patch) / patch
        assert {path.name for path in folder.iterdir()} == {f"{patch}_{band}.tif" for band in BANDS}
        assert cover(sample, patch).shape == radar(sample, twin, "VH").shape == (120, 120)
        assert (sample / "BigEarthNet-S1" / twin.rsplit("_", 3)[0] / twin / f"{twin}_VV.tif").is_file()


def test_radar_twin_shows_the_same_ground_one_day_earlier(sample: Path, rows: list[dict[str, Any]]) -> None:
    for row in rows[::16]:
        patch, twin = row["patch_id"], row["s1_name"]
        with (
            rasterio.open(sample / "BigEarthNet-S2" / product_of(patch) / patch / f"{patch}_B02.tif") as ours,
            rasterio.open(sample / "BigEarthNet-S1" / twin.rsplit("_", 3)[0] / twin / f"{twin}_VV.tif") as theirs,
        ):
            assert (ours.crs, ours.transform) == (theirs.crs, theirs.transform)
        assert patch.rsplit("_", 3)[1] == "T" + twin.rsplit("_", 3)[1]
        assert acquired(patch).date() - acquired(twin).date() == timedelta(days=1)
        assert acquired(patch) == acquired(row["s2v1_name"])
        place = [[int(part) for part in name.split("_")[-2:]] for name in (patch, twin, row["s2v1_name"])]
        assert place[0] == place[1] == place[2]


def test_corners_are_those_of_the_published_patches(sample: Path, shared_data: Path) -> None:
    columns = ["tile", "col", "row", "epsg", "ulx", "uly"]
    real = pq.read_table(shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet", columns=columns)
    corners = {(row["tile"], row["col"], row["row"]): row for row in real.to_pylist()}
    checked = 0
    for path in sample.rglob("*_reference_map.tif"):
        *_, tile, column, row, _, _ = path.stem.split("_")
        published = corners.get((tile[1:], int(column), int(row)))
        if published is not None:
            with rasterio.open(path) as raster:
                corner = (raster.crs.to_epsg(), raster.transform.c, raster.transform.f)
            assert corner == (published["epsg"], published["ulx"], published["uly"])
            checked += 1
    assert checked >= 60


def test_labels_are_the_classes_above_two_percent_of_the_map(sample: Path, rows: list[dict[str, Any]]) -> None:
    names = {entry.code: entry.name for entry in load_nomenclature("bigearthnet-43").classes}
    crosswalk = load_nomenclature("bigearthnet-43").crosswalk("bigearthnet-19")
    for row in rows:
        values = cover(sample, row["patch_id"]).ravel().tolist()
        codes = {code for code in set(values) if values.count(code) >= 0.02 * 14_400}
        expected = {crosswalk[names[str(code)]] for code in codes} - {None}
        assert row["labels"] == sorted(expected)


def test_blocks_of_two_by_two_are_split_two_one_one_on_every_date(rows: list[dict[str, Any]]) -> None:
    blocks = defaultdict(list)
    places = defaultdict(set)
    for row in rows:
        product, column, line = row["patch_id"].rsplit("_", 2)
        blocks[product, int(column) // 2, int(line) // 2].append(row["split"])
        places[product.rsplit("_", 1)[1], column, line].add(row["split"])
    assert len(blocks) == 64
    assert all(sorted(block) == ["test", "train", "train", "validation"] for block in blocks.values())
    assert all(len(splits) == 1 for splits in places.values())
    assert len(places) < len(rows) - 50  # places repeat


def test_sample_spans_countries_seasons_zones_and_classes(sample: Path, rows: list[dict[str, Any]]) -> None:
    seasons = {(row["country"], acquired(row["patch_id"]).month % 12 // 3) for row in rows}
    assert len({country for country, _ in seasons}) == 4
    assert len(seasons) == 16
    assert {re.search(r"_T(\d\d)", row["patch_id"])[1] for row in rows} == {"29", "33", "35"}  # type: ignore[index]
    assert len({label for row in rows for label in row["labels"]}) == 19
    labelled = set().union(*(np.unique(cover(sample, row["patch_id"])).tolist() for row in rows))
    assert len(labelled) >= 40
    assert {int(entry.code or 0) for entry in load_nomenclature("bigearthnet-43").classes} >= labelled


def test_sixteen_patches_see_every_country_and_season() -> None:
    blocks = [block for block, _ in plan(16)]
    assert len({block.region.country for block in blocks}) == 4
    assert len({block.view.season for block in blocks}) == 4


def test_a_hundred_thousand_patches_have_names_of_their_own() -> None:
    patches = [patch for _, members in plan(100_000) for patch in members]
    for names in ({p.name for p in patches}, {p.name_v1 for p in patches}, {p.radar_name for p in patches}):
        assert len(names) == 100_000


def test_every_patch_lies_in_the_country_it_names() -> None:
    blocks = [block for block, _ in plan(4096)]
    for region in load_regions():
        here = [members[0] for block, members in plan(4096) if block.region is region]
        to_degrees = Transformer.from_crs(here[0].corner[0], "OGC:CRS84", always_xy=True)
        centres = [(patch.corner[1] + 1200, patch.corner[2] - 1200) for patch in here]
        lon, lat = to_degrees.transform(*np.transpose(centres))
        assert set(load_countries().locate(lon, lat, max_distance=0)) == {country_code(region.country)}
    assert len(blocks) == 1024


def test_coarse_bands_are_averages_of_fine_pixels() -> None:
    fine = np.random.default_rng(0).uniform(1, 9000, (12, 120, 120)).astype(np.float32)
    stored = digital_numbers(fine)
    for number, band in enumerate(BANDS):
        step = 120 // stored[band].shape[0]
        first = fine[number, :step, :step].astype(np.float64).mean()
        assert abs(float(stored[band][0, 0]) - first) <= 0.51
        assert abs(stored[band].mean(dtype=np.float64) - fine[number].mean(dtype=np.float64)) < 1
    assert {band: values.shape[0] for band, values in stored.items()} == {
        band: 120 if band in {"B02", "B03", "B04", "B08"} else 20 if band in {"B01", "B09"} else 60 for band in BANDS
    }


@pytest.mark.parametrize("region", load_regions(), ids=lambda region: region.name)
def test_overlapping_windows_show_one_land(region: Any) -> None:
    x, y = region.anchor[0] * 120, region.anchor[1] * 120
    left, right = (invent_land(region, 3, Window(x + shift, y, 160, 90)) for shift in (0, 100))
    assert np.array_equal(left.cover[:, 100:], right.cover[:, :60])
    assert np.allclose(left.height[:, 100:], right.height[:, :60], atol=1e-5)
    grounds = [lay_ground(region, 3, land) for land in (left, right)]
    same = grounds[0].material[:, 100:] == grounds[1].material[:, :60]
    assert same.mean() > 0.999  # a pixel on a border may fall to either side by rounding


def test_the_ground_reflects_as_its_class_should(sample: Path, rows: list[dict[str, Any]]) -> None:
    seen = defaultdict(list)
    for row in rows:
        summer = acquired(row["patch_id"]).month in (6, 7, 8)
        if not summer or row["contains_cloud_or_shadow"]:
            continue
        land = cover(sample, row["patch_id"])
        red, infrared = (optical(sample, row["patch_id"], band).astype(float) for band in ("B04", "B08"))
        vertical = radar(sample, row["s1_name"], "VV")
        for code in np.unique(land):
            where = land == code
            index = (infrared - red) / (infrared + red)
            seen[int(code)].append((index[where].mean(), infrared[where].mean(), vertical[where].mean()))
    mean = {code: np.mean(values, axis=0) for code, values in seen.items()}
    assert mean[311][0] > 0.65  # NDVI of broad-leaved forest in leaf
    assert mean[111][0] < 0.3
    assert mean[512][1] < 400  # water is black in the near infrared
    assert mean[312][1] < mean[311][1]  # needles reflect less than leaves
    assert mean[512][2] < -17 < -13 < mean[312][2] < mean[111][2] < -2  # VV in dB


def test_snow_and_cloud_look_like_it(sample: Path, rows: list[dict[str, Any]]) -> None:
    def bright(row: dict[str, Any], band: str) -> float:
        return float((optical(sample, row["patch_id"], band) > 4000).mean())

    for row in rows:
        if row["contains_seasonal_snow"] and row["country"] == "Finland":
            assert bright(row, "B02") > 0.1 > bright(row, "B11")
        if not row["contains_seasonal_snow"] and not row["contains_cloud_or_shadow"]:
            assert bright(row, "B02") < 0.01


def test_every_class_has_a_ground_and_every_mixture_adds_up() -> None:
    codes = {int(entry.code or 0) for entry in load_nomenclature("bigearthnet-43").classes}
    assert set(load_covers()) == codes
    for region in load_regions():
        assert {code for zone in ZONES for code in region.zones[zone][0]} - {0} <= codes
    table = tomllib.loads((resources.files("dsdocs.sample") / "materials.toml").read_text("utf-8"))
    for material in table["materials"].values():
        for key in {"seasons", "mediterranean", "boreal"} & material.keys():
            assert len(material[key]) in (1, 4)
            assert all(sum(mixture.values()) == pytest.approx(1) for mixture in material[key])
    assert all(sum(entry["mix"].values()) == pytest.approx(1) for entry in table["cover"].values())


def test_archive_declares_itself_synthetic(small: dict[str, Path]) -> None:
    for layout, folder in small.items():
        facts = json.loads((folder / "dsdocs-sample.json").read_text("utf-8"))
        chosen = {key: facts[key] for key in ("name", "synthetic", "layout", "patches", "seed")}
        expected = {"name": "dsdocs-sample", "synthetic": True, "layout": layout, "patches": 6, "seed": 0}
        assert chosen == expected
        assert facts["generator"].startswith("dsdocs ")
        assert "Every pixel, label, date and name in this folder is invented" in (folder / "README.md").read_text(
            "utf-8"
        )
    assert all("_N0000_" in path.name for path in (small["bigearthnet-v2"] / "BigEarthNet-S2").iterdir())


def test_a_folder_of_others_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("do not lose me")
    with pytest.raises(DsdocsError, match=r"not empty and holds no dsdocs-sample\.json"):
        write_sample(tmp_path, patches=1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("marker", ["[]", "{}", "not json", '{"name": "something else"}'])
def test_a_foreign_marker_is_not_ours(tmp_path: Path, marker: str) -> None:
    (tmp_path / "dsdocs-sample.json").write_text(marker)
    with pytest.raises(DsdocsError, match="not empty"):
        write_sample(tmp_path, patches=1)


def test_an_older_sample_is_replaced(tmp_path: Path) -> None:
    write_sample(tmp_path / "s", patches=2)
    write_sample(tmp_path / "s", patches=1, layout="bigearthnet-v1-s1")
    assert json.loads((tmp_path / "s" / "dsdocs-sample.json").read_text("utf-8"))["patches"] == 1
    assert not (tmp_path / "s" / "BigEarthNet-S2").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path / "s", patches=2, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_does_not_look_complete_and_the_next_one_succeeds(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from dsdocs.sample import write_sample;"
        "write_sample(pathlib.Path(sys.argv[1]), patches=2, progress=lambda done, total: os._exit(9))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "s")], check=False).returncode == 9
    assert not (tmp_path / "s").exists()
    assert not list(tmp_path.rglob("dsdocs-sample.json"))
    write_sample(tmp_path / "s", patches=1)
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_progress_counts_every_patch(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    write_sample(tmp_path / "s", patches=3, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("patches", [0, -1, 100_001])
def test_impossible_numbers_are_refused(tmp_path: Path, patches: int) -> None:
    with pytest.raises(DsdocsError, match="between 1 and 100000"):
        write_sample(tmp_path / "s", patches=patches)


def test_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DsdocsError, match="'eurosat' is unknown; expected one of bigearthnet-v2"):
        write_sample(tmp_path / "s", patches=1, layout="eurosat")  # type: ignore[arg-type]
