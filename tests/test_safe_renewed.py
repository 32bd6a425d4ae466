"""A folder that is made anew only when what it follows from has changed, and is whole at every moment."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from dsdocs.safe import discard, renewed

LAST = "last.txt"
MODULE = importlib.import_module("dsdocs.safe.renewed")  # the package has the function under this name


class KilledError(BaseException):
    """Stands for the end of the process at this very place."""


def make(folder: Path, key: str, *, content: str | None = None) -> bool:
    """Fill the folder unless it is up to date; tell whether it was filled."""
    with renewed(folder, lambda: key, last=LAST) as new:
        if new is None:
            return False
        assert list(new.iterdir()) == []
        (new / "inner").mkdir()
        (new / "inner" / "a.txt").write_text(content or key)
        (new / LAST).write_text(content or key)
        return True


def held(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def break_off(folder: Path, failure: type[BaseException]) -> None:
    with renewed(folder, lambda: "two", last=LAST) as new:
        assert new is not None
        (new / LAST).write_text("half")
        raise failure


def killing(*_: object, **__: object) -> None:
    raise KilledError


def test_what_is_up_to_date_is_left_alone_and_what_is_not_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    assert make(folder, "one")
    assert not make(folder, "one", content="other")
    assert held(folder) == {"inner/a.txt": "one", LAST: "one"}
    assert make(folder, "two")
    assert held(folder) == {"inner/a.txt": "two", LAST: "two"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "made.stamp"]


@pytest.mark.parametrize("damage", [lambda f: (f / LAST).unlink(), lambda f: f.with_name("made.stamp").unlink()])
def test_what_is_not_complete_is_made_anew(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    folder = tmp_path / "made"
    make(folder, "one")
    damage(folder)
    assert make(folder, "one")
    assert held(folder)[LAST] == "one"


def test_making_may_change_what_it_follows_from(tmp_path: Path) -> None:
    folder, state = tmp_path / "made", ["before"]
    with renewed(folder, lambda: state[0], last=LAST) as new:
        assert new is not None
        (new / LAST).touch()
        state[0] = "after"
    assert not make(folder, "after")


@pytest.mark.parametrize("failure", [ValueError, KilledError])
def test_a_failure_while_it_is_made_leaves_the_old_one_and_no_word_that_it_is_new(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    folder = tmp_path / "made"
    make(folder, "one")
    with pytest.raises(failure):
        break_off(folder, failure)
    assert held(folder) == {"inner/a.txt": "one", LAST: "one"}
    assert make(folder, "two")  # with nothing of what was begun
    assert held(folder) == {"inner/a.txt": "two", LAST: "two"}


@pytest.mark.parametrize("step", ["swap_folder", "write_text"])
def test_after_a_crash_between_two_steps_the_folder_is_whole_and_made_again(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "made"
    make(folder, "one")
    with monkeypatch.context() as patch:
        patch.setattr(MODULE, step, killing)
        with pytest.raises(KilledError):
            make(folder, "two")
    assert set(held(folder).values()) == {"one" if step == "swap_folder" else "two"}
    # Nor does the old stamp stand beside the new folder: what it was made from before is made again.
    assert make(folder, "one")
    assert set(held(folder).values()) == {"one"}
    assert not make(folder, "one")


def test_a_crash_within_the_swap_is_repaired(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    make(folder, "one")
    folder.rename(tmp_path / ".made.old")  # as a swap of two renames leaves it in between
    assert not make(folder, "one")
    assert set(held(folder).values()) == {"one"}


def test_discarded_folders_are_gone_with_their_stamp(tmp_path: Path) -> None:
    make(tmp_path / "made", "one")
    discard(tmp_path / "made")
    assert list(tmp_path.iterdir()) == []
    discard(tmp_path / "made")
