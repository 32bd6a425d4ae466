"""Stored results of GPU cells: kinds of files, each byte, what they may show, and the way to another machine."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.numpy import save_file

from dsdocs.config import parse_config
from dsdocs.errors import CacheError
from dsdocs.locations import Locations
from dsdocs.notebooks.declared import SUFFIXES
from dsdocs.notebooks.gpu.carry import pack, unpack, verify
from dsdocs.notebooks.gpu.digests import archive_digest, summary_digest
from dsdocs.notebooks.gpu.entries import Entry, entries, problems, read_entry
from dsdocs.notebooks.gpu.formats import check_file
from dsdocs.notebooks.gpu.onnx import external_files
from dsdocs.notebooks.gpu.outputs import problems_of
from dsdocs.notebooks.gpu.survey import survey
from dsdocs.pixels.measure import measure_pixels
from dsdocs.project import Project
from dsdocs.sample import write_sample
from dsdocs.summarize import describe, summarize
from dsdocs.views import MIME, Code, Number, to_json
from support.gpu import Book, cell, gpu_cell
from support.views import DOT, HOSTILE, filled

BUDGET = 10**6


def model(external: bool = False, inner: bool = False) -> bytes:
    """Return an ONNX model of one addition; its weight may lie outside, or in a graph inside the graph."""
    weight = numpy_helper.from_array(np.ones(3, np.float32), "w")
    if external:
        weight.ClearField("raw_data")
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value="../../secret.bin")
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [3]) for name in "xy")
    add = helper.make_node("Add", ["x", "w"], ["y"])
    if not inner:
        return helper.make_model(helper.make_graph([add], "g", [x], [y], [weight])).SerializeToString()
    body = helper.make_graph([add], "body", [], [y], [weight])
    choice = helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body)
    c = helper.make_tensor_value_info("c", TensorProto.BOOL, [])
    return helper.make_model(helper.make_graph([choice], "g", [x, c], [y])).SerializeToString()


def npz(path: Path, **arrays: Any) -> None:
    with path.open("wb") as sink:
        np.savez(sink, **arrays)


def zipped(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content)


def picture(path: Path) -> None:
    Image.new("RGB", (3, 2)).save(path)


def cut(write: Callable[[Path], object]) -> Callable[[Path], None]:
    def written(path: Path) -> None:
        write(path)
        path.write_bytes(path.read_bytes()[:-20])

    return written


def table(path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2]}), path)


def pickled_column(path: Path) -> None:
    field = pa.field("a", pa.binary(), metadata={"ARROW:extension:name": "arrow.py_extension_type"})
    pq.write_table(pa.table([pa.array([b"x"])], schema=pa.schema([field])), path)


GOOD: dict[str, Callable[[Path], object]] = {
    "a.csv": lambda path: path.write_text("a,b\n1,2\n", encoding="utf-8"),
    "a.json": lambda path: path.write_text('{"a": [1]}', encoding="utf-8"),
    "a.npz": lambda path: npz(path, x=np.ones((2, 3)), names=np.array(["a", "b"]), empty=np.zeros(0)),
    "a.onnx": lambda path: path.write_bytes(model()),
    "inner.onnx": lambda path: path.write_bytes(model(inner=True)),
    "a.parquet": table,
    "a.png": picture,
    "a.safetensors": lambda path: save_file({"w": np.ones(4, np.float32), "v": np.ones(2)}, path),
    "a.webp": picture,
}
BAD: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "pickle": ("a.pkl", lambda path: path.write_bytes(pickle.dumps(1)), "files of this kind are not stored"),
    "torch": ("a.pt", lambda path: path.write_bytes(b""), "files of this kind are not stored"),
    "html": ("a.html", lambda path: path.write_bytes(b""), "files of this kind are not stored"),
    "svg": ("a.svg", lambda path: path.write_bytes(b""), "files of this kind are not stored"),
    "objects": ("a.npz", lambda path: npz(path, x=np.array([{}], dtype=object)), r"x\.npy: holds Python objects"),
    "objects inside": (
        "a.npz", lambda path: npz(path, x=np.zeros(1, [("a", "f4"), ("b", "O")])), r"x\.npy: holds Python objects",
    ),
    "pickle in npz": ("a.npz", lambda path: zipped(path, "x.pkl", pickle.dumps(1)), "which is no array"),
    "pickle as npy": ("a.npz", lambda path: zipped(path, "x.npy", pickle.dumps([1] * 99)), "cannot be read|magic"),
    "path in npz": ("a.npz", lambda path: zipped(path, "../x.npy", b""), "which is no array"),
    "cut npz": ("a.npz", cut(GOOD["a.npz"]), "cannot be read"),
    "pickle as npz": ("a.npz", lambda path: path.write_bytes(pickle.dumps(1)), "cannot be read"),
    "torch as safetensors": ("a.safetensors", lambda path: zipped(path, "data.pkl", pickle.dumps(1)), "longer than"),
    "cut safetensors": ("a.safetensors", cut(GOOD["a.safetensors"]), "its size does not fit its header"),
    "gap in safetensors": (
        "a.safetensors",
        lambda path: path.write_bytes(
            struct.pack("<Q", len(head := b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}')) + head + b"xy"
        ),
        "do not lie one behind the other",
    ),
    "weights outside": ("a.onnx", lambda path: path.write_bytes(model(True)), "'location=../../secret.bin'|not named"),
    "weights outside, inside": (
        "a.onnx", lambda path: path.write_bytes(model(True, True)), "keeps weights in another file",
    ),
    "no onnx": ("a.onnx", lambda path: path.write_bytes(b"not a model"), "no ONNX model|no graph"),
    "empty onnx": ("a.onnx", lambda path: path.write_bytes(b""), "holds no graph"),
    "pickled column": ("a.parquet", pickled_column, "column 'a' is of a type that holds a pickle"),
    "cut parquet": ("a.parquet", cut(table), "[Mm]agic"),
    "no number": ("a.json", lambda path: path.write_text("[NaN]"), "NaN is no JSON"),
    "no json": ("a.json", lambda path: path.write_text("{"), "Expecting"),
    "uneven rows": ("a.csv", lambda path: path.write_text("a,b\n1\n"), "differ in their number of cells"),
    "binary csv": ("a.csv", lambda path: path.write_bytes(b"a,\xff\n"), "can't decode|cannot be read"),
    "gif as png": ("a.png", lambda path: Image.new("L", (1, 1)).save(path, "GIF"), "cannot be read"),
    "svg as webp": ("a.webp", lambda path: path.write_text("<svg onload=alert(1)>"), "cannot be read"),
    "cut png": ("a.png", cut(picture), "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_safe_files_are_accepted(tmp_path: Path, name: str) -> None:
    GOOD[name](tmp_path / name)
    check_file(tmp_path / name)


def test_every_kind_of_file_is_tested() -> None:
    assert {Path(name).suffix for name in GOOD} == set(SUFFIXES)


@pytest.mark.parametrize(("name", "write", "message"), BAD.values(), ids=BAD)
def test_other_files_are_refused_by_name(
    tmp_path: Path, name: str, write: Callable[[Path], object], message: str
) -> None:
    write(tmp_path / name)
    with pytest.raises(ValueError, match=message) as failure:
        check_file(tmp_path / name)
    assert str(failure.value).startswith(f"{name}: ")


@settings(deadline=None)
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_damaged_model_is_read_or_refused_but_never_more(place: int, bit: int) -> None:
    content = bytearray(model())
    content[place % len(content)] ^= 1 << bit
    try:
        external_files(bytes(content))
    except ValueError:
        return


def test_models_of_the_library_hold_what_it_says() -> None:
    assert external_files(model()) == external_files(model(inner=True)) == ()
    assert "location=../../secret.bin" in external_files(model(external=True))
    assert onnx.load_from_string(model(external=True)).graph.initializer[0].data_location == TensorProto.EXTERNAL


# ---- what cells show


def shown(**data: Any) -> list[dict[str, Any]]:
    bundle = {
        {"view": MIME, "png": "image/png", "text": "text/plain", "html": "text/html"}[key]: data[key] for key in data
    }
    return [{"output_type": "display_data", "data": bundle, "metadata": {}}]


STREAM = {"output_type": "stream", "name": "stdout", "text": "a"}
FORGED: dict[str, object] = {
    "html": shown(html="<b>", text="b"),
    "no list": {},
    "error": [{"output_type": "error", "ename": "a", "evalue": "b", "traceback": []}],
    "note": [{**shown(text="a")[0], "metadata": {"text/plain": {"x": 1}}}],
    "more keys": [{**STREAM, "transient": {}}],
    "another stream": [{**STREAM, "name": "stdin"}],
    "no view": shown(view={"kind": "Script"}),
    "no field": shown(view={**to_json(Number("a", 1, "b")), "onload": "alert(1)"}),
    "no png": shown(png=base64.b64encode(b"GIF89a").decode()),
    "no base64": shown(png="<svg>"),
    "drawing": shown(view=to_json(Code("a", "b", "text", drawing=base64.b64encode(b"<svg>").decode()))),
    "empty": [{"output_type": "display_data", "data": {}, "metadata": {}}],
    "list as text": shown(text=["a"]),
}


@pytest.mark.parametrize("outputs", FORGED.values(), ids=FORGED)
def test_outputs_that_no_cell_leaves_are_found(outputs: object) -> None:
    assert list(problems_of(outputs))


@pytest.mark.parametrize("view", filled(HOSTILE), ids=lambda view: type(view).__name__)
def test_views_of_any_text_are_fine(view: Any) -> None:
    assert list(problems_of(shown(view=to_json(view)))) == []


def test_text_and_pictures_are_fine() -> None:
    assert list(problems_of([STREAM, *shown(text="a", png=DOT)])) == []


def test_a_view_that_draws_markup_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("<img src=x onerror=alert(1)>", "<a href=' java\nscript:x'>", "<script src='a.js'></script>"):
        monkeypatch.setattr("dsdocs.notebooks.gpu.outputs.html", lambda view, slug, text=text: f"<p>{text}</p>")
        assert "is drawn with" in next(problems_of(shown(view=to_json(Number("a", 1, "b")))))


# ---- every byte


EXPORTS = "name: train, data: [summary], exports: [a.json, b.csv]"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a book with results of two cells, the second of which looks at the first."""
    book = Book(tmp_path_factory.mktemp("kept"))
    book.write(cell("n = 1"), gpu_cell("1", EXPORTS), gpu_cell("2", "name: test, data: []"))
    views = shown(view=to_json(Number("Score", 0.5, "points")), text="0.5")
    book.store([STREAM, *views], {"a.json": "[1]", "b.csv": "a,b\n1,2\n"})
    book.store(name="page/test")
    return book


def files(book: Book) -> list[Path]:
    return sorted(path for path in book.cache.rglob("*") if path.is_file())


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_one_flipped_byte_in_any_file_is_found_and_named(kept: Book, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(files(kept)))
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    changed = bytearray(before)
    changed[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    try:
        found = verify(kept.cache, kept.look(), budget=BUDGET)
        states = {each.state for each in kept.look()}
    finally:
        path.write_bytes(before)
    assert any(path.name in f"{finding.path} {finding.problem}" for finding in found)
    assert states == {"fresh"} if path.name == ".gitattributes" else "damaged" in states


def test_every_missing_file_is_found_and_named(kept: Book) -> None:
    for path in files(kept):
        before = path.read_bytes()
        path.unlink()
        found = verify(kept.cache, kept.look(), budget=BUDGET)
        path.write_bytes(before)
        if path.name != ".gitattributes":  # git's business; without it nothing is wrong
            name = "provenance." if path.name.startswith("provenance.") else path.name
            assert any(name in finding.problem for finding in found), path
    assert verify(kept.cache, kept.look(), budget=BUDGET) == ()


def test_a_file_in_the_place_of_another_is_found(kept: Book, tmp_path: Path) -> None:
    book = kept.copy(tmp_path / "copy")
    entry = entry_of(book)
    a, b = entry.folder / "exports" / "a.json", entry.folder / "exports" / "b.csv"
    content = a.read_bytes(), b.read_bytes()
    a.write_bytes(content[1])
    b.write_bytes(content[0])
    assert len([finding for finding in verify(book.cache, book.look(), budget=BUDGET)]) >= 2
    with pytest.raises(CacheError, match=r"a\.json: is damaged"):
        entry.export("a.json")
    assert book.state()[0] == "damaged"


def entry_of(book: Book, name: str = "page/train") -> Entry:
    return next(entry for _, entry in entries(book.cache) if isinstance(entry, Entry) and entry.cell == name)


# ---- nothing else


def smuggled(book: Book) -> dict[str, Callable[[], object]]:
    entry = entry_of(book)
    other = book.cache / "ab" / ("ab" + "0" * 62)
    return {
        "x.html": lambda: (book.cache / "x.html").write_text("<script>"),
        "exports/model.pkl": lambda: (entry.folder / "exports" / "model.pkl").write_bytes(b""),
        "ab/": lambda: shutil.copytree(entry.folder, other),
        "is a link": lambda: (entry.folder / "exports" / "c.json").symlink_to("/etc/passwd"),
        ".gitattributes": lambda: (book.cache / ".gitattributes").write_text("* filter=x\n"),
        "deep/er": lambda: [(entry.folder / "deep").mkdir(), (entry.folder / "deep" / "er").write_text("1")],
    }


@pytest.mark.parametrize("name", ["x.html", "exports/model.pkl", "ab/", "is a link", ".gitattributes", "deep/er"])
def test_what_no_cell_accounts_for_is_found(kept: Book, tmp_path: Path, name: str) -> None:
    book = kept.copy(tmp_path / "copy")
    smuggled(book)[name]()
    found = verify(book.cache, book.look(), budget=BUDGET)
    assert any(name in f"{finding.path}: {finding.problem}" for finding in found)


def test_forged_results_with_a_provenance_of_their_own_are_found(kept: Book, tmp_path: Path) -> None:
    """Every digest fits; the outputs are such as no cell leaves."""
    book = kept.copy(tmp_path / "copy")
    entry = entry_of(book)
    (old,) = entry.folder.glob("provenance.*.json")
    stored = json.loads(old.read_text(encoding="utf-8"))
    (entry.folder / "outputs.json").write_text(json.dumps(shown(html="<script>")), encoding="utf-8")
    rewrite(old, stored, entry.folder)
    assert any("text/html: is not allowed" in each for each in problems(read_entry(entry.folder)))
    assert book.state()[0] == "damaged"


def rewrite(old: Path, stored: dict[str, Any], folder: Path) -> None:
    """Let a provenance fit the files as they are."""
    for name in stored["files"]:
        content = (folder / name).read_bytes()
        stored["files"][name] = [len(content), hashlib.sha256(content).hexdigest()]
    text = json.dumps(stored, sort_keys=True).encode()
    old.unlink()
    (folder / f"provenance.{hashlib.sha256(text).hexdigest()}.json").write_bytes(text)


def test_a_key_that_is_not_that_of_its_components_is_found(kept: Book, tmp_path: Path) -> None:
    """Results of other code, under the key of today's."""
    book = kept.copy(tmp_path / "copy")
    entry = entry_of(book)
    (old,) = entry.folder.glob("provenance.*.json")
    stored = json.loads(old.read_text(encoding="utf-8"))
    stored["components"]["data"]["summary"] = "another"
    rewrite(old, stored, entry.folder)
    with pytest.raises(CacheError, match="not the name of the folder"):
        read_entry(entry.folder)
    assert book.state()[0] == "damaged"


def test_results_of_no_cell_of_today_are_found(kept: Book, tmp_path: Path) -> None:
    book = kept.copy(tmp_path / "copy")
    book.data["summary"] = "s2"
    texts = [finding.problem for finding in verify(book.cache, book.look(), budget=BUDGET)]
    assert any("is not of the cell of today: data: summary s1 -> s2" in text for text in texts)
    book.write(cell("n = 1"), gpu_cell("1", EXPORTS))
    texts = [finding.problem for finding in verify(book.cache, book.look(), budget=BUDGET)]
    assert any("is of the GPU cell 'page/test', which no page has" in text for text in texts)


def test_a_cache_beyond_its_budget_is_found(kept: Book) -> None:
    (finding,) = verify(kept.cache, kept.look(), budget=100)
    assert "more than the budget of 100" in finding.problem


# ---- to another machine and back


def take(book: Book, source: Path, budget: int = BUDGET) -> tuple[Entry, ...]:
    pages = tuple(book.pages.values())
    return unpack(book.cache, lambda caches: survey(caches, pages, book.digests), source, budget=budget)


def test_results_travel_as_one_file(kept: Book, tmp_path: Path) -> None:
    package = tmp_path / "results.zip"
    pack(kept.cache, kept.look(), package)
    pack(kept.cache, kept.look(), tmp_path / "again.zip")
    assert package.read_bytes() == (tmp_path / "again.zip").read_bytes()
    book = kept.copy(tmp_path / "copy")
    shutil.rmtree(book.cache)
    assert {entry.cell for entry in take(book, package)} == {"page/train", "page/test"}
    assert {found.state for found in book.look()} == {"fresh"}
    assert [path.relative_to(book.cache) for path in files(book)] == [
        path.relative_to(kept.cache) for path in files(kept)
    ]
    assert verify(book.cache, book.look(), budget=BUDGET) == ()


def test_results_that_come_take_the_place_of_older_ones(kept: Book, tmp_path: Path) -> None:
    package = tmp_path / "results.zip"
    book = kept.copy(tmp_path / "copy")
    book.data["summary"] = "s2"
    book.store(files={"a.json": "[2]", "b.csv": "a\n"})
    book.store(name="page/test")
    pack(book.cache, book.look(), package)
    other = kept.copy(tmp_path / "other")
    other.data["summary"] = "s2"
    take(other, package)
    assert entry_of(other).export("a.json").read_text() == "[2]"
    assert verify(other.cache, other.look(), budget=BUDGET) == ()


def test_results_for_other_cells_are_refused_with_what_differs(kept: Book, tmp_path: Path) -> None:
    package = tmp_path / "results.zip"
    pack(kept.cache, kept.look(), package)
    book = kept.copy(tmp_path / "copy")
    before = [path.read_bytes() for path in files(book)]
    book.data["summary"] = "s2"
    with pytest.raises(CacheError, match="its results are not for the cell of today: data: summary s1 -> s2"):
        take(book, package)
    book.pages.clear()
    with pytest.raises(CacheError, match="no page of today has the GPU cell 'page/t"):
        take(book, package)
    assert [path.read_bytes() for path in files(book)] == before


def test_nothing_is_packed_where_nothing_is_of_today(kept: Book, tmp_path: Path) -> None:
    book = kept.copy(tmp_path / "copy")
    book.write(cell("n = 2"), gpu_cell("1", EXPORTS))
    with pytest.raises(CacheError, match="no GPU cell has results of today"):
        pack(book.cache, book.look(), tmp_path / "results.zip")


def altered(package: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(package) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(package, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return package


ALTERED: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "upwards": (lambda members: members.update({"../evil.py": b""}), r"'\.\./evil\.py' is no file of a result"),
    "absolute": (lambda members: members.update({"/evil.py": b""}), "is no file of a result"),
    "beside": (lambda members: members.update({"index.md": b""}), "'index.md' is no file of a result"),
    "another kind": (
        lambda members: members.update({f"{next(iter(members))[:67]}/exports/a.pkl": b""}), "no provenance names it",
    ),
    "flipped": (
        lambda members: members.update({name: b"[9]" for name in members if name.endswith("a.json")}), "is damaged",
    ),
    "without": (
        lambda members: [members.pop(name) for name in [*members] if "provenance" in name], "expected one provenance",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), ALTERED.values(), ids=ALTERED)
def test_a_package_that_is_not_whole_is_refused_as_a_whole(
    kept: Book, tmp_path: Path, change: Callable[[dict[str, bytes]], None], message: str
) -> None:
    package = tmp_path / "results.zip"
    pack(kept.cache, kept.look(), package)
    altered(package, change)
    book = kept.copy(tmp_path / "copy")
    shutil.rmtree(book.cache)
    with pytest.raises(CacheError, match=message):
        take(book, package)
    assert files(book) == []
    assert not (tmp_path / "evil.py").exists()


def test_a_bomb_is_refused_before_it_is_unpacked(kept: Book, tmp_path: Path) -> None:
    package = tmp_path / "results.zip"
    pack(kept.cache, kept.look(), package)
    book = kept.copy(tmp_path / "copy")
    with pytest.raises(CacheError, match=r"unpacks to .* bytes, more than the budget"):
        take(book, package, budget=100)
    package.write_bytes(b"no zip")
    with pytest.raises(CacheError, match="cannot be read as a package of results"):
        take(book, package)


# ---- digests of data


def summary(**changes: Any) -> pa.Table:
    columns = {
        "id": pa.array(["b", "a"]),
        "labels": pa.array([["x", "y"], None]),
        "split": pa.array(["train", None]).dictionary_encode(),
        "gsd": pa.array([10.0, None]),
        "window": pa.array([[0, 0, 2, 2], None], pa.list_(pa.int32(), 4)),
        "assets": pa.array([[{"key": "k", "href": "h"}], []]),
        **changes,
    }
    return pa.table(columns)


def test_the_digest_of_a_summary_does_not_depend_on_how_arrow_lays_it_out(tmp_path: Path) -> None:
    table = summary()
    first = summary_digest(table)
    for options in ({"compression": "zstd"}, {"compression": None, "row_group_size": 1, "version": "1.0"}):
        pq.write_table(table, tmp_path / "a.parquet", **options)
        assert summary_digest(pq.read_table(tmp_path / "a.parquet")) == first
    assert summary_digest(table.slice(1)) != first
    assert summary_digest(pa.concat_tables([table.slice(1), table.slice(0, 1)])) == first
    assert summary_digest(summary(gsd=pa.array([10.0 + 1e-9, None]))) == first


@pytest.mark.parametrize(
    "changes",
    [
        {"id": pa.array(["b", "c"])},
        {"labels": pa.array([["x"], ["y"]])},
        {"labels": pa.array([["x", "y"], []])},
        {"labels": pa.array([["xy", ""], None])},
        {"split": pa.array(["train", "test"]).dictionary_encode()},
        {"gsd": pa.array([10.0, 0.0])},
        {"window": pa.array([[0, 0, 2, 1], None], pa.list_(pa.int32(), 4))},
        {"assets": pa.array([[{"key": "k", "href": "i"}], []])},
        {"more:fact": pa.array([True, False])},
    ],
)
def test_the_digest_of_a_summary_sees_every_value(changes: dict[str, pa.Array]) -> None:
    assert summary_digest(summary(**changes)) != summary_digest(summary())


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small sample archive: bands, radar, and maps of classes."""
    return write_sample(tmp_path_factory.mktemp("sample") / "archive", patches=3)


def digest_of(archive: Path, state: Path, **config: Any) -> tuple[str, str]:
    """Return the digests of summary and archive, as a GPU cell declares them."""
    project = Project(Locations(parse_config(config), None, (str(archive),), state))
    summarize(project)
    describe(project)
    measure_pixels(project)
    return summary_digest(project.summary), archive_digest(project)


def test_digests_of_data_are_the_same_in_every_container_and_whoever_reads_the_pixels(
    archive: Path, tmp_path: Path
) -> None:
    first = digest_of(archive, tmp_path / "folder")
    assert digest_of(archive, tmp_path / "folder") == first
    for kind in ("zip", "gztar"):
        packed = Path(shutil.make_archive(str(tmp_path / "packed"), kind, archive.parent, archive.name))
        assert digest_of(packed, tmp_path / kind) == first


def test_each_pixel_counts_those_of_maps_as_well(archive: Path, tmp_path: Path) -> None:
    first = digest_of(archive, tmp_path / "before")
    sampled = digest_of(archive, tmp_path / "sampled", pixels={"patches": 1})
    for number, name in enumerate(("BigEarthNet-S2", "BigEarthNet-S1", "Reference_Maps")):
        changed = shutil.copytree(archive, tmp_path / f"changed-{number}")
        with rasterio.open(next((changed / name).rglob("*.tif")), "r+") as file:
            band = file.read(1)
            band[3, 4] += 1
            file.write(band, 1)
        assert digest_of(changed, tmp_path / f"state-{number}")[1] != first[1]
        assert digest_of(changed, tmp_path / f"other-{number}", pixels={"patches": 1})[1] != sampled[1]


def test_a_png_in_memory_is_what_the_check_reads() -> None:
    """The constant of the tests is a picture at all."""
    assert Image.open(io.BytesIO(base64.b64decode(DOT))).size == (1, 1)
