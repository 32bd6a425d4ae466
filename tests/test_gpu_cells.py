"""GPU cells: what they declare, what their key holds, and that their results are used, refused or made anew."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dsdocs.errors import CacheError, CellError, ConfigError
from dsdocs.notebooks import declared, read_page
from dsdocs.notebooks.gpu import provenance
from dsdocs.notebooks.gpu.entries import ATTRIBUTES, entries
from dsdocs.notebooks.gpu.names import bound_names
from dsdocs.notebooks.gpu.shelf import exported_file, open_shelf
from dsdocs.notebooks.gpu.sources import source_digest
from dsdocs.notebooks.gpu.survey import refuse
from support.gpu import FRONT, Book, cell, gpu_cell
from support.sites import REPOSITORY

TRAIN = """\
import json, os
from dsdocs import export_folder, record
weights = [1, 2, 3]
(export_folder() / "weights.json").write_text(json.dumps(weights))
record(score=0.75, device=os.environ["DSDOCS_DEVICE"])
print("trained")"""
DECLARED = "name: train, data: [summary], packages: [numpy==1.0], sources: [dsdocs.metrics], exports: [weights.json]"
USE = """\
import json
from dsdocs import exported, exported_values
print(sum(json.loads(exported("train/weights.json").read_text())), exported_values("train"))"""

INSTALLED = {"numpy": "1.0+local", "torch": "2.0", "dsdocs": "0"}


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """Return an empty book, on a machine that has numpy 1.0 and torch 2.0."""
    monkeypatch.setattr(provenance, "installed", INSTALLED.get)
    return Book(tmp_path)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a book whose one GPU cell has run, for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "installed", INSTALLED.get)
        book = Book(tmp_path_factory.mktemp("once"))
        book.write(cell("n = 3"), gpu_cell(TRAIN, DECLARED), cell(USE))
        book.execute()
    return book


@pytest.fixture
def trained(book: Book, once: Book) -> Book:
    """Return a book whose one GPU cell has run."""
    return once.copy(book.folder / "copy")


# ---- what a cell declares

WRONG = {
    "nothing": (gpu_cell("1", "").replace("dsdocs: {}\n", ""), "has to declare what it depends on"),
    "no name": (gpu_cell("1", "data: []"), r"dsdocs\.name: expected a name"),
    "bad name": (gpu_cell("1", "name: ../x, data: []"), r"dsdocs\.name: expected a name"),
    "no data": (gpu_cell("1", "name: a"), r"dsdocs\.data: is missing"),
    "other data": (gpu_cell("1", "name: a, data: [sumary]"), "expected summary, archive or cell:PAGE/NAME"),
    "no pin": (gpu_cell("1", "name: a, data: [], packages: [torch]"), "expected a pinned package"),
    "range": (gpu_cell("1", "name: a, data: [], packages: ['torch>=2']"), "expected a pinned package"),
    "pickle": (gpu_cell("1", "name: a, data: [], exports: [model.pt]"), "model.pt: files of this kind are not stored"),
    "folder": (gpu_cell("1", "name: a, data: [], exports: [a/b.json]"), "expected a plain file name"),
    "upwards": (gpu_cell("1", "name: a, data: [], exports: [..json]"), "expected a plain file name"),
    "same file": (gpu_cell("1", "name: a, data: [], exports: [a.json, A.json]"), "names a file twice"),
    "unknown key": (
        gpu_cell("1", "name: a, data: [], export: []"),
        r"dsdocs\.export: unknown key \(nearest: 'exports'\)",
    ),
    "hidden": (gpu_cell("1", "name: a, data: []", "remove-cell"), "its provenance has to be seen"),
    "errors": (gpu_cell("1", "name: a, data: []", "raises-exception"), "an error is no result"),
    "no tag": (gpu_cell("1", "name: a, data: []").replace("tags: [gpu]\n", ""), "only a cell with the tag 'gpu'"),
    "twice": (gpu_cell("1") + "\n" + gpu_cell("2"), "two GPU cells have the name 'train'"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_declaration_that_is_not_whole_is_an_error(book: Book, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        book.write(text)


def test_a_cell_says_what_it_depends_on(book: Book) -> None:
    (found,) = book.write(gpu_cell(TRAIN, DECLARED)).cells
    assert found.gpu is not None
    assert (found.gpu.name, found.gpu.data, found.gpu.sources) == ("train", ("summary",), ("dsdocs.metrics",))
    assert (found.gpu.packages, found.gpu.exports) == ((("numpy", "1.0"),), ("weights.json",))


def test_the_example_of_the_documentation_is_read_as_it_says(tmp_path: Path) -> None:
    text = (REPOSITORY / "docs" / "gpu-cells.md").read_text(encoding="utf-8")
    found = re.search(r"^````md\n(.*?)^````$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    (tmp_path / "network.md").write_text(found[1], encoding="utf-8")
    first, second = read_page(tmp_path / "network.md").cells
    assert first.gpu is not None
    assert first.gpu.exports == ("network.onnx", "scores.parquet")
    assert second.gpu is None
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(declared._KEYS)
    assert all(f"`{suffix}`" in text for suffix in declared.SUFFIXES)


# ---- run, stored, used


def test_cells_below_find_files_and_values(trained: Book) -> None:
    assert trained.build() == ["", "", "6 {'device': 'cpu', 'score': 0.75}\n"]
    assert exported_file(trained.project, "page/train/weights.json").read_text() == "[1, 2, 3]"


def test_cells_below_run_again_when_results_are_new(trained: Book) -> None:
    assert trained.build()[2].startswith("6 ")
    trained.store(files={"weights.json": "[4]"})
    assert trained.build()[2] == "4 {}\n"


def test_results_come_with_where_and_when_they_were_made(trained: Book) -> None:
    (entry,) = (entry for _, entry in entries(trained.cache))
    assert not isinstance(entry, CacheError)
    assert entry.values == {"score": 0.75, "device": "cpu"}
    assert entry.made["device"]["kind"] == "cpu"
    assert entry.made["device"]["name"]
    assert entry.made["versions"]["numpy"] == "1.0+local"
    assert entry.made["seconds"] > 0
    assert set(entry.made) == {"device", "versions", "seconds", "date", "commit"}
    assert [output["text"] for output in entry.outputs()] == ["trained\n"]
    assert (trained.cache / ATTRIBUTES).read_bytes() == b"* -text\n"


def test_what_is_stored_is_not_run_again_unless_it_is_asked_for(trained: Book) -> None:
    assert trained.execute() == ()
    heard: list[str] = []
    (entry,) = trained.execute(again=True, hear=heard.append)
    assert entry.cell == "page/train"
    assert "".join(heard) == "trained\n"  # as it is printed
    assert len(list(entries(trained.cache))) == 1


def test_prose_and_cells_below_do_not_outdate_results(trained: Book) -> None:
    trained.write(cell("n = 3"), gpu_cell(TRAIN, DECLARED, "hide-input"), cell("print(1)"), cell("print(2)"))
    assert trained.state() == ("fresh", ())


def test_a_build_runs_no_gpu_cell(book: Book) -> None:
    book.write(gpu_cell("raise SystemExit", "name: train, data: []"), cell("print(1)"))
    assert book.build() == ["", "1\n"]


CHANGES = {
    "source": (cell("n = 3"), gpu_cell(TRAIN + " ", DECLARED), "source: the code of the cell itself"),
    "source above": (cell("n = 4"), gpu_cell(TRAIN, DECLARED), "source: code cell 1 above it (line 7)"),
    "package": (
        cell("n = 3"), gpu_cell(TRAIN, DECLARED.replace("1.0", "1.1")), "package: numpy 1.0 -> 1.1",
    ),
    "another package": (
        cell("n = 3"), gpu_cell(TRAIN, DECLARED.replace("[numpy==1.0]", "[numpy==1.0, torch==2.0]")),
        "package: torch is declared now, 2.0",
    ),
    "no data": (
        cell("n = 3"), gpu_cell(TRAIN, DECLARED.replace("[summary]", "[]")), "data: summary is no longer declared",
    ),
    "exports": (
        cell("n = 3"), gpu_cell(TRAIN, DECLARED.replace("[weights", "[more.csv, weights")),
        "exports: more.csv, weights.json declared, weights.json stored",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("above", "own", "change"), CHANGES.values(), ids=CHANGES)
def test_what_has_changed_is_named(trained: Book, above: str, own: str, change: str) -> None:
    trained.write(above, own, cell(USE))
    assert trained.state() == ("stale", (change,))
    with pytest.raises(CacheError) as failure:
        refuse(trained.look(), allow_stale=False)
    assert failure.value.changed == (change,)
    assert str(failure.value).startswith("page.md, line 13: GPU cell 'train': its stored results are outdated: ")
    assert "dsdocs execute page --gpu" in str(failure.value)


def test_changed_data_is_named(trained: Book) -> None:
    trained.data["archive"] = "a2"
    assert trained.state() == ("fresh", ())  # it is not declared
    trained.data["summary"] = "s2"
    assert trained.state() == ("stale", ("data: summary s1 -> s2",))


def test_a_changed_module_is_named(trained: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsdocs.notebooks.gpu.survey.source_digest", lambda module: "0" * 64)
    ((state, (reason,)),) = (trained.state(),)
    assert state == "stale"
    assert reason.startswith("module source: dsdocs.metrics ")


def test_a_cell_that_is_put_above_is_named(trained: Book) -> None:
    trained.write(cell("a = 1"), cell("n = 3"), gpu_cell(TRAIN, DECLARED))
    assert trained.state() == ("stale", ("source: 2 code cells stand above it, there were 1",))


def test_outdated_results_are_used_where_that_is_allowed(trained: Book) -> None:
    trained.data["summary"] = "s2"
    refuse(trained.look(), allow_stale=True)
    assert trained.build()[2].startswith("6 ")
    assert open_shelf(trained.project.state).stale("page/train") == ("data: summary s1 -> s2",)


def test_missing_results_are_never_replaced(book: Book) -> None:
    book.write(gpu_cell(TRAIN, DECLARED), cell(USE))
    assert book.state() == ("missing", ())
    with pytest.raises(CacheError, match=r"page\.md, line 7: GPU cell 'train': no results are stored for it"):
        refuse(book.look(), allow_stale=True)
    with pytest.raises(CellError, match="no results are stored for it"):
        book.build()


def test_the_nearest_results_are_compared_with(trained: Book, once: Book) -> None:
    trained.data["summary"] = "s2"
    trained.store(files={"weights.json": "1"})
    shutil.copytree(once.cache, trained.cache, dirs_exist_ok=True)  # as two branches that were merged
    trained.data["summary"] = "s3"
    trained.write(cell("n = 4"), gpu_cell(TRAIN, DECLARED))
    assert len(trained.state()[1]) == 2
    trained.data["summary"] = "s1"
    trained.write(cell("n = 4"), gpu_cell(TRAIN, DECLARED))
    assert trained.state() == ("stale", ("source: code cell 1 above it (line 7)",))


def test_new_results_take_the_place_of_the_old_ones(trained: Book) -> None:
    (before,) = (folder for folder, _ in entries(trained.cache))
    trained.data["summary"] = "s2"
    entry = trained.store(files={"weights.json": "1"})
    assert [folder for folder, _ in entries(trained.cache)] == [entry.folder]
    assert entry.folder != before
    assert not before.exists()


# ---- nothing of a cell that failed is stored


def displayed(data: dict[str, str]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": {}}


FAILING: dict[str, tuple[list[dict[str, Any]], dict[str, str], str]] = {
    "no export": ([], {}, "declares the export 'weights.json', but has not left"),
    "undeclared": ([], {"weights.json": "1", "more.json": "1"}, "has left 'more.json', which is not among its exports"),
    "not json": ([], {"weights.json": "NaN"}, "weights.json: NaN is no JSON"),
    "html": ([displayed({"text/html": "<script>"})], {"weights.json": "1"}, "shows text/html, which is not stored"),
    "no picture": ([displayed({"image/png": "eA=="})], {"weights.json": "1"}, "image/png: cannot be read"),
}


@pytest.mark.parametrize(("outputs", "files", "message"), FAILING.values(), ids=FAILING)
def test_what_cannot_be_stored_is_named_and_nothing_is_stored(
    trained: Book, outputs: list[dict[str, Any]], files: dict[str, str], message: str
) -> None:
    (before,) = (folder for folder, _ in entries(trained.cache))
    trained.data["summary"] = "s2"
    with pytest.raises(CacheError, match=message):
        trained.store(outputs, files)
    assert [folder for folder, _ in entries(trained.cache)] == [before]
    assert sorted(path.name for path in trained.cache.iterdir()) == sorted([ATTRIBUTES, before.parent.name])


def test_a_cell_that_fails_is_named_with_its_line_and_nothing_is_stored(trained: Book) -> None:
    (before,) = (folder for folder, _ in entries(trained.cache))
    trained.write(cell("n = 3"), gpu_cell(TRAIN + "\nrecord(other=float('nan'))", DECLARED), cell(USE))
    with pytest.raises(
        CellError, match=r"(?s)^page.md: code cell 2 failed.*page.md, line 13:.*expected a finite number"
    ):
        trained.execute()
    assert [folder for folder, _ in entries(trained.cache)] == [before]


def test_a_link_is_no_export(trained: Book) -> None:
    trained.write(gpu_cell("1", DECLARED))
    left = trained.project.state / "link.json"
    left.write_text("1")
    with pytest.raises(CacheError, match="has not left such a file"):
        trained.store(links={"weights.json": left})


def test_what_a_killed_process_has_left_is_removed(trained: Book) -> None:
    left = trained.cache / ".new-1" / "exports"
    left.mkdir(parents=True)
    (left / "a.json").write_text("1")
    trained.execute()
    assert not left.exists()


def test_results_beyond_the_budget_are_not_stored(tmp_path: Path) -> None:
    book = Book(tmp_path, toml="[cache]\nbudget = 2000\n")
    book.write(gpu_cell("print('x' * 3000)"))
    with pytest.raises(CacheError, match=r"all stored results together 3,\d+, which is more than the budget of 2,000"):
        book.store([{"output_type": "stream", "name": "stdout", "text": "x" * 3000}])
    assert book.state() == ("missing", ())


def test_a_text_beside_html_is_kept_alone(book: Book) -> None:
    book.write(gpu_cell("1"))
    shown = {**displayed({"text/html": "<b>", "text/plain": "b"}), "metadata": {"a": 1}, "transient": {}}
    assert book.store([shown]).outputs() == [displayed({"text/plain": "b"})]


# ---- several cells


TWO = (
    gpu_cell(TRAIN, DECLARED),
    cell(USE),
    gpu_cell(
        'from dsdocs import exported_values, record\nrecord(twice=2 * exported_values("train")["score"])',
        "name: test, data: []",
    ),
)


def test_a_later_gpu_cell_finds_what_an_earlier_one_left_and_runs_alone(book: Book) -> None:
    book.write(*TWO)
    assert [entry.values for entry in book.execute()] == [{"device": "cpu", "score": 0.75}, {"twice": 1.5}]
    book.write(*TWO[:2], TWO[2].replace("2 *", "3 *"))
    assert [entry.values for entry in book.execute()] == [{"twice": 2.25}]


def test_new_results_of_an_earlier_cell_outdate_those_of_a_later_one(book: Book) -> None:
    book.write(*TWO)
    book.execute()
    book.write(TWO[0].replace("0.75", "0.5"), *TWO[1:])
    states = {found.name: found.state for found in book.look()}
    assert states == {"page/train": "stale", "page/test": "stale"}
    assert [entry.values.get("twice") for entry in book.execute()] == [None, 1.0]
    assert {found.state for found in book.look()} == {"fresh"}


def test_equal_results_of_an_earlier_cell_outdate_nothing(book: Book) -> None:
    book.write(*TWO)
    for text in ("first", "second"):
        shown = {"output_type": "stream", "name": "stdout", "text": text}
        book.store([shown], {"weights.json": "1"})
        if text == "first":
            book.store(name="page/test")
        assert {found.state for found in book.look()} == {"fresh"}


def test_a_name_of_a_gpu_cell_is_not_there_below_and_the_error_says_why(trained: Book) -> None:
    trained.write(cell("weights = [9]"), gpu_cell(TRAIN, DECLARED), cell("print(weights)"))
    trained.store(files={"weights.json": "1"})
    with pytest.raises(
        CellError, match=r"(?s)NameError.*'weights' is made by the GPU cell 'train' \(line 13\).*exported"
    ):
        trained.build()


def test_names_that_a_cell_binds() -> None:
    source = "import a\nb = 1\ndef c():\n    d = 1\nfor e in []:\n    f: int = 2\n(g := 1)\nwith h as i: pass\n"
    source += "[j for j in ()]\nlambda k: (l := k)\ntry: pass\nexcept ValueError as m: pass"
    assert bound_names(source) == {"b", "c", "e", "f", "g", "i", "m"}
    assert bound_names("%magic") == frozenset()


OTHER = cell('from dsdocs import exported\nprint(exported("page/train/weights.json").read_text())')


def test_another_page_has_to_declare_the_cell_that_it_uses(trained: Book) -> None:
    trained.write(OTHER, name="other")
    with pytest.raises(CellError, match=r"declare it, so that a change is noticed: data: \[\.\.\., cell:page/train\]"):
        trained.build("other")
    declaring = FRONT.replace("\n---\n", "\ndsdocs: {data: [summary, 'cell:page/train']}\n---\n")
    trained.write(OTHER, name="other", front=declaring)
    assert trained.build("other") == ["[1, 2, 3]\n"]
    trained.data["summary"] = "s2"
    trained.store(files={"weights.json": "[7]"})
    assert trained.build("other") == ["[7]\n"]


def test_a_gpu_cell_of_another_page_runs_after_what_it_declares(book: Book) -> None:
    book.write(
        gpu_cell('from dsdocs import exported_values, record\nrecord(s=exported_values("page/train")["score"])',
                 "name: after, data: ['cell:page/train']"),
        name="first",
    )  # fmt: skip
    book.write(gpu_cell(TRAIN, DECLARED))
    assert [entry.cell for entry in book.execute()] == ["page/train", "first/after"]


def test_cells_that_wait_for_each_other_are_an_error(book: Book) -> None:
    book.write(gpu_cell("1", "name: a, data: ['cell:two/b']"), name="one")
    book.write(gpu_cell("1", "name: b, data: ['cell:one/a']"), name="two")
    with pytest.raises(ConfigError, match="the GPU cell 'one/a' waits for itself"):
        book.look()
    book.write(gpu_cell("1", "name: b, data: ['cell:one/c']"), name="two")
    with pytest.raises(ConfigError, match="there is no GPU cell 'one/c'"):
        book.look()


# ---- where it runs


def test_without_a_gpu_the_processor_has_to_be_asked_for(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(book.folder))
    book.write(gpu_cell(TRAIN, DECLARED))
    with pytest.raises(CacheError, match=r"no nvidia-smi.*or on the processor: --device cpu"):
        book.execute(device="cuda")
    assert book.state() == ("missing", ())


def test_a_torch_without_cuda_is_refused_by_name(book: Book, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'Model X, 555.1'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.device_facts("cuda") == {"kind": "cuda", "name": "Model X", "driver": "555.1"}
    monkeypatch.setattr(provenance, "_CUDA", "print()\nprint()")
    book.write(gpu_cell("1", "name: train, data: [], packages: [torch==2.0]"))
    with pytest.raises(CacheError, match=r"--gpu: torch .* is a build without CUDA"):
        book.execute(device="cuda")


def test_another_version_than_declared_refuses_to_run_but_not_to_build(book: Book) -> None:
    book.write(gpu_cell(TRAIN, DECLARED.replace("numpy==1.0", "torch==2.1")), cell("print(1)"))
    with pytest.raises(CacheError, match=r"line 7: GPU cell 'train': declares torch==2\.1, but 2\.0 is installed"):
        book.execute()
    assert book.build() == ["", "1\n"]
    book.write(gpu_cell(TRAIN, DECLARED.replace("numpy==1.0", "nowhere==1")))
    with pytest.raises(CacheError, match="declares nowhere==1, which is not installed: pip install nowhere==1"):
        book.execute()


def test_an_unknown_page_is_named(trained: Book) -> None:
    with pytest.raises(CacheError, match="pages: no such page has GPU cells; known are: page"):
        trained.execute("pages")


def test_export_and_record_are_for_gpu_cells(book: Book) -> None:
    book.write(cell("from dsdocs import record\nrecord(a=1)  # exported"))
    with pytest.raises(CellError, match="only a cell with the tag 'gpu' stores results"):
        book.build()


# ---- digests of modules


def test_prose_of_a_module_does_not_change_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "gpu_source_module.py"

    def digest(text: str) -> str:
        path.write_text(text, encoding="utf-8")
        return source_digest("gpu_source_module")

    first = digest('"""Doc."""\ndef f(x):\n    """Doc."""\n    return x + 1  # why\n')
    assert digest('"""Other."""\n\n\ndef f(x):\n    return (x\n        + 1)\n') == first
    assert digest("def f(x):\n    return x + 2\n") != first
    assert digest("def f(x):\n    'a'\n    'b'\n    return x + 1\n") != first


def test_the_digest_of_a_module_is_the_same_with_every_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "gpu_stable_module.py").write_text(
        'x: int = f"{1!r:>{2}} a" "b"\nasync def f(a, /, *b, c=b"1", **d): return [i async for i in a if -1.5]\n'
    )
    assert source_digest("gpu_stable_module") == "7f2527483fee284bcccdb4378912f72c7e6f0d51baef7215310460d498488505"


def test_a_package_is_looked_at_with_all_its_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "gpu_source_package"
    (package / "inner").mkdir(parents=True)
    for name in ("__init__.py", "inner/__init__.py", "inner/a.py", "b.toml"):
        (package / name).write_text("")
    before = source_digest("gpu_source_package")
    (package / "inner" / "a.py").write_text("x = 1\n")
    after = source_digest("gpu_source_package")
    (package / "b.toml").write_text("y = 1\n")
    assert len({before, after, source_digest("gpu_source_package")}) == 3
    assert source_digest("gpu_source_package.inner.a") != source_digest("gpu_source_package.inner")
    with pytest.raises(CacheError, match="there is no such module here"):
        source_digest("gpu_source_package.other")


def test_looking_at_results_loads_neither_torch_nor_jupyter() -> None:
    code = (
        "import sys, dsdocs.notebooks.gpu.shelf, dsdocs.notebooks.gpu.carry, dsdocs.notebooks.gpu.inside\n"
        "from dsdocs.notebooks.gpu.sources import source_digest\n"
        "source_digest('dsdocs.classify')\n"
        "print(sorted({'torch', 'nbclient', 'jupyter_client', 'IPython', 'dsdocs.classify'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.replace("'", '"')) == []
