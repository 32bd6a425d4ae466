"""What may be wrong with a container, and what must come of it; the files in it are those of good class folders."""

from __future__ import annotations

import gzip
import io
import os
import socket
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corpus.archives import Files, good
from support.containers import tar_bytes, write_container

COMPLETE, REFUSED, PARTIAL = 0, 2, 3
Make = Callable[[Path], list[Path]]  # writes the container below a folder and returns its parts


@dataclass(frozen=True)
class Fault:
    """One container and its outcome."""

    name: str
    make: Make
    code: int
    categories: tuple[str, ...] = ()  # of what was quarantined, sorted; of a refusal, one that the message names
    lost: int = 0  # patches
    limits: str = ""  # lines of [archive.limits]


def _files() -> Files:
    return good("class-folder")


def _tar(change: Callable[[bytes], bytes]) -> Make:
    return lambda folder: [_written(folder / "a.tar", change(tar_bytes(_files().items())))]


def _gzip(change: Callable[[bytes], bytes]) -> Make:
    return lambda folder: [_written(folder / "a.tar.gz", change(gzip.compress(tar_bytes(_files().items()), mtime=0)))]


def _entry(name: str, kind: bytes, link: str = "") -> Make:
    """Write a tar with one more entry of some type."""

    def make(folder: Path) -> list[Path]:
        sink = io.BytesIO()
        with tarfile.open(fileobj=sink, mode="w") as archive:
            for path, data in _files().items():
                info = tarfile.TarInfo(path)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            archive.addfile(info, io.BytesIO())
        return [_written(folder / "a.tar", sink.getvalue())]

    return make


def _zip(change: Callable[[bytes], bytes] = bytes, *, more: dict[str, bytes] | None = None) -> Make:
    def make(folder: Path) -> list[Path]:
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            for path, data in {**_files(), **(more or {})}.items():
                archive.writestr(zipfile.ZipInfo(path), data)
        return [_written(folder / "a.zip", change(sink.getvalue()))]

    return make


def _symlink_in_zip(folder: Path) -> list[Path]:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for path, data in _files().items():
            archive.writestr(zipfile.ZipInfo(path), data)
        info = zipfile.ZipInfo("Forest/Forest_9.jpg")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return [_written(folder / "a.zip", sink.getvalue())]


def _encrypted(data: bytes) -> bytes:
    """Set the flag of encryption of the first member, in both its headers."""
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    changed = bytearray(data)
    changed[local + 6] |= 1
    changed[central + 8] |= 1
    return bytes(changed)


def _flipped(marker: bytes, beyond: int = 0) -> Callable[[bytes], bytes]:
    def flip(data: bytes) -> bytes:
        place = data.index(marker) + beyond
        return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]

    return flip


def _flip_middle(data: bytes) -> bytes:
    place = len(data) // 2
    return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]


def _folder(change: Callable[[Path], None]) -> Make:
    def make(folder: Path) -> list[Path]:
        (root,) = write_container("directory", _files(), folder / "a")
        change(Path(root))
        return [Path(root)]

    return make


def _socket(root: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        before = Path.cwd()
        os.chdir(root)  # the path of a socket is short
        try:
            end.bind("socket.jpg")
        finally:
            os.chdir(before)


def _bytes_name(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root / "Forest") + b"/\xff\xfe.jpg")).write_bytes(b"x")


def _written(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _linked(root: Path) -> Path:
    root.mkdir(parents=True)
    (root / "x.jpg").symlink_to("/etc/passwd")
    return root


NESTED = gzip.compress(tar_bytes([("x.jpg", b"x")]), mtime=0)
FAULTS = [
    Fault("tar-cut-in-a-member", _tar(lambda data: data[:5000]), REFUSED, ("archive.corrupt",)),
    Fault("tar-cut-at-a-header", _tar(lambda data: data[: 512 * 3]), REFUSED, ("archive.corrupt",)),
    Fault("tar-without-its-end", _tar(lambda data: data.rstrip(b"\0") + bytes(-len(data.rstrip(b"\0")) % 512)), REFUSED, ("archive.corrupt",)),
    Fault("tar-header-flipped", _tar(_flipped(b"Forest/Forest_1.jpg")), REFUSED, ("archive.corrupt",)),
    Fault("tar-of-nothing", _tar(lambda data: bytes(10240)), REFUSED, ("input.empty",)),
    Fault("tar-symlink", _entry("Forest/Forest_9.jpg", tarfile.SYMTYPE, "/etc/passwd"), PARTIAL, ("archive.link",)),
    Fault("tar-hard-link", _entry("Forest/Forest_9.jpg", tarfile.LNKTYPE, "River/River_1.jpg"), PARTIAL, ("archive.link",)),
    Fault("tar-device", _entry("Forest/Forest_9.jpg", tarfile.BLKTYPE), PARTIAL, ("fs.special",)),
    Fault("tar-fifo", _entry("Forest/Forest_9.jpg", tarfile.FIFOTYPE), PARTIAL, ("fs.special",)),
    Fault("tar-leads-upwards", _entry("../../Forest_9.jpg", tarfile.REGTYPE), PARTIAL, ("archive.unsafe-path",)),
    Fault("tar-absolute", _entry("/etc/Forest_9.jpg", tarfile.REGTYPE), PARTIAL, ("archive.unsafe-path",)),
    Fault("gzip-cut", _gzip(lambda data: data[:-100]), REFUSED, ("archive.corrupt",)),
    Fault("gzip-cut-in-its-checksum", _gzip(lambda data: data[:-3]), REFUSED, ("archive.corrupt",)),
    Fault("gzip-flipped", _gzip(_flip_middle), REFUSED, ("archive.corrupt",)),
    Fault("gzip-checksum-flipped", _gzip(lambda data: data[:-6] + bytes([data[-6] ^ 1]) + data[-5:]), REFUSED, ("archive.corrupt",)),
    Fault("gzip-with-junk-behind", _gzip(lambda data: data + b"junk"), REFUSED, ("archive.corrupt",)),
    Fault("gzip-of-no-tar", lambda folder: [_written(folder / "a.gz", gzip.compress(b"hello" * 1000))], REFUSED, ()),
    Fault("zip-member-flipped", _zip(_flipped(b"JFIF", 200)), PARTIAL, ("archive.corrupt",), 1),
    Fault("zip-member-encrypted", _zip(_encrypted), PARTIAL, ("archive.encrypted",), 1),
    Fault("zip-without-its-directory", _zip(lambda data: data[: data.index(b"PK\x01\x02")]), REFUSED, ("archive.corrupt",)),
    Fault("zip-symlink", _symlink_in_zip, PARTIAL, ("archive.link",)),
    Fault("zip-leads-upwards", _zip(more={"../x.jpg": b"x"}), PARTIAL, ("archive.unsafe-path",)),
    Fault("zip-holds-an-archive", _zip(more={"more.tar.gz": NESTED}), PARTIAL, ("archive.nested",)),
    Fault("tar-holds-an-archive-alone", lambda folder: [_written(folder / "a.tar", tar_bytes([("more.tar.gz", NESTED)]))], REFUSED, ("archive.nested",)),
    Fault("gzip-holds-an-archive-alone", lambda folder: [_written(folder / "a.tar.gz", gzip.compress(tar_bytes([("more.zip", NESTED)])))], REFUSED, ("archive.nested",)),
    Fault("folder-holds-links-alone", lambda folder: [_linked(folder / "a")], REFUSED, ("fs.symlink",)),
    Fault("zip-of-nothing", lambda folder: [_written(folder / "a.zip", b"PK\x05\x06" + bytes(18))], REFUSED, ("input.empty",)),
    Fault("too-many-members", _zip(), REFUSED, ("archive.bomb",), limits="members = 5"),
    Fault("too-many-bytes", _tar(bytes), REFUSED, ("archive.bomb",), limits="size = 5000"),
    Fault("shrunk-too-far", lambda folder: write_container("tar.gz", {**_files(), "Forest/x.bin": bytes(3_000_000)}, folder / "a"), REFUSED, ("archive.bomb",), limits="ratio = 20\nratio_from = 1000000"),
    Fault("empty-file", lambda folder: [_written(folder / "a.tar", b"")], REFUSED, ("input.empty",)),
    Fault("some-other-file", lambda folder: [_written(folder / "a.tar", b"hello, world" * 100)], REFUSED, ("input.type",)),
    Fault("nothing-there", lambda folder: [folder / "missing.tar"], REFUSED),
    Fault("empty-folder", lambda folder: [(folder / "a").mkdir(parents=True) or folder / "a"], REFUSED, ("input.empty",)),
    Fault("folder-symlink", _folder(lambda root: (root / "Forest" / "x.jpg").symlink_to("/etc/passwd")), PARTIAL, ("fs.symlink",)),
    Fault("folder-symlink-to-a-folder", _folder(lambda root: (root / "more").symlink_to("/etc")), PARTIAL, ("fs.symlink",)),
    Fault("folder-symlink-to-itself", _folder(lambda root: (root / "again").symlink_to(root)), PARTIAL, ("fs.symlink",)),
    Fault("folder-fifo", _folder(lambda root: os.mkfifo(root / "Forest" / "pipe.jpg")), PARTIAL, ("fs.special",)),
    Fault("folder-socket", _folder(_socket), PARTIAL, ("fs.special",)),
    Fault("folder-name-not-text", _folder(_bytes_name), PARTIAL, ("name.unsafe",)),
    Fault("folder-holds-an-archive", _folder(lambda root: (root / "more.tar.gz").write_bytes(NESTED)), PARTIAL, ("archive.nested",)),
]  # fmt: skip
