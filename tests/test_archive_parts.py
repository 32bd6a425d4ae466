"""Archives of several files: parts one after the other, pieces put together, and plain files beside them."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import pytest

from dsdocs.archive import Archive, LocalFile, Member, PartsArchive, SplitFile, open_archive
from dsdocs.archive.split import is_packed, natural, without_suffix
from dsdocs.errors import ArchiveError
from dsdocs.records import RecordError
from support.containers import tar_bytes, zip_bytes

FILES = {"a/one.txt": b"1" * 3000, "b/two.txt": b"2" * 100, "c.txt": b"3"}


def read_all(archive: Archive) -> dict[str, bytes]:
    return {entry.path: entry.read() for entry in archive.members() if isinstance(entry, Member)}


def write(folder: Path, **files: bytes) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def test_parts_come_in_natural_order_whatever_order_they_are_named_in(tmp_path: Path) -> None:
    parts = {f"data-{number}.tar": tar_bytes([(f"{number}.txt", b"")]) for number in (1, 2, 9, 10, 11)}
    paths = write(tmp_path / "x", **parts)
    for order in (paths, paths[::-1]):
        archive = open_archive(order)
        assert [entry.path for entry in archive.members()] == ["1.txt", "2.txt", "9.txt", "10.txt", "11.txt"]
        assert archive.name == "data"


def test_containers_of_all_kinds_and_folders_are_parts_of_one(tmp_path: Path) -> None:
    paths = write(
        tmp_path / "x",
        **{
            "x-1.tar": tar_bytes([("a/1", b"1")]),
            "x-2.tar.gz": gzip.compress(tar_bytes([("a/2", b"2")])),
            "x-3.zip": zip_bytes([("a/3", b"3")]),
        },
    )
    (tmp_path / "x-4" / "a").mkdir(parents=True)
    (tmp_path / "x-4" / "a" / "4").write_bytes(b"4")
    archive = open_archive([*paths, tmp_path / "x-4"])
    assert read_all(archive) == {"a/1": b"1", "a/2": b"2", "a/3": b"3", "a/4": b"4"}
    assert not archive.seekable
    assert [member.path for member in archive.fetch(["a/4", "a/1", "a/9"])] == ["a/1", "a/4"]
    with archive.open("a/3") as stream:
        assert stream.read() == b"3"
    with pytest.raises(KeyError):
        archive.open("3")


def test_a_path_in_two_parts_comes_twice_and_the_first_is_opened(tmp_path: Path) -> None:
    paths = write(tmp_path / "x", **{"x1.tar": tar_bytes([("a", b"1")]), "x2.tar": tar_bytes([("a", b"2")])})
    archive = open_archive(paths)
    assert [entry.read() for entry in archive.members() if isinstance(entry, Member)] == [b"1", b"2"]
    assert [member.read() for member in archive.fetch(["a"])] == [b"1"]
    assert archive.name == "x"


def test_a_folder_of_nothing_but_containers_is_what_they_are_together(tmp_path: Path) -> None:
    folder = tmp_path / "EuroSAT"
    write(folder, **{"Forest.zip": zip_bytes([("1.jpg", b"f")]), "River.zip": zip_bytes([("1.jpg", b"r")])})
    (folder / ".DS_Store").touch()
    archive = open_archive(folder)
    assert archive.name == "EuroSAT"
    # A zip for each class: the class is the name of the zip.
    assert read_all(archive) == {"Forest/1.jpg": b"f", "River/1.jpg": b"r"}
    with archive.open("River/1.jpg") as stream:
        assert stream.read() == b"r"
    assert [member.path for member in archive.fetch(["River/1.jpg", "Forest/1.jpg", "1.jpg"])] == [
        "Forest/1.jpg", "River/1.jpg",
    ]  # fmt: skip


def test_folders_inside_a_part_stay_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    write(folder, **{"images.zip": zip_bytes([("images/1.png", b"i")]), "masks.zip": zip_bytes([("1.png", b"m")])})
    archive = open_archive(folder)
    assert read_all(archive) == {"images/1.png": b"i", "masks/1.png": b"m"}
    assert {path for path in ("images/1.png", "masks/1.png") if archive.open(path).read()} == set(read_all(archive))


def test_a_file_that_would_come_under_the_name_of_another_comes_twice_and_is_opened_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    both = zip_bytes([("Forest/1.jpg", b"inside"), ("1.jpg", b"on top")])
    write(folder, **{"Forest.zip": both, "River.zip": zip_bytes([])})
    archive = open_archive(folder)
    assert [entry.path for entry in archive.members()] == ["Forest/1.jpg"] * 2
    assert [member.read() for member in archive.fetch(["Forest/1.jpg"])] == [b"inside"]


def test_a_folder_with_other_files_is_a_folder_and_names_its_containers(tmp_path: Path) -> None:
    write(tmp_path / "x", **{"a.zip": zip_bytes([("1", b"")]), "labels.csv": b"a,b"})
    entries = list(open_archive(tmp_path / "x").members())
    assert {entry.path: isinstance(entry, RecordError) for entry in entries} == {"a.zip": True, "labels.csv": False}


def test_plain_files_can_be_named_beside_containers(tmp_path: Path) -> None:
    paths = write(tmp_path / "x", **{"S2.tar": tar_bytes([("S2/p", b"2")]), "metadata.parquet": b"PAR1"})
    archive = open_archive(paths)
    assert read_all(archive) == {"S2/p": b"2", "metadata.parquet": b"PAR1"}
    assert archive.name == "S2"
    with archive.open("metadata.parquet") as stream:
        assert stream.read() == b"PAR1"
    first = archive.stamp()
    paths[1].write_bytes(b"PAR1 changed")
    assert archive.stamp() != first
    paths[0].write_bytes(b"no tar")
    with pytest.raises(ArchiveError, match=r"S2\.tar: is no archive"):
        open_archive(paths)


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
@pytest.mark.parametrize(
    "names", [(".001", ".002", ".003"), (".partaa", ".partab", ".partac"), ("-aa", "-ab", "-ac"), (".0", ".1", ".2")]
)
def test_pieces_are_read_as_the_whole_that_they_were(kind: str, names: tuple[str, ...], tmp_path: Path) -> None:
    entries = [*FILES.items(), ("large.bin", bytes(range(256)) * 5000)]
    packed = {"tar": tar_bytes(entries), "tar.gz": gzip.compress(tar_bytes(entries)), "zip": zip_bytes(entries)}[kind]
    cuts = [0, 700, len(packed) // 2, len(packed)]
    pieces = {f"x.{kind}{name}": packed[cuts[at] : cuts[at + 1]] for at, name in enumerate(names)}
    paths = write(tmp_path / "data", **pieces)
    for given in (paths, paths[::-1], tmp_path / "data"):
        archive = open_archive(given)
        assert read_all(archive) == dict(entries)
        assert archive.name == "x"
    if archive.seekable:
        members = pickle.loads(pickle.dumps([entry for entry in archive.members() if isinstance(entry, Member)]))
        assert {member.path: member.open().read() for member in members} == dict(entries)
    first = archive.stamp()
    paths[2].write_bytes(paths[2].read_bytes() + b"x")
    assert archive.stamp() != first


def test_missing_pieces_are_named(tmp_path: Path) -> None:
    whole = tar_bytes(FILES.items())
    paths = write(tmp_path / "x", **{f"x.tar.{number:03}": whole[number * 999 :][:999] for number in range(1, 5)})
    for given, words in (
        (paths[1:], "a piece is missing: the first; found x.tar.002, x.tar.003, x.tar.004"),
        ([paths[0], paths[2]], "a piece is missing: number 2; found x.tar.001, x.tar.003"),
    ):
        with pytest.raises(ArchiveError, match=words) as caught:
            open_archive(given)
        assert caught.value.category == "archive.corrupt"


@pytest.mark.parametrize("size", [1, 7, 511, 4096])
def test_a_split_file_is_sought_and_read_as_one(size: int, tmp_path: Path) -> None:
    whole = bytes(range(256)) * 40
    paths = write(tmp_path / "x", **{f"{at:05}": whole[at : at + size] for at in range(0, len(whole), size)[:200]})
    expected = whole[: 200 * size]
    file = SplitFile("x", tuple(LocalFile(str(path)) for path in paths))
    assert file.size() == len(expected)
    with file.open() as stream:
        assert stream.read() == expected
        for place in (0, size - 1, size, len(expected) // 2, len(expected), len(expected) + 5):
            assert stream.seek(place) == place
            assert stream.read(1) == expected[place : place + 1]


def test_names_tell_containers_pieces_and_the_rest_apart() -> None:
    for name in ("x.tar", "X.TAR.GZ", "x.tar.gz.001", "x.tar.gz.partab", "x.zip-aa", "x.tgz.12", "x.z01", "x.r00"):
        assert is_packed(name), name
    for name in ("x.tif", "x.gz", "x.001", "x.tar.md5", "x.zip.sha256", "tar", "x.tar.gz.txt", "x.npz", "x.xlsx"):
        assert not is_packed(name), name
    names = {"x.tar.gz": "x", "a.b.ZIP": "a.b", "x.tzst": "x", "x": "x", "v1.0": "v1.0", ".tar": ".tar"}
    assert {name: without_suffix(name) for name in names} == names
    assert sorted(["b10", "b9", "a", "b", "b9a", ""], key=natural) == ["", "a", "b", "b9", "b9a", "b10"]


def test_the_name_of_several_parts_is_what_their_names_begin_with(tmp_path: Path) -> None:
    cases = {
        ("data-part1", "data-part2"): "data",
        ("data_10", "data_11", "data_9"): "data",
        ("BigEarthNet-S1", "BigEarthNet-S2"): "BigEarthNet-S",
        ("train", "test"): "test",
        ("x.vol1", "x.vol2"): "x",
    }
    for names, expected in cases.items():
        folder = tmp_path / expected
        folder.mkdir(exist_ok=True)
        parts = [open_archive(path) for path in write(folder, **{f"{name}.tar": tar_bytes([]) for name in names})]
        assert PartsArchive(parts).name == expected
