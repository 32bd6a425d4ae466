"""Builds that want to do harm: each is refused with its reason, and nothing else is another for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsdocs.publish.assemble import assemble
from dsdocs.publish.model import PUBLISHED, REFUSED
from support.artifacts import HOSTILE, Site, pack, small_site, write_inputs
from support.sites import digests


@pytest.fixture(scope="module")
def site() -> Site:
    return small_site()


@pytest.fixture(scope="module")
def clean(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the digests of a tree without the hostile preview."""
    folder = tmp_path_factory.mktemp("clean")
    report = assemble(write_inputs(folder / "inputs", pack(site), {3: pack(site)}), folder / "tree")
    assert [one.state for one in report.previews] == [PUBLISHED], report.previews
    return digests(folder / "tree")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_build_is_refused_and_nothing_else_changes(
    name: str, site: Site, clean: dict[str, str], tmp_path: Path
) -> None:
    hostile = HOSTILE[name]
    inputs = write_inputs(tmp_path / "inputs", pack(site), {3: pack(site), 7: hostile.make(site)})
    report = assemble(inputs, tmp_path / "tree")
    good, bad = report.previews
    assert (good.number, good.state, bad.number, bad.state) == (3, PUBLISHED, 7, REFUSED), report.previews
    assert any(hostile.reason in reason for reason in bad.reasons), bad.reasons
    assert all(reason.endswith(".") and reason.isprintable() for reason in bad.reasons), bad.reasons
    assert digests(tmp_path / "tree") == clean
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inputs", "tree"]
