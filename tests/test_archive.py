"""What all containers share: the same files, the same refusals, and what is said of that which is no archive."""

from __future__ import annotations

import os
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.archive import Archive, Limits, Member, open_archive
from dsdocs.archive.guard import RefusedError, safe_path
from dsdocs.archive.outline import ObservedArchive
from dsdocs.errors import ArchiveError, MemberError
from dsdocs.records import RecordError
from support.containers import CONTAINERS, tar_bytes, write_container, zip_bytes

FILES = {
    "readme.txt": b"about",
    "b/empty": b"",
    "b/a.json": b'{"a": 1}' * 100,
    "a/" + "long" * 30 + "/" + "name" * 30 + ".tif": bytes(range(256)) * 8,
    "a/ü - ñ.tif": b"\0" * 512,
    "a/large.tif": bytes(range(251)) * 12_000,
    ".DS_Store": b"\0\0\0\1Bud1",
    "a/table.xlsx": b"PK\3\4 is no archive to its user",
}
NAMES = st.text("abcXYZ019 _-.ü", min_size=1, max_size=12).filter(lambda name: name not in (".", "..", ".git"))


def read_all(archive: Archive) -> dict[str, bytes]:
    return {entry.path: entry.read() for entry in archive.members() if isinstance(entry, Member)}


def refusals(archive: Archive) -> dict[str, str]:
    return {entry.path: entry.category for entry in archive.members() if isinstance(entry, RecordError)}


@pytest.fixture(params=CONTAINERS)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    return open_archive(write_container(request.param, FILES, tmp_path / "data"))


def test_every_container_holds_the_same_files_under_the_same_name(archive: Archive) -> None:
    assert read_all(archive) == FILES
    assert archive.name == "data"


def test_members_can_be_opened_and_sought_in(archive: Archive) -> None:
    for member in archive.members():
        assert isinstance(member, Member)
        with member.open() as stream:
            assert stream.read(5) == FILES[member.path][:5]
            assert stream.seek(-min(3, member.size), os.SEEK_END) == max(0, member.size - 3)
            assert stream.read() == FILES[member.path][-3:]
            stream.seek(0)
            assert stream.read() == FILES[member.path]
        assert member.read() == FILES[member.path]


def test_a_member_is_found_by_its_path_and_others_are_not(archive: Archive) -> None:
    for path in ("a/large.tif", "readme.txt", "b/empty"):
        with archive.open(path) as stream:
            assert stream.read() == FILES[path]
    elsewhere = ("/readme.txt", "a/../readme.txt", "../data/readme.txt", "./readme.txt")
    for path in ("a", "a/", "nothing", "", "\0", *elsewhere):
        with pytest.raises(KeyError):
            archive.open(path)


def test_fetch_yields_what_is_there_in_the_order_of_the_archive(archive: Archive) -> None:
    wanted = ["a/large.tif", "nothing", "readme.txt", "b/a.json"]
    fetched = []
    for member in archive.fetch(wanted):
        assert member.read() == FILES[member.path]
        fetched.append(member.path)
    in_order = [entry.path for entry in archive.members() if entry.path in wanted]
    assert fetched == in_order
    assert list(archive.fetch([])) == []


def test_members_of_what_is_no_stream_are_read_after_a_trip_to_another_process_and_under_another_path(
    archive: Archive,
) -> None:
    members = [entry for entry in archive.members() if isinstance(entry, Member)]
    if archive.seekable:
        for member in pickle.loads(pickle.dumps(members)):
            assert member.read() == FILES[member.path]
            moved = Member(member.path.removeprefix("a/"), member.size, member.source, member.offset, member.stamp)
            assert moved.read() == FILES[member.path]
    else:
        with pytest.raises(MemberError, match=r"cannot be read any more: the next file .* was asked for"):
            members[0].read()


@pytest.mark.parametrize("kind", CONTAINERS)
def test_the_stamp_is_that_of_the_content(kind: str, tmp_path: Path) -> None:
    sources = write_container(kind, FILES, tmp_path / "data")
    first = open_archive(sources).stamp()
    assert open_archive(sources).stamp() == first
    changed = sources[0] / "readme.txt" if kind == "directory" else sources[0]
    os.utime(changed, ns=(1, 1))
    assert open_archive(sources).stamp() != first


@pytest.mark.parametrize("kind", CONTAINERS)
def test_an_empty_archive_has_no_members(kind: str, tmp_path: Path) -> None:
    assert list(open_archive(write_container(kind, {}, tmp_path / "data")).members()) == []


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map("/".join), st.binary(max_size=2000), max_size=8))
def test_any_tree_is_the_same_in_every_container(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    # A name cannot be that of a file and of a folder.
    tree = {path: data for path, data in files.items() if not any(other.startswith(f"{path}/") for other in files)}
    folder = tmp_path_factory.mktemp("any")
    for kind in CONTAINERS:
        assert read_all(open_archive(write_container(kind, tree, folder / kind / "data"))) == tree


@pytest.mark.parametrize("kind", CONTAINERS)
def test_archives_inside_an_archive_are_named_and_not_opened(kind: str, tmp_path: Path) -> None:
    files = {"a.txt": b"", "inner.zip": zip_bytes([("x", b"")]), "b/inner.TAR.GZ": b"", "b/table.npz": b"PK"}
    archive = open_archive(write_container(kind, files, tmp_path / "data"))
    assert refusals(archive) == {"inner.zip": "archive.nested", "b/inner.TAR.GZ": "archive.nested"}
    assert set(read_all(archive)) == {"a.txt", "b/table.npz"}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_limits_hold_in_every_container_and_say_how_to_raise_them(kind: str, tmp_path: Path) -> None:
    sources = write_container(kind, {f"{number}.txt": bytes(10) for number in range(20)}, tmp_path / "data")
    for limits, name in ((Limits(members=9), "members"), (Limits(size=99), "size")):
        with pytest.raises(ArchiveError, match=rf"'{name}'.*\[archive\.limits\] in dsdocs\.toml") as caught:
            list(open_archive(sources, limits=limits).members())
        assert caught.value.category == "archive.bomb"
    assert set(refusals(open_archive(sources, limits=Limits(member_size=9))).values()) == {"archive.bomb"}
    assert set(refusals(open_archive(sources, limits=Limits(path_length=4))).values()) == {"name.unsafe"}


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("", "archive.unsafe-path"),
        ("/", "archive.unsafe-path"),
        (".", "archive.unsafe-path"),
        ("/etc/passwd", "archive.unsafe-path"),
        ("//host/share", "archive.unsafe-path"),
        ("../up", "archive.unsafe-path"),
        ("a/../../up", "archive.unsafe-path"),
        ("a/..", "archive.unsafe-path"),
        ("C:/Windows", "archive.unsafe-path"),
        ("C:\\Windows", "archive.unsafe-path"),
        ("a\\..\\..\\up", "archive.unsafe-path"),
        ("nul\0.txt", "archive.unsafe-path"),
        ("line\nfeed", "name.unsafe"),
        ("escape\x1b[31m", "name.unsafe"),
        ("c1\x9b31m", "name.unsafe"),
        ("delete\x7f", "name.unsafe"),
        ("not utf-8 \udcff", "name.unsafe"),
        ("ü" * 2049, "name.unsafe"),
    ],
)
def test_paths_that_lead_elsewhere_or_cannot_be_shown_are_refused(path: str, category: str) -> None:
    with pytest.raises(RefusedError) as caught:
        safe_path(path, Limits())
    assert caught.value.category == category


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b.tif", "a/b.tif"),
        ("./a//b/./c.tif", "a/b/c.tif"),
        ("a//b.tif", "a/b.tif"),
        ("a/b.tif/", "a/b.tif"),
        ("a/.hidden", "a/.hidden"),
        ("..a/b..", "..a/b.."),
        ("12:30.tif", "12:30.tif"),
        ("ü\u00a0\u202e.tif", "ü\u00a0\u202e.tif"),
        ("x" * 4096, "x" * 4096),
    ],
)
def test_plain_paths_are_kept_and_written_in_one_way(path: str, expected: str) -> None:
    assert safe_path(path, Limits()) == expected


@given(st.text(st.sampled_from("ab./\\:\0\n\udcff ü"), max_size=12))
def test_a_path_that_passes_stays_inside_and_passes_again(path: str) -> None:
    try:
        found = safe_path(path, Limits())
    except RefusedError:
        return
    assert not found.startswith("/")
    assert not {"", ".", ".."} & set(found.split("/"))
    assert safe_path(found, Limits()) == found
    found.encode()


def test_the_outline_counts_files_and_not_what_is_refused(tmp_path: Path) -> None:
    content = tar_bytes([("a/1.txt", b"12"), ("a/2.txt", b"3"), ("../up", b"4")])
    (tmp_path / "x.tar").write_bytes(content)
    observed = ObservedArchive(open_archive(tmp_path / "x.tar"))
    assert len(list(observed.members())) == 3
    assert (observed.n_files, observed.n_bytes, observed.seekable) == (2, 3, True)
    assert observed.outline()[0] == (0, "x/", "2 files, 3 bytes")
    assert [member.path for member in observed.fetch(["a/2.txt"])] == ["a/2.txt"]


def test_several_threads_read_members_of_one_container(tmp_path: Path) -> None:
    files = {f"{number}.bin": number.to_bytes(2, "big") * 3000 for number in range(60)}
    whole = tar_bytes(files.items())
    pieces = [tmp_path / "x.tar.001", tmp_path / "x.tar.002"]
    pieces[0].write_bytes(whole[:99_999])
    pieces[1].write_bytes(whole[99_999:])
    members = [entry for entry in open_archive(pieces).members() if isinstance(entry, Member)]
    with ThreadPoolExecutor(8) as pool:
        assert dict(zip(files, pool.map(Member.read, members), strict=True)) == files


def test_what_is_no_archive_is_told_by_its_bytes(tmp_path: Path) -> None:
    cases = {
        "text.tar": (b"no tar at all" * 100, "input.type", "is no archive; expected a folder, .tar"),
        "empty.zip": (b"", "input.empty", "is empty"),
        "table.csv": (b"a,b\n1,2\n", "input.type", "is no archive"),
        "x.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(100), "archive.unsupported", "is a 7z archive"),
        "x.rar": (b"Rar!\x1a\x07\1\0" + bytes(100), "archive.unsupported", "is a RAR archive"),
        "x.z01": (b"PK\7\x08" + bytes(100), "archive.unsupported", "is a volume"),
    }
    for name, (data, category, words) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ArchiveError, match=re.escape(words)) as caught:
            open_archive(tmp_path / name)
        assert caught.value.category == category
        assert str(tmp_path / name) in str(caught.value)


def test_an_archive_is_what_its_bytes_are_whatever_its_name_says(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(tar_bytes([("a", b"1")]))
    (tmp_path / "y").write_bytes(zip_bytes([("a", b"1")]))
    assert read_all(open_archive(tmp_path / "x.zip")) == {"a": b"1"}
    assert read_all(open_archive(str(tmp_path / "y"))) == {"a": b"1"}
    for name in ("BZh", "PK\3\4", "7z", "(\u00b5/"):
        (tmp_path / "z").write_bytes(tar_bytes([(f"{name}.txt", b"1")]))
        assert len(list(open_archive(tmp_path / "z").members())) == 1


def test_what_is_not_there_or_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"missing\.tar: nothing lies there; give the path .* --archive"):
        open_archive(tmp_path / "missing.tar")
    with pytest.raises(ArchiveError, match="nothing lies there"):
        open_archive(str(tmp_path / "missing") + "/\n")
    with pytest.raises(ArchiveError, match="cannot be looked at"):
        open_archive("nul\0")
    with pytest.raises(ArchiveError, match="no archive is named"):
        open_archive([])
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ArchiveError, match="is a device, pipe or socket") as caught:
        open_archive(tmp_path / "pipe")
    assert caught.value.category == "input.type"


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = write_container("tar", FILES, tmp_path / "data")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(ArchiveError, match="cannot be read: Permission denied") as caught:
        open_archive(path)
    assert caught.value.category == "fs.permission"
