"""Decompression: what is cut or changed is noticed, in every format, and nothing unpacks without bounds."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.archive import Limits, LocalFile, Member, open_archive
from dsdocs.archive.stream import unpacked
from dsdocs.errors import ArchiveError, MemberError
from support.containers import tar_bytes


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zstandard": zstd,
    "bzip2": lambda data: bz2.compress(data, 1),
    "xz": lambda data: lzma.compress(data, preset=0),
}
TEXT = bytes(range(256)) * 3 + b"and a text that can be packed, " * 30
kinds = pytest.mark.parametrize("kind", PACK)


def unpack(kind: str, data: bytes, folder: Path, limits: Limits | None = None) -> bytes:
    path = folder / "packed"
    path.write_bytes(data)
    chunks = list(unpacked(LocalFile(str(path)), kind, limits or Limits()))
    assert all(len(chunk) <= 2**20 for chunk in chunks)
    return b"".join(chunks)


@kinds
def test_what_was_packed_comes_out(kind: str, tmp_path: Path) -> None:
    large = TEXT * 3000
    for data in (TEXT, large):
        assert unpack(kind, PACK[kind](data), tmp_path) == data


@kinds
def test_several_streams_are_one_and_zeros_may_follow(kind: str, tmp_path: Path) -> None:
    both = PACK[kind](TEXT) + PACK[kind](b"second")
    assert unpack(kind, both, tmp_path) == TEXT + b"second"
    assert unpack(kind, both + bytes(5000), tmp_path) == TEXT + b"second"
    assert unpack(kind, PACK[kind](TEXT) + PACK[kind](b""), tmp_path) == TEXT


@kinds
def test_anything_else_that_follows_is_noticed(kind: str, tmp_path: Path) -> None:
    for rest in (b"x", b"garbage" * 100, bytes(100) + b"x", PACK[kind](TEXT)[:3], b"\x1f", b"\x1f\x8c"):
        with pytest.raises(ArchiveError, match=r"get the file again") as caught:
            unpack(kind, PACK[kind](TEXT) + rest, tmp_path)
        assert caught.value.category == "archive.corrupt"
        assert "is followed by bytes that are no part of it" in str(caught.value) or not rest.startswith(b"garbage")


@kinds
def test_a_file_that_is_cut_anywhere_is_noticed(kind: str, tmp_path: Path) -> None:
    one = PACK[kind](TEXT)
    for whole, first in ((one, 1), (one + one, len(one) + 1)):
        for cut in range(first, len(whole), 1 if whole is one else 7):
            with pytest.raises(ArchiveError, match="is damaged") as caught:
                unpack(kind, whole[:cut], tmp_path)
            assert caught.value.category == "archive.corrupt"


@kinds
def test_every_flipped_bit_is_noticed_or_harmless(kind: str, tmp_path: Path) -> None:
    whole = PACK[kind](TEXT)
    noticed = 0
    for position in range(len(whole)):
        for bit in (1, 128):
            changed = bytearray(whole)
            changed[position] ^= bit
            try:
                assert unpack(kind, bytes(changed), tmp_path) == TEXT
            except ArchiveError as error:
                noticed += error.category == "archive.corrupt"
    # Time, system and flags in the header of gzip say nothing of the data.
    assert noticed >= 2 * (len(whole) - 10)


def test_zstandard_frames_of_all_shapes_are_read(tmp_path: Path) -> None:
    skippable = b"\x53\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"abc"
    plain = zstandard.ZstdCompressor(write_checksum=False, write_content_size=False).compressobj()
    unknown_size = plain.compress(TEXT) + plain.flush()
    raw = zstandard.ZstdCompressor(level=1).compress(bytes(range(256)))
    repeated = zstandard.ZstdCompressor().compress(b"a" * 300_000)
    whole = skippable + zstd(TEXT) + skippable + unknown_size + raw + repeated + zstd(b"") + skippable
    assert unpack("zstandard", whole, tmp_path) == TEXT + TEXT + bytes(range(256)) + b"a" * 300_000
    for damaged, words in (
        (skippable[:-1], "ends in the middle"),
        (b"\x28\xb5\x2f\xfd", "ends in the middle"),
        (b"\x28\xb5\x2f\xfd\x20\x00\x07\x00\x00", "is none"),
    ):
        with pytest.raises(ArchiveError, match=words):
            unpack("zstandard", zstd(TEXT) + damaged, tmp_path)


def test_a_zstandard_window_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=29, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = packer.compress(TEXT) + packer.flush()
    with pytest.raises(ArchiveError, match="is damaged: zstandard"):
        unpack("zstandard", data, tmp_path)


def test_an_xz_file_that_wants_too_much_memory_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 2**29}]
    with pytest.raises(ArchiveError, match=r"xz.*[Mm]emory"):
        unpack("xz", lzma.compress(TEXT, filters=filters), tmp_path)


@kinds
def test_bombs_are_stopped_by_ratio_and_by_size(kind: str, tmp_path: Path) -> None:
    bomb = PACK[kind](bytes(2**24))
    limits = Limits(ratio=50, ratio_from=2**20)
    with pytest.raises(ArchiveError, match=r"the limit 'ratio' is 50 .*\[archive\.limits\] in dsdocs\.toml") as caught:
        unpack(kind, bomb, tmp_path, limits)
    assert caught.value.category == "archive.bomb"
    with pytest.raises(ArchiveError, match=r"the limit 'size'.*\[archive\.limits\]"):
        unpack(kind, bomb, tmp_path, Limits(size=2**22))
    assert len(unpack(kind, bomb, tmp_path)) == 2**24  # black pictures


@kinds
def test_memory_does_not_grow_with_what_comes_out(kind: str, tmp_path: Path) -> None:
    (tmp_path / "bomb").write_bytes(PACK[kind](bytes(2**26)))
    limits = Limits(ratio=2**30)
    tracemalloc.start()
    try:
        total = sum(map(len, unpacked(LocalFile(str(tmp_path / "bomb")), kind, limits)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == 2**26
    assert peak < 2**24


@kinds
def test_a_flipped_byte_in_a_compressed_tar_ends_in_an_error(kind: str, tmp_path: Path) -> None:
    whole = PACK[kind](tar_bytes([("a.txt", TEXT), ("b.txt", TEXT * 9)]))
    path = tmp_path / "x.tar.gz"
    outcomes = set()
    for position in range(20, len(whole), 7):
        changed = bytearray(whole)
        changed[position] ^= 0x20
        path.write_bytes(bytes(changed))
        try:
            files = {entry.path: entry.read() for entry in open_archive(path).members() if isinstance(entry, Member)}
        except (ArchiveError, MemberError) as error:
            outcomes.add(error.category)
        else:
            outcomes.add("same" if files == {"a.txt": TEXT, "b.txt": TEXT * 9} else "changed")
    assert "archive.corrupt" in outcomes
    assert outcomes <= {"archive.corrupt", "same"}


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(sorted(PACK)),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=4)), max_size=5),
    noise=st.binary(max_size=40),
)
def test_no_change_makes_decompression_fail_in_another_way(
    tmp_path_factory: pytest.TempPathFactory, kind: str, changes: list[tuple[int, bytes]], noise: bytes
) -> None:
    data = bytearray(PACK[kind](TEXT))
    for position, value in changes:
        at = position % len(data)
        data[at : at + len(value)] = value
    with suppress(ArchiveError):
        unpack(kind, bytes(data) + noise, tmp_path_factory.getbasetemp())
