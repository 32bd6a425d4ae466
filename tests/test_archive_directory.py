"""Folders: what is listed, what is refused, and what happens when files change meanwhile."""

from __future__ import annotations

import os
import pickle
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from dsdocs.archive import DirectoryArchive, Member
from dsdocs.archive.directory import AHEAD, Held, read_each
from dsdocs.errors import ArchiveError, MemberError
from dsdocs.records import RecordError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data" / "sub").mkdir(parents=True)
    (tmp_path / "data" / "sub" / "a.txt").write_bytes(b"abc")
    return tmp_path / "data"


def entries(root: Path) -> dict[str, str]:
    found = DirectoryArchive(root).members()
    return {entry.path: entry.category if isinstance(entry, RecordError) else "" for entry in found}


def member(root: Path, path: str = "sub/a.txt") -> Member:
    (found,) = (entry for entry in DirectoryArchive(root).members() if entry.path == path)
    assert isinstance(found, Member)
    return found


def deny(monkeypatch: pytest.MonkeyPatch, function: str, path: Path) -> None:
    """Let a function of ``os`` behave as for a user who has no right to a path."""
    real = getattr(os, function)

    def denied(place: object, *arguments: object, **options: object) -> object:
        if os.fspath(place) == str(path):  # type: ignore[call-overload]
            raise PermissionError(13, "Permission denied", str(path))
        return real(place, *arguments, **options)

    monkeypatch.setattr(os, function, denied)


def test_files_come_before_folders_each_by_name(root: Path) -> None:
    for path in ("z.txt", "b/2.txt", "b/10.txt", "b/c/x.txt", "b.txt", "B.txt"):
        (root / path).parent.mkdir(exist_ok=True, parents=True)
        (root / path).touch()
    assert list(entries(root)) == [
        "B.txt", "b.txt", "z.txt", "b/10.txt", "b/2.txt", "b/c/x.txt", "sub/a.txt",
    ]  # fmt: skip


def test_links_are_named_and_never_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.txt").write_text("secret")
    (root / "file").symlink_to(tmp_path / "secret" / "key.txt")
    (root / "folder").symlink_to(tmp_path / "secret")
    (root / "broken").symlink_to("nowhere")
    (root / "sub" / "round").symlink_to("..")
    links = {"file", "folder", "broken", "sub/round"}
    assert entries(root) == {"sub/a.txt": "", **dict.fromkeys(links, "fs.symlink")}
    for path in ("file", "folder/key.txt", "sub/round/sub/a.txt"):
        with pytest.raises(KeyError):
            DirectoryArchive(root).open(path)
        assert list(DirectoryArchive(root).fetch([path])) == []


def test_no_file_behind_a_linked_folder_is_fetched_among_others(root: Path) -> None:
    (root / "sub" / "b.txt").write_bytes(b"b")
    (root / "zub").symlink_to("sub")
    (root / "sub" / "sub").symlink_to(".")
    (root / "sub" / "deep").mkdir()
    (root / "sub" / "deep" / "c.txt").write_bytes(b"c")
    wanted = ["sub/a.txt", "sub/b.txt", "sub/deep/c.txt", "sub/none.txt", "sub/sub/a.txt", "zub/a.txt", "zub/b.txt"]
    found = {entry.path: entry.read() for entry in DirectoryArchive(root).fetch(wanted)}
    assert found == {"sub/a.txt": b"abc", "sub/b.txt": b"b", "sub/deep/c.txt": b"c"}


def test_pipes_and_sockets_are_named_and_never_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
    assert entries(root) == {"pipe": "fs.special", "socket": "fs.special", "sub/a.txt": ""}


def test_what_may_not_be_read_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "b.txt").touch()
    with monkeypatch.context() as patch:
        deny(patch, "listdir", root / "sub")
        assert entries(root) == {"b.txt": "", "sub": "fs.permission"}
        deny(patch, "listdir", root)
        with pytest.raises(ArchiveError, match="Permission denied") as whole:
            entries(root)
        assert whole.value.category == "fs.permission"
    found = member(root)
    deny(monkeypatch, "open", root / "sub" / "a.txt")
    for read in (found.read, found.open):
        with pytest.raises(MemberError, match="may not be read") as caught:
            read()
        assert caught.value.category == "fs.permission"


def test_names_that_cannot_be_shown_are_named_escaped(root: Path) -> None:
    (root / "line\nfeed").touch()
    (root / "back\\slash").touch()
    with open(os.fsencode(root) + b"/latin-\xfc", "wb"):
        pass
    assert entries(root) == {
        "sub/a.txt": "",
        "line\\x0afeed": "name.unsafe",
        "latin-\\xfc": "name.unsafe",
        "back\\slash": "archive.unsafe-path",
    }


def test_what_tools_keep_about_a_folder_is_passed_over(root: Path) -> None:
    for path in (".git/HEAD", ".dsdocs/summary.parquet", ".hidden/x", "sub/.DS_Store", "__MACOSX/._a"):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).touch()
    assert set(entries(root)) == {".hidden/x", "__MACOSX/._a", "sub/.DS_Store", "sub/a.txt"}


def test_a_file_that_changes_after_it_was_listed_is_an_error(root: Path) -> None:
    file = root / "sub" / "a.txt"
    found = member(root)

    def gone() -> None:
        file.unlink()

    def shorter() -> None:
        file.write_bytes(b"a")

    def longer() -> None:
        file.write_bytes(b"abcdef")

    def link() -> None:
        file.unlink()
        file.symlink_to("/etc/hostname")

    def pipe() -> None:
        file.unlink()
        os.mkfifo(file)

    for change, category in (
        (shorter, "archive.corrupt"), (longer, "archive.corrupt"), (gone, "archive.corrupt"),
        (file.touch, "archive.corrupt"), (link, "fs.symlink"), (pipe, "fs.special"),
    ):  # fmt: skip
        change()
        for read in (found.read, found.open):
            with pytest.raises(MemberError) as caught:
                read()
            assert (caught.value.path, caught.value.category) == ("sub/a.txt", category)


def test_a_disk_that_fails_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = member(root)

    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", fail)
    with pytest.raises(MemberError, match="Input/output error") as caught:
        found.read()
    assert caught.value.category == "archive.corrupt"


def test_a_file_is_read_whole_where_the_system_gives_it_in_pieces(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.read
    monkeypatch.setattr(os, "read", lambda handle, count: real(handle, 1))
    assert member(root).read() == b"abc"


def test_a_tree_of_a_thousand_levels_is_walked(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = 1200
    monkeypatch.chdir(root)
    for _ in range(levels):
        os.mkdir("d")
        os.chdir("d")
    (Path() / "deep.txt").touch()
    found = entries(root)
    # Taken down here: `shutil.rmtree`, with which pytest clears old folders, recurses and would fail much later.
    os.unlink("deep.txt")
    for _ in range(levels):
        os.chdir("..")
        os.rmdir("d")
    assert found.pop("sub/a.txt") == ""
    assert list(found.values()) == [""]
    assert all(path.endswith("d/deep.txt") for path in found)


def test_the_stamp_of_a_member_follows_its_time(root: Path) -> None:
    first = member(root).stamp
    os.utime(root / "sub" / "a.txt", ns=(5, 5))
    assert member(root).stamp == "5" != first


def test_large_folders_are_listed_like_small_ones(root: Path) -> None:
    for folder in ("few", "many"):
        (root / folder / ".git").mkdir(parents=True)
        (root / folder / ".git" / "config").touch()
        (root / folder / "below").mkdir()
        for path in (".dsdocs", "below/c.txt", "link.txt", *(f"{number}.txt" for number in (1, 10, 9))):
            (root / folder / path).touch()
    (root / "few" / "link.txt").unlink()
    (root / "few" / "link.txt").symlink_to("1.txt")
    for number in range(100, 300):
        (root / "many" / f"{number}.txt").touch()
    found = [*entries(root / "few").items()]
    assert found == [
        (".dsdocs", ""), ("1.txt", ""), ("10.txt", ""), ("9.txt", ""), ("link.txt", "fs.symlink"), ("below/c.txt", ""),
    ]  # fmt: skip
    many = list(entries(root / "many"))
    assert many == [".dsdocs", *sorted(name for name in many[1:-1]), "below/c.txt"]
    assert len(many) == 206


def test_small_files_are_read_as_they_are_listed_if_asked_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = {"a.json": b"{}", "b.json": b"x" * AHEAD, "c.json": b"x" * (AHEAD + 1), "d.txt": b"{}", "e.json": b""}
    for name, content in contents.items():
        (root / "sub" / name).write_bytes(content)
    (root / "sub" / "f.json").symlink_to("a.json")
    os.mkfifo(root / "sub" / "g.json")
    archive = DirectoryArchive(root)
    plain = list(archive.members())
    ahead = list(archive.reading_ahead(lambda: True).members())
    assert [replace(entry, source=None) if isinstance(entry, Member) else entry for entry in ahead] == [
        replace(entry, source=None) if isinstance(entry, Member) else entry for entry in plain
    ]
    members = [entry for entry in ahead if isinstance(entry, Member)]
    assert [entry.path for entry in members if isinstance(entry.source, Held)] == ["sub/a.json", "sub/b.json"]
    for some in (members, pickle.loads(pickle.dumps(members))):
        assert {entry.path[4:]: entry.read() for entry in some} == {**contents, "a.txt": b"abc"}
        assert read_each(some) == [entry.read() for entry in some]
    assert not any(isinstance(entry.source, Held) for entry in pickle.loads(pickle.dumps(members)))
    deny(monkeypatch, "open", root / "sub" / "a.json")
    (denied,) = (entry for entry in archive.reading_ahead(lambda: True).members() if entry.path == "sub/a.json")
    assert isinstance(denied, Member)
    with pytest.raises(MemberError, match="may not be read"):
        denied.read()
