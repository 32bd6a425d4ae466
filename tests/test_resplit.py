"""The split designer: shares are kept, places stay together, and a recipe makes the same bytes again."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.analyses.ground import ground
from dsdocs.errors import SplitError
from dsdocs.geo.separation import Neighbourhood
from dsdocs.records import Footprint, PatchRecord
from dsdocs.resplit import Parameters, Recipe, assign, parameters_of, read_recipe, write_split
from dsdocs.resplit.outcome import other_splits, outcome
from dsdocs.resplit.stratify import refine, stratify
from support.summaries import summary_of

SIDE = 1200
CLASSES = ("Pastures", "Mixed forest", "Airports")


def patch(column: int, row: int, name: str = "", **fields: object) -> PatchRecord:
    left, top = 600_000 + SIDE * column, 5_000_000 - SIDE * row
    footprint = Footprint.from_corners("EPSG:32633", left, top, left + SIDE, top - SIDE)
    labels = (CLASSES[(column // 3 + row) % 3],)
    known = {"labels": labels, "footprint": footprint, "country": "AT", **fields}
    return PatchRecord(name or f"{column}_{row}", **known)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Build 900 patches, 100 of which show a place again."""
    first = [patch(column, row) for column in range(40) for row in range(20)]
    again = [patch(column, row, f"again_{column}_{row}") for column in range(10) for row in range(10)]
    split = [("train", "val", "test")[number % 3] for number in range(900)]
    return summary_of(
        PatchRecord(one.id, one.labels, name, footprint=one.footprint, country="AT")
        for one, name in zip([*first, *again], split, strict=True)
    ).table


groups = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(1, 50), min_size=n, max_size=n),
        st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=n, max_size=n),
        st.permutations(range(n)),
    )
)


@settings(deadline=None)
@given(groups, st.sampled_from([(0.6, 0.2, 0.2), (0.5, 0.0, 0.5), (1 / 3, 1 / 3, 1 / 3)]))
def test_every_group_gets_a_split_that_has_a_share(made: tuple, shares: tuple[float, ...]) -> None:
    sizes, classes, priority = (np.array(part) for part in made)
    classes = np.minimum(classes, sizes[:, None])
    split = stratify(sizes, classes, shares, priority)
    refine(split, sizes, classes, shares, priority)
    assert all(shares[one] > 0 for one in split.tolist())


def deviation(split: np.ndarray, sizes: np.ndarray, classes: np.ndarray, shares: tuple[float, ...]) -> float:
    counts = np.column_stack([sizes, classes])
    totals = counts.sum(axis=0)
    table = np.array([counts[split == place].sum(axis=0) for place in range(len(shares))])
    off = ((table - np.outer(shares, totals)) / np.maximum(totals, 1)) ** 2
    return float(off[:, 0].sum() * classes.shape[1] + off[:, 1:].sum())


def test_classes_are_dealt_out_in_their_shares_and_moving_groups_helps() -> None:
    random = np.random.default_rng(0)
    sizes = random.integers(20, 100, 200)
    classes = np.minimum(random.integers(0, 60, (200, 8)) * (random.random((200, 8)) < 0.4), sizes[:, None])
    shares, priority = (0.6, 0.2, 0.2), random.permutation(200)
    split = stratify(sizes, classes, shares, priority)
    before = deviation(split, sizes, classes, shares)
    refine(split, sizes, classes, shares, priority)
    after = deviation(split, sizes, classes, shares)
    shuffled = random.choice(3, 200, p=shares)
    assert after < before / 10 < before < deviation(shuffled, sizes, classes, shares)
    assert after < 1e-3


def test_the_rarest_class_is_dealt_out_first() -> None:
    # Two of ten examples have the rare class; dealt out last, both could end up in one half.
    classes = np.array([[1, 1]] * 2 + [[1, 0]] * 8)
    split = stratify(np.ones(10, dtype=np.int64), classes, (0.5, 0.5), np.arange(10))
    assert sorted(split[:2].tolist()) == [0, 1]
    assert np.bincount(split).tolist() == [5, 5]


def test_patches_of_a_place_and_of_a_block_stay_together(table: pa.Table) -> None:
    place = ground(table).place
    for block in (0.0, 3600.0):
        made = assign(table, Parameters(block=block))
        assert len(set(zip(place.tolist(), made.split.tolist(), strict=True))) == 800
    assert assign(table, Parameters()).n_blocks == 800
    assert made.n_blocks < 800 / 6
    sizes = np.bincount(made.split)
    assert sizes / 900 == pytest.approx([0.6, 0.2, 0.2], abs=0.01)
    balance = outcome("x", table, made.split).classes
    assert all(shares == pytest.approx((0.6, 0.2, 0.2), abs=0.03) for _, _, shares in balance)


def test_another_seed_makes_another_split_and_the_same_one_the_same(table: pa.Table) -> None:
    first, same, other = (assign(table, Parameters(3600.0, seed=seed)).split for seed in (0, 0, 1))
    assert (first == same).all()
    assert (first != other).any()


def test_no_training_patch_is_left_within_the_buffer(table: pa.Table) -> None:
    made = assign(table, Parameters(6000.0, buffer=1500.0))
    near = Neighbourhood(ground(table).footprints, 5000.0)
    for number in (0, 1):
        asked, others = made.split == number, made.split > number
        assert near.nearest(asked, others).distance.min() > 1500
    assert (made.split == -1).any()
    assert made.column.null_count == (made.split == -1).sum()
    applied = made.applied(table)
    assert applied.schema.equals(table.schema)
    assert applied["split"].null_count == made.column.null_count


def test_patches_without_footprints_are_dealt_out_one_by_one() -> None:
    plain = summary_of(PatchRecord(str(n), ("Pastures",), country="AT") for n in range(10)).table
    assert np.bincount(assign(plain, Parameters()).split).tolist() == [6, 2, 2]
    with pytest.raises(SplitError, match="no patch of the summary has a footprint; ask for neither"):
        assign(plain, Parameters(block=1000.0))
    with pytest.raises(SplitError, match="stratify season: no patch of the summary has one"):
        assign(plain, Parameters(stratify=("season",)))


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_recipe_makes_the_same_bytes_again(table: pa.Table, ending: str, tmp_path: Path) -> None:
    parameters = Parameters(3600.0, (0.5, 0.25, 0.25), ("labels", "country"), seed=7, buffer=1300.0)
    made = assign(table, parameters)
    recipe = Recipe.of(table, made, parameters, fingerprint="0123456789ab")
    paths = [tmp_path / f"{number}{ending}" for number in range(2)]
    write_split(table, made, paths[0])
    (tmp_path / "recipe.toml").write_text(recipe.text("recipe.toml", paths[0].name), encoding="utf-8")
    found = read_recipe(tmp_path / "recipe.toml")
    assert found == recipe
    write_split(table, found.replay(table, fingerprint="0123456789ab", source="recipe.toml"), paths[1])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    if ending == ".parquet":
        assert pq.read_table(paths[0])["split"].to_pylist() == made.column.to_pylist()


def test_a_recipe_for_another_summary_is_refused(table: pa.Table, tmp_path: Path) -> None:
    recipe = Recipe.of(table, assign(table, Parameters()), Parameters(), fingerprint="0123456789ab")
    with pytest.raises(SplitError, match="made from the summary 0123456789ab, but this one is ffff; use the archive"):
        recipe.replay(table, fingerprint="ffff", source="r.toml")
    text = recipe.text("r.toml", "s.csv").replace("seed = 0", "seed = 1")
    (tmp_path / "r.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SplitError, match="changed by hand"):
        read_recipe(tmp_path / "r.toml").replay(table, fingerprint="0123456789ab", source="r.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[split]", "[splits]", "has no table"),
        ("algorithm = 1", "algorithm = 9", "made by algorithm 9, but this version of dsdocs has 1"),
        ("seed = 0", 'seed = "0"', "seed: found '0', expected int"),
        ("seed = 0", "", "seed: found None"),
        ("seed = 0", "seed = 0\nsead = 1", "'sead' is unknown"),
        ("seed = 0", "seed = -1", "seed -1: expected"),
        ("block = 0.0", "block = nan", "block nan: expected"),
        ("[0.6, 0.2, 0.2]", "[0.6, 0.2]", "shares: found 2, expected three"),
        ("[0.6, 0.2, 0.2]", '[0.6, 0.2, "x"]', "expected three numbers from 0"),
        ("[split]", "[split", "is no TOML"),
    ],
)
def test_a_recipe_that_is_none_is_refused(table: pa.Table, tmp_path: Path, old: str, new: str, message: str) -> None:
    recipe = Recipe.of(table, assign(table, Parameters()), Parameters(), fingerprint="0123456789ab")
    path = tmp_path / "recipe.toml"
    text = recipe.text("recipe.toml", "a\nb.csv")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SplitError, match=message):
        read_recipe(path)


def test_a_name_is_no_formula_in_the_csv_and_itself_in_parquet(tmp_path: Path) -> None:
    names = ["=1+1", "+a", "-a", "@a", 'quote"and,comma', "plain"]
    hostile = summary_of(PatchRecord(name, ("Pastures",), country="AT") for name in names).table
    made = assign(hostile, Parameters())
    for ending in ("csv", "parquet"):
        write_split(hostile, made, tmp_path / f"s.{ending}")
    rows = list(csv.reader(io.StringIO((tmp_path / "s.csv").read_text(encoding="utf-8"), newline="")))
    assert {row[0] for row in rows[1:]} == {"'=1+1", "'+a", "'-a", "'@a", 'quote"and,comma', "plain"}
    assert set(pq.read_table(tmp_path / "s.parquet")["id"].to_pylist()) == set(names)
    with pytest.raises(SplitError, match=r"written as \.csv or \.parquet"):
        write_split(hostile, made, tmp_path / "s.xlsx")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("block", "ten", "expected metres as in 12000"),
        ("block", "1.2.3p", "expected metres"),
        ("shares", "60,20", "three numbers with commas"),
        ("shares", "0,0,0", "of which one is more"),
        ("shares", "1,0,0", "some patches to train on"),
        ("shares", "1,-1,1", "expected three numbers from 0"),
        ("stratify", "labels,none", "expected none, or one or several"),
        ("stratify", "colour", "expected none, or one or several"),
        ("seed", -1, "expected a whole number"),
        ("buffer", -1.0, "expected a number of metres"),
    ],
)
def test_options_that_make_no_split_are_refused(table: pa.Table, option: str, value: object, message: str) -> None:
    options = {"block": "0", "shares": "60,20,20", "stratify": "none", "seed": 0, "buffer": 0.0}
    with pytest.raises(SplitError, match=message):
        parameters_of(table, **{**options, option: value})  # type: ignore[arg-type]


def test_blocks_are_counted_in_metres_or_patches(table: pa.Table) -> None:
    rest = {"shares": "60,20,20", "stratify": "none", "seed": 0, "buffer": 0.0}
    sizes = [parameters_of(table, block=text, **rest).block for text in ("0", "500", "500m", "12km", "10p")]  # type: ignore[arg-type]
    assert sizes == [0, 500, 500, 12_000, pytest.approx(12_000)]


def test_the_page_shows_another_split_beside_the_published_one(table: pa.Table) -> None:
    code, view = other_splits(table).views()
    assert code.text.startswith("dsdocs split --block 10000 --shares 0.3334,0.3333,0.3333 ")  # type: ignore[union-attr]
    figures = {row[0]: row[1:] for row in view.rows}  # type: ignore[union-attr]
    touch = figures["Test patches that touch or overlap a training patch (%)"]
    assert touch[0] > touch[1] > touch[2] == 0
    assert figures["Patches in train"][0] == 300


def test_the_command_writes_a_split_and_its_recipe_and_replays_it(tmp_path: Path) -> None:
    def dsdocs(*words: str, seed: str = "0") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "dsdocs", *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)

    assert dsdocs("sample", "archive", "--patches", "40").returncode == 0
    made = dsdocs("split", "--archive", "archive", "--block", "3p", "--out", "new.csv", "--json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert sum(told["sizes"].values()) == 40
    assert told["parameters"]["block"] == 3600
    again = dsdocs("split", "--archive", "archive", "--recipe", "recipe.toml", "--out", "new/again.csv", seed="1")
    assert (again.returncode, again.stdout) == (0, "new/again.csv\n")
    assert "touch or overlap a training patch" in again.stderr
    assert (tmp_path / "new.csv").read_bytes() == (tmp_path / "new" / "again.csv").read_bytes()
    (tmp_path / "new" / "again.csv").unlink()
    refused = dsdocs("split", "--archive", "archive", "--out", "again.txt")
    assert refused.returncode == 2
    assert not (tmp_path / "again.txt").exists()
