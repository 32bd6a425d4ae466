"""What readers yield depends on the members alone: not on their order, and not on where an archive is cut."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.archives import edited_json, edited_parquet, good, jpeg, only
from dsdocs.readers import load_reader
from support.reading import Outcome, memory_members, run_reader

LAYOUTS = ("bigearthnet-v1-s2", "bigearthnet-v1-s1", "bigearthnet-v2", "class-folder")
METADATA = "_labels_metadata.json"


@cache
def archive(layout: str, state: str) -> dict[str, bytes]:
    """Return the files of an archive: good, with many things wrong, or of metadata alone."""
    files = good(layout)
    if state == "metadata":
        return {path: content for path, content in files.items() if path.endswith((METADATA, ".parquet", ".jpg"))}
    if state == "broken":
        _BREAK[layout.rpartition("-s")[0] or layout](files)
    return files


def _break_v1(files: dict[str, bytes]) -> None:
    first, second, third = (only(files, METADATA, number) for number in range(3))
    files[first] = edited_json(files[first], labels=["Pastures", "Pastures"])
    files[second] = b"{"  # and a raster of the same patch: the first by path is told
    files[min(path for path in files if path.startswith(second.rpartition("/")[0]))] = b""
    bands = sorted(path for path in files if path.startswith(third.rpartition("/")[0]) and path.endswith(".tif"))
    del files[bands[-1]]
    files[bands[0]] = b""


def _break_v2(files: dict[str, bytes]) -> None:
    del files[only(files, "_B05.tif")]
    files[only(files, "_reference_map.tif", 1)] = b"II*\0"
    name = "metadata_for_patches_with_snow_cloud_or_shadow.parquet"
    files[name] = edited_parquet(files[name], lambda rows: [*rows, rows[-1]])


def _break_folders(files: dict[str, bytes]) -> None:
    files[only(files, "Forest_1.jpg")] = b"<html>"
    files["River/Forest_7.jpg"] = files["River/12.jpg"] = jpeg(3)


_BREAK = {"bigearthnet-v1": _break_v1, "bigearthnet-v2": _break_v2, "class-folder": _break_folders}


@cache
def plain(layout: str, state: str) -> Outcome:
    return run_reader(load_reader(layout), memory_members(archive(layout, state)))


@pytest.mark.parametrize("state", ["good", "broken", "metadata"])
@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_order_and_borders_of_parts_change_nothing(layout: str, state: str, data: st.DataObject) -> None:
    members = memory_members(archive(layout, state))
    shuffled = data.draw(st.permutations(members))
    cuts = data.draw(st.lists(st.integers(0, len(members)), max_size=6))
    outcome = run_reader(load_reader(layout), shuffled, cuts)
    expected = plain(layout, state)
    assert outcome.rows.equals(expected.rows)
    assert (outcome.errors, outcome.warnings, outcome.ignored) == (
        expected.errors,
        expected.warnings,
        expected.ignored,
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_broken_archives_are_broken_and_not_empty(layout: str) -> None:
    outcome = plain(layout, "broken")
    assert outcome.errors
    assert outcome.warnings
    assert outcome.rows.num_rows
