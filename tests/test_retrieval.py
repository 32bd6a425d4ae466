"""Search by example: what is found is what is nearest, files say what the index holds, the page finds the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from dsdocs.config import Config
from dsdocs.errors import RetrievalError
from dsdocs.explorer.build import explorer_of
from dsdocs.features.embed import embed
from dsdocs.features.encoders import encoder
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.retrieval import neighbours as neighbour_lists
from dsdocs.retrieval.exact import exact_search, squared
from dsdocs.retrieval.index import build_index
from dsdocs.retrieval.model import Options
from dsdocs.retrieval.overview import retrieval_index
from dsdocs.retrieval.packed import packed, unpacked
from dsdocs.retrieval.publish import write_retrieval
from dsdocs.retrieval.quantise import rotation_of
from dsdocs.retrieval.read import Files, joined_reals, read_manifest
from dsdocs.retrieval.search import Found, search
from dsdocs.sample import write_sample
from dsdocs.summarize import describe, summarize
from dsdocs.views import Table
from support.indices import DIMENSIONS, HOW, ROWS, Written, written
from support.searches import answered, queries, steps_of
from support.vectors import clustered

NODE = Path(__file__).parent / "js" / "demos" / "search.mjs"


@pytest.fixture(scope="module", params=list(HOW))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(tmp_path_factory.mktemp("again"), "coded")


def truth(
    made: Written, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None = None
) -> list[tuple[float, int]]:
    """Search by a loop over all that is allowed; equal distances by row."""
    rows = np.flatnonzero(made.valid if allowed is None else made.valid & allowed)
    asked = query.astype(np.float64)
    if made.files.rotation is not None:
        asked = made.files.rotation.astype(np.float64) @ asked
    away = ((made.compared[rows].astype(np.float64) - asked) ** 2).sum(axis=1) ** 0.5
    return sorted(zip(away.round(12).tolist(), rows.tolist(), strict=True))[:k]


def pairs(found: Found) -> list[tuple[float, int]]:
    return list(zip(found.distances.round(12).tolist(), found.rows.tolist(), strict=True))


@given(
    st.integers(1, 40).flatmap(
        lambda n: st.tuples(
            st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=n, max_size=n), st.integers(1, n)
        )
    ),
    st.integers(1, 100),
)
def test_exact_search_is_a_sort_by_distance_and_row(drawn: tuple[list[tuple[int, int]], int], cells: int) -> None:
    values, k = drawn
    vectors = np.array(values, dtype=np.float32)
    rows, distances = exact_search(vectors, vectors, k, cells=cells)
    for query, found, away in zip(values, rows.tolist(), distances.tolist(), strict=True):
        expected = sorted(((a - query[0]) ** 2 + (b - query[1]) ** 2, row) for row, (a, b) in enumerate(values))[:k]
        assert found == [row for _, row in expected]
        assert away == pytest.approx([square**0.5 for square, _ in expected])


def test_exact_search_agrees_with_scikit_learn_far_from_the_origin() -> None:
    vectors = clustered(500, 30, clusters=10) + np.float32(100)
    away, rows = NearestNeighbors(n_neighbors=12, algorithm="brute").fit(vectors.astype(np.float64)).kneighbors()
    found, distances = exact_search(vectors, vectors, 13)
    assert (found[:, 0] == np.arange(500)).all()
    assert (found[:, 1:] == rows).mean() > 0.999  # theirs rounds otherwise
    np.testing.assert_allclose(distances[:, 1:], away, atol=2e-6)


def test_there_must_be_as_many_vectors_as_neighbours() -> None:
    with pytest.raises(ValueError, match="4 neighbours asked for, of 3 vectors"):
        exact_search(np.zeros((3, 2), np.float32), np.zeros((1, 2), np.float32), 4)


def test_axes_keep_distances_and_share_the_spread() -> None:
    vectors = clustered(2000, 22, clusters=5)
    rotation = rotation_of(vectors, 8)  # runs of three: two axes stay empty
    assert rotation.shape == (24, 22)
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(22), atol=1e-5)
    spread = np.log(np.maximum((vectors @ rotation.T).var(axis=0), 1e-9)).reshape(8, 3)[:, :2].sum(axis=1)
    plain = np.log(np.sort(vectors.var(axis=0))[::-1][:16]).reshape(8, 2).sum(axis=1)
    assert spread.std() < plain.std()


def test_every_vector_is_in_one_shard_and_is_what_was_published(made: Written) -> None:
    rows = [made.files.shard(number)[0] for number in range(made.files.index["shards"])]
    assert all((np.diff(part) > 0).all() for part in rows)
    every = np.concatenate(rows)
    assert sorted(every.tolist()) == np.flatnonzero(made.valid).tolist()
    np.testing.assert_allclose(made.vectors, made.given, atol=1e-7 if made.files.rotation is None else 2e-4)
    away = np.sqrt(squared(made.given[every], made.given[0])) - np.sqrt(squared(made.vectors[every], made.vectors[0]))
    assert np.abs(away).max() < 1e-4
    for row in (0, 7, 500):
        found = made.files.vector(row)
        assert (found is None) == (not made.valid[row])
        assert found is None or (found == made.vectors[row]).all()


def test_a_list_has_the_rows_of_its_shards_and_the_nearest_words_of_the_codebooks(coded: Written) -> None:
    made, files = coded, coded.files
    assert files.rotation is not None
    for number in (0, 5):
        codes = files.codes(number)
        shards = range(files.first_shard[number], files.first_shard[number + 1])
        rows = np.concatenate([files.shard(shard)[0] for shard in shards])
        first = files.shard_starts[shards.start]
        assert files.rows[first : first + codes.shape[1]].tolist() == rows.tolist()
        place = 0
        for shard in shards:
            size = int(files.sizes[shard])
            left = made.compared[rows[place : place + size]] - files.centroids[shard]
            parts = left.reshape(size, len(files.codebooks), -1)
            nearest = ((parts[:, :, None] - files.codebooks[None]) ** 2).sum(axis=3)
            chosen = np.take_along_axis(nearest, codes[:, place : place + size].T[:, :, None].astype(int), 2)[:, :, 0]
            np.testing.assert_allclose(chosen, nearest.min(axis=2), atol=1e-5)
            place += size


def test_a_search_without_codes_that_reads_everything_is_exact(tmp_path: Path) -> None:
    made = written(tmp_path, "flat", replace(HOW["flat"], search_bytes=10**6))
    for number in range(30):
        query = clustered(1, DIMENSIONS, clusters=3, seed=number)[0]
        found = search(made.files, query, 15)
        assert found.steps.exhausted
        assert pairs(found) == truth(made, query, 15)


def test_a_search_finds_most_of_what_is_nearest_within_its_bytes(made: Written) -> None:
    hits = 0
    for row in np.flatnonzero(made.valid)[::61].tolist():
        found = search(made.files, made.vectors[row], 10, exclude=[row])
        assert row not in found.rows.tolist()
        assert found.steps.bytes <= made.files.entry["search"]["bytes"]
        assert not found.steps.exhausted
        assert found.steps.reranked < found.steps.scanned or made.files.rotation is None
        allowed = np.arange(len(made.valid)) != row
        hits += len({row for _, row in pairs(found)} & {row for _, row in truth(made, made.vectors[row], 10, allowed)})
        # What is returned is at its true distance.
        away = np.sqrt(squared(made.vectors[found.rows], made.vectors[row]))
        np.testing.assert_allclose(found.distances, away, atol=1e-6)
    assert hits / 10 / len(np.flatnonzero(made.valid)[::61]) > 0.8


@pytest.mark.parametrize("share", [0.2, 0.003])
def test_only_allowed_rows_are_found_and_all_of_a_few(made: Written, share: float) -> None:
    draw = np.random.default_rng(5)
    for number in range(8):
        mask = draw.random(len(made.valid)) < share
        mask[7::97] = True  # rows without a vector, too
        query = made.vectors[200 + number]
        found = search(made.files, query, 12, mask=mask)
        assert mask[found.rows].all()
        assert made.valid[found.rows].all()
        assert len(found.rows) == min(12, int((mask & made.valid).sum()))
        if share < 0.01:
            assert pairs(found) == truth(made, query, 12, mask)


def test_a_search_of_a_mask_that_allows_nothing_finds_nothing(made: Written) -> None:
    found = search(made.files, made.vectors[0], 5, mask=~made.valid)
    assert (len(found.rows), found.steps.bytes, found.steps.probed) == (0, 0, ())
    assert found.steps.exhausted


def test_a_vector_of_another_length_is_refused(made: Written) -> None:
    with pytest.raises(ValueError, match="values expected"):
        search(made.files, np.zeros(3, np.float32))


def test_neighbours_are_the_nearest_patches_without_the_patch_itself(made: Written) -> None:
    for row in (0, 1, 100, 120, 139, 350, 2399):
        rows, distances = made.files.neighbours(row)
        everything = np.ones(len(made.valid), dtype=bool)
        everything[row] = False
        expected = truth(made, made.vectors[row], 24, everything)
        assert rows.tolist() == [one for _, one in expected]
        np.testing.assert_allclose(distances, [away for away, _ in expected], atol=1e-4)
    assert made.files.neighbours(7)[0].tolist() == []


def test_neighbours_in_near_lists_are_almost_all_of_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = clustered(4000, 16, clusters=30)
    vectors[50:90] = vectors[50]
    index = build_index(vectors, Options(30, 8, 60, 0, 0, 0, seed=0))
    exact = neighbour_lists.all_neighbours(index, 8)
    monkeypatch.setattr(neighbour_lists, "EXACT", 0)
    monkeypatch.setattr(neighbour_lists, "_LISTS", 15)
    rows, distances = neighbour_lists.all_neighbours(index, 8)
    assert (rows != np.arange(4000)[:, None]).all()
    assert (distances >= exact[1] - 1e-12).all()
    assert np.mean([len({*a} & {*b}) / 8 for a, b in zip(rows.tolist(), exact[0].tolist(), strict=True)]) > 0.95
    assert rows[60].tolist() == exact[0][60].tolist()  # of forty that are equal, the first


def test_an_index_that_finds_too_little_ends_the_build_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError) as caught:
        written(tmp_path, "flat", replace(HOW["flat"], search_bytes=15_000), recall=0.999)
    message = str(caught.value)
    assert message.startswith("encoder test: a search finds 0.6")
    assert "[retrieval] recall asks for 0.999" in message
    assert "[retrieval] bytes" in message


@pytest.mark.parametrize("stem", ["vectors", "list", "neighbours", "directory", "centroids"])
def test_a_flipped_byte_is_found(stem: str, coded: Written, tmp_path: Path) -> None:
    shutil.copytree(coded.folder, tmp_path, dirs_exist_ok=True)
    made = replace(coded, files=Files(tmp_path, coded.files.entry, ROWS))
    for path in (tmp_path / "test").glob(f"{stem}-*"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    with pytest.raises(Exception, match=rf"{stem}-[0-9a-f]{{12}}\.gz: ") as caught:
        for _ in (made.files.neighbours(0), search(made.files, made.vectors[0])):
            pass
    assert type(caught.value).__name__ in {"RetrievalError", "ExplorerError"}


def test_a_manifest_of_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format": 2}')
    with pytest.raises(RetrievalError, match="found format 2, expected 1"):
        read_manifest(tmp_path)


@given(
    st.integers(1, 9).flatmap(
        lambda d: st.tuples(
            st.lists(st.integers(0, 16), min_size=d, max_size=d),
            st.lists(st.lists(st.integers(-(2**16) + 2, 2**16 - 2), min_size=d, max_size=d), min_size=1, max_size=20),
        )
    )
)
def test_numbers_survive_the_parting_of_their_bits(drawn: tuple[list[int], list[list[int]]]) -> None:
    low, values = (np.array(one, dtype=np.int64) for one in drawn)
    held = np.where(low == 0, values // 4, values)  # what is above the low bits has 16
    data = packed(held, low)
    assert len(data) == 2 * held.size + -(-len(held) * int(low.sum()) // 8)
    assert (unpacked(data, len(held), low) == held).all()


@given(st.lists(st.floats(width=16, allow_nan=False), min_size=1, max_size=30))
def test_halves_survive_their_planes(values: list[float]) -> None:
    held = np.array(values, dtype=np.float16)
    planes = held.view(np.uint8).reshape(-1, 2).T.tobytes()
    assert (joined_reals(planes, "float16") == held).all()


SAME = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from support.indices import written
written(Path(sys.argv[1]), "coded")
"""


def test_the_same_vectors_give_the_same_bytes_whatever_the_threads(tmp_path: Path) -> None:
    trees = []
    for threads in ("1", "2"):
        folder = tmp_path / threads
        folder.mkdir()
        variables = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
        here = str(Path(__file__).parent)
        subprocess.run([sys.executable, "-c", SAME, str(folder), here], check=True, env={**os.environ, **variables})
        trees.append({path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")})
    assert trees[0] == trees[1]


def test_node_finds_what_python_finds_to_the_bit(made: Written, tmp_path: Path) -> None:
    asked = queries(made, 200)
    rows = [0, 7, 100, 139, 2399]
    more = [{"method": "neighbours", "row": row} for row in rows]
    more += [{"method": "vectors", "rows": rows}, {"method": "all", "limit": 300}, {"method": "all", "limit": 10**6}]
    (tmp_path / "queries.json").write_text(json.dumps([*asked, *more]))
    command = ["node", str(NODE), str(made.folder), "test", str(tmp_path / "queries.json")]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for query, answer in zip(asked, found, strict=False):
        expected = answered(made, query)
        assert answer["results"] == expected["results"]
        assert steps_of(answer) == expected["steps"]
    near, (vectors, some, everything) = found[200:205], found[205:]
    for row, answer in zip(rows, near, strict=True):
        expected_rows, away = made.files.neighbours(row)
        assert [one["row"] for one in answer["results"]] == expected_rows.tolist()
        assert [one["distance"] for one in answer["results"]] == away.tolist()
    assert vectors == [made.vectors[row].tolist() if made.valid[row] else None for row in rows]
    assert (len(some["rows"]), len(set(some["rows"]))) == (300, 300)
    assert sorted(everything["rows"]) == np.flatnonzero(made.valid).tolist()
    for one in (some, everything):
        assert one["total"] == made.valid.sum()
        held = np.array(one["vectors"], dtype=np.float32).reshape(-1, made.vectors.shape[1])
        assert (held == made.vectors[one["rows"]]).all()


def project_of(folder: Path, **retrieval: Any) -> Project:
    if not (folder / "archive").exists():
        write_sample(folder / "archive", patches=12)
    config = Config.model_validate({"retrieval": {"encoders": ["statistics"], **retrieval}})
    found = Project(Locations(config, None, (str(folder / "archive"),), folder / "state"))
    summarize(found)
    describe(found)
    return found


def test_the_indices_of_a_project_are_kept_until_something_changes(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    folder = write_retrieval(project, key="k")
    assert folder == project.state / "retrieval"
    manifest = read_manifest(folder)
    assert (manifest["fingerprint"], manifest["rows"]) == (project.fingerprint, 12)
    entry = manifest["encoders"][0]
    assert (entry["name"], entry["kind"], entry["browser"]) == ("statistics", "handmade", True)
    # Rows are those of the explorer, not of the summary.
    order = explorer_of(project).order
    vectors = embed(project, encoder("statistics", project)).vectors
    files = Files(folder, entry, 12)
    for row in range(12):
        assert (files.vector(row) == vectors[order[row]]).all()  # no codes: as they are
    table = retrieval_index(project).views()[0]
    assert isinstance(table, Table)
    assert table.rows[0][:6] == ("Band statistics", entry["dimensions"], 12, 1, "exact", "1.000")
    assert table.summary.startswith("A search finds at least 100.0% of the 10 nearest patches, measured with 12 ")
    stamp = (folder / "manifest.json").stat().st_mtime_ns
    write_retrieval(project, key="k")
    assert (folder / "manifest.json").stat().st_mtime_ns == stamp
    write_retrieval(project, key="other")
    assert (folder / "manifest.json").stat().st_mtime_ns != stamp
    assert write_retrieval(project_of(tmp_path, encoders=[])) is None
    assert not folder.exists()
    with pytest.raises(RetrievalError, match="cannot be read as a manifest of indices"):
        retrieval_index(project)
