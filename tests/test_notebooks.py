"""Pages run once: what is read, what a key holds, what runs again, and how a build ends when a cell fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myst_nb.core.read import read_myst_markdown_notebook

from dsdocs.errors import CellError, ConfigError, DsdocsError
from dsdocs.notebooks import (
    Execution,
    Page,
    cell_keys,
    execute_pages,
    prune,
    read_page,
)
from dsdocs.notebooks.document import notebook_with_outputs
from dsdocs.notebooks.kernels import CAN_FORK
from dsdocs.notebooks.pages import Cell
from dsdocs.notebooks.store import entry_path, read_outputs
from dsdocs.versions import package_version, source_digest
from dsdocs.views import MIME

FRONT = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: python3}\n---\n"
KNOWN: dict[str, Any] = {"data": {"summary": "d1"}, "versions": {"dsdocs": "v1"}}
WAYS = [pytest.param(True, id="forked", marks=pytest.mark.skipif(not CAN_FORK, reason="no fork here")), False]
Make = Callable[..., Page]
Run = Callable[..., tuple[Execution, ...]]


def fence(source: str, *tags: str) -> str:
    return f"```{{code-cell}} ipython3\n:tags: [{', '.join(tags)}]\n{source}\n```\n"


def on_path(folder: Path) -> dict[str, str]:
    """Return the variable that lets kernels import from a folder."""
    return {"PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return ``make(*cells, name="labels")``, which writes a page of code cells and reads it."""

    def write(*cells: str, name: str = "labels", prose: str = "Text.") -> Page:
        path = tmp_path / f"{name}.md"
        body = f"\n{prose}\n\n".join(cell if cell.startswith("```") else fence(cell) for cell in cells)
        path.write_text(f"{FRONT}# Page\n\n{body}", encoding="utf-8")
        return read_page(path)

    return write


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return ``run(*pages)``, which brings the store in ``tmp_path / "cache"`` up to date."""

    def execute(*pages: Page, **options: Any) -> tuple[Execution, ...]:
        given = {"cache": tmp_path / "cache", "environment": {}, "cwd": tmp_path, **KNOWN, **options}
        return execute_pages(pages, **given)

    return execute


def stored(cache: Path, page: Page) -> list[list[dict[str, Any]]]:
    keys = cell_keys(page, **KNOWN)
    return [read_outputs(cache, page, number, key) for number, key in enumerate(keys, 1)]


def texts(cache: Path, page: Page) -> list[str]:
    """Return what each cell of a page printed or, as its last value, shows as text."""
    return [
        "".join(out.get("text", "") or out.get("data", {}).get("text/plain", "") for out in outputs)
        for outputs in stored(cache, page)
    ]


def counts(executions: Sequence[Execution]) -> list[tuple[int, int, int]]:
    return [(done.cells, done.run, done.reused) for done in executions]


# ---- reading a page

CORPUS = {
    "options": fence("1", "hide-input", "raises-exception"),
    "no options": "```{code-cell}\na = 1\n\n\nb = 2\n```",
    "option block": "```{code-cell} ipython3\n---\ntags: [hide-cell]\nname: x\n---\nprint()\n```",
    "option block with list": "```{code-cell}\n---\ntags:\n  - a\n  - b\n---\n\n# comment\n```",
    "blank line after options": "```{code-cell}\n:tags: [a]\n\n\nx = 1\n```",
    "indented options": "```{code-cell}\n  :tags: [a]\nx = 1\n```",
    "longer fence": "````{code-cell}\ns = '''\n```\n'''\n````",
    "tildes": "~~~{code-cell} ipython3\n1\n~~~",
    "cell shown in a fence": "````md\n```{code-cell}\n1\n```\n````\n\n```{code-cell}\n2\n```",
    "other code": "```python\nx\n```\n\n```{code-cell}\n3\n```\n\n``` {code-cell}\nnot one\n```",
    "comment": "<!--\n```{code-cell}\n1\n```\n-->\n\n```{code-cell}\n2\n```",
    "comment on one line": "<!-- x -->\n\n```{code-cell}\n2\n```",
    "indented code": "Text\n\n    ```{other}\n    1\n    ```\n\n```{code-cell}\n2\n```",
    "inline backticks": "``` not `a` fence\n\n```{code-cell}\n2\n```",
    "line separators": "```{code-cell}\na = 'x\x0cy\u2028z'\n```",
    "windows line ends": "```{code-cell}\r\n:tags: [a]\r\n1\r\n2\r\n```\r\n",
    "empty cell": "```{code-cell}\n```\n\n```{code-cell}\n:tags: [a]\n```",
    "list before": "- item\n\n```{code-cell}\n1\n```\n\n1. item\n```{code-cell}\n2\n```",
    "block break": '+++ {"a": 1}\n\n```{code-cell}\n1\n```\n+++\n\nText',
    "raw cell": "```{raw-cell}\n<b>\n```\n\n```{code-cell}\n1\n```",
    "quote in front of it": "> quote\n```{code-cell}\n1\n```",
    "colons in code": "```{code-cell}\n:::not an option\n```",
    "closing fence with spaces": "```{code-cell}\n1\n   ```  \n\n```{code-cell}\n2\n`````",
    "shorter inner fence": "`````{note}\n````\n```\n`````\n\n```{code-cell}\n2\n```",
}


@pytest.mark.parametrize("body", CORPUS.values(), ids=CORPUS)
def test_the_reader_finds_the_cells_that_myst_nb_finds(tmp_path: Path, body: str) -> None:
    path = tmp_path / "page.md"
    path.write_bytes(f"{FRONT}# Title\n\n{body}\n".encode())
    page = read_page(path)
    notebook = read_myst_markdown_notebook(path.read_text(encoding="utf-8"), add_source_map=True)
    expected = [
        (cell.source, tuple(cell.metadata.get("tags", ())), line)
        for cell, line in zip(notebook.cells, notebook.metadata.source_map, strict=True)
        if cell.cell_type == "code"
    ]
    assert [(cell.source, cell.tags, cell.line) for cell in page.cells] == expected


LINES = ["```{code-cell}", "```", "````", "~~~", ":tags: [a]", "", "x = 1", "Text", "<!-- a", "-->", "# Title", "  "]


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_no_page_is_read_in_another_way_than_by_myst_nb(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "random.md"
    path.write_text(FRONT + "\n".join(lines), encoding="utf-8")
    try:
        page = read_page(path)
    except ConfigError as error:
        assert "not closed" in error.problem or "left margin" in error.problem  # noqa: PT017
        return
    notebook = read_myst_markdown_notebook(page.text)
    assert [cell.source for cell in page.cells] == [c.source for c in notebook.cells if c.cell_type == "code"]


def test_front_matter_says_what_a_page_needs(tmp_path: Path) -> None:
    path = tmp_path / "labels.md"
    table = "dsdocs:\n  requires: [footprints]\n  data: [summary, facts]\n  packages: [dsdocs, pyarrow]\n"
    path.write_text(FRONT.replace("\n---\n", f"\n{table}---\n") + fence("1"))
    page = read_page(path)
    assert (page.name, page.requires) == ("labels", ("footprints",))
    assert (page.data, page.packages) == (("summary", "facts"), ("dsdocs", "pyarrow"))


def test_a_plain_page_has_no_cells_and_the_default_needs(tmp_path: Path) -> None:
    path = tmp_path / "about.md"
    path.write_text("# About\n\n---\n\n```python\nx\n```\n")
    page = read_page(path)
    assert (page.cells, page.requires, page.data, page.packages) == ((), (), ("summary",), ("dsdocs",))


WRONG = {
    "inside a list": (FRONT + "- a\n\n  ```{code-cell}\n  1\n  ```\n", "line 7: .* left margin"),
    "inside a quote": (FRONT + "> ```{code-cell}\n> 1\n> ```\n", "left margin"),
    "not closed": (FRONT + "```{code-cell}\n1\n", "line 5: the code cell is not closed"),
    "not a notebook": (fence("1"), "'file_format: mystnb'"),
    "other kernel": (FRONT.replace("name: python3,", "name: ir,") + fence("1"), "kernelspec: "),
    "unknown key": ("---\ndsdocs: {dta: []}\n---\n", r"dsdocs\.dta: unknown key \(nearest: 'data'\)"),
    "wrong value": ("---\ndsdocs: {data: summary}\n---\n", "expected a list of names, found 'summary'"),
    "wrong table": ("---\ndsdocs: [data]\n---\n", "expected a mapping"),
    "no YAML": ("---\na: [\n---\n", "the front matter is no YAML"),
    "no mapping": ("---\n- a\n---\n", "no mapping"),
    "wrong tags": (FRONT + "```{code-cell}\n:tags: a\n1\n```\n", "line 5: options of the code cell: tags"),
    "wrong options": (FRONT + "```{code-cell}\n:tags: [a\n1\n```\n", "line 5: options of the code cell"),
    "code elsewhere": (FRONT + "```{code-cell}\n:load: other.py\n```\n", "a page holds its code itself"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_what_would_be_published_without_running_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "page.md"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_page(path)


# ---- keys


def test_prose_and_tags_that_hide_change_no_key(make: Make) -> None:
    keys = cell_keys(make("a = 1", "a"), **KNOWN)
    assert cell_keys(make("a = 1", "a", prose="Other\n\nprose."), **KNOWN) == keys
    assert cell_keys(make(fence("a = 1", "hide-input", "z"), "a"), **KNOWN) == keys


def test_code_changes_the_key_of_its_cell_and_of_later_ones(make: Make) -> None:
    before, after = (cell_keys(make("a = 1", source, "a"), **KNOWN) for source in ("b = 1", "b = 2"))
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, False]


@pytest.mark.parametrize(
    "known",
    [
        {"data": {"summary": "d2"}, "versions": {"dsdocs": "v1"}},
        {"data": {"summary": "d1"}, "versions": {"dsdocs": "v2"}},
    ],
    ids=["data", "version"],
)
def test_declared_data_and_versions_change_every_key(make: Make, known: Mapping[str, Any]) -> None:
    page = make("a = 1", "a")
    assert not set(cell_keys(page, **known)) & set(cell_keys(page, **KNOWN))


def test_undeclared_data_and_versions_change_no_key(make: Make) -> None:
    page = make("1")
    more = {"data": {"summary": "d1", "facts": "f"}, "versions": {"dsdocs": "v1", "numpy": "2"}}
    assert cell_keys(page, **more) == cell_keys(page, **KNOWN)


def test_the_tag_that_allows_an_error_changes_the_key(make: Make) -> None:
    plain, allowed = (cell_keys(make(fence("1/0", *tags)), **KNOWN) for tags in ((), ("raises-exception",)))
    assert plain != allowed


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.text(max_size=5), min_size=2, max_size=5))
def test_cells_that_are_cut_in_another_way_have_other_keys(sources: list[str]) -> None:
    def keys(parts: list[str]) -> tuple[str, ...]:
        cells = tuple(Cell(source, (), 1) for source in parts)
        return cell_keys(Page("p", Path("p.md"), "", (), (), (), cells), data={}, versions={})

    joined = [sources[0] + sources[1], *sources[2:]]
    assert keys(sources)[-1] != keys(joined)[-1]
    assert keys(sources)[:1] == keys(sources[:1])


def test_a_page_that_declares_something_unknown_is_an_error(make: Make) -> None:
    page = replace(make("1"), data=("summary", "emeddings"))
    with pytest.raises(ConfigError, match=r"labels\.md: dsdocs\.data: 'emeddings' is not known here; known: summary"):
        cell_keys(page, **KNOWN)


def test_the_version_of_dsdocs_changes_with_its_source(tmp_path: Path) -> None:
    for name in ("a.py", "b.toml", "c.txt"):
        (tmp_path / name).write_text("1")
    digest = source_digest(tmp_path)
    (tmp_path / "c.txt").write_text("2")
    assert source_digest(tmp_path) == digest
    (tmp_path / "b.toml").write_text("2")
    assert source_digest(tmp_path) != digest


def test_the_version_of_an_installed_package_is_known_and_of_another_one_is_not() -> None:
    assert package_version("nbformat") == nbformat.__version__
    with pytest.raises(DsdocsError, match="pip install no-such-package"):
        package_version("no-such-package")


# ---- running


@pytest.mark.parametrize("fork", WAYS)
def test_a_page_runs_once_and_prose_runs_nothing(make: Make, run: Run, tmp_path: Path, fork: bool) -> None:
    first = make("a = 20", "print(a)\nprint('two')\na + 1")
    second = make("'second'", name="second")
    assert counts(run(first, second, fork=fork)) == [(2, 2, 0), (1, 1, 0)]
    assert texts(tmp_path / "cache", first) == ["", "20\ntwo\n21"]
    edited = make("a = 20", "print(a)\nprint('two')\na + 1", prose="Better prose.")
    assert counts(run(edited, second, fork=fork)) == [(2, 0, 2), (1, 0, 1)]


def test_only_the_changed_page_runs_again(make: Make, run: Run, tmp_path: Path) -> None:
    other = make("1", name="other")
    run(make("a = 1", "a"), other)
    changed = make("a = 1", "a + 1")
    assert counts(run(changed, other)) == [(2, 2, 0), (1, 0, 1)]
    assert texts(tmp_path / "cache", changed) == ["", "2"]


def test_cells_after_the_last_missing_output_do_not_run(make: Make, run: Run, tmp_path: Path) -> None:
    page = make("a = 1", "a", "a + 1", "a + 2")
    run(page)
    entry_path(tmp_path / "cache", cell_keys(page, **KNOWN)[1]).unlink()
    assert counts(run(page)) == [(4, 2, 2)]
    assert texts(tmp_path / "cache", page) == ["", "1", "2", "3"]


def test_a_page_without_cells_and_no_pages_run_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "plain.md"
    path.write_text("# Plain\n")
    assert counts(run(read_page(path))) == [(0, 0, 0)]
    assert run() == ()


def test_the_store_is_equal_for_each_hash_seed_and_way_to_start_kernels(make: Make, run: Run, tmp_path: Path) -> None:
    page = make(
        "import sys, os\nprint('a', file=sys.stderr)\nprint('b')\nprint('c')",
        "from IPython.display import HTML, display\ndisplay(HTML('<b>'), metadata={'z': 1, 'a': 2})\n{'k': 1}",
        fence("1/0", "raises-exception"),
        "import matplotlib.pyplot as plt\nimport matplotlib_inline.backend_inline",
        "plt.rcParams['figure.dpi'] = 30\nlines = plt.plot([1, 2])",
        "import time\ntime.strftime('%Z')",
    )
    # Declared, so that a forked kernel finds them imported: the second ties the first to the shell that runs then.
    page = replace(page, packages=("matplotlib", "matplotlib-inline"))
    versions = {"matplotlib": "1", "matplotlib-inline": "1"}
    stores = []
    for number, fork in enumerate([CAN_FORK, CAN_FORK, False]):
        cache = tmp_path / f"cache{number}"
        environment = {"PYTHONHASHSEED": str(number)}
        run(page, cache=cache, environment=environment, fork=fork, versions=versions)
        stores.append({path.relative_to(cache): path.read_bytes() for path in cache.rglob("*.json")})
    assert len(stores[0]) == 6
    assert stores[0] == stores[1] == stores[2]
    everything = b"".join(stores[0].values())
    assert b"image/png" in everything
    assert b"UTC" in everything
    assert b"site-packages" not in everything
    assert str(tmp_path).encode() not in everything


def test_an_allowed_error_keeps_its_last_line(make: Make, run: Run, tmp_path: Path) -> None:
    page = make(fence("{}['key']", "raises-exception"), "'goes on'")
    run(page)
    ((error,), _) = stored(tmp_path / "cache", page)
    assert error == {
        "output_type": "error",
        "ename": "KeyError",
        "evalue": "'key'",
        "traceback": ["KeyError: 'key'"],
    }


def test_a_view_is_stored_without_the_html_that_the_site_makes_anew(make: Make, run: Run, tmp_path: Path) -> None:
    bundle = {MIME: {"kind": "Number"}, "text/html": "<b>", "text/plain": "1"}
    page = make(f"from IPython.display import display\ndisplay({bundle!r}, raw=True)")
    run(page)
    (((output),),) = stored(tmp_path / "cache", page)
    assert sorted(output["data"]) == [MIME, "text/plain"]


@pytest.mark.parametrize("fork", WAYS)
def test_kernels_have_the_environment_and_the_folder(
    make: Make, run: Run, tmp_path: Path, fork: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    folder = tmp_path / "project"
    folder.mkdir()
    page = make("import os, time\nprint(os.environ['DSDOCS_TEST'], os.path.basename(os.getcwd()), *time.tzname)")
    run(page, cwd=folder, environment={"DSDOCS_TEST": "given"}, fork=fork)
    assert texts(tmp_path / "cache", page) == ["given project UTC UTC\n"]


def test_a_page_does_not_see_the_names_of_another(make: Make, run: Run, tmp_path: Path) -> None:
    first = make("leak = 1\nimport json\njson.leak = 1", name="first")
    second = make("import json\n'leak' in globals() or hasattr(json, 'leak')", name="second")
    run(first, second, workers=1)
    assert texts(tmp_path / "cache", second) == ["False"]


def test_two_pages_run_at_the_same_time(make: Make, run: Run, tmp_path: Path) -> None:
    meet = "import time, pathlib\npathlib.Path('{}').touch()\nwhile not pathlib.Path('{}').exists(): time.sleep(0.01)"
    pages = [make(meet.format(*pair), name=pair[0]) for pair in (("a", "b"), ("b", "a"))]
    assert counts(run(*pages, workers=2, timeout=30)) == [(1, 1, 0), (1, 1, 0)]


def test_progress_counts_the_cells(make: Make, run: Run) -> None:
    seen: list[tuple[str, int, int]] = []
    run(make("1", "2"), progress=lambda page, done, total: seen.append((page, done, total)))
    assert seen == [("labels", 0, 2), ("labels", 1, 2), ("labels", 2, 2)]


def test_a_build_without_changes_loads_no_jupyter(make: Make, run: Run, tmp_path: Path) -> None:
    page = make("1")
    run(page)
    code = (
        "import sys; from pathlib import Path; from dsdocs.notebooks import *\n"
        "from dsdocs.versions import package_version\n"
        f"page = read_page(Path({str(page.path)!r}))\n"
        f"cache = Path({str(tmp_path / 'cache')!r})\n"
        f"done = execute_pages([page], cache=cache, environment={{}}, cwd=Path(), **{KNOWN})\n"
        "package_version('dsdocs')\n"
        "heavy = {'nbclient', 'nbformat', 'jupyter_client', 'zmq', 'IPython', 'myst_nb', 'sphinx', 'asyncio'}\n"
        "print(done[0].reused, sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "1 []\n"


# ---- failing


@pytest.mark.parametrize("fork", WAYS)
def test_a_failing_cell_is_named_with_its_line_and_traceback(make: Make, run: Run, tmp_path: Path, fork: bool) -> None:
    page = make("a = 1", "def broken():\n    raise ValueError('no such label')\nbroken()")
    with pytest.raises(CellError) as caught:
        run(page, fork=fork)
    error = caught.value
    assert (error.page, error.cell) == ("labels.md", 2)
    assert error.traceback.startswith(f"labels.md, line {page.cells[1].line}:\n")
    assert "ValueError: no such label" in error.traceback
    assert "raise ValueError" in error.traceback
    assert "\x1b" not in str(error)
    assert not list((tmp_path / "cache").rglob("*.json"))


def test_the_first_failure_stops_the_other_pages(make: Make, run: Run, tmp_path: Path) -> None:
    endless = make("import time\ntime.sleep(600)", name="endless")
    never = make("from pathlib import Path\nPath('ran').touch()", name="never")
    start = time.monotonic()
    with pytest.raises(CellError, match=r"labels\.md: code cell 1 failed"):
        run(endless, make("1/0"), never, workers=2)
    assert time.monotonic() - start < 60
    assert not (tmp_path / "ran").exists()


def test_pages_that_ran_through_before_a_failure_are_kept(make: Make, run: Run) -> None:
    good = make("1", name="good")
    with pytest.raises(CellError):
        run(good, make("1/0"), workers=1)
    assert counts(run(good)) == [(1, 0, 1)]


@pytest.mark.parametrize("fork", WAYS)
@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import os\nos.write(2, b'last words')\nos._exit(3)", "the kernel died with exit code 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "the kernel died with signal SIGKILL"),
    ],
    ids=["exit", "killed"],
)
def test_a_dead_kernel_is_a_plain_sentence(make: Make, run: Run, source: str, message: str, fork: bool) -> None:
    with pytest.raises(CellError, match=rf"code cell 2 failed\n.*\n{message}"):
        run(make("1", source), fork=fork)


@pytest.mark.skipif(not CAN_FORK, reason="no fork here")
def test_what_a_crash_writes_is_shown(make: Make, run: Run) -> None:
    with pytest.raises(CellError, match="Fatal Python error: Segmentation fault"):
        run(make("import faulthandler, ctypes\nfaulthandler.enable()\nctypes.string_at(0)"))


def test_a_cell_that_takes_too_long_is_stopped(make: Make, run: Run) -> None:
    with pytest.raises(CellError, match=r"it ran for more than 0\.5 s"):
        run(make("import time\ntime.sleep(600)"), timeout=0.5)


def test_a_cell_that_changes_an_earlier_display_is_refused(make: Make, run: Run) -> None:
    page = make("from IPython.display import display\nhandle = display(1, display_id=True)", "handle.update(2)")
    with pytest.raises(CellError, match=r"code cell 1 failed\n.*\na later cell changed what this cell shows"):
        run(page)


def test_a_package_that_starts_threads_is_left_to_the_kernel(make: Make, run: Run, tmp_path: Path) -> None:
    (tmp_path / "restless.py").write_text(
        "import os, threading, time\nparent = os.getppid()\nprocess = os.getpid()\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    page = replace(make("import os, restless\nrestless.process == os.getpid()"), packages=("restless",))
    known = {"data": KNOWN["data"], "versions": {"restless": "1"}}
    run(page, **known, environment=on_path(tmp_path), fork=CAN_FORK)
    (key,) = cell_keys(page, **known)
    assert read_outputs(tmp_path / "cache", page, 1, key)[0]["data"]["text/plain"] == "True"


def test_a_declared_package_is_imported_once_for_all_pages(make: Make, run: Run, tmp_path: Path) -> None:
    (tmp_path / "calm.py").write_text("import os\nprocess = os.getpid()\n")
    page = replace(make("import os, calm\ncalm.process == os.getppid()"), packages=("calm",))
    known = {"data": KNOWN["data"], "versions": {"calm": "1"}}
    run(page, **known, environment=on_path(tmp_path), fork=CAN_FORK)
    (key,) = cell_keys(page, **known)
    assert read_outputs(tmp_path / "cache", page, 1, key)[0]["data"]["text/plain"] == str(CAN_FORK)


def test_an_import_that_fails_is_shown_in_its_cell(make: Make, run: Run) -> None:
    page = replace(make("import no_such_module.part"), packages=("no_such_module",))
    with pytest.raises(CellError, match="No module named 'no_such_module'"):
        run(page, versions={"no_such_module": "1"})


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_nothing_is_left_behind_when_a_build_is_stopped(make: Make, tmp_path: Path, number: signal.Signals) -> None:
    started = tmp_path / "started"
    page = make(
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(started)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}} {{os.getppid()}}\\n')\n"
        "time.sleep(600)"
    )
    code = (
        "from pathlib import Path; from dsdocs.notebooks import *\n"
        "from dsdocs.versions import package_version\n"
        f"page = read_page(Path({str(page.path)!r}))\n"
        f"execute_pages([page], cache=Path('cache'), environment={{}}, cwd=Path(), **{KNOWN})"
    )
    temporary = tmp_path / "t"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as build:
        processes = [build.pid]
        try:
            _wait_until(lambda: started.exists() and started.read_text().endswith("\n"))
            processes += [int(word) for word in started.read_text().split()]
            build.send_signal(number)
            _, talk = build.communicate(timeout=30)
            _wait_until(lambda: not any(_runs(process) for process in processes))
        finally:
            for process in filter(_runs, processes):
                os.kill(process, signal.SIGKILL)
    _wait_until(lambda: not list(temporary.glob("dsdocs-*")))
    assert ("KeyboardInterrupt" in talk) == (number == signal.SIGINT)


def _wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


# ---- the store


def test_a_notebook_has_the_stored_outputs(make: Make, run: Run, tmp_path: Path) -> None:
    page = make("a = 1", fence("a + 1", "hide-input"))
    run(page)
    notebook = notebook_with_outputs(page, cache=tmp_path / "cache", **KNOWN)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.execution_count, len(cell.outputs)) for cell in cells] == [(1, 0), (2, 1)]
    assert cells[1].outputs[0].data["text/plain"] == "2"
    assert [cell.source for cell in notebook.cells if cell.cell_type == "markdown"] == ["# Page", "Text."]
    assert notebook.metadata.source_map


def test_a_missing_output_is_never_made_up(make: Make, run: Run, tmp_path: Path) -> None:
    page = make("1", "2")
    run(page)
    for known in ({**KNOWN, "data": {"summary": "d2"}}, {**KNOWN, "versions": {"dsdocs": "v2"}}):
        with pytest.raises(DsdocsError, match=r"labels\.md, line \d+: code cell 1 has no stored output"):
            notebook_with_outputs(page, cache=tmp_path / "cache", **known)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 0, "outputs": []}', b"\xff"])
def test_a_damaged_output_is_never_shown(make: Make, run: Run, tmp_path: Path, content: bytes) -> None:
    page = make("1")
    path = entry_path(tmp_path / "cache", cell_keys(page, **KNOWN)[0])
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(DsdocsError, match="is damaged"):
        notebook_with_outputs(page, cache=tmp_path / "cache", **KNOWN)


def test_a_page_on_which_the_readers_differ_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"{FRONT}<div>\n```{{code-cell}}\n1\n```\n</div>\n")
    with pytest.raises(DsdocsError, match="MyST-NB finds 0 code cells, dsdocs finds 1"):
        notebook_with_outputs(read_page(path), cache=tmp_path, **KNOWN)


def test_pruning_removes_what_no_page_asks_for(make: Make, run: Run, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    run(make("1", "2"), make("3", name="other"))
    (cache / "README.md").write_text("kept")
    (cache / "ab").mkdir(exist_ok=True)
    (cache / "ab" / "foreign.json").write_text("kept")
    page = make("1", "changed = 2")
    assert prune([page], cache=cache, **KNOWN) == 2
    assert counts(run(page)) == [(2, 2, 0)]
    assert (cache / "README.md").exists()
    assert (cache / "ab" / "foreign.json").exists()


def test_stored_outputs_are_sorted_json_with_one_line(make: Make, run: Run, tmp_path: Path) -> None:
    page = make("print('ä')")
    run(page)
    text = entry_path(tmp_path / "cache", cell_keys(page, **KNOWN)[0]).read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False) + "\n"
    assert "ä" in text
