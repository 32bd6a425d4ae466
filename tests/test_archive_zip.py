"""Zip archives: what any writer makes is read and verified, and what is damaged, hidden or a bomb is named."""

from __future__ import annotations

import io
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.archive import Limits, Member, open_archive
from dsdocs.errors import ArchiveError, MemberError
from dsdocs.records import RecordError
from support.containers import zip_bytes

FILES = {"a/one.txt": b"one " * 50, "b/two.bin": bytes(range(256)), "empty": b""}


def read_all(content: bytes, folder: Path, limits: Limits | None = None) -> dict[str, bytes | str]:
    """Return bytes, or the category of what was refused, or ``unread`` and the category."""
    path = folder / "x.zip"
    path.write_bytes(content)
    found: dict[str, bytes | str] = {}
    for entry in open_archive(path, limits=limits).members():
        if isinstance(entry, RecordError):
            found[entry.path] = entry.category
            continue
        try:
            found[entry.path] = entry.read()
        except MemberError as error:
            found[entry.path] = f"unread {error.category}"
    return found


def written(add: Callable[[zipfile.ZipFile], None]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        add(archive)
    return sink.getvalue()


def changed(content: bytes, position: int, value: bytes) -> bytes:
    return content[:position] + value + content[position + len(value) :]


def record(content: bytes, number: int = 0) -> int:
    """Return the place of a record of the central directory."""
    place = content.index(b"PK\1\2")
    for _ in range(number):
        place = content.index(b"PK\1\2", place + 4)
    return place


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_method_that_python_writes_is_read(method: int, tmp_path: Path) -> None:
    files = {**FILES, "large": bytes(range(256)) * 20_000}
    assert read_all(zip_bytes(files.items(), method), tmp_path) == files


def packed(method: int, data: bytes, content: bytes, size: int | None = None) -> bytes:
    """Return an archive with one member ``x`` that was packed by hand."""
    whole = zip_bytes([("x", data)], zipfile.ZIP_STORED)
    sizes = struct.pack("<2L", len(data), len(content) if size is None else size)
    crc = zlib.crc32(content)
    for place, at in ((0, 8), (record(whole), 10)):
        whole = changed(whole, place + at, struct.pack("<H", method))
        whole = changed(whole, place + at + 6, struct.pack("<L", crc) + sizes)
    return whole


def test_zstandard_is_read(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    data = zstandard.ZstdCompressor().compress(content)
    assert read_all(packed(93, data, content), tmp_path) == {"x": content}
    for damaged in (data[:-3], data + b"x", changed(data, len(data) // 2, b"\0\0\0\0\0\0")):
        assert read_all(packed(93, damaged, content), tmp_path) == {"x": "unread archive.corrupt"}


def test_members_whose_sizes_follow_them_are_read(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def tell(self) -> int:
            raise OSError("no pipe knows its place")

    sink = Pipe()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in FILES.items():
            archive.writestr(path, data)
    assert sink.getvalue()[6] & 8
    assert read_all(sink.getvalue(), tmp_path) == FILES


def test_zip64_is_read(tmp_path: Path) -> None:
    def add(archive: zipfile.ZipFile) -> None:
        with archive.open("forced", "w", force_zip64=True) as sink:
            sink.write(b"data")

    assert read_all(written(add), tmp_path) == {"forced": b"data"}
    whole = zip_bytes(FILES.items())
    end = whole.index(b"PK\5\6")
    count, size, start = struct.unpack_from("<H2L", whole, end + 10)
    wide = (
        whole[:end]
        + struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
        + struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    )
    assert read_all(wide, tmp_path) == FILES
    assert read_all(b"#!/bin/sh\n" + wide, tmp_path) == FILES
    with pytest.raises(ArchiveError, match="zip64 end record"):
        read_all(changed(wide, end, b"PK\6\5"), tmp_path)


def test_a_place_beyond_4_gib_is_read_from_its_zip64_field(tmp_path: Path) -> None:
    whole = zip_bytes([("x", b"data")], zipfile.ZIP_STORED)
    place = record(whole)
    field = struct.pack("<2HQ", 1, 8, 0)
    wide = changed(changed(whole, place + 42, b"\xff" * 4), place + 30, struct.pack("<H", len(field)))
    wide = wide[: place + 47] + field + wide[place + 47 :]
    end = wide.index(b"PK\5\6")
    wide = changed(wide, end + 12, struct.pack("<L", 47 + len(field)))
    assert read_all(wide, tmp_path) == {"x": b"data"}
    with pytest.raises(ArchiveError, match="zip64 field of 'x' is missing or too short"):
        read_all(changed(wide, place + 47, b"\2\0"), tmp_path)


def test_what_stands_before_the_archive_and_a_comment_behind_it_do_not_matter(tmp_path: Path) -> None:
    def add(archive: zipfile.ZipFile) -> None:
        archive.comment = b"PK\5\6 is not the end " * 9
        for path, data in FILES.items():
            archive.writestr(path, data)

    assert read_all(written(add), tmp_path) == FILES
    assert read_all(b"MZ" + bytes(5000) + written(add), tmp_path) == FILES


def test_names_are_decoded_as_their_writers_meant_them(tmp_path: Path) -> None:
    def add(archive: zipfile.ZipFile) -> None:
        archive.writestr("ü.txt", b"flag")

    flagged = written(add)
    assert read_all(flagged, tmp_path) == {"ü.txt": b"flag"}
    plain = changed(flagged, record(flagged) + 9, b"\0")  # UTF-8 without the flag
    assert read_all(plain, tmp_path) == {"ü.txt": b"flag"}
    old = plain.replace("ü".encode(), b"\x81\x81")  # cp437
    assert read_all(old, tmp_path) == {"üü.txt": b"flag"}
    assert read_all(flagged.replace("ü".encode(), b"\x81\x81"), tmp_path) == {"\\x81\\x81.txt": "name.unsafe"}


def test_the_name_in_the_unicode_field_counts_if_it_belongs_to_the_other(tmp_path: Path) -> None:
    for crc, expected in ((zlib.crc32(b"\x81.txt"), "Ж.txt"), (1, "ü.txt")):
        info = zipfile.ZipInfo("_.txt")
        told = "Ж.txt".encode()
        info.extra = struct.pack("<2HBL", 0x7075, 5 + len(told), 1, crc) + told
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            archive.writestr(info, b"x")
        assert read_all(sink.getvalue().replace(b"_.txt", b"\x81.txt"), tmp_path) == {expected: b"x"}


def test_folders_are_passed_over_and_backslashes_of_windows_tools_are_slashes(tmp_path: Path) -> None:
    def add(archive: zipfile.ZipFile) -> None:
        archive.writestr("a/", b"")
        folder = zipfile.ZipInfo("unix-folder")
        folder.external_attr = (stat.S_IFDIR | 0o755) << 16
        archive.writestr(folder, b"")
        archive.writestr("w\\", b"")
        dos = zipfile.ZipInfo("dos/")
        dos.create_system = 0
        archive.writestr(dos, b"")
        archive.writestr("w\\in\\x.txt", b"w")
        archive.writestr("..\\x.txt", b"")
        archive.writestr("C:\\x.txt", b"")
        archive.writestr("a/b\\c.txt", b"")

    assert read_all(written(add), tmp_path) == {
        "w/in/x.txt": b"w",
        "..\\x.txt": "archive.unsafe-path",
        "C:\\x.txt": "archive.unsafe-path",
        "a/b\\c.txt": "archive.unsafe-path",
    }


def test_links_devices_and_unsafe_paths_are_named(tmp_path: Path) -> None:
    def add(archive: zipfile.ZipFile) -> None:
        for path, kind in (("link", stat.S_IFLNK), ("pipe", stat.S_IFIFO), ("kept", stat.S_IFREG)):
            info = zipfile.ZipInfo(path)
            info.external_attr = (kind | 0o644) << 16
            archive.writestr(info, b"/etc/passwd")
        for path in ("/etc/x", "../x", "a/../../x", "./kept too"):
            archive.writestr(path, b"x")

    assert read_all(written(add), tmp_path) == {
        "link": "archive.link", "pipe": "fs.special", "kept": b"/etc/passwd", "/etc/x": "archive.unsafe-path",
        "../x": "archive.unsafe-path", "a/../../x": "archive.unsafe-path", "kept too": b"x",
    }  # fmt: skip
    null = zip_bytes([("a_b", b"")]).replace(b"a_b", b"a\0b")
    assert read_all(null, tmp_path) == {"a\\x00b": "archive.unsafe-path"}


def test_encrypted_members_and_unknown_methods_are_named_one_by_one(tmp_path: Path) -> None:
    whole = zip_bytes(FILES.items())
    first, second = record(whole), record(whole, 1)
    encrypted = changed(whole, first + 8, b"\1\0")
    unknown = changed(encrypted, second + 10, struct.pack("<H", 97))
    assert read_all(unknown, tmp_path) == {
        "a/one.txt": "archive.encrypted", "b/two.bin": "archive.unsupported", "empty": b"",
    }  # fmt: skip


def test_an_archive_in_volumes_is_refused(tmp_path: Path) -> None:
    whole = zip_bytes(FILES.items())
    with pytest.raises(ArchiveError, match="is cut into volumes") as caught:
        read_all(changed(whole, whole.index(b"PK\5\6") + 4, b"\2\0\2\0"), tmp_path)
    assert caught.value.category == "archive.unsupported"


def test_an_archive_that_is_cut_anywhere_is_noticed(tmp_path: Path) -> None:
    whole = zip_bytes(FILES.items())
    for cut in range(1, len(whole)):
        with pytest.raises(ArchiveError) as caught:
            read_all(whole[:cut], tmp_path)
        assert caught.value.category in ("archive.corrupt", "input.type")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_flipped_bit_is_noticed_or_harmless(method: int, tmp_path: Path) -> None:
    whole = zip_bytes(FILES.items(), method)
    unnoticed = 0
    for position in range(len(whole)):
        for bit in (1, 32):
            try:
                found = read_all(changed(whole, position, bytes([whole[position] ^ bit])), tmp_path)
            except ArchiveError:
                continue
            # Bytes are never wrong; a name may be another one only if both copies of it were changed.
            assert {data for data in found.values() if isinstance(data, bytes)} <= set(FILES.values())
            assert len(found) == len(FILES) or position > whole.index(b"PK\5\6")
            unnoticed += found == FILES
    # Times, versions, attributes, sizes in local headers: 40 or so bytes for each of the two headers of a member.
    assert unnoticed < 2 * len(FILES) * 80


def test_headers_that_disagree_are_noticed_when_the_member_is_read(tmp_path: Path) -> None:
    whole = zip_bytes(FILES.items())
    for position, value in ((0, b"PK\3\5"), (30, b"X"), (8, b"\0\0"), (26, b"\1"), (6, b"\1")):
        found = read_all(changed(whole, position, value), tmp_path)
        assert found == {**FILES, "a/one.txt": "unread archive.corrupt"}


@pytest.mark.parametrize("lie", [-1, 1, 100_000])
def test_a_member_with_another_size_than_it_says_is_noticed(lie: int, tmp_path: Path) -> None:
    content = b"deflated " * 100
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(content) + packer.flush()
    assert read_all(packed(8, data, content), tmp_path) == {"x": content}
    assert read_all(packed(8, data, content, len(content) + lie), tmp_path) == {"x": "unread archive.corrupt"}
    assert read_all(packed(0, content, content, len(content) + lie), tmp_path) == {"x": "archive.corrupt"}
    for damaged in (data + b"more", data[:-1]):
        assert read_all(packed(8, damaged, content), tmp_path) == {"x": "unread archive.corrupt"}


def test_an_empty_member_that_is_called_deflated_is_read(tmp_path: Path) -> None:
    assert read_all(packed(8, b"", b""), tmp_path) == {"x": b""}


def test_old_writers_count_members_from_zero_again(tmp_path: Path) -> None:
    content = zip_bytes(((f"{number:x}", b"") for number in range(0x10002)), zipfile.ZIP_STORED)
    end, start = content.index(b"PK\6\6"), content.index(b"PK\1\2")
    last = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, end - start, start, 0)
    assert len(read_all(content[:end] + last, tmp_path)) == 0x10002
    with pytest.raises(ArchiveError, match=r"has 65,538 records, but should have 3"):
        read_all(content[:end] + last.replace(b"\2\0\2\0", b"\3\0\3\0"), tmp_path)


def test_a_member_beyond_the_central_directory_is_noticed(tmp_path: Path) -> None:
    whole = zip_bytes(FILES.items())
    with pytest.raises(ArchiveError, match=r"'empty' should lie where the central directory does, or after it"):
        read_all(changed(whole, record(whole, 2) + 42, struct.pack("<L", record(whole) + 1)), tmp_path)


@pytest.mark.parametrize("position", ["outside", "shared"])
def test_members_that_lie_in_one_another_are_a_bomb(position: str, tmp_path: Path) -> None:
    whole = zip_bytes([("a", b"1" * 5000), ("b", b"2" * 5000)], zipfile.ZIP_STORED)
    start = 0 if position == "shared" else 3000
    with pytest.raises(ArchiveError, match="lie in one another") as caught:
        read_all(changed(whole, record(whole, 1) + 42, struct.pack("<L", start)), tmp_path)
    assert caught.value.category == "archive.bomb"


def test_members_in_another_order_than_their_records_are_no_bomb(tmp_path: Path) -> None:
    whole = zip_bytes([("a", b"1" * 50), ("b", b"2" * 50)], zipfile.ZIP_STORED)
    first, second, end = record(whole), record(whole, 1), whole.index(b"PK\5\6")
    swapped = whole[:first] + whole[second:end] + whole[first:second] + whole[end:]
    assert list(read_all(swapped, tmp_path).items()) == [("b", b"2" * 50), ("a", b"1" * 50)]


def test_limits_on_ratio_and_memory_hold_for_each_member(tmp_path: Path) -> None:
    whole = zip_bytes([("zeros", bytes(2**20)), ("kept", b"kept")])
    found = read_all(whole, tmp_path, Limits(ratio=100, ratio_from=2**19))
    assert found == {"zeros": "archive.bomb", "kept": b"kept"}
    found = read_all(whole, tmp_path, Limits(held=2**19))
    assert found == {"zeros": "unread archive.bomb", "kept": b"kept"}
    assert read_all(whole, tmp_path)["zeros"] == bytes(2**20)


def test_an_archive_that_says_it_holds_too_many_members_is_refused_before_they_are_looked_at(tmp_path: Path) -> None:
    whole = zip_bytes((str(number), b"") for number in range(50))
    with pytest.raises(ArchiveError, match=r"50 files, more than 49, the limit 'members'"):
        read_all(whole, tmp_path, Limits(members=49))
    less = changed(whole, whole.index(b"PK\5\6") + 8, struct.pack("<2H", 3, 3))
    with pytest.raises(ArchiveError, match=r"has 50 records, but should have 3"):
        read_all(less, tmp_path)


def test_a_large_stored_member_is_verified_and_then_read_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsdocs.archive.zip_member._LARGE", 1000)
    content = bytes(range(256)) * 5000
    path = tmp_path / "x.zip"
    path.write_bytes(zip_bytes([("x.tif", content)], zipfile.ZIP_STORED))
    (member,) = open_archive(path, limits=Limits(held=1000)).members()
    assert isinstance(member, Member)
    with member.open() as stream:
        stream.seek(-10, 2)
        assert stream.read() == content[-10:]
    with pytest.raises(MemberError, match="'held'"):
        member.read()
    path.write_bytes(changed(path.read_bytes(), 5000, b"?"))
    with pytest.raises(MemberError, match="its checksum is wrong"):
        member.open()


def test_a_zip_of_many_members_is_listed_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zip_bytes((f"{number:06}/a file with a name.json", b"{}") for number in range(20_000)))
    archive = open_archive(path)
    tracemalloc.start()
    try:
        count = sum(1 for _ in archive.members())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 200 * count
    with archive.open("019999/a file with a name.json") as stream:
        assert stream.read() == b"{}"


SMALL = zip_bytes([*FILES.items(), ("ü", b"x")])


@settings(max_examples=300, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.binary(min_size=1, max_size=8)), max_size=6),
    near_end=st.booleans(),
    noise=st.binary(max_size=30),
)
def test_no_change_makes_the_parser_loop_or_fail_in_another_way(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]], near_end: bool, noise: bytes
) -> None:
    content = SMALL
    for position, value in changes:
        content = changed(content, position % 350 + len(SMALL) - 350 if near_end else position, value)
    try:
        found = read_all(noise + content, tmp_path_factory.getbasetemp())
    except ArchiveError:
        return
    assert len(found) <= len(FILES) + 1
