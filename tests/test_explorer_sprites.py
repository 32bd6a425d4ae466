"""Sprites: every patch a cell, whatever the container, the parts or the engine; the budget holds, nothing is lost."""

from __future__ import annotations

import gzip
import itertools
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dsdocs.engine import InProcess, Pool
from dsdocs.explorer.order import lay_out
from dsdocs.explorer.sprites import choice, make_sprites, parts, sprite_entries, waiting
from dsdocs.explorer.sprites.cells import Task, draw
from dsdocs.explorer.sprites.packing import Drawn, open_part, pack
from dsdocs.explorer.sprites.sheets import PIXELS, Grid, grid_of, joined
from dsdocs.pixels.sample import chosen_rows
from dsdocs.project import Project
from dsdocs.sample import write_sample
from dsdocs.site.pictures import take_pictures
from support.pixels import packed, project_of, write_images

N = 16  # patches
PARTS = [(256, 512), (5, 9), (1, 1)]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "sample"
    write_sample(folder, patches=N)
    return folder


def pictured(archive: Path, state: Path, **config: Any) -> Project:
    project = project_of(archive, state, **{"thumbnails": {"count": 4, "budget": 500_000}, **config})
    take_pictures(project)
    return project


def made(archive: Path, state: Path, engine: Any = None, **config: Any) -> tuple[Project, Any]:
    project = pictured(archive, state, **config)
    return project, make_sprites(project, engine=engine)


def sheets(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((project.state / "sprites" / "sheets").iterdir())}


def cells_of(project: Project, entry: dict[str, Any]) -> np.ndarray:
    """Cut the sheets of an entry apart, as a browser does."""
    folder, edge, found = project.state / "sprites" / "sheets", entry["edge"], []
    for number, sheet in enumerate(entry["sheets"]):
        image = np.asarray(Image.open(folder / sheet["path"]).convert("RGBA"))
        for cell in range(min(entry["per_sheet"], entry["count"] - number * entry["per_sheet"])):
            row, column = divmod(cell, entry["columns"])
            found.append(image[row * edge : (row + 1) * edge, column * edge : (column + 1) * edge])
    return np.stack(found)


def rows_of(project: Project, entry: dict[str, Any]) -> list[int]:
    """Return the rows of the explorer that an entry shows."""
    if entry["rows"] is None:
        return list(range(len(project.summary)))
    planes = gzip.decompress((project.state / "sprites" / "sheets" / entry["rows"]["path"]).read_bytes())
    return np.frombuffer(planes, np.uint8).reshape(4, -1).T.copy().view("<u4").ravel().tolist()


def test_each_rendering_of_the_thumbnails_has_a_cell_for_each_patch(sample: Path, tmp_path: Path) -> None:
    project, result = made(sample, tmp_path)
    shown = {(one.asset, one.rendering) for one in project.thumbnails}
    assert {(entry["asset"], entry["rendering"]) for entry in result.entries} == shown
    assert len(shown) >= 2
    for entry in result.entries:
        assert (entry["count"], entry["rows"], entry["empty"]) == (N, None, [])
        assert len(cells_of(project, entry)) == N
    assert result.problems == ()
    assert result.size == sum(map(len, sheets(project).values()))


def test_a_cell_is_the_thumbnail_of_its_patch_made_smaller(sample: Path, tmp_path: Path) -> None:
    project, result = made(sample, tmp_path)
    ids = project.summary["id"].take(lay_out(project.summary).order).to_pylist()
    for entry in result.entries:
        cells = cells_of(project, entry)
        for one in project.thumbnails:
            if (one.asset, one.rendering) == (entry["asset"], entry["rendering"]):
                thumbnail = Image.open(project.data / "thumbs" / one.file).convert("RGB").resize((32, 32))
                wanted = np.asarray(thumbnail).astype(int)
                errors = [float(np.abs(cell[..., :3] - wanted).mean()) for cell in cells]
                assert errors[ids.index(one.id)] == min(errors) < 15


def test_cells_of_class_maps_are_exact(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    images = {f"a/p_{n}.tif": random.integers(0, 255, (3, 16, 16)).astype(np.uint8) for n in range(5)}
    sensor = {"kind": "map", "title": "Map", "bands": [{"name": "class"}]}
    one_band = {name: image[:1] % 4 for name, image in images.items()}
    project, result = made(write_images(tmp_path / "d", one_band), tmp_path / "s", sensors={"image": sensor})
    (entry,) = result.entries
    assert (entry["rendering"], entry["edge"]) == ("map", 16)  # no larger than the patches
    looks, order = choice.looks_of(project), lay_out(project.summary).order
    wanted = draw(
        Task(looks, tuple(enumerate(parts.rows_of(project.summary, order, looks))), project.archive, 16, 10**8)
    )
    assert np.array_equal(cells_of(project, entry), wanted.groups[0, "map"][1])


@pytest.mark.parametrize("kind", ["folder", "tar", "tar.gz"])
def test_the_bytes_are_the_same_whatever_the_container_and_the_parts(
    kind: str, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = sample if kind == "folder" else packed(sample, tmp_path / f"sample.{kind}")
    found = []
    for number, (least, most) in enumerate(PARTS):
        monkeypatch.setattr(parts, "PATCHES", least)
        monkeypatch.setattr(parts, "MOST", most)
        monkeypatch.setattr(parts, "ODDS", 2)
        monkeypatch.setattr(waiting, "HELD", 0 if number else waiting.HELD)
        project, result = made(archive, tmp_path / f"{number}")
        found.append((sheets(project), result))
    assert found[0] == found[1] == found[2]
    reference = made(sample, tmp_path / "reference")
    assert found[0][0] == sheets(reference[0])


def test_the_bytes_do_not_depend_on_the_number_of_workers(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PATCHES", 6)
    for archive in (sample, packed(sample, tmp_path / "sample.tar.gz")):
        alone, first = made(archive, tmp_path / f"1{archive.suffix}")
        many, second = made(archive, tmp_path / f"2{archive.suffix}", engine=Pool(2))
        assert first == second
        assert sheets(alone) == sheets(many)


def test_a_broken_patch_leaves_an_empty_cell_and_is_listed(sample: Path, tmp_path: Path) -> None:
    shutil.copytree(sample, tmp_path / "sample")
    project = pictured(tmp_path / "sample", tmp_path / "state")
    hrefs = {asset["key"]: asset["href"] for asset in project.summary["assets"][7].as_py()}
    victim = hrefs["sentinel-2"].replace("{band}", "B03")
    (tmp_path / "sample" / victim).write_bytes(b"no image")
    result = make_sprites(project)
    assert [path for path, _ in result.problems] == [victim]
    place = int(np.flatnonzero(lay_out(project.summary).order == 7)[0])
    optical = next(entry for entry in result.entries if entry["rendering"] == "true-colour")
    assert optical["empty"] == [place]
    seen = cells_of(project, optical)[..., 3].max(axis=(1, 2))
    assert np.flatnonzero(seen == 0).tolist() == [place]


def test_a_budget_that_does_not_reach_is_kept_with_fewer_patches(sample: Path, tmp_path: Path) -> None:
    _, whole = made(sample, tmp_path / "whole")
    budget = whole.size // 2
    project, result = made(sample, tmp_path / "part", explorer={"sprites": budget})
    assert 0 < result.size <= budget
    entry = result.entries[0]
    rows = rows_of(project, entry)
    assert rows == sorted(rows)
    assert 3 < len(rows) == entry["count"] < N


def test_a_budget_is_kept_where_the_estimate_was_too_low(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = made(sample, tmp_path / "whole")[1].size // 3
    monkeypatch.setattr(choice, "bytes_per_cell", lambda cells, exact, quality: 20.0)
    project, result = made(sample, tmp_path / "part", explorer={"sprites": budget})
    assert result.size <= budget
    assert 0 < result.entries[0]["count"] < N
    assert {path.name for path in (project.state / "sprites" / "sheets").iterdir()} == set(sheets(project))
    assert result.size == sum(map(len, sheets(project).values()))


def test_a_budget_smaller_than_any_picture_shows_one_patch(sample: Path, tmp_path: Path) -> None:
    _, result = made(sample, tmp_path, explorer={"sprites": 1})
    assert {entry["count"] for entry in result.entries} == {1}


def test_without_a_budget_there_are_no_sprites(sample: Path, tmp_path: Path) -> None:
    _, result = made(sample, tmp_path, explorer={"sprites": 0})
    assert (result.entries, result.size) == ((), 0)
    assert not (tmp_path / "sprites").exists()


class Counting:
    """An engine that counts tasks, and gives up after some."""

    def __init__(self, most: int = 10**9) -> None:
        self.names: list[str] = []
        self.most = most

    def map(self, function: Any, tasks: Any) -> Iterator[Any]:
        for task in tasks:
            if len(self.names) == self.most:
                raise KeyboardInterrupt
            self.names.append(function.__name__)
            yield function(task)


@pytest.mark.parametrize("kind", ["folder", "tar.gz"])
def test_what_was_interrupted_goes_on_where_it_stopped(
    kind: str, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = sample if kind == "folder" else packed(sample, tmp_path / f"sample.{kind}")
    monkeypatch.setattr(parts, "PATCHES", 6)
    monkeypatch.setattr(parts, "ODDS", 1)
    project = pictured(archive, tmp_path / "state")
    with pytest.raises(KeyboardInterrupt):
        make_sprites(project, engine=Counting(2))
    engine = Counting()
    result = make_sprites(project, engine=engine)
    assert engine.names.count("draw_part") == 1  # of three
    again = Counting()
    assert make_sprites(project, engine=again) == result
    assert again.names == []
    reference = made(sample, tmp_path / "reference")
    assert sheets(project) == sheets(reference[0])


def test_the_sheets_are_copied_into_the_folder_of_the_explorer(sample: Path, tmp_path: Path) -> None:
    from dsdocs.explorer.build import explorer_of

    project, result = made(sample, tmp_path / "state")
    target = tmp_path / "new"
    target.mkdir()
    entries = sprite_entries(project, explorer_of(project), target)
    assert entries == list(result.entries)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == sheets(project)
    json.dumps(entries, allow_nan=False)
    bare = project_of(sample, tmp_path / "bare")  # without thumbnails
    assert sprite_entries(bare, explorer_of(bare), target) == []


@given(st.integers(8, 128), st.floats(20, 20_000))
def test_a_sheet_is_small_enough_for_a_browser(edge: int, size: float) -> None:
    grid = grid_of(edge, size)
    assert grid.per_sheet * size <= 1_000_000
    assert grid.per_sheet * edge**2 <= PIXELS
    assert grid.columns * edge <= 4096
    assert 1 <= grid.columns <= grid.per_sheet


@settings(max_examples=30)
@given(st.integers(1, 9), st.integers(1, 5), st.booleans())
def test_cells_that_were_joined_can_be_cut_apart(count: int, columns: int, opaque: bool) -> None:
    random = np.random.default_rng(count)
    cells = random.integers(0, 255, (count, 4, 4, 4)).astype(np.uint8)
    if opaque:
        cells[..., 3] = 255
    sheet = joined(Grid(4, columns, 16), cells)
    assert sheet.shape[-1] == (3 if opaque and count % columns == 0 else 4)
    for number in range(count):
        row, column = divmod(number, columns)
        found = sheet[row * 4 : row * 4 + 4, column * 4 : column * 4 + 4]
        assert np.array_equal(found, cells[number][..., : sheet.shape[-1]])


def test_what_was_packed_is_what_is_opened(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    cells = random.integers(0, 255, (3, 4, 4, 4)).astype(np.uint8)
    opaque = cells.copy()
    opaque[..., 3] = 255
    numbers = np.array([4, 1, 9], np.int32)
    drawn = Drawn({(0, "radar"): (numbers, cells), (1, "map"): (numbers, opaque)}, [(2, "päth", "r")])
    path = tmp_path / "a.part"
    path.write_bytes(pack(drawn))
    found = open_part(path)
    assert found.problems == drawn.problems
    assert list(found.groups) == list(drawn.groups)
    assert np.array_equal(found.groups[0, "radar"][1], cells)
    assert np.array_equal(found.groups[1, "map"][1], opaque[..., :3])
    assert all(np.array_equal(own[0], numbers) for own in found.groups.values())
    path.write_bytes(pack(Drawn({}, [])))
    assert open_part(path) == Drawn({}, [])


def test_each_class_split_and_season_is_seen() -> None:
    random = np.random.default_rng(3)
    n = 3000
    rare = random.geometric(0.3, n).clip(1, 12)
    kinds = {"split": ["train", "val", "test"], "season": ["winter", "spring", "summer", "autumn"]}
    texts = {name: random.choice(values, n).tolist() for name, values in kinds.items()}
    labels = [[f"class {number}" for number in sorted({int(one), 1})] for one in rare]
    files = [[{"key": "image", "href": f"{number}.tif"}] for number in range(n)]
    table = pa.table({"id": [f"p{number}" for number in range(n)], "labels": labels, "assets": files, **texts})
    shown = table.take(chosen_rows(table, 150, by=choice.STRATA))
    assert len(shown) == 150
    for name in kinds:
        assert set(shown[name].to_pylist()) == set(kinds[name])
    assert {label for names in shown["labels"].to_pylist() for label in names} == {
        label for names in labels for label in names
    }


def test_a_smaller_sample_is_part_of_a_larger_one(sample: Path, tmp_path: Path) -> None:
    project = project_of(sample, tmp_path)
    found: Sequence[set[int]] = [
        set(chosen_rows(project.summary, count, by=choice.STRATA).tolist()) for count in (3, 6, 12, N)
    ]
    assert [len(rows) for rows in found] == [3, 6, 12, N]
    assert all(few <= many for few, many in itertools.pairwise(found))


def test_drawing_needs_no_engine(sample: Path, tmp_path: Path) -> None:
    assert made(sample, tmp_path / "a")[1] == made(sample, tmp_path / "b", engine=InProcess())[1]
