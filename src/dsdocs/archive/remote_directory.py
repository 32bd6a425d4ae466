"""A folder of objects that lies elsewhere, listed and read through fsspec."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from dsdocs.archive.address import last_part, scheme, shown
from dsdocs.archive.connection import Options, as_options, connect, explained, failures, fault, speaking
from dsdocs.archive.guard import Meter, RefusedError, check_nested, check_size, refused, safe_path
from dsdocs.archive.member import Limits, Member
from dsdocs.archive.remote_file import RemoteFile, mark, open_window
from dsdocs.archive.split import is_packed
from dsdocs.archive.window import WindowReader
from dsdocs.errors import MemberError
from dsdocs.records import RecordError

HELD = 2**25  # bytes; an object up to this size is read in one request
# s3fs takes what follows for the number of a version, and would read another object.
_MISREAD = "?versionId="


@dataclass(frozen=True, slots=True)
class ObjectSource:
    """Reads the objects of one folder below an address, in any process.

    An object is found by the last part of its path, so that an archive may be given out below another folder.
    """

    url: str
    options: Options
    folder: str  # below the address, with a slash at its end; "" for the address itself

    def read(self, member: Member) -> bytes:
        """Read an object in one request.

        Raises
        ------
        MemberError
            It is not there any more, has another size, or may not be read.
        ArchiveError
            The network or the server failed, which says nothing about the object.
        """
        system = connect(self.url, self.options)
        try:
            data: bytes = system.cat_file(f"{system._strip_protocol(self.url)}/{self._place(member)}")
        except failures(scheme(self.url)) as error:
            raise self._member_error(member, error) from error
        if len(data) != member.size:
            problem = f"has {len(data)} bytes, but was listed with {member.size}; build again when nobody writes to it"
            raise MemberError(member.path, "archive.corrupt", problem)
        return data

    def open(self, member: Member) -> BinaryIO:
        """Open an object: one request for a small one, a window for a large one; raises as `read`."""
        if member.size <= HELD:
            return io.BytesIO(self.read(member))
        window = open_window(self.url, self.options, member.size, below=f"/{self._place(member)}")
        return cast(BinaryIO, io.BufferedReader(WindowReader(window), 2**16))

    def _place(self, member: Member) -> str:
        return self.folder + member.path.rpartition("/")[2]

    def _member_error(self, member: Member, error: Exception) -> Exception:
        problem = explained(error, f"{self.url}/{self._place(member)}")
        match fault(error):
            case "missing":
                return MemberError(member.path, "archive.corrupt", f"is listed, but not there any more: {problem}")
            case "denied":
                return MemberError(member.path, "fs.permission", str(problem))
            case "lost":
                return problem


class RemoteDirectory:
    """The objects below an address, in the order of their keys.

    On S3, listings come and go in pages of 1,000 objects, so that memory does not grow with their number. The other
    file systems of fsspec list all at once, with about 1 kB for each object; very large archives on them are better
    kept as one file.

    Parameters
    ----------
    url
        Address of the folder.
    options
        Options of the file system; ``anon`` and ``region`` mean the same for all of them.
    limits
        What the folder may ask of the machine.
    """

    seekable = True

    def __init__(self, url: str, options: Mapping[str, object] | None = None, limits: Limits | None = None) -> None:
        self.url = url.rstrip("/")
        self.name = last_part(url)
        self._options = as_options(options)
        self._limits = limits or Limits()
        self._stamp = ""

    def members(self) -> Iterator[Member | RecordError]:
        """Yield every object once; a key that is no plain path is refused as an error that names it."""
        meter = Meter(shown(self.url), self._limits)
        source = ObjectSource(self.url, self._options, "")
        for path, size, tag in self._listed():
            if path.endswith("/") and size == 0:
                continue  # a folder, as tools write it that show a bucket as a disk
            meter.count(size)
            try:
                _check(path, size, self._limits)
            except RefusedError as error:
                yield refused(path, error)
            else:
                folder = path[: path.rfind("/") + 1]
                if folder != source.folder:  # else the same one, which is sent to another process only once
                    source = ObjectSource(self.url, self._options, folder)
                yield Member(path, size, source, stamp=tag)

    def containers(self) -> list[RemoteFile]:
        """Return the containers of a folder that holds nothing else, and no folder; else none."""
        found = []
        for path, _, _ in self._listed():
            if path.startswith("."):
                continue  # written by systems that show folders
            if "/" in path or not is_packed(path):
                return []
            found.append(RemoteFile(f"{self.url}/{path}", dict(self._options)))
        return found

    def fetch(self, paths: Collection[str]) -> Iterator[Member]:
        """Yield the objects at these paths, with one request each; unknown paths are skipped."""
        for path in sorted(paths):
            member = self._find(path)
            if member is not None:
                yield member

    def open(self, path: str) -> BinaryIO:
        """Open one object; ``KeyError`` if there is none at this path."""
        member = self._find(path)
        if member is None:
            raise KeyError(path)
        return member.open()

    def stamp(self) -> str:
        """Return a digest of keys, sizes and entity tags; listed once in the life of this archive."""
        if not self._stamp:
            digest = hashlib.sha256(self.url.encode())
            for path, size, tag in self._listed():
                digest.update(f"{path}\0{size}\0{tag}\n".encode("utf-8", "surrogatepass"))
            self._stamp = digest.hexdigest()
        return self._stamp

    def _find(self, path: str) -> Member | None:
        try:
            _check(path, 0, self._limits)
        except RefusedError:
            return None
        system = connect(self.url, self._options)
        try:
            info = system.info(f"{system._strip_protocol(self.url)}/{path}")
        except failures(scheme(self.url)) as error:
            if fault(error) == "missing":
                return None
            raise explained(error, f"{self.url}/{path}") from error
        if info["type"] != "file":
            return None
        source = ObjectSource(self.url, self._options, path[: path.rfind("/") + 1])
        return Member(path, info["size"], source, stamp=mark(info))

    def _listed(self) -> Iterator[tuple[str, int, str]]:
        """Yield path, size and mark of each object, sorted by the bytes of the path."""
        system = connect(self.url, self._options)
        root = system._strip_protocol(self.url)
        with speaking(self.url):
            yield from _pages(system, root) if scheme(self.url) == "s3" else _found(system, root)


def _pages(system: Any, root: str) -> Iterator[tuple[str, int, str]]:
    bucket, _, folder = root.partition("/")
    prefix = f"{folder}/" if folder else ""
    request = {"Bucket": bucket, "Prefix": prefix, **system.req_kw}
    while True:
        page = system.call_s3("list_objects_v2", **request)
        for entry in page.get("Contents", ()):
            path = entry["Key"].removeprefix(prefix)
            if path:
                yield path, entry["Size"], entry.get("ETag", "").strip('"')
        if not page.get("IsTruncated"):
            return
        request["ContinuationToken"] = page["NextContinuationToken"]


def _found(system: Any, root: str) -> Iterator[tuple[str, int, str]]:
    system.invalidate_cache()
    found = system.find(root, detail=True)
    for key in sorted(found):
        info = found[key]
        if info["type"] == "file" and key != root:
            yield key.removeprefix(f"{root}/"), info["size"] or 0, mark(info)


def _check(path: str, size: int, limits: Limits) -> None:
    # Unlike a file on a disk, an object with "//" or "/./" in its key is another one than without.
    if safe_path(path, limits) != path or _MISREAD in path:
        raise RefusedError(
            "archive.unsafe-path", f"the key has an empty part, a part '.', or {_MISREAD!r}; rename the object"
        )
    check_size(size, limits)
    check_nested(path)
