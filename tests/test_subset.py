"""A recipe makes the list of the site again, copies files out of every container, and is refused where it is none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.config import Config
from dsdocs.console import subset_with_progress
from dsdocs.errors import ExplorerError
from dsdocs.explorer.build import explore, explorer_of
from dsdocs.explorer.listing import list_csv
from dsdocs.explorer.model import Explorer
from dsdocs.explorer.normal import normalise
from dsdocs.explorer.recipe import read_recipe, recipe_text
from dsdocs.explorer.select import in_box, in_lasso, round5, select
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.records import Footprint, PatchRecord
from dsdocs.sample import write_sample
from dsdocs.summarize import describe, summarize
from support.containers import write_container
from support.summaries import summary_of

PATCHES = 8


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("sample") / "archive"
    write_sample(folder, patches=PATCHES)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def locations(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Locations]:
    """Return where the archive lies, by container."""
    folder, found = tmp_path_factory.mktemp("containers"), {}

    def of(kind: str) -> Locations:
        if kind not in found:
            paths = write_container(kind, files, folder / kind, top="top")
            found[kind] = Locations(Config(), None, tuple(map(str, paths)), folder / f"state-{kind}")
        return found[kind]

    return of


@pytest.fixture(scope="module")
def explorer(locations: Callable[[str], Locations]) -> Explorer:
    project = Project(locations("directory"))
    summarize(project)
    describe(project)
    return explorer_of(project)


def recipe_of(explorer: Explorer, selection: dict[str, Any], path: Path) -> Path:
    normal = normalise(explorer, selection)
    path.write_text(recipe_text(explorer, normal, select(explorer, normal).count), encoding="utf-8")
    return path


def chosen(explorer: Explorer) -> dict[str, Any]:
    """Select some patches, but not all, by a class."""
    labels = explorer.column("labels")
    counts = labels.histogram() @ labels.membership().astype(np.int64)
    option = next(key for key, count in zip(labels.options, counts.tolist(), strict=True) if 0 < count < explorer.n)
    return {"filters": {"labels": {"any": [option]}}, "text": "s2"}


@pytest.mark.parametrize("kind", ["directory", "tar", "tar.gz", "zip"])
def test_files_are_copied_out_of_every_container(
    kind: str, explorer: Explorer, files: dict[str, bytes], locations: Callable[[str], Locations], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    recipe = recipe_of(explorer, chosen(explorer), tmp_path / "recipe.toml")
    options: dict[str, Any] = {"out": tmp_path / "list.parquet", "copy": tmp_path / "copy", "workers": 1}
    assert subset_with_progress(locations(kind), recipe, as_json=True, **options) == 0
    told = json.loads(capsys.readouterr().out)
    names = pq.read_table(tmp_path / "list.parquet")["id"].to_pylist()
    mask = select(explorer, normalise(explorer, chosen(explorer))).mask
    assert names == [name for name, taken in zip(explorer.ids, mask, strict=True) if taken]
    assert 0 < len(names) == told["patches"] < PATCHES
    copied = {
        path.relative_to(tmp_path / "copy").as_posix(): path.read_bytes() for path in (tmp_path / "copy").rglob("*.*")
    }
    radar = re.compile(r".*(" + "|".join(name[-5:] for name in names) + ")")
    wanted = {path for path in files if any(name in path for name in names)}
    assert wanted <= set(copied)
    assert {path for path in set(copied) - wanted if not radar.match(path)} == set()
    assert {path: files[path] for path in copied} == copied
    assert told["files"] == len(copied)
    with pytest.raises(ExplorerError, match="is not empty"):
        subset_with_progress(locations(kind), recipe, as_json=True, **{**options, "out": None})


def test_the_list_is_that_of_the_site_with_its_findings(
    explorer: Explorer, locations: Callable[[str], Locations], tmp_path: Path
) -> None:
    recipe = recipe_of(explorer, {}, tmp_path / "recipe.toml")
    place = locations("zip")
    subset_with_progress(place, recipe, out=tmp_path / "list.csv", copy=None, workers=1, as_json=False)
    whole = explorer_of(Project(place))
    assert (tmp_path / "list.csv").read_bytes() == list_csv(whole, np.ones(whole.n, dtype=bool))
    assert (place.state / "findings.json").is_file()


def small() -> Explorer:
    corner = Footprint.from_corners("EPSG:32633", 500_000.0, 5_000_000.0, 501_200.0, 4_998_800.0)
    records = [
        PatchRecord('=a"b', ("x, y", "z"), "train", footprint=corner, facts={"x:odd.name": "-1"}),
        PatchRecord("b,c", None, None, facts={"x:odd.name": "u"}),
        *(PatchRecord(f"c{n}", ("z",), "val", facts={"x:odd.name": "u"}) for n in range(18)),
    ]
    return explore(summary_of(records).table, title='Quote " and \x7f', fingerprint="0123456789ab")


def test_a_list_has_these_bytes() -> None:
    found = small()
    lines = list_csv(found, np.ones(found.n, dtype=bool)).decode().split("\n")
    lon, lat = found.lon[0], found.lat[0]
    assert lines[:3] == [
        "id,labels,split,country,x:odd.name,lon,lat",
        f'"\'=a""b","x, y|z",train,{found.row(0)["country"]},\'-1,{lon:.6f},{lat:.6f}',
        '"b,c",,,,u,,',
    ]
    assert (len(lines), lines[-1]) == (found.n + 2, "")


SELECTION = {
    "filters": {
        "x:odd.name": {"any": ["u"]},
        "labels": {"none": ["x, y"], "any": ["z", "x, y", "z"], "missing": True, "all": []},
    },
    "box": [-1, 40.000004, 20.5, 50],
    "lasso": [[0, 0], [1.5, 0], [0.123456, -2]],
    "text": " b  C\t",
}


def test_a_recipe_has_these_bytes_and_is_read_again(tmp_path: Path) -> None:
    found = small()
    normal = normalise(found, SELECTION)
    text = recipe_text(found, normal, 0)
    assert text.split("\n", 1)[1] == (
        'format = 1\ndataset = "Quote \\" and \\u007f"\nfingerprint = "0123456789ab"\npatches = 0\n\n[select]\n'
        "box = [-1.00000, 40.00000, 20.50000, 50.00000]\n"
        "lasso = [[0.00000, 0.00000], [1.50000, 0.00000], [0.12346, -2.00000]]\n"
        'text = "b C"\n\n[select.filters.labels]\nany = ["x, y", "z"]\nnone = ["x, y"]\nmissing = true\n\n'
        '[select.filters."x:odd.name"]\nany = ["u"]\n'
    )
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    recipe = read_recipe(tmp_path / "recipe.toml")
    assert normalise(found, recipe.selection) == normal == normalise(found, normal)
    assert recipe.replay(found).count == 0


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"filters": {"lables": {}}}, "'lables' is no column of this data set (nearest: 'labels')"),
        ({"filters": {"split": {"any": ["Train"]}}}, "split.any: 'Train' is not in this data set (nearest: 'train')"),
        ({"filters": {"split": {"all": ["train"]}}}, "split: 'all' is unknown"),
        ({"filters": {"split": "train"}}, "split: found 'train', expected a table of any"),
        ({"filters": {"split": {"any": "train"}}}, "split.any: found 'train', expected a list of texts"),
        ({"filters": {"split": {"missing": 1}}}, "split.missing: found 1, expected true or false"),
        ({"filter": {}}, "the selection: 'filter' is unknown (nearest: 'filters')"),
        ({"box": [0, 1, 2]}, "box: west, south, east, north: found [0, 1, 2], expected 4 numbers"),
        ({"box": [0, 1, 2, float("nan")]}, "expected 4 numbers"),
        ({"lasso": [[0, 1], [2, 3]]}, "expected three or more corners"),
        ({"text": 1}, "text: found 1, expected a text"),
    ],
)
def test_a_selection_that_cannot_be_meant_is_refused(selection: dict[str, Any], message: str) -> None:
    with pytest.raises(ExplorerError, match=re.escape(message)):
        normalise(small(), selection)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('fingerprint = "0123456789ab"', 'fingerprint = "ba9876543210"', "made from the summary ba9876543210 of"),
        ("patches = 18", "patches = 17", "expected 17 patches, and got 18"),
        ("patches = 18", "", "patches: found None, expected int"),
        ("format = 1", "format = 2", "found format 2, expected 1"),
        ("format = 1", "format = 1\nmore = 1", "'more' is unknown"),
        ('["val"]', '["vla"]', "split.any: 'vla' is not in this data set (nearest: 'val')"),
        ("[select]", "[split]", "is the recipe of a split; make that again with: dsdocs split --recipe"),
        ("[select]", "[select", "is no TOML"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = small()
    path = recipe_of(found, {"filters": {"split": {"any": ["val"]}}}, tmp_path / "recipe.toml")
    text = path.read_text(encoding="utf-8")
    assert read_recipe(path).replay(found).count == 18
    assert old in text
    text = text.replace(old, new)
    path.write_text(text.replace("[select.", "[split.") if new == "[split]" else text, encoding="utf-8")
    with pytest.raises(ExplorerError, match=re.escape(message)):
        read_recipe(path).replay(found)


def test_what_is_to_be_written_has_to_be_said(locations: Callable[[str], Locations], tmp_path: Path) -> None:
    for out, message in ((None, "nothing to write"), (tmp_path / "list.txt", "is written as .csv or .parquet")):
        with pytest.raises(ExplorerError, match=message):
            subset_with_progress(locations("zip"), tmp_path / "r.toml", out=out, copy=None, workers=1, as_json=False)


def test_a_box_across_the_antimeridian_and_a_lasso_with_a_hole() -> None:
    lon, lat = np.array([179.0, -179.0, 0.0, np.nan]), np.array([1.0, 1.0, 1.0, np.nan])
    assert in_box(lon, lat, [178, 0, -178, 2]).tolist() == [True, True, False, False]
    assert in_box(lon, lat, [-179, 1, 179, 1]).tolist() == [True, True, True, False]
    # A ring that winds around its middle twice: even, so that is outside.
    ring = [[0, 0], [6, 0], [6, 6], [0, 6], [0, 0], [2, 2], [4, 2], [4, 4], [2, 4], [2, 2]]
    assert in_lasso(np.array([1.0, 3.0, 7.0, np.nan]), np.array([1.5, 3.0, 3.0, np.nan]), ring).tolist() == [
        True, False, False, False,
    ]  # fmt: skip


@given(st.floats(-360, 360))
def test_coordinates_are_rounded_once_for_all(value: float) -> None:
    assert round5(round5(value)) == round5(value)
    assert abs(round5(value) - value) <= 0.5000001e-5
