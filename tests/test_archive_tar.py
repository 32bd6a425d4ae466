"""Tar archives: every dialect is read, every cut is noticed, and nothing makes the parser fail in another way."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.archive import Limits, LocalFile, Member, TarArchive, open_archive
from dsdocs.archive.file import Ranges
from dsdocs.archive.tar_header import HeaderError, is_header, pax_records, size_of
from dsdocs.errors import ArchiveError, MemberError
from dsdocs.records import RecordError
from support.containers import tar_bytes

END = bytes(1024)
LONG = "b/" + "n" * 120 + ".txt"
FILES = {"a/one.txt": b"1" * 700, "a/two.txt": b"", LONG: b"3" * 512, "b/four.txt": b"4" * 1300}
WHOLE = tar_bytes(FILES.items())


def header(
    path: bytes,
    size: bytes | int = 0,
    kind: bytes = b"0",
    magic: bytes = b"ustar\x0000",
    link: bytes = b"",
    prefix: bytes = b"",
) -> bytes:
    """Return a header block with a right checksum."""
    octal = size if isinstance(size, bytes) else b"%011o\0" % size
    block = bytearray(512)
    for at, value in (
        (0, path), (100, b"0000644\0"), (124, octal), (136, b"%011o\0" % 0), (148, b" " * 8),
        (156, kind), (157, link), (257, magic), (345, prefix),
    ):  # fmt: skip
        block[at : at + len(value)] = value
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def data(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def pax(**records: str) -> bytes:
    body = b""
    for key, value in records.items():
        line = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(line) + 1
        while len(str(length)) + len(line) != length:
            length += 1
        body += str(length).encode() + line
    return header(b"pax", len(body), b"x") + data(body)


def entries(content: bytes, folder: Path, compressed: bool = False) -> list[Member | RecordError]:
    path = folder / "x.tar"
    path.write_bytes(gzip.compress(content, 1) if compressed else content)
    return list(TarArchive(LocalFile(str(path)), "x", Limits(), "gzip" if compressed else None).members())


def read_all(content: bytes, folder: Path, compressed: bool = False) -> dict[str, bytes | str]:
    path = folder / "x.tar"
    path.write_bytes(gzip.compress(content, 1) if compressed else content)
    archive = TarArchive(LocalFile(str(path)), "x", Limits(), "gzip" if compressed else None)
    return {entry.path: entry.read() if isinstance(entry, Member) else entry.category for entry in archive.members()}


both = pytest.mark.parametrize("compressed", [False, True], ids=["tar", "tar.gz"])


@both
@pytest.mark.parametrize("dialect", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_dialect_that_python_writes_is_read(dialect: int, compressed: bool, tmp_path: Path) -> None:
    sink = io.BytesIO()
    files = {**FILES, "ü/" * 40 + "é.txt": b"long and not ASCII"}
    if dialect == tarfile.USTAR_FORMAT:
        files.pop(LONG)  # which it cannot hold
    with tarfile.open(fileobj=sink, mode="w", format=dialect) as archive:
        folder = tarfile.TarInfo("a")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert read_all(sink.getvalue(), tmp_path, compressed) == files


@both
def test_headers_of_old_and_rare_writers_are_read(compressed: bool, tmp_path: Path) -> None:
    content = b"".join([
        header(b"v7.txt", b"         3 \0", b"\0", b"") + data(b"old"),
        header(b"folder-by-slash/", 0, b"\0", b""),
        header(b"contiguous.txt", 1, b"7") + data(b"7"),
        header(b"twelve digits.txt", b"000000000005") + data(b"12345"),
        header(b"binary size.txt", b"\x80" + (4).to_bytes(11, "big")) + data(b"base"),
        header(b"name.txt", 1, prefix=b"pre/fix") + data(b"p"),
        header(b"n" * 100, 1, prefix=b"p" * 155) + data(b"f"),
        header(b"times of GNU.txt", 1, magic=b"ustar  \0", prefix=b"13377331") + data(b"g"),
        header(b"././@LongLink", 201, b"L", b"ustar  \0") + data(b"l/" * 99 + b"ll\0") + header(b"cut", 1) + data(b"L"),
        header(b"././@LongLink", 3, b"K", b"ustar  \0") + data(b"to\0") + header(b"link", 0, b"2"),
        pax(path="pax/ü.txt", size="2", mtime="1.5") + header(b"short", 9) + data(b"px"),
        header(b"pax", 21, b"g") + data(b"21 comment=of all of\n"),
        header(b"with a comment.txt", 1) + data(b"c"),
        header(b"label", 0, b"V"),
        header(b"./dot//slash.txt", 1) + data(b"/"),
        END,
    ])  # fmt: skip
    assert read_all(content, tmp_path, compressed) == {
        "v7.txt": b"old", "contiguous.txt": b"7", "twelve digits.txt": b"12345", "binary size.txt": b"base",
        "pre/fix/name.txt": b"p", "p" * 155 + "/" + "n" * 100: b"f", "times of GNU.txt": b"g", "l/" * 99 + "ll": b"L",
        "link": "archive.link", "pax/ü.txt": b"px", "with a comment.txt": b"c",
        "dot/slash.txt": b"/",
    }  # fmt: skip


def test_a_checksum_of_signed_bytes_is_taken_as_well() -> None:
    block = bytearray(header("ü.txt".encode()))
    signed = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + b" " * 8 + block[156:])
    block[148:156] = b"%06o\0 " % signed
    assert is_header(bytes(block))


@given(st.binary(min_size=512, max_size=512))
def test_the_fast_checksum_is_the_sum_of_the_bytes(noise: bytes) -> None:
    block = bytearray(noise)
    total = sum(block[:148]) + 8 * 32 + sum(block[156:])
    for claimed in (total - 1, total, total + 1):
        block[148:156] = b"%06o\0 " % claimed
        assert is_header(bytes(block)) == (claimed == total)


@both
def test_what_is_no_plain_file_is_named_and_passed_over(compressed: bool, tmp_path: Path) -> None:
    content = b"".join([
        header(b"hard", 0, b"1", link=b"a"), header(b"soft", 0, b"2", link=b"/etc/passwd"),
        header(b"character", 0, b"3"), header(b"block", 0, b"4"), header(b"pipe", 0, b"6"),
        header(b"sparse", 3, b"S") + data(b"abc"), header(b"volume", 3, b"M") + data(b"abc"),
        header(b"vendor", 3, b"Z") + data(b"abc"), header(b"dump", 3, b"D") + data(b"Yab"),
        pax(GNU__sparse__major="1", GNU__sparse__name="real/s") + header(b"GNUSparseFile.0/s", 3) + data(b"abc"),
        header(b"/etc/cron.d/x", 1) + data(b"x"), header(b"a/../../x", 1) + data(b"x"),
        header(b"C:\\x", 1) + data(b"x"), pax(path="nul\0byte") + header(b"n", 1) + data(b"x"),
        header(b"esc\x1b[2J", 1) + data(b"x"), header(b"latin-\xfc", 1) + data(b"x"),
        header(b"./", 1) + data(b"x"), header(b"kept.txt", 1) + data(b"x"), END,
    ])  # fmt: skip
    assert read_all(content, tmp_path, compressed) == {
        "hard": "archive.link", "soft": "archive.link", "character": "fs.special", "block": "fs.special",
        "pipe": "fs.special", "sparse": "archive.unsupported", "volume": "archive.unsupported",
        "vendor": "archive.unsupported", "real/s": "archive.unsupported",
        "/etc/cron.d/x": "archive.unsafe-path", "a/../../x": "archive.unsafe-path", "C:\\x": "archive.unsafe-path",
        "nul\\x00byte": "archive.unsafe-path", "esc\\x1b[2J": "name.unsafe", "latin-\\xfc": "name.unsafe",
        "kept.txt": b"x",
    }  # fmt: skip


def test_the_map_of_a_sparse_file_is_passed_over(tmp_path: Path) -> None:
    first = bytearray(header(b"sparse", 3, b"S", b"ustar  \0"))
    first[482] = 1
    first[148:156] = b" " * 8
    first[148:156] = b"%06o\0 " % sum(first)
    more, last = bytearray(512), bytearray(512)
    more[504] = 1
    content = bytes(first + more + last) + data(b"abc") + header(b"kept", 1) + data(b"x") + END
    assert read_all(content, tmp_path) == {"sparse": "archive.unsupported", "kept": b"x"}
    with pytest.raises(ArchiveError, match="ends in the middle of a header"):
        entries(bytes(first + more), tmp_path)


@both
def test_links_and_folders_with_a_size_are_passed_over_with_their_data_or_without(
    compressed: bool, tmp_path: Path
) -> None:
    last = header(b"kept", 1) + data(b"x")
    for kind in b"1", b"2", b"5":
        for content in (b"", data(b"not a header" * 50)):
            whole = header(b"odd", 600, kind) + content + last + END
            assert read_all(whole, tmp_path, compressed)["kept"] == b"x"
        assert entries(header(b"odd", 600, kind) + END, tmp_path, compressed) is not None


@both
def test_both_members_of_the_same_name_are_given_out_and_the_first_is_opened(compressed: bool, tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    content = tar_bytes([("a", b"first"), ("a", b"second"), ("./a", b"third"), ("b", b"")])
    path.write_bytes(gzip.compress(content) if compressed else content)
    archive = open_archive(path)
    assert [member.read() for member in archive.fetch(["a", "b"])] == [b"first", b""]
    assert [entry.read() for entry in archive.members() if isinstance(entry, Member)] == [
        b"first",
        b"second",
        b"third",
        b"",
    ]
    with archive.open("a") as stream:
        assert stream.read() == b"first"


@both
def test_a_tar_that_is_cut_anywhere_is_noticed(compressed: bool, tmp_path: Path) -> None:
    end = WHOLE.rindex(b"4") + 1
    end += -end % 512 + 1024
    assert not WHOLE[end:].strip(b"\0")
    assert len(read_all(WHOLE[:end], tmp_path, compressed)) == len(FILES)  # Python pads to 10 kB, which is not needed
    for cut in sorted({*range(0, end, 512), *range(0, end, 97), end - 1, 1, 511, 513}):
        with pytest.raises(ArchiveError) as caught:
            entries(WHOLE[:cut], tmp_path, compressed)
        assert caught.value.category == "archive.corrupt"
        assert "get the file again" in str(caught.value)


def test_the_message_says_where_the_damage_is_and_what_is_whole_before_it(tmp_path: Path) -> None:
    damaged = bytearray(WHOLE)
    position = WHOLE.index(b"b/four.txt")
    damaged[position] ^= 1
    with pytest.raises(ArchiveError) as caught:
        entries(bytes(damaged), tmp_path)
    assert f"at byte {position:,} of the tar" in str(caught.value)
    assert "the last file that is whole is 'b/nnnn" in str(caught.value)
    with pytest.raises(ArchiveError, match=r"ends in the middle of 'a/one\.txt', which has 700 bytes; not one file is"):
        entries(WHOLE[:700], tmp_path)


@both
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (header(b"a"), "without the two empty blocks"),
        (header(b"a") + bytes(512), "without the second of two empty blocks"),
        (header(b"a") + bytes(512) + header(b"b") + END, "has one empty block"),
        (header(b"a") + END + header(b"b") + END, "goes on after its end"),
        (header(b"a") + END + bytes(9000) + b"x", "goes on after its end"),
        (header(b"a") + b"garbage!" * 64 + END, "found something else"),
        (header(b"a", b"-0000000001\0") + END, "is no number"),
        (header(b"a", b"99999999999\0") + END, "is no number"),
        (header(b"a", b"0x000000010\0") + END, "is no number"),
        (header(b"a", b"1_000000000\0") + END, "is no number"),
        (header(b"a", b"\xff" * 12) + END, "is negative or too large"),
        (header(b"a", b"\x80" + b"\xff" * 11) + END, "is negative or too large"),
        (header(b"a", b"\x80" + (2**43).to_bytes(11, "big")) + END, "ends in the middle of 'a'"),
        (header(b"a", 2**21, b"x") + END, "an extended header of 2,097,152 bytes"),
        (header(b"a", 2**21, b"L") + END, "an extended header of 2,097,152 bytes"),
        (header(b"a", 9, b"x") + data(b"9 no pair") + END, "a record of the extended header is none"),
        (header(b"a", 9, b"x") + data(b"99 a=b\n\n\n") + END, "a record of the extended header is none"),
        (header(b"a", 9, b"x") + data(b"0 a=b\n\n\n\n") + END, "a record of the extended header is none"),
        (pax(size="-1") + header(b"a") + END, "is no number"),
        (pax(size="1" * 30) + header(b"a") + END, "is no number"),
        (pax(path="a") + END, "without the member that it belongs to"),
        (header(b"a", 700, b"x") + b"1", "ends in the middle of an extended header"),
    ],
)  # fmt: skip
def test_what_breaks_the_format_is_named(content: bytes, words: str, compressed: bool, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as caught:
        entries(content, tmp_path, compressed)
    assert words in str(caught.value)
    assert caught.value.category == "archive.corrupt"


def test_a_compressed_file_that_is_no_tar_is_named(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n" * 1000))
    with pytest.raises(ArchiveError, match=r"table\.csv\.gz: holds no tar archive") as caught:
        list(open_archive(path).members())
    assert caught.value.category == "input.type"


def test_a_member_that_vanishes_under_the_reader_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(WHOLE)
    last = list(open_archive(path).members())[-1]
    assert isinstance(last, Member)
    path.write_bytes(WHOLE[: last.offset + 100])
    for read in (last.read, last.open):
        with pytest.raises(MemberError, match=r"ends after 100 of 1,300 bytes") as caught:
            read()
        assert caught.value.category == "archive.corrupt"


def test_a_member_that_is_cut_is_not_given_out(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(tar_bytes([("whole", b"1"), ("cut", bytes(5000))])[:4000])
    members = open_archive(path).members()
    assert next(members).path == "whole"
    with pytest.raises(ArchiveError, match="in the middle of 'cut'"):
        next(members)


@pytest.mark.parametrize(("size", "most"), [(1300, 16), (70_000, 420), (2**21, 420)])
def test_small_members_are_found_with_few_reads_and_large_ones_with_little_reading(
    size: int, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.tar"
    with path.open("wb") as sink:
        for number in range(400):
            sink.write(header(b"%d" % number, size))
            sink.seek(-(-size // 512) * 512, 1)
        sink.write(END)
    reads = []
    real = Ranges.read
    monkeypatch.setattr(Ranges, "read", lambda self, start, count: reads.append(count) or real(self, start, count))
    assert sum(1 for _ in open_archive(path).members()) == 400
    assert len(reads) <= most
    assert sum(reads) <= (3 * path.stat().st_size if size < 2000 else 2**15 * len(reads))


def test_large_members_are_passed_over_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with path.open("wb") as sink:  # sparse: takes no room
        for number in range(4):
            sink.write(header(b"large-%d.tif" % number, 2**33))
            sink.seek(2**33, 1)
        sink.write(END)
    members = list(open_archive(path).members())
    assert [entry.size for entry in members if isinstance(entry, Member)] == [2**33] * 4
    last = members[-1]
    assert isinstance(last, Member)
    with last.open() as stream:
        assert stream.seek(-3, 2) == 2**33 - 3
        assert stream.read() == b"\0\0\0"
        with pytest.raises(OSError, match="negative"):
            stream.seek(-1)


def test_a_large_member_of_a_stream_is_passed_over_and_not_held(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(header(b"large", 5000) + data(b"x" * 5000) + header(b"b", 1) + data(b"y") + END))
    found = {}
    for entry in open_archive(path, limits=Limits(held=4999)).members():
        assert isinstance(entry, Member)
        try:
            found[entry.path] = entry.read()
        except MemberError as error:
            found[entry.path] = f"{error.category} {error}".encode()
    assert found["b"] == b"y"
    assert found["large"].startswith(b"archive.bomb large: holds 5,000 bytes")
    assert b"the limit 'held' is 4,999" in found["large"]


def outcome(content: bytes, folder: Path, compressed: bool) -> int:
    """Read everything there is; only the errors of the project may come out."""
    count = 0
    try:
        path = folder / "x"
        path.write_bytes(gzip.compress(content, 1) if compressed else content)
        for entry in open_archive(path).members():
            count += 1
            assert count < 1000
            assert entry.path.isprintable() or "\n" not in entry.path
            if isinstance(entry, Member):
                assert entry.size >= 0
                assert len(entry.read()) == entry.size
    except (ArchiveError, MemberError):
        return -1
    return count


@settings(max_examples=300, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, len(WHOLE)),
    repair=st.booleans(),
    compressed=st.booleans(),
)
def test_no_change_makes_the_parser_loop_or_fail_in_another_way(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], cut: int, repair: bool, compressed: bool
) -> None:
    content = bytearray(WHOLE)
    for position, value in changes:
        content[position] = value
        block = position - position % 512
        if repair:  # so that what follows the checksum is reached
            content[block + 148 : block + 156] = b" " * 8
            content[block + 148 : block + 156] = b"%06o\0 " % sum(content[block : block + 512])
    outcome(bytes(content[: cut if cut % 3 == 0 else None]), tmp_path_factory.getbasetemp(), compressed)


@settings(max_examples=200, deadline=None)
@given(
    blocks=st.lists(
        st.one_of(
            st.builds(
                header,
                st.binary(max_size=100),
                st.one_of(st.integers(0, 2000), st.binary(min_size=12, max_size=12)),
                st.sampled_from([bytes([kind]) for kind in b"\x0001234567xgLKSDMVNXZ"]),
                st.sampled_from([b"ustar\x0000", b"ustar  \0", b""]),
            ),
            st.binary(max_size=600).map(data),
            st.builds(lambda text: pax(path=text), st.text(max_size=30)),
            st.just(bytes(512)),
        ),
        max_size=8,
    ),
    compressed=st.booleans(),
)
def test_no_sequence_of_blocks_makes_the_parser_loop_or_fail_in_another_way(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[bytes], compressed: bool
) -> None:
    outcome(header(b"first") + b"".join(blocks) + END, tmp_path_factory.getbasetemp(), compressed)


@given(st.binary(max_size=200))
def test_records_and_sizes_are_read_or_refused(noise: bytes) -> None:
    for parse in (pax_records, lambda data: size_of(header(b"a", data[:12].ljust(12, b"\0")))):
        try:
            parse(noise)
        except HeaderError:
            continue
