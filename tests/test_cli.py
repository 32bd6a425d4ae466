"""The command line as a user meets it: real processes, their exit codes, and what goes to which stream."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import geopandas
import jsonschema
import pytest
from PIL import Image

COMMANDS = (
    "init", "build", "summarize", "export", "embed", "split", "subset", "diff", "execute", "status", "lock", "links",
    "serve", "check", "verify", "sample", "schema", "cache", "errata", "publish",
)  # fmt: skip
Run = tuple[subprocess.CompletedProcess[str], Path]
TABLE = ("reader", "found", "kept", "quarantined", "ignored", "warnings", "cells", "written", "seconds", "site")


def start(*arguments: str | Path, cwd: Path, **streams: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cwd / "cache"), "COLUMNS": "80", "TERM": "xterm"}
    command = [sys.executable, "-m", "dsdocs", *map(str, arguments)]
    wanted = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen(command, cwd=cwd, env=environment, text=True, **wanted)  # type: ignore[call-overload, no-any-return]


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    with start(*arguments, cwd=cwd) as process:
        stdout, stderr = process.communicate(timeout=120)
    return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)


def rows(stderr: str) -> dict[str, str]:
    """Return the closing table as it was printed."""
    found = re.findall(r"^(\w+) {2,}(.+)$", stderr, re.MULTILINE)
    return {name: value.strip() for name, value in found}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_archive(folder: Path) -> Path:
    """Write four small pictures of two classes."""
    for number, name in enumerate(("meadow/a", "meadow/b", "forest/c", "forest/d")):
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (20 * number, 90, 40)).save(path)
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "archive")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Build the site of a good archive; return the run and its folder."""
    folder = tmp_path_factory.mktemp("a path that is wider than a screen of 80 columns, and must not be folded")
    write_archive(folder / "archive")
    return run("build", "--archive", "archive", cwd=folder), folder


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Build the site of an archive in which five pictures are cut off and one file does not belong there."""
    folder = tmp_path_factory.mktemp("damaged")
    archive = write_archive(folder / "archive")
    for number in range(5):
        (archive / "meadow" / f"cut{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (archive / "read me.txt").touch()
    return run("build", "--archive", "archive", "--json", cwd=folder), folder


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_fits_a_screen(command: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*command, "--help", cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert len(lines) <= 36
    assert max(map(len, lines)) <= 80
    assert "..." not in re.sub(r"\[\w+\]\.\.\.", "", done.stdout)  # no sentence is cut off


def test_help_lists_every_command_and_the_exit_codes(tmp_path: Path) -> None:
    text = run("--help", cwd=tmp_path).stdout
    assert tuple(re.findall(r"^  ([a-z]+) {2,}[A-Z]", text, re.MULTILINE)) == COMMANDS
    assert re.findall(r"^    (\d+) +\w", text, re.MULTILINE) == ["0", "2", "3", "130"]


def test_no_command_shows_the_help(tmp_path: Path) -> None:
    done = run(cwd=tmp_path)
    assert "Commands:" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    done = run("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{version('dsdocs')}\n")


def test_the_schema_is_a_json_schema(tmp_path: Path) -> None:
    schema = json.loads(run("schema", cwd=tmp_path).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False


def test_a_build_prints_the_site_on_stdout_and_its_table_on_stderr(clean: Run) -> None:
    done, folder = clean
    assert (done.returncode, done.stdout) == (0, "site/index.html\n"), done.stderr
    table = rows(done.stderr)
    assert tuple(table) == TABLE
    assert (table["found"], table["kept"], table["ignored"]) == ("4 inputs", "4 patches", "0 files")
    assert re.fullmatch(r"\d+ run, 0 reused", table["cells"])
    steps = (
        "summary", "pixels", "pictures", "sprites", "explorer", "results", "retrieval", "classifiers", "cells", "pages",
    )  # fmt: skip
    assert re.fullmatch(", ".join(rf"{step} [\d.]+" for step in steps), table["seconds"])
    assert table["site"] == str(folder / "site" / "index.html")
    files = tree(folder / "site")
    assert table["written"] == f"{len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB"
    assert not re.search("[\r\x1b]", done.stderr)  # no progress bar, no colour: stderr is no terminal


def test_a_build_without_a_change_says_so(clean: Run) -> None:
    again = run("build", "--archive", "archive", cwd=clean[1])
    assert (again.returncode, again.stdout) == (0, "site/index.html\n")
    assert again.stderr == "nothing has changed; the site is in site\n"


def test_inputs_that_are_left_out_give_exit_code_3_and_are_in_the_json(damaged: Run) -> None:
    done, _ = damaged
    result = json.loads(done.stdout)["summarized"]
    assert (done.returncode, done.stderr) == (3, "")
    assert (result["found"], result["kept"], len(result["quarantined"]), result["n_ignored"]) == (10, 4, 5, 1)
    assert result["quarantined"][0]["path"] == "meadow/cut0.png"


def test_a_repeated_build_gives_the_same_json_and_exit_code(damaged: Run) -> None:
    first, folder = damaged
    again = run("build", "--archive", "archive", "--json", cwd=folder)
    assert (again.returncode, again.stderr) == (3, "nothing has changed; the site is in site\n")
    before, after = json.loads(first.stdout), json.loads(again.stdout)
    assert set(before) == set(after)
    assert {**before["summarized"], "reused": True} == after["summarized"]
    assert (before["n_files"], before["n_bytes"]) == (after["n_files"], after["n_bytes"])


def test_the_first_inputs_that_are_left_out_are_named(damaged: Run, tmp_path: Path) -> None:
    done = run("summarize", "--archive", damaged[1] / "archive", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    table = rows(done.stderr)
    assert [table[name] for name in TABLE[1:5]] == ["10 inputs", "4 patches", "5", "1 files"]
    assert done.stderr.count("quarantined: meadow/cut") == 3
    assert "\n... and 2 more, listed in report.json\n" in done.stderr
    assert len(json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["quarantined"]) == 5


def test_strict_refuses_to_publish_and_leaves_the_old_site(damaged: Run) -> None:
    _, folder = damaged
    before = tree(folder / "site")
    done = run("build", "--archive", "archive", "--strict", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--strict: 5 inputs were quarantined, nothing was published; the first: meadow/cut0.png" in done.stderr
    assert tree(folder / "site") == before


def test_summarize_writes_the_summary_and_its_report_and_nothing_else(archive: Path, tmp_path: Path) -> None:
    done = run("summarize", "--archive", archive, "--out", "new/patches.parquet", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "new/patches.parquet\n"), done.stderr
    assert tuple(rows(done.stderr)) == TABLE[:6]
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "cache", "new"}
    assert set(tree(tmp_path / "new")) == {"patches.parquet", "report.json"}
    frame = geopandas.read_parquet(tmp_path / "new" / "patches.parquet")
    report = json.loads((tmp_path / "new" / "report.json").read_text(encoding="utf-8"))
    assert (len(frame), sorted(frame["id"])) == (report["kept"], ["a", "b", "c", "d"])


def test_strict_summaries_are_not_written_where_an_input_is_left_out(damaged: Run, tmp_path: Path) -> None:
    done = run("summarize", "--archive", damaged[1] / "archive", "--strict", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert not (tmp_path / "summary.parquet").exists()


def test_a_sample_is_an_archive_and_comes_without_talk(tmp_path: Path) -> None:
    done = run("sample", "archive", "--patches", 4, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "archive\n", "")
    summarized = json.loads(run("summarize", "--archive", "archive", "--json", cwd=tmp_path).stdout)
    assert (summarized["reader"], summarized["kept"]) == ("bigearthnet-v2", 4)


def test_a_terminal_gets_a_progress_bar(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with start("sample", "archive", "--patches", 4, cwd=tmp_path, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # Linux says so when the other side is closed
            pass
    os.close(ours)
    assert process.returncode == 0
    assert b"patches" in shown
    assert b"4/4" in shown


def test_init_writes_a_guide_that_check_finds_nothing_wrong_with(archive: Path, tmp_path: Path) -> None:
    done = run("init", "guide", "--archive", archive, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "guide/dsdocs.toml" in done.stdout.splitlines()
    outside, *steps = done.stderr.splitlines()
    assert outside.startswith(f"{archive} lies outside of guide, so workflows and other people do not have it")
    assert steps == [
        "now fill in guide/dsdocs.toml, and in guide run: dsdocs build",
        "to publish it: dsdocs lock, then the steps of guide/README.md",
    ]
    guide = tmp_path / "guide"
    assert run("build", cwd=guide).stdout == "site/index.html\n"
    checked = run("check", cwd=guide)
    assert (checked.returncode, checked.stdout) == (0, "no findings\n")


def test_check_lists_every_finding_and_ends_with_2(archive: Path, tmp_path: Path) -> None:
    run("init", "guide", "--archive", archive, cwd=tmp_path)
    page = tmp_path / "guide" / "book" / "extra.md"
    page.write_text("---\ndsdocs:\n  requires: [tides]\n---\n# Extra\n", encoding="utf-8")
    with (tmp_path / "guide" / "dsdocs.toml").open("a", encoding="utf-8") as config:
        config.write("[[versions]]\nname = '0'\ndate = 2024-01-01\nsummary = 'old.parquet'\n")
    done = run("check", "--project", "guide", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "")
    findings = done.stdout.splitlines()
    assert any("old.parquet: there is no such file" in line for line in findings)
    assert any("extra.md: dsdocs.requires: 'tides' is unknown" in line for line in findings)
    assert any("extra.md: is not in _toc.yml" in line for line in findings)
    assert any("there is no built site" in line for line in findings)


REFUSED = {
    "no configuration and no archive": (["build"], "dsdocs.toml: no such file; name an archive with --archive"),
    "no archive": (["build", "--archive", "nowhere"], "nowhere: nothing lies there"),
    "an archive that is a file": (["build", "--archive", "file"], "file: is no archive; expected a folder"),
    "an empty archive": (["build", "--archive", "empty"], "empty: holds no file; expected the files of a data set"),
    "inputs that are not there": (
        ["publish", "assemble", "nowhere", "--out", "tree"],
        "nowhere/inputs.json: there is no such file; dsdocs publish collect writes it",
    ),
    "an unknown reader": (["build", "--archive", "archive", "--reader", "x"], "no reader is named 'x'; installed are"),
    "the wrong reader": (["build", "--archive", "archive", "--reader", "bigearthnet-v1-s2"], "no patch could be kept"),
    "an output that is a file": (["build", "--archive", "archive", "--out", "file"], "file: is a file; name a folder"),
    "an output with foreign files": (["build", "--archive", "archive", "--out", "full"], "that dsdocs did not write"),
    "an output below a file": (["build", "--archive", "archive", "--out", "file/site"], "file/site: cannot be written"),
    "a summary that is a folder": (["summarize", "--archive", "archive", "--out", "empty"], "empty: is a folder"),
    "a summary below a file": (["summarize", "--archive", "archive", "--out", "file/x"], "file/x: cannot be written"),
    "TOML that is none": (["build", "--project", "bad"], "dsdocs.toml: not valid TOML"),
    "an unknown key": (["build", "--project", "typo"], "dataset.license: unknown key; the nearest known key is 'lic"),
    "a project that is a file": (["build", "--project", "file"], "dsdocs.toml: no such file"),
    "a guide in a full folder": (["init", "full", "--archive", "archive"], "full: holds files already"),
    "a guide below a file": (["init", "file/guide", "--archive", "archive"], "file"),
    "a guide of nothing": (["init", "guide", "--archive", "nowhere"], "nowhere: nothing lies there"),
    "a sample in a full folder": (["sample", "full"], "full is not empty"),
    "an unknown layout": (["sample", "new", "--layout", "x"], "found 'x'; expected one of bigearthnet-v2"),
    "an unknown command": (["biuld"], "No such command 'biuld'"),
    "an unknown option": (["build", "--fast"], "No such option"),
    "no workers": (["build", "--archive", "archive", "--workers", "0"], "--workers"),
    "a port that does not exist": (["serve", "--archive", "archive", "--port", "70000"], "--port"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_foreseeable_mistake_is_one_message_and_exit_code_2(case: str, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for folder, name, text in (
        ("full", "mine.txt", "mine"),
        ("bad", "dsdocs.toml", "title ="),
        ("typo", "dsdocs.toml", "[dataset]\nlicense = 'MIT'\n[archive]\npath = '../archive'"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text, encoding="utf-8")
    before = tree(tmp_path)
    arguments, message = REFUSED[case]
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert {name: content for name, content in tree(tmp_path).items() if not name.startswith("cache")} == before


def test_serve_says_where_and_ends_quietly_when_interrupted(archive: Path, tmp_path: Path) -> None:
    with start("serve", "--archive", archive, "--port", 0, cwd=tmp_path) as process:
        assert process.stdout is not None
        address = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", address)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert re.search(r"built in [\d.]+ s, \d+ cells run", stderr)


def test_an_interrupted_build_publishes_nothing(archive: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with start("build", "--archive", archive, cwd=tmp_path, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while b"page " not in shown:  # cells are running
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=60)
    os.close(ours)
    assert (process.returncode, stdout) == (130, "")
    assert not (tmp_path / "site").exists()


# ---- whatever happens, it is a message and a known exit code


@pytest.mark.parametrize("arguments", [["--help"], ["build", "--help"], ["schema"], ["--version"]], ids=" ".join)
def test_a_reader_who_has_left_is_no_error(arguments: list[str], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with start(*arguments, cwd=tmp_path, stdout=writing) as process:
        os.close(writing)
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, "")


def test_a_reader_who_has_left_changes_no_exit_code(archive: Path, tmp_path: Path) -> None:
    (archive / "meadow" / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    reading, writing = os.pipe()
    os.close(reading)
    with start("summarize", "--archive", archive, cwd=tmp_path, stdout=writing, stderr=writing) as process:
        os.close(writing)
        process.wait(timeout=60)
    assert process.returncode == 3
    assert (tmp_path / "summary.parquet").exists()


@pytest.mark.parametrize("arguments", [["--help"], ["schema"], ["check"]], ids=" ".join)
def test_a_result_that_cannot_be_written_is_one_message(arguments: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dsdocs", *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert re.fullmatch("dsdocs: <stdout>: No space left on device; make room.*\n", done.stderr)


@pytest.mark.parametrize("redirect", [">&-", "2>&-", ">&- 2>&-", "2>/dev/full"])
def test_streams_that_are_closed_or_full_change_no_exit_code(redirect: str, archive: Path, tmp_path: Path) -> None:
    command = f"{sys.executable} -m dsdocs summarize --archive {archive} {redirect}"
    assert subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True).returncode == 0
    assert len(geopandas.read_parquet(tmp_path / "summary.parquet")) == 4


def mistaken(tmp_path: Path, *arguments: str, raised: str = "ValueError('first\\nsecond')") -> tuple[int, str]:
    """Run a summary in which a mistake of ours turns up; return the exit code and what was said."""
    code = (
        "import sys, dsdocs.cli, dsdocs.console\n"
        "def summarize(*arguments, **options):\n"
        f"    raise {raised}\n"
        "dsdocs.console.summarize = summarize\n"
        "sys.argv[0] = 'dsdocs'\n"
        "dsdocs.cli.main()\n"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-c", code, *arguments, "summarize", "--archive", "archive"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_a_mistake_of_ours_is_one_line_and_its_traceback_is_kept(archive: Path, tmp_path: Path) -> None:
    code, stderr = mistaken(tmp_path)
    (path,) = (tmp_path / "cache").rglob("traceback.txt")
    assert code == 2
    assert stderr == (
        f"dsdocs: internal error: ValueError: first; the traceback is in {path}; "
        "dsdocs --debug with the same command shows where; please report that\n"
    )
    assert "in summarize\nValueError: first\nsecond\n" in path.read_text(encoding="utf-8")
    assert run("summarize", "--archive", "archive", cwd=tmp_path).returncode == 0
    assert not path.exists()


def test_debug_shows_where_an_error_comes_from(archive: Path, tmp_path: Path) -> None:
    code, stderr = mistaken(tmp_path, "--debug")
    assert code == 2
    assert stderr.startswith("Traceback (most recent call last):")
    assert stderr.splitlines()[-1].startswith("dsdocs: internal error: ValueError: first;")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("BrokenPipeError(32, 'Broken pipe')", "a file: Broken pipe"),  # typer ends the program with 1 on its own
        ("MemoryError", "there is not enough memory; "),
        ("OSError('says nothing')", "internal error: OSError: says nothing; "),
        ("OSError(122, 'Disk quota exceeded', 'a.txt')", "a.txt: Disk quota exceeded; make room and run it again"),
        ("RecursionError", "internal error: RecursionError: ; "),
        ("SystemExit(1)", ""),
        ("KeyboardInterrupt", ""),
    ],
)
def test_no_error_gives_another_exit_code(raised: str, said: str, archive: Path, tmp_path: Path) -> None:
    code, stderr = mistaken(tmp_path, raised=raised)
    assert code == (130 if raised == "KeyboardInterrupt" else 2)
    assert (f"dsdocs: {said}" if said else "") in stderr
    assert stderr.count("\n") == bool(said)


def test_the_name_of_a_file_does_not_steer_the_terminal(tmp_path: Path) -> None:
    done = run("build", "--archive", "a\x1b]0;title\x07", cwd=tmp_path)
    assert done.returncode == 2
    assert "\\x1b]0;title\\x07" in done.stderr
    assert "\x1b" not in done.stderr
