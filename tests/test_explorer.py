"""The files of the explorer: what goes in comes out again, places are where they are said to be, bytes are the same."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.config import Config
from dsdocs.errors import ExplorerError
from dsdocs.explorer import manifest as writer
from dsdocs.explorer.build import explore
from dsdocs.explorer.manifest import extent_of, files_of, write_explorer, write_files
from dsdocs.explorer.model import Explorer
from dsdocs.explorer.positions import distance
from dsdocs.explorer.read import joined, read_explorer, read_file, read_manifest, signed
from dsdocs.explorer.shards import code_type, compact, leb128, planes
from dsdocs.findings import Finding, check_quality, store_findings
from dsdocs.geo.crs import to_crs84
from dsdocs.locations import Locations
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.project import Project
from dsdocs.records import Footprint, PatchRecord
from dsdocs.sample import write_sample
from dsdocs.summarize import describe, summarize
from support.published import published_summary
from support.summaries import summary_of

SIDE = 1200.0
CLASSES = ("Pastures", "Mixed forest", "Marine waters", "Urban fabric")
# CRS, lower left corner and side: a northern and a southern zone, a zone across the antimeridian, degrees, a pole.
REGIONS = {
    "north": ("EPSG:32633", (600_000.0, 5_000_000.0), SIDE),
    "south": ("EPSG:32721", (400_000.0, 6_000_000.0), SIDE),
    "antimeridian": ("EPSG:32660", (830_000.0, 0.0), SIDE),
    "degrees": ("EPSG:4326", (10.0, 50.0), 0.01),
    "pole": ("EPSG:3413", (20_000.0, -150_000.0), 10_000.0),
}


def patches(region: str, cells: Sequence[tuple[float, float]], *, seed: int = 0) -> list[PatchRecord]:
    """Build patches in the cells of a region, with what else a summary knows drawn by chance."""
    crs, (west, south), side = REGIONS[region]
    draw = random.Random(seed)
    found = []
    for number, (column, row) in enumerate(cells):
        left, low = west + side * column, south + side * row
        found.append(
            PatchRecord(
                f"{region}_{number}_{draw.randrange(1000)}",
                draw.choice([None, (), tuple(sorted(draw.sample(CLASSES, draw.randint(1, 3))))]),
                draw.choice([None, "train", "val", "test"]),
                draw.choice([None, dt.datetime(2017, 6, draw.randint(1, 28), 10, 10, 31, tzinfo=dt.UTC)]),
                Footprint.from_corners(crs, left, low + side, left + side, low),
                tile=draw.choice([None, "33TWM"]) if region == "north" else None,
                country=draw.choice([None, "AT", "PT"]),
                facts={"ben:snow": draw.random() < 0.2, "x:kind": draw.choice(["a", "b", None])},
            )
        )
    return found


GRID = [(column, row) for column in range(6) for row in range(5)]


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Build 130 patches on grids and off them, some of a place that was seen twice, and some without a footprint."""
    loose = [(column * 1.37 + row * 0.11, row * 1.73) for column in range(4) for row in range(5)]
    nowhere = [PatchRecord(f"nowhere_{number}", ("Pastures",)) for number in range(10)]
    parts = [
        patches("north", [*GRID, *GRID[:10]]), patches("south", GRID), patches("antimeridian", loose, seed=1),
        patches("degrees", GRID, seed=2),
    ]  # fmt: skip
    return summary_of([*(one for part in parts for one in part), *nowhere]).table


def written(table: pa.Table, folder: Path, **options: Any) -> Explorer:
    """Write the files of an explorer, and return what was written."""
    explorer = explore(table, title="A <title>", fingerprint="0123456789ab", nomenclature=load_nomenclature("clc"))
    folder.mkdir()
    manifest = write_files(explorer, table, folder, **options)
    (folder / "manifest.json").write_text(compact(manifest), encoding="utf-8")
    return explorer


def same(one: Explorer, other: Explorer) -> None:
    """Compare everything but the order, which is not in the files."""
    assert (one.title, one.fingerprint, one.ids) == (other.title, other.fingerprint, other.ids)
    for first, second in zip(one.columns, other.columns, strict=True):
        assert first.codes.tolist() == second.codes.tolist()
        for name in ("name", "title", "description", "kind", "values", "titles", "terms", "sets"):
            assert getattr(first, name) == getattr(second, name)
    assert (one.places is None) == (other.places is None)
    if one.places is not None and other.places is not None:
        assert one.places.groups == other.places.groups
        assert np.array_equal(one.places.x, other.places.x)
        assert np.array_equal(one.places.y, other.places.y)
    assert np.array_equal(one.lon, other.lon, equal_nan=True)
    assert np.array_equal(one.lat, other.lat, equal_nan=True)


@pytest.mark.parametrize("chunk", [1, 7, 64, 262_144])
def test_what_is_written_is_read_again_whatever_the_size_of_a_file(table: pa.Table, chunk: int, tmp_path: Path) -> None:
    explorer = written(table, tmp_path / "explorer", chunk=chunk)
    manifest = read_manifest(tmp_path / "explorer")
    assert len(manifest["columns"][0]["files"]) == -(-table.num_rows // chunk)
    same(explorer, read_explorer(tmp_path / "explorer"))
    named = {path.name for path in (tmp_path / "explorer").iterdir()} - {"manifest.json"}
    assert named == set(files_of(manifest))


@given(st.lists(st.integers(-(2**62), 2**62)))
def test_variable_bytes_are_read_again(values: list[int]) -> None:
    assert signed(leb128(np.array(values, dtype=np.int64))).tolist() == values


def test_variable_bytes_are_those_of_the_format() -> None:
    assert leb128(np.array([0, -1, 1, -64, 64, 300])) == bytes([0, 1, 2, 127, 128, 1, 216, 4])


@given(st.lists(st.integers(0, 255)), st.sampled_from(["uint8", "uint16", "uint32"]))
def test_byte_planes_are_put_together_again(values: list[int], dtype: str) -> None:
    codes = np.array(values, dtype=np.uint32) * (1 if dtype == "uint8" else 257)
    assert joined(planes(codes, dtype), dtype).tolist() == codes.tolist()


def test_byte_planes_have_the_lowest_bytes_first() -> None:
    assert planes(np.array([0x0102, 0x0304], dtype=np.uint32), "uint16") == bytes([2, 4, 1, 3])
    assert [code_type(size) for size in (256, 257, 65_536, 65_537)] == ["uint8", "uint16", "uint16", "uint32"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), min_size=1, max_size=40),
    st.sampled_from(sorted(REGIONS)),
    st.booleans(),
)
def test_places_are_off_by_no_more_than_is_said_and_in_their_order(
    cells: list[tuple[int, int]], region: str, even: bool
) -> None:
    places = cells if even else [(column + 0.31 * row, row + 0.17 * column) for column, row in cells]
    if region == "pole":
        places = [(column % 12, row % 12) for column, row in places]
    records = patches(region, places)
    explorer = explore(summary_of(records).table)
    crs, (west, south), side = REGIONS[region]
    truth = {
        one.id: to_crs84(crs, west + side * (column + 0.5), south + side * (row + 0.5))
        for one, (column, row) in zip(records, places, strict=True)
    }
    assert explorer.places is not None
    true_lon, true_lat = (np.array([truth[name][axis] for name in explorer.ids]) for axis in (0, 1))
    off = distance(explorer.lon, explorer.lat, true_lon, true_lat)
    metres = side if side > 1 else side * 111_195
    # The middle of a curved box of degrees is not quite the middle in a plane, by some 0.1 m here.
    assert off.max() <= explorer.places.error_m + (0.5 if region == "degrees" else 0.01)
    assert explorer.places.error_m <= 0.013 * metres
    assert np.abs(explorer.lon).max() <= 180
    start = 0
    for group in explorer.places.groups:
        rows = slice(start, start + group.rows)
        keys = list(zip(-explorer.places.y[rows], explorer.places.x[rows], strict=True))
        assert keys == sorted(keys) or region == "pole"  # there, degrees may take the place of the plane
        assert min(explorer.places.x[rows].min(), explorer.places.y[rows].min()) >= 0
        start += group.rows
    assert start == len(records)


def test_published_patches_are_off_by_centimetres(shared_data: Path) -> None:
    summary = published_summary(shared_data)
    explorer = explore(summary, nomenclature=load_nomenclature("bigearthnet-19"))
    assert explorer.places is not None
    assert explorer.places.error_m <= 0.05
    assert {group.size for group in explorer.places.groups} == {(1.0, 1.0)}
    shapes = shapely.from_wkb(summary["geometry"].take(pa.array(explorer.order)).to_numpy())
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    assert distance(explorer.lon, explorer.lat, *middle.T).max() < 0.15  # a centroid in degrees is none in the plane
    # Same place, same numbers: patches that were seen twice lie exactly on each other.
    places = {*zip(explorer.lon.tolist(), explorer.lat.tolist(), strict=True)}
    assert len(places) == len(np.unique(np.round(middle, 6), axis=0))


def test_published_patches_take_few_bytes(shared_data: Path, tmp_path: Path) -> None:
    summary = published_summary(shared_data)
    explorer = explore(summary, nomenclature=load_nomenclature("bigearthnet-19"))
    manifest = write_files(explorer, summary, tmp_path)
    sizes = writer.size_of(manifest)
    assert sizes["positions"] < 0.1 * explorer.n
    assert sum(sizes.values()) + len(gzip.compress(compact(manifest).encode())) < 1.0 * explorer.n
    assert max(file["bytes"] for file in manifest["details"]["files"]) < 1e6


def test_codes_are_as_the_words_say() -> None:
    splits = ["val", "train", None, "test", "train", "extra"]
    rows = [("b", "a"), ("a",), None, (), ("a", "b"), ("c",)]
    records = [
        PatchRecord(f"p{n}", labels, split, facts={"x:one": "same", "x:name": f"n{n}", "x:flag": n == 1 or None})
        for n, (labels, split) in enumerate(zip(rows, splits, strict=True))
    ]
    explorer = explore(summary_of(records).table)
    assert explorer.ids == ("p0", "p1", "p2", "p3", "p4", "p5")
    assert [column.name for column in explorer.columns] == ["labels", "split", "flags"]
    labels, split, flags = explorer.columns
    assert split.values == ("train", "val", "test", "extra")
    assert split.codes.tolist() == [1, 0, 4, 2, 0, 3]
    assert [term.key for term in labels.terms] == ["a", "b", "c"]
    assert labels.sets == ((0, 1), (), (0,), (2,))  # most frequent first, then by members
    assert labels.codes.tolist() == [0, 2, 4, 1, 0, 3]
    assert (flags.sets, flags.codes.tolist()) == (((0,),), [1, 0, 1, 1, 1, 1])
    assert explorer.places is None
    assert extent_of(explorer) is None
    assert explorer.row(2) == {"id": "p2", "labels": None, "split": None, "flags": None}
    assert explorer.row(0)["labels"] == ["a", "b"]


def test_groups_of_classes_have_keys_members_and_parents() -> None:
    names = ("Arable land", "Pastures", "Marine waters", "Unheard of")
    table = summary_of([PatchRecord(f"p{n}", (name,)) for n, name in enumerate(names)]).table
    (labels,) = explore(table, nomenclature=load_nomenclature("bigearthnet-19")).columns
    terms = {term.key: term for term in labels.terms}
    assert [term.key for term in labels.terms] == [
        "Arable land", "Pastures", "Marine waters", "Unheard of",
        "Level 1/Agricultural areas", "Level 1/Water bodies", "Level 2/Pastures",
    ]  # fmt: skip
    assert terms["Level 1/Agricultural areas"].members == (0, 1)
    assert labels.terms[terms["Pastures"].parent or 0].key == "Level 2/Pastures"
    assert labels.terms[terms["Level 2/Pastures"].parent or 0].key == "Level 1/Agricultural areas"
    assert terms["Unheard of"].parent is None
    assert terms["Pastures"].colour


def test_a_fact_with_few_values_is_a_column_and_a_name_is_none() -> None:
    facts = [{"x:kind": "ab"[n % 2], "x:name": str(n // 2)} for n in range(40)]
    explorer = explore(summary_of([PatchRecord(f"p{n}", facts=one) for n, one in enumerate(facts)]).table)
    assert [(column.name, column.values) for column in explorer.columns] == [("x:kind", ("a", "b"))]


def test_findings_are_a_set_of_each_patch() -> None:
    table = summary_of([PatchRecord(f"p{n}") for n in range(3)]).table
    about = Finding(
        "odd", "note", "Odd", "", 2, "patches", ("Patch", "Band"), (("p2", "B"), ("p2", "C"), ("gone", "B"))
    )
    other = Finding("files", "note", "Files", "", 1, "inputs", ("Path",), (("p1",),))
    (findings,) = explore(table, findings=(about, other)).columns
    assert [findings.sets[code] for code in findings.codes.tolist()] == [(), (), (0,)]


def test_names_that_break_out_of_paths_or_pages_do_no_harm(tmp_path: Path) -> None:
    facts = [{"../x:a/b": "ab"[n % 2]} for n in range(30)]
    records = [PatchRecord(f"..{n:02}, <!--script>" if n % 3 else f"é{n:02}", facts=one) for n, one in enumerate(facts)]
    explorer = written(summary_of(records).table, tmp_path / "explorer")
    assert [path.parent for path in (tmp_path / "explorer").rglob("*")] == [
        tmp_path / "explorer"
    ] * 4  # column, names, details, manifest
    same(explorer, read_explorer(tmp_path / "explorer"))
    assert explorer.ids[0] == "..01, <!--script>"


def test_details_have_every_column_for_a_reader_of_few_types(table: pa.Table, tmp_path: Path) -> None:
    explorer = written(table, tmp_path / "explorer")
    (entry,) = read_manifest(tmp_path / "explorer")["details"]["files"]
    found = pq.read_table(pa.BufferReader(read_file(tmp_path / "explorer", entry)))
    assert set(found.column_names) == set(table.column_names) - {"bbox"}
    assert not [field.name for field in found.schema if field.type in (pa.int64(), pa.timestamp("us", "UTC"))]
    assert found["id"].to_pylist() == list(explorer.ids)
    times = [
        None if when is None else when.isoformat().replace("+00:00", "Z") for when in table["datetime"].to_pylist()
    ]
    assert found["datetime"].to_pylist() == [times[row] for row in explorer.order]
    assert found["geometry"].to_pylist() == table["geometry"].take(pa.array(explorer.order)).to_pylist()


def test_the_extent_holds_every_footprint_and_may_cross_the_antimeridian(table: pa.Table) -> None:
    names = {"north": (13, 19), "antimeridian": (179, 182)}
    for name, (west, east) in names.items():
        some = table.filter(pa.compute.starts_with(table["id"], name))
        extent = extent_of(explore(some))
        assert extent is not None
        assert west < extent[0] < extent[2] < east
        bounds = shapely.total_bounds(shapely.from_wkb(some["geometry"].to_numpy()))
        assert extent[1] <= bounds[1]
        assert extent[3] >= bounds[3]


def damaged(folder: Path, entry: dict[str, Any], how: str) -> None:
    path = folder / entry["path"]
    data = bytearray(path.read_bytes())
    data[-1 if how == "flipped" else len(data) // 2 :] = b"" if how == "cut" else bytes([data[-1] ^ 1])
    path.unlink() if how == "gone" else path.write_bytes(data)


@pytest.mark.parametrize(("how", "message"), [("cut", "bytes"), ("flipped", "SHA-256"), ("gone", "cannot be read")])
def test_a_file_that_is_not_what_the_manifest_says_is_named(
    table: pa.Table, tmp_path: Path, how: str, message: str
) -> None:
    written(table, tmp_path / "explorer")
    entry = read_manifest(tmp_path / "explorer")["columns"][1]["files"][0]
    damaged(tmp_path / "explorer", entry, how)
    with pytest.raises(ExplorerError, match=rf"{entry['path']}: .*{message}"):
        read_explorer(tmp_path / "explorer")


@pytest.mark.parametrize(("text", "message"), [('{"format": 2}', "format 2, expected 1"), ("[", "cannot be read")])
def test_another_manifest_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ExplorerError, match=message):
        read_manifest(tmp_path)


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from dsdocs.explorer.build import explore
from dsdocs.explorer.manifest import write_files
from dsdocs.explorer.shards import compact
from dsdocs.records import Footprint, PatchRecord
from support.summaries import summary_of
folder = Path(sys.argv[1])
folder.mkdir()
west = range(600_000, 630_000, 1200)
places = [Footprint.from_corners("EPSG:32633", x, 5e6 + x, x + 1200, 5e6 + x - 1200) for x in west]
labels = [("c", "a"), ("b",), (), ("a", "b", "c")]
table = summary_of(
    PatchRecord(f"p{n}", labels[n % 4], ("train", "val")[n % 2], footprint=place, facts={"x:kind": "uvw"[n % 2]})
    for n, place in enumerate(places)
).table
(folder / "manifest.json").write_text(compact(write_files(explore(table), table, folder)))
"""


def tree(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_hash_seeds_change_no_byte(tmp_path: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path / seed), str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    assert [process.wait(timeout=300) for process in running] == [0, 0]
    trees = [tree(tmp_path / seed) for seed in ("1", "2")]
    assert trees[0] == trees[1]
    assert len(trees[0]) == 9


@pytest.fixture
def project(tmp_path: Path) -> Project:
    write_sample(tmp_path / "archive", patches=6)
    config = Config.model_validate({"explorer": {"sprites": 0, "bands": 0}})
    found = Project(Locations(config, None, (str(tmp_path / "archive"),), tmp_path / "state"))
    summarize(found)
    describe(found)
    return found


def test_files_are_kept_until_something_changes_and_appear_at_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_explorer(project, key="k")
    assert folder == project.state / "explorer"
    before, stamp = tree(folder), (folder / "manifest.json").stat().st_mtime_ns
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["fingerprint"] == project.fingerprint
    write_explorer(project, key="k")
    assert (folder / "manifest.json").stat().st_mtime_ns == stamp
    write_explorer(project, key="other code")
    assert (folder / "manifest.json").stat().st_mtime_ns != stamp
    assert tree(folder) == before
    store_findings(project, check_quality(project))
    monkeypatch.setattr(writer, "_basemap", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_explorer(project, key="k")
    assert tree(folder) == before
    monkeypatch.undo()
    assert set(tree(write_explorer(project, key="k"))) >= set(before) - {"manifest.json"}
    assert sorted(path.name for path in project.state.iterdir() if path.name.startswith(".explorer")) == []
