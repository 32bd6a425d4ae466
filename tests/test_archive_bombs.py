"""Bombs: whatever an archive claims or unpacks to, memory stays small and the limit that stops it is named."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from support.containers import tar_bytes

MEMORY = 500_000  # kB, with the interpreter
READ = """
import json, sys
from dsdocs.archive import Member, open_archive
from dsdocs.errors import ArchiveError, MemberError
found = []
try:
    for entry in open_archive(sys.argv[1]).members():
        try:
            found.append(f"{len(entry.read())}" if isinstance(entry, Member) else entry.category)
        except MemberError as error:
            found.append(error.category)
except ArchiveError as error:
    found.append(str(error))
# Not from getrusage: what that says of a process may be the size of the one that started it.
(peak,) = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps([found, int(peak)]))
"""
HUGE = 2 * 2**30  # bytes that a header claims
PACKED = 2**27  # bytes that are there


def repeated(pack: Callable[[], object]) -> bytes:
    """Pack a tar of one member of zeros, piece by piece."""
    packer = pack()
    head = bytearray(tar_bytes([("zeros.tif", b"")])[:512])
    head[124:136] = b"%011o\0" % HUGE
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    parts = [packer.compress(bytes(head))]  # type: ignore[attr-defined]
    parts += [packer.compress(bytes(2**20)) for _ in range(PACKED // 2**20)]  # type: ignore[attr-defined]
    return b"".join([*parts, packer.flush()])  # type: ignore[attr-defined]


def zeros_in_zip() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros.tif", "w") as member:
        for _ in range(PACKED // 2**20):
            member.write(bytes(2**20))
    return sink.getvalue()


def grey_in_zip() -> bytes:
    """Return members that shrink less than the limit on ratios allows, one of them larger than memory should hold."""
    sink = io.BytesIO()
    block = b"".join(bytes([number]) * 64 for number in range(256)) * 4
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, size in (("largest.tif", 250), ("too large.tif", 260)):
            with archive.open(name, "w") as member:
                for _ in range(size * 2**20 // len(block)):
                    member.write(block)
    return sink.getvalue()


def many_in_zip() -> bytes:
    whole = bytearray(zipfile_of(1))
    end = whole.index(b"PK\5\6")
    wide = b"PK\6\6" + (44).to_bytes(8, "little") + bytes(12)
    wide += (2**40).to_bytes(8, "little") * 2 + (50).to_bytes(8, "little") + bytes(8)
    locator = b"PK\6\7" + bytes(4) + end.to_bytes(8, "little") + b"\1\0\0\0"
    return bytes(whole[:end]) + wide + locator + b"PK\5\6" + bytes(4) + b"\xff" * 12 + bytes(2)


def zipfile_of(members: int) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for number in range(members):
            archive.writestr(str(number), b"")
    return sink.getvalue()


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "gzip": (lambda: repeated(lambda: zlib.compressobj(6, zlib.DEFLATED, 31)), "'ratio'"),
    "zstandard": (lambda: repeated(lambda: zstandard.ZstdCompressor().compressobj()), "'ratio'"),
    "bzip2": (lambda: repeated(lambda: bz2.BZ2Compressor(9)), "'ratio'"),
    "xz": (lambda: repeated(lambda: lzma.LZMACompressor(preset=0)), "'ratio'"),
    "zip": (zeros_in_zip, "archive.bomb"),
    "zip within the ratio": (grey_in_zip, "archive.bomb"),
    "zip of a trillion members": (many_in_zip, "'members'"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_named_in_little_memory(kind: str, tmp_path: Path) -> None:
    make, words = BOMBS[kind]
    path = tmp_path / "bomb"
    path.write_bytes(make())
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found, memory = json.loads(done.stdout)
    assert any(words in each for each in found), found
    assert memory < MEMORY
