"""Archives with an address: what is asked of servers, and what is said when they refuse, fail or lie."""

from __future__ import annotations

import io
import multiprocessing
import pickle
import random
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dsdocs.archive import Member, open_archive
from dsdocs.archive.connection import connect, failures
from dsdocs.archive.member import Limits
from dsdocs.archive.remote import RemoteDirectory, RemoteFile, open_remote
from dsdocs.archive.window import LEAST, MOST, Window, WindowReader
from dsdocs.errors import ArchiveError, DsdocsError, MemberError
from dsdocs.locations import find_project
from dsdocs.project import Project
from dsdocs.records import RecordError
from dsdocs.summarize import summarize
from support.containers import CONTAINERS, write_container
from support.s3 import S3, fake_keys, s3_server  # noqa: F401

FILES = {"meadow/a.txt": b"one", "meadow/b.txt": b"", "forest/deep/c.bin": bytes(range(256)) * 40, "top.txt": b"top"}
WEB_CONTAINERS = ("tar", "tar.gz", "tar.zst", "zip")


def options(server: S3, **more: object) -> dict[str, object]:
    return {"endpoint_url": server.url, **more}


def held(archive: object) -> dict[str, bytes]:
    """Return all members by path; nothing may be refused."""
    return {member.path: member.read() for member in archive.members()}  # type: ignore[attr-defined]


def folder(url: str, given: dict[str, object] | None = None, limits: Limits | None = None) -> RemoteDirectory:
    found = open_remote(url, given, limits)
    assert isinstance(found, RemoteDirectory)
    return found


# --- a web server ---------------------------------------------------------------------------------------------------


@dataclass
class Web:
    """A web server whose folders behave in different ways."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, range


class Handler(BaseHTTPRequestHandler):
    """``/ranges/`` gives parts of files, ``/short/`` too small ones, ``/plain/`` none; ``/403/`` answers with 403."""

    def __init__(self, *args: object, web: Web) -> None:
        self.web = web
        super().__init__(*args)  # type: ignore[arg-type]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.web.requests.append((self.command, self.path, self.headers.get("Range", "")))
        _, kind, name = self.path.split("?")[0].split("/", 2)
        if kind.isdecimal():
            self.send_error(int(kind))
            return
        if kind == "moved":
            self.send_response(302)
            self.send_header("Location", f"/403/{name}?signature=hunter2")
            self.end_headers()
            return
        data = self.web.files[name]
        part = data
        if kind in ("ranges", "short") and "Range" in self.headers:
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            part = data[int(first) : int(last) + 1][: 3 if kind == "short" else None]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}")
        else:
            self.send_response(200)
        if kind == "encoded":  # as servers do that take a .gz for a smaller copy of something else
            self.send_header("Content-Encoding", "gzip")
        if kind == "ranges":
            self.send_header("ETag", f'"{hash(data)}"')
        if kind != "unsized":
            self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(part[: len(part) // 2] if kind == "cut" else part)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    found = Web("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, web=found))
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def memory() -> Iterator[Callable[[str, bytes], None]]:
    """Return ``write(path, data)`` for the file system in memory, which is empty before and after."""
    system = fsspec.filesystem("memory")
    yield system.pipe_file
    system.rm("/", recursive=True) if system.find("/") else None


# --- folders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("anonymous", [True, False])
def test_a_folder_in_a_bucket_holds_what_lies_below_it(s3: S3, keys: None, anonymous: bool) -> None:
    bucket = "public-folder" if anonymous else "private-folder"
    s3.put(bucket, {f"data/v1/{path}": data for path, data in FILES.items()})
    s3.put(bucket, {"data/v1/": b"", "data/v1/meadow/": b"", "data/v10/other.txt": b"no", "data/v1.txt": b"no"})
    archive = folder(f"s3://{bucket}/data/v1", options(s3, anon=anonymous))
    assert (archive.name, archive.seekable) == ("v1", True)
    assert held(archive) == FILES
    assert [member.path for member in archive.members()] == sorted(FILES)
    assert archive.open("meadow/a.txt").read() == b"one"
    assert [member.path for member in archive.fetch({"top.txt", "none", "meadow/a.txt", "../v1.txt", ""})] == [
        "meadow/a.txt",
        "top.txt",
    ]
    for path in ("none", "meadow", "../v10/other.txt", "", "/top.txt", "meadow//a.txt"):
        with pytest.raises(KeyError):
            archive.open(path)


def test_a_whole_bucket_is_a_folder(s3: S3, keys: None) -> None:
    s3.put("public-whole", FILES)
    for url in ("s3://public-whole", "s3://public-whole/"):
        archive = folder(url, options(s3, anon=True))
        assert (archive.name, held(archive)) == ("public-whole", FILES)


def test_an_object_is_read_in_one_request_and_listings_come_page_by_page(
    s3: S3, keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")  # 1,000 on S3 itself
    s3.put("public-many", {f"d/{number:02}": b"%d" % number for number in range(25)})
    archive = folder("s3://public-many/d/", options(s3, anon=True))
    members = archive.members()
    with s3.counted() as asked:
        first = next(members)
    assert [request.method for request in asked] == ["GET"]  # of the first page alone
    assert isinstance(first, Member)
    with s3.counted() as asked:
        assert first.read() == b"0"
        assert first.open().read() == b"0"
    assert [(request.method, request.path) for request in asked] == [("GET", "/public-many/d/00")] * 2
    with s3.counted() as asked:
        assert len(list(members)) == 24
    assert len(asked) == 2


def test_keys_that_are_no_plain_paths_are_refused_and_nothing_is_asked_of_them(s3: S3, keys: None) -> None:
    odd = ("../up", "a/../../b", "/root", "a//b", "a/./b", "bell\x07", "a?versionId=1", "a\\b", "slash/")
    s3.put("public-odd", {f"d/{key}": b"x" for key in (*odd, "fine.txt")})
    archive = folder("s3://public-odd/d", options(s3, anon=True))
    with s3.counted() as asked:
        entries = list(archive.members())
    refused = {entry.path: entry.category for entry in entries if isinstance(entry, RecordError)}
    assert [entry.path for entry in entries if isinstance(entry, Member)] == ["fine.txt"]
    assert set(refused) == {key.replace("\x07", "\\x07") for key in odd}
    assert {key for key, category in refused.items() if category == "name.unsafe"} == {"bell\\x07"}
    assert {category for key, category in refused.items() if key != "bell\\x07"} == {"archive.unsafe-path"}
    assert len(asked) == 1


def test_the_stamp_of_a_folder_follows_names_sizes_and_entity_tags(s3: S3, keys: None) -> None:
    def stamp(**changes: bytes) -> str:
        s3.put("public-stamp", {f"d/{name}": data for name, data in changes.items()})
        return folder("s3://public-stamp/d", options(s3, anon=True)).stamp()

    first = stamp(a=b"1", b=b"2")
    assert stamp(a=b"1") == first
    assert len({first, stamp(a=b"3"), stamp(a=b"1", c=b"")}) == 3


def test_limits_hold_for_a_folder_and_are_named(s3: S3, keys: None) -> None:
    s3.put("public-limits", {f"d/{number}": b"x" * number for number in range(5)})
    url, given = "s3://public-limits/d", options(s3, anon=True)
    with pytest.raises(ArchiveError, match=r"public-limits/d: holds more than 4 files, the limit 'members'") as caught:
        list(folder(url, given, Limits(members=4)).members())
    assert caught.value.category == "archive.bomb"
    with pytest.raises(ArchiveError, match="holds more than 9 bytes of files, the limit 'size'"):
        list(folder(url, given, Limits(size=9)).members())
    entries = list(folder(url, given, Limits(member_size=3)).members())
    assert [entry.category for entry in entries if isinstance(entry, RecordError)] == ["archive.bomb"]


def test_members_are_read_in_other_processes(s3: S3, keys: None, tmp_path: Path) -> None:
    s3.put("private-pool", {f"d/{path}": data for path, data in FILES.items()})
    (tar,) = write_container("tar", FILES, tmp_path / "x")
    s3.put("private-pool", {"x.tar": tar.read_bytes()})
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        for url in ("s3://private-pool/d", "s3://private-pool/x.tar"):
            members = list(open_archive(url, options=options(s3)).members())
            assert dict(zip((m.path for m in members), pool.map(Member.read, members), strict=True)) == FILES


def test_an_object_that_changed_or_went_after_it_was_listed_is_an_error_of_its_own(s3: S3, keys: None) -> None:
    s3.put("public-moving", {"d/a": b"1", "d/b": b"2"})
    a, b = folder("s3://public-moving/d", options(s3, anon=True)).members()
    s3.put("public-moving", {"d/a": b"longer"})
    s3.client.delete_object(Bucket="public-moving", Key="d/b")
    with pytest.raises(MemberError, match="has 6 bytes, but was listed with 1"):
        a.read()
    with pytest.raises(MemberError, match="is listed, but not there any more") as caught:
        b.open()
    assert (caught.value.path, caught.value.category) == ("b", "archive.corrupt")


def test_a_large_object_is_opened_without_reading_it_whole(s3: S3, keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsdocs.archive.remote_directory.HELD", 1000)
    data = random.Random(1).randbytes(3 * LEAST)
    s3.put("public-large", {"d/big": data})
    (member,) = folder("s3://public-large/d", options(s3, anon=True)).members()
    with s3.counted() as asked, member.open() as stream:
        stream.seek(-5, io.SEEK_END)
        assert stream.read() == data[-5:]
    assert [request.range for request in asked if request.method == "GET"] == [f"bytes={len(data) - 5}-{len(data) - 1}"]


def test_folders_of_other_file_systems_are_listed_too(memory: Callable[[str, bytes], None]) -> None:
    for path, data in FILES.items():
        memory(f"/bucket/d/{path}", data)
    memory("/bucket/d2/other", b"")
    archive = folder("memory://bucket/d")
    assert held(archive) == FILES
    memory("/bucket/d/new", b"new")
    assert len(held(archive)) == len(FILES) + 1


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_container_in_a_bucket_holds_the_same(s3: S3, keys: None, tmp_path: Path, kind: str) -> None:
    sources = write_container(kind, FILES, tmp_path / "set")
    if kind == "directory":
        s3.put("private-kinds", {f"set/{path}": data for path, data in FILES.items()})
        urls = ["s3://private-kinds/set"]
    else:
        s3.put("private-kinds", {source.name: source.read_bytes() for source in sources})
        urls = [f"s3://private-kinds/{source.name}" for source in sources]
    here, there = open_archive(sources), open_archive(urls, options=options(s3))
    assert (there.name, there.seekable) == (here.name, here.seekable)
    assert held(there) == held(here) == FILES
    assert there.open("top.txt").read() == b"top"


@pytest.mark.parametrize("kind", WEB_CONTAINERS)
@pytest.mark.parametrize("folder", ["ranges", "plain", "unsized", "encoded"])
def test_containers_are_read_from_a_web_server(web: Web, tmp_path: Path, kind: str, folder: str) -> None:
    (source,) = write_container(kind, FILES, tmp_path / "set")
    web.files[source.name] = source.read_bytes()
    url = f"{web.url}/{folder}/{source.name}?download=1"

    def read() -> dict[str, bytes]:
        archive = open_archive(url)
        assert archive.name == "set"
        return held(archive)

    if folder == "ranges" or kind in ("tar.gz", "tar.zst"):
        assert read() == FILES
    else:
        with pytest.raises(ArchiveError, match=r"set\.\w+: the server .*; download it and give its path"):
            read()


def test_a_file_is_read_in_one_pass_with_few_requests(s3: S3, keys: None) -> None:
    data = random.Random(2).randbytes(40_000_000)
    s3.put("private-pass", {"x.bin": data})
    file = RemoteFile("s3://private-pass/x.bin", options(s3))
    with s3.counted() as asked:
        assert file.size() == len(data)
        with file.open() as stream:
            assert b"".join(iter(lambda: stream.read(2**20), b"")) == data
    gets = [request for request in asked if request.method == "GET"]
    assert len(gets) <= 9
    assert len(asked) - len(gets) <= 2  # size and tag, for the file and for reading it
    assert sum(_length(request.range) for request in gets) == len(data)  # nothing twice


def test_handles_of_a_process_share_what_was_read(s3: S3, keys: None) -> None:
    s3.put("private-share", {"x.bin": bytes(LEAST)})
    file = pickle.loads(pickle.dumps(RemoteFile("s3://private-share/x.bin", options(s3))))
    with s3.counted() as asked:
        for place in range(0, LEAST - 100, LEAST // 50):
            with file.open() as stream:
                stream.seek(place)
                assert stream.read(100) == bytes(100)
    assert sum(request.method == "GET" for request in asked) == 1


def test_the_stamp_of_a_file_changes_with_its_bytes(s3: S3, keys: None) -> None:
    def stamp(data: bytes) -> str:
        s3.put("private-tag", {"x.bin": data})
        return RemoteFile("s3://private-tag/x.bin", options(s3)).stamp()

    assert stamp(b"1") == stamp(b"1") != stamp(b"2")


def test_a_file_that_changes_while_it_is_read_is_not_mixed(s3: S3, keys: None) -> None:
    s3.put("private-mixed", {"x.bin": bytes(3 * LEAST)})
    file = RemoteFile("s3://private-mixed/x.bin", options(s3))
    with file.open() as stream:
        stream.read(10)
        s3.put("private-mixed", {"x.bin": b"1" * 3 * LEAST})
        with pytest.raises(ArchiveError, match=r"private-mixed/x\.bin"):
            stream.read()


@pytest.mark.parametrize("folder", ["ranges", "plain"])
def test_an_address_of_the_web_is_read_to_its_end(web: Web, folder: str) -> None:
    data = random.Random(3).randbytes(3_000_000)
    web.files["x.bin"] = data
    file = RemoteFile(f"{web.url}/{folder}/x.bin")
    assert (file.size(), file.ranges()) == (len(data), folder == "ranges")
    with file.open() as stream:
        assert stream.read(7) == data[:7]
        stream.seek(1_000_000)
        assert stream.read() == data[1_000_000:]
        assert stream.read() == b""
    assert len(web.requests) <= 8


def test_a_web_server_that_gives_no_parts_is_not_asked_for_the_file_again_and_again(web: Web) -> None:
    web.files["x.bin"] = bytes(1_000_000)
    file = RemoteFile(f"{web.url}/plain/x.bin")
    with file.open() as stream:
        stream.read()
        web.requests.clear()
        with pytest.raises(ArchiveError, match="gives no parts of a file"):
            stream.seek(0)
    with file.open() as stream, pytest.raises(ArchiveError, match="download it and give its path"):
        stream.seek(-22, io.SEEK_END)
    with file.open() as stream, pytest.raises(ArchiveError, match="download it and give its path"):
        stream.seek(512)
    assert len(web.requests) == 2


def test_a_folder_of_containers_is_one_archive(s3: S3, keys: None, tmp_path: Path) -> None:
    (forest,) = write_container("zip", {"1.txt": b"f"}, tmp_path / "Forest")
    (river,) = write_container("tar.gz", {"1.txt": b"r", "x/2.txt": b"2"}, tmp_path / "River")
    s3.put("private-parts", {f"set/{each.name}": each.read_bytes() for each in (forest, river)})
    s3.put("private-parts", {"set/": b"", "set/.DS_Store": b"x"})
    for url in ("s3://private-parts/set", "s3://private-parts/set/"):
        archive = open_archive(url, options=options(s3))
        assert archive.name == "set"
        assert held(archive) == {"Forest/1.txt": b"f", "River/1.txt": b"r", "x/2.txt": b"2"}
    s3.put("private-parts", {"set/readme.txt": b"x"})
    entries = list(open_archive("s3://private-parts/set", options=options(s3)).members())
    assert [entry.category for entry in entries if isinstance(entry, RecordError)] == ["archive.nested"] * 2


def test_a_folder_that_holds_a_folder_is_no_archive_in_parts(s3: S3, keys: None, tmp_path: Path) -> None:
    (packed,) = write_container("zip", {"1.txt": b"f"}, tmp_path / "x")
    s3.put("private-deep", {"set/a.zip": packed.read_bytes(), "set/z/b.zip": packed.read_bytes()})
    entries = list(open_archive("s3://private-deep/set", options=options(s3)).members())
    assert [(entry.path, type(entry)) for entry in entries] == [("a.zip", RecordError), ("z/b.zip", RecordError)]


def test_a_folder_is_a_part_under_another_name(s3: S3, keys: None, tmp_path: Path) -> None:
    s3.put("private-mixture", {"Sea/1.txt": b"s", "Sea/x/2.txt": b"2"})
    (river,) = write_container("zip", {"1.txt": b"r"}, tmp_path / "River")
    archive = open_archive([river, "s3://private-mixture/Sea"], options=options(s3))
    assert held(archive) == {"River/1.txt": b"r", "Sea/1.txt": b"s", "x/2.txt": b"2"}
    assert archive.open("Sea/1.txt").read() == b"s"


def test_the_summary_of_a_bucket_is_that_of_the_folder_to_the_byte(s3: S3, keys: None, tmp_path: Path) -> None:
    tables = {}
    (tmp_path / "set").mkdir()
    for path in ("forest/a.png", "forest/b.png", "sea/c.png"):
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), (len(tables), 9, 9)).save(picture, "png")
        s3.put("public-set", {f"deep/set/{path}": picture.getvalue()})
        (tmp_path / "set" / path).parent.mkdir(exist_ok=True)
        (tmp_path / "set" / path).write_bytes(picture.getvalue())
    for name, text in {
        "here": 'path = "../set"',
        "there": f'path = "s3://public-set/deep/set"\noptions = {{ anon = true, endpoint_url = "{s3.url}" }}',
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "dsdocs.toml").write_text(f"[archive]\n{text}\n", encoding="utf-8")
        project = Project(find_project(tmp_path / name))
        assert summarize(project).kept == 3
        tables[name] = project.summary_path.read_bytes()
        with s3.counted() as asked:
            assert summarize(Project(project.locations)).reused
        assert [request.path for request in asked if "list-type" not in request.path and request.method == "GET"] == []
    assert tables["here"] == tables["there"]


# --- failures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "given", "message"),
    [
        ("s3://private-fail/none.tar", {}, "s3://private-fail/none.tar: no such file, folder or bucket"),
        ("s3://private-nowhere/x.tar", {}, "s3://private-nowhere/x.tar: no such file, folder or bucket"),
        (
            "s3://private-fail/x.tar",
            {"anon": True},
            "x.tar: access is refused .* anon = true .* never from dsdocs",
        ),
        ("s3://private-fail/d/", {"anon": True}, "s3://private-fail/d: access is refused"),
    ],
)
def test_a_bucket_that_gives_nothing_says_why(
    s3: S3, keys: None, url: str, given: dict[str, object], message: str
) -> None:
    s3.put("private-fail", {"x.tar": b"x", "d/a": b"a"})
    with pytest.raises(ArchiveError, match=message):
        list(folder(url, options(s3, **given)).members())


def test_without_keys_the_next_step_is_named(s3: S3, keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(ArchiveError, match=r"access is refused \(NoCredentialsError.* anon = true .* the environment"):
        open_remote("s3://private-fail/x.tar", options(s3))


def test_a_member_that_may_not_be_read_is_an_error_of_its_own(s3: S3, keys: None) -> None:
    s3.put("private-member", {"d/a": b"a"})
    (member,) = folder("s3://private-member/d", options(s3)).members()
    source = type(member.source)("s3://private-member/d", tuple(sorted(options(s3, anon=True).items())), "")
    with pytest.raises(MemberError, match=r"^a: s3://private-member/d/a: access is refused") as caught:
        source.read(member)
    assert caught.value.category == "fs.permission"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("404/x.zip", "x.zip: no such file, folder or bucket"),
        ("403/x.zip?download=1", r"x.zip: access is refused .* ~/\.netrc, never"),
        ("401/x.zip", "x.zip: access is refused"),
        ("500/x.zip", r"x.zip: cannot be read over the network \(ClientResponseError: 500"),
        ("moved/x.zip", "x.zip: access is refused"),
        ("plain/", "/plain/: a web server does not tell what lies in a folder; give the address of a container"),
        ("unsized/x.zip", "the server does not tell its size; download it"),
        ("cut/x.zip", r"cannot be read over the network \(\w*Error: .*\); try again"),
        ("short/x.zip", "x.zip: the server gave 3 bytes from byte 0 on, but 1000 were asked for"),
    ],
)
def test_a_web_server_that_gives_nothing_says_why(web: Web, path: str, message: str) -> None:
    web.files["x.zip"] = bytes(1000)

    def read() -> None:
        (file,) = cast("list[RemoteFile]", open_remote(f"{web.url}/{path}"))
        assert file.size()
        with file.open() as stream:
            stream.read()

    with pytest.raises(ArchiveError, match=message) as caught:
        read()
    assert "hunter2" not in str(caught.value)
    assert "download=1" not in str(caught.value)


def test_a_server_that_is_not_there_is_named() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with pytest.raises(ArchiveError, match=rf"http://127.0.0.1:{port}/x.zip: cannot be read over the network"):
        RemoteFile(f"http://127.0.0.1:{port}/x.zip").size()


def test_a_network_that_fails_is_not_the_fault_of_a_member(s3: S3, keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put("public-lost", {"d/a": b"a"})
    (member,) = folder("s3://public-lost/d", options(s3, anon=True)).members()

    def fail(*_: object) -> bytes:
        raise TimeoutError("nothing came")

    monkeypatch.setattr(connect("s3://public-lost/d", tuple(sorted(options(s3, anon=True).items()))), "cat_file", fail)
    with pytest.raises(ArchiveError, match=r"public-lost/d/a: cannot be read over the network \(TimeoutError: nothing"):
        member.read()


@pytest.mark.parametrize(("url", "extra"), [("s3://b/x", "s3"), ("gs://b/x", "gcs"), ("https://h/x", "http")])
def test_a_package_that_is_missing_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, url: str, extra: str
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("No module named 'it'")

    monkeypatch.setattr("fsspec.filesystem", missing)
    with pytest.raises(ArchiveError, match=rf"needs more packages: pip install 'dsdocs\[{extra}\]'"):
        connect(url, ())


def test_an_option_that_a_web_server_cannot_have_is_refused() -> None:
    with pytest.raises(ArchiveError, match=r"\[archive\.options\]: 'requester_pays' is no option of https://"):
        RemoteFile("https://127.0.0.1/x.zip", {"requester_pays": True}).size()


def test_every_exception_that_is_named_exists() -> None:
    assert len(failures("s3")) == 5
    assert len(failures("https")) == 3


def test_an_address_that_must_not_be_read_is_not_read() -> None:
    for url in ("file:///etc/passwd", "https://user:hunter2@127.0.0.1/x.zip", "zip://x::s3://b/x.zip"):
        with pytest.raises(DsdocsError) as caught:
            open_archive(url)
        assert "hunter2" not in str(caught.value)


# --- windows --------------------------------------------------------------------------------------------------------

READS = st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(0, 700_000)), max_size=12)


@given(READS)
def test_a_window_gives_the_bytes_of_the_file_whatever_is_read_in_which_order(reads: list[tuple[int, int]]) -> None:
    data = _DATA
    with io.BufferedReader(WindowReader(Window(lambda start, end: data[start:end], len(data)))) as stream:
        for place, count in reads:
            stream.seek(place)
            assert stream.read(count) == data[place : place + count]


def test_a_window_asks_for_larger_pieces_as_long_as_it_is_read_onwards() -> None:
    asked: list[tuple[int, int]] = []
    size = 10 * MOST

    def fetch(start: int, end: int) -> bytes:
        asked.append((start, end))
        return bytes(end - start)

    stream = WindowReader(Window(fetch, size))
    buffer = bytearray(2**20)
    while stream.readinto(buffer):
        pass
    lengths = [end - start for start, end in asked]
    assert sum(lengths) == size
    assert lengths[0] == LEAST
    assert lengths[:-1] == sorted(lengths[:-1])
    assert max(lengths) == MOST
    stream.seek(5)
    stream.readinto(buffer)
    assert asked[-1] == (5, 5 + LEAST)


def test_a_parser_that_is_ahead_of_its_readers_costs_no_request_more() -> None:
    asked: list[tuple[int, int]] = []

    def fetch(start: int, end: int) -> bytes:
        asked.append((start, end))
        return bytes(end - start)

    stream = WindowReader(Window(fetch, 2 * MOST))
    for first in range(0, 2 * MOST, 2**20):
        for place in (*range(first, first + 2**20, 2**16), *range(first, first + 2**20, 2**18)):
            stream.seek(place)
            stream.readinto(bytearray(1000))
    assert len(asked) <= 15
    assert sum(end - start for start, end in asked) <= 2 * MOST + 2**21


def test_a_piece_that_cannot_be_had_is_told_when_it_is_needed() -> None:
    def fetch(start: int, end: int) -> bytes:
        if end > 20 * LEAST:
            raise ArchiveError("lost")
        return bytes(end - start)

    stream = WindowReader(Window(fetch, 100 * LEAST))
    with pytest.raises(ArchiveError, match="lost"):
        all(iter(lambda: stream.readinto(bytearray(2**16)), 0))
    assert stream.tell() > 4 * LEAST


_DATA = random.Random(4).randbytes(2_500_000)


def _length(asked: str) -> int:
    first, last = asked.removeprefix("bytes=").split("-")
    return int(last) - int(first) + 1
