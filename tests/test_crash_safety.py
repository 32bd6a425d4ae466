"""What is published is the old or the new, whole, whatever happens to the process that writes it."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count, cycle
from pathlib import Path

import pytest
from PIL import Image

from dsdocs.errors import DsdocsError
from dsdocs.safe import Lock, clean, copy_together, files, put_back, swap_folder, write_text, writing
from dsdocs.site.verify import verify_site
from support.faults import COUNT, FULL, HOLD, KILL, MODES, REFUSE, SHORT, Call, Failed, Forge, environment, spread
from support.sites import command, digests, expect

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, and sends signals")
REASONS = ("Input/output error", "No space left on device")


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    running = Forge(tmp_path_factory.mktemp("forge"), dict(os.environ))
    yield running
    running.close()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "archive"
    subprocess.run(command("sample", folder, "--patches", "64"), check=True, capture_output=True)
    return folder


def left(folder: Path) -> list[str]:
    """Return what only a running or a killed process has there."""
    names = (path.name for path in folder.rglob("*"))
    return sorted(
        name for name in names if name.endswith((".partial", ".lock", ".new", ".dsdocs-old")) or name[:6] == ".site."
    )


def check_end(done: Failed, mode: str, at: int) -> None:
    """Check exit code and message; a failure of something that does not matter may go by."""
    assert done.code in ((-signal.SIGKILL, 0) if mode == KILL else (0, 2)), done.stderr
    assert "Traceback" not in done.stderr
    if done.code == 2:
        assert done.stderr.startswith("dsdocs: "), done.stderr
        assert done.calls[at - 1].frees or any(reason in done.stderr for reason in REASONS), done.stderr


def check_nothing_is_left(done: Failed, at: int, folder: Path) -> None:
    """Check that a process which could end by itself has cleaned up, unless that is what failed."""
    if done.code != -signal.SIGKILL and len(done.calls) >= at and not done.calls[at - 1].frees:
        assert left(folder) == [], (at, done.calls[at - 1])


# ---- the summary, at every call


class Summaries:
    """A folder in which the summary of an archive is written, with or without its last patch."""

    def __init__(self, forge: Forge, archive: Path, folder: Path) -> None:
        self.forge = forge
        self.folder = folder
        shutil.copytree(archive, folder / "archive")
        self._patch = max((folder / "archive" / "BigEarthNet-S2").glob("*/*"))
        self.complete = True
        self.work = folder / "work"
        self.work.mkdir()

    def change(self) -> None:
        """Take the last patch away, or put it back."""
        aside = self.folder / "aside"
        source, target = (self._patch, aside) if self.complete else (aside, self._patch)
        source.rename(target)
        self.complete = not self.complete

    def run(self, mode: str = COUNT, at: int = 0) -> Failed:
        cache = {"XDG_CACHE_HOME": str(self.work / "cache")}
        return self.forge.run("summarize", "--archive", "../archive", cwd=self.work, mode=mode, at=at, **cache)

    def published(self) -> tuple[str, ...]:
        """Return the digests of summary and report."""
        found = (self.work / name for name in ("summary.parquet", "report.json"))
        return tuple(sha256(path.read_bytes()).hexdigest() if path.exists() else "" for path in found)


@pytest.mark.parametrize("mode", MODES)
def test_a_summary_is_the_old_or_the_new_wherever_its_writing_fails(
    mode: str, forge: Forge, sample: Path, tmp_path: Path
) -> None:
    place = Summaries(forge, sample, tmp_path)
    expected: dict[bool, tuple[str, ...]] = {}
    calls: tuple[Call, ...] = ()
    for _ in range(2):
        done = place.run()
        assert done.code in (0, 3), done.stderr
        calls = max(calls, done.calls, key=len)
        expected[place.complete] = place.published()
        place.change()
    assert expected[True] != expected[False]
    assert len(calls) > 25
    for at in spread(calls, 8):
        before = place.published()
        if before == expected[place.complete]:
            place.change()
        done = place.run(mode, at)
        check_end(done, mode, at)
        now = place.published()
        if done.code == 2:
            assert now == before, (at, done.stderr)
        elif done.code == 0:
            assert now == expected[place.complete], at
        elif now not in expected.values():
            assert done.calls[-1] == Call("replace", str(place.work / "report.json"))  # between two renames
        check_nothing_is_left(done, at, place.work)
    assert place.run().code == 0
    assert place.published() == expected[place.complete]
    assert left(place.work) == []


def test_a_first_summary_is_whole_or_not_there_wherever_its_writing_fails(
    forge: Forge, sample: Path, tmp_path: Path
) -> None:
    place = Summaries(forge, sample, tmp_path)
    calls = place.run().calls
    expected = place.published()
    for at, mode in zip(spread(calls, 12), cycle(MODES), strict=False):
        shutil.rmtree(place.work)
        place.work.mkdir()
        done = place.run(mode, at)
        check_end(done, mode, at)
        if done.code == 2:
            assert place.published() == ("", ""), (at, done.stderr)
        assert place.run().code == 0
        assert place.published() == expected, at
        assert left(place.work) == [], at


# ---- the site, at every call between Sphinx's end and the swap


class Guide:
    """A guide whose start page has one of two texts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.guide = folder / "guide"
        self.page = self.guide / "book" / "index.md"
        self.site = self.guide / "site"
        self.changed = False
        self._text = self.page.read_text(encoding="utf-8")

    def change(self) -> None:
        """Write the other text."""
        self.changed = not self.changed
        text = f"{self._text}\nA sentence more.\n" if self.changed else self._text
        self.page.write_text(text, encoding="utf-8")

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start a build in a process of its own."""
        return subprocess.Popen(
            command("build", *arguments), cwd=self.guide, env={**os.environ, **variables}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def build(self, code: int = 0, **variables: str) -> str:
        """Build the site, and return what was said."""
        return finish(self.start(**variables), code)


def finish(build: subprocess.Popen[str], code: int) -> str:
    """Wait for the end of a build, and return what it said."""
    stdout, stderr = build.communicate(timeout=300)
    assert build.returncode == code, stdout + stderr
    assert "Traceback" not in stderr
    return stderr


def few_pages(book: Path) -> None:
    """Keep three pages of a guide, each with a cell: how a build fails does not depend on how many there are."""
    head = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: python3}\n---\n"
    opening = "from dsdocs import label_frequency, open_project, show\nproject = open_project()\n"
    for page in book.glob("*.md"):
        page.unlink()
    for page in ("index", "classes", "patches"):
        cell = f"```{{code-cell}} ipython3\n{opening}show(label_frequency(project.summary))\n```"
        (book / f"{page}.md").write_text(f"{head}# The {page}\n\nOf {{fact}}`n_patches`.\n\n{cell}\n", encoding="utf-8")
    chapters = "parts:\n  - caption: The data\n    chapters:\n      - file: classes\n      - file: patches\n"
    (book / "_toc.yml").write_text(f"format: jb-book\nroot: index\n{chapters}", encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    """Return a guide with its site, for all tests of this module."""
    folder = tmp_path_factory.mktemp("built")
    for number, name in enumerate(("meadow/a", "meadow/b", "forest/c", "forest/d")):
        path = folder / "archive" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (20 * number, 90, 40)).save(path)
    done = subprocess.run(
        command("init", folder / "guide", "--archive", folder / "archive"), capture_output=True, text=True
    )
    expect(done, 0)
    few_pages(folder / "guide" / "book")
    guide = Guide(folder)
    guide.build()
    return guide


@pytest.fixture
def guide(built: Guide, tmp_path: Path) -> Guide:
    """Return a copy of the guide, with its site and its state."""
    for name in ("guide", "archive"):
        shutil.copytree(built.folder / name, tmp_path / name, copy_function=shutil.copy2)
    return Guide(tmp_path)


@pytest.fixture
def unbuilt(guide: Guide) -> Guide:
    """Return a copy of the guide of which nothing was built."""
    shutil.rmtree(guide.site)
    shutil.rmtree(guide.guide / ".dsdocs")
    return guide


def test_a_site_is_the_old_or_the_new_wherever_its_publishing_fails(forge: Forge, guide: Guide, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    shutil.copytree(guide.site, pages, ignore=shutil.ignore_patterns(".dsdocs-site.json"))
    expected: dict[bool, dict[str, str]] = {}
    for _ in range(2):
        guide.change()
        done = forge.run("build", cwd=guide.guide, pages=pages)
        assert done.code == 0, done.stderr
        expected[guide.changed] = digests(guide.site)
    assert expected[True] != expected[False]
    for at, mode in points(done.calls):
        before = digests(guide.site)
        if before == expected[guide.changed]:
            guide.change()
        done = forge.run("build", cwd=guide.guide, pages=pages, mode=mode, at=at)
        check_end(done, mode, at)
        now = digests(guide.site)
        assert now in ((before,) if done.code == 2 else expected.values()), (at, mode, done.stderr)
        assert verify_site(guide.site).findings == ()
        if done.code == 0:
            assert now == expected[guide.changed]
        check_nothing_is_left(done, at, guide.guide)
    assert forge.run("build", cwd=guide.guide, pages=pages).code == 0
    assert digests(guide.site) == expected[guide.changed]
    assert left(guide.guide) == []


def points(calls: tuple[Call, ...]) -> list[tuple[int, str]]:
    """Return where and how a build is to fail: every call behind Sphinx, but a few of those for each of many files."""
    begin = max(number for number, call in enumerate(calls, 1) if "/.dsdocs/src" in call.path)
    same: dict[tuple[str, str], list[int]] = {}
    for number, call in list(enumerate(calls, 1))[begin:]:
        folder = "" if call.kind in {"fsync", "unlink", "rmdir"} else str(Path(call.path).parent)
        same.setdefault((call.kind, folder), []).append(number)
    chosen = {number for numbers in same.values() for number in (numbers[0], numbers[-1])}
    swap = next(number for number, call in enumerate(calls, 1) if call.kind == "exchange")
    everywhere = sorted({*chosen, *range(1, begin, begin // 5)} - {swap, swap + 1})
    return [*zip(everywhere, cycle(MODES), strict=False), *((at, mode) for at in (swap, swap + 1) for mode in MODES)]


# ---- whole builds, with Sphinx and kernels


STAGES = {
    "the report": (SHORT, "write *report.json*"),
    "a picture": (REFUSE, "write */thumbs/*"),
    "an output of a cell": (KILL, "replace */cells/*"),
    "a page of the site": (FULL, "write *.html"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_first_build_that_failed_is_taken_up_again(stage: str, built: Guide, unbuilt: Guide, tmp_path: Path) -> None:
    mode, at = STAGES[stage]
    stderr = unbuilt.build(-signal.SIGKILL if mode == KILL else 2, **failing(unbuilt, mode, at, tmp_path))
    assert mode == KILL or any(reason in stderr for reason in REASONS), stderr
    assert not unbuilt.site.exists()
    assert mode == KILL or left(unbuilt.guide) == []
    unbuilt.build()
    assert digests(unbuilt.site) == digests(built.site)
    assert left(unbuilt.guide) == []


def test_strict_refuses_and_leaves_the_old_site_to_the_byte(guide: Guide) -> None:
    before = digests(guide.site)
    (guide.folder / "archive" / "meadow" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "--strict: 1 input" in finish(guide.start("--strict"), 2)
    assert digests(guide.site) == before
    assert left(guide.guide) == []


def failing(guide: Guide, mode: str, at: str, folder: Path) -> dict[str, str]:
    """Return the variables that let a build fail."""
    shim = folder / "shim"
    shim.mkdir()
    return environment(shim, guide.guide, mode, at, folder / "log")


# ---- signals


HELD = {
    "the summary": (signal.SIGTERM, "replace *summary.parquet"),
    "a picture": (signal.SIGINT, "open */thumbs/*"),
    "the pages of the site": (signal.SIGTERM, "open *.html"),
    "the swap": (signal.SIGINT, "exchange *"),
}


@pytest.mark.parametrize("stage", HELD)
def test_a_signal_ends_a_build_within_its_step(stage: str, guide: Guide, tmp_path: Path) -> None:
    number, at = HELD[stage]
    before = digests(guide.site)
    if stage in {"the summary", "a picture"}:
        shutil.rmtree(guide.guide / ".dsdocs")
    guide.change()
    temporary = tmp_path / "t"
    temporary.mkdir()
    log = tmp_path / "log"
    with guide.start(**failing(guide, HOLD, at, tmp_path), TMPDIR=str(temporary)) as build:
        wait_until(lambda: log.exists() and "held\n" in log.read_text(encoding="utf-8"))
        for _ in range(2):  # as timeout(1) does, to the process and to its group
            build.send_signal(number)
        finish(build, 128 + number)
    assert digests(guide.site) == before
    assert left(guide.guide) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_no_kernel_outlives_a_build(number: signal.Signals, guide: Guide, tmp_path: Path) -> None:
    before = digests(guide.site)
    started = tmp_path / "started"
    cell = (
        "import subprocess, time\n"
        "subprocess.Popen(['sleep', '600'])\n"
        f"open({str(started)!r}, 'w').close()\n"
        "time.sleep(600)"
    )
    text = guide.page.read_text(encoding="utf-8")
    guide.page.write_text(f"{text}\n```{{code-cell}} ipython3\n{cell}\n```\n", encoding="utf-8")
    temporary = tmp_path / "t"
    temporary.mkdir()
    with guide.start(TMPDIR=str(temporary)) as build:
        wait_until(started.exists)
        assert len(processes(str(temporary))) > 3  # the build, the process that forks, the kernel, and its own
        build.send_signal(number)
        finish(build, -number if number == signal.SIGKILL else 128 + number)
        if number != signal.SIGKILL:
            assert processes(str(temporary)) == []  # they are gone before the build is
    wait_until(lambda: not processes(str(temporary)))
    wait_until(lambda: not list(temporary.iterdir()))
    assert digests(guide.site) == before


ENDING = """
import os, signal, time
from contextlib import suppress
from dsdocs.safe import Interrupted, interruptible, uninterrupted
with interruptible() as interruption:
    try:
        with uninterrupted(), uninterrupted():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)
            print("done", flush=True)
        print("not reached")
    except Exception:
        print("no exception that is caught so")
    finally:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        print("cleaned up", interruption.code, flush=True)
"""


def test_a_signal_waits_for_what_must_not_be_interrupted_and_cleaning_up_waits_for_none() -> None:
    done = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (143, "done\ncleaned up 143\n", "")


def test_a_process_that_does_not_end_by_itself_is_ended() -> None:
    code = (
        "import os, signal, time\n"
        "from dsdocs.safe import ending, interruptible\n"
        "ending.GRACE = 0.1\n"
        "with interruptible():\n"
        "    while True:\n"
        "        try:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "            time.sleep(600)\n"
        "        except SystemExit:\n"
        "            pass\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 130


def processes(word: str) -> list[int]:
    """Return the processes in whose environment a word stands, those left out that have ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if word.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:  # it is another's, or has ended meanwhile
            continue
    return found


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


# ---- locks


def test_a_second_build_is_refused_and_told_who_builds(guide: Guide, tmp_path: Path) -> None:
    shutil.rmtree(guide.guide / ".dsdocs")
    log = tmp_path / "log"
    with guide.start(**failing(guide, HOLD, "replace *summary.parquet", tmp_path)) as first:
        wait_until(lambda: log.exists() and "held\n" in log.read_text(encoding="utf-8"))
        stderr = guide.build(2)
        first.kill()
        first.communicate()
    assert f"in use by process {first.pid} on " in stderr
    guide.build()
    assert left(guide.guide) == []


def test_a_lock_is_gone_with_its_context_and_may_be_entered_twice(tmp_path: Path) -> None:
    with Lock(tmp_path / "new"), Lock(tmp_path / "new"):
        holder = json.loads((tmp_path / "new" / ".lock").read_text(encoding="utf-8"))
        assert holder["pid"] == os.getpid()
    assert list((tmp_path / "new").iterdir()) == []


def hold(folder: Path, **changed: object) -> None:
    """Leave the lock file of a process that has ended."""
    with Lock(folder):
        own = json.loads((folder / ".lock").read_text(encoding="utf-8"))
    (folder / ".lock").write_text(json.dumps({**own, **changed}), encoding="utf-8")


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"pid": 1}'])
def test_the_lock_of_a_dead_process_of_this_machine_is_taken_over(content: str | None, tmp_path: Path) -> None:
    hold(tmp_path)
    if content is not None:
        (tmp_path / ".lock").write_text(content, encoding="utf-8")
    with Lock(tmp_path):
        pass


def test_a_lock_of_before_the_machine_was_started_again_is_taken_over(tmp_path: Path) -> None:
    hold(tmp_path, boot="another")
    with Lock(tmp_path):
        pass


def test_a_lock_of_another_container_of_this_machine_is_taken_over(tmp_path: Path) -> None:
    hold(tmp_path, host="another")
    with Lock(tmp_path):
        pass


def test_a_lock_of_another_machine_is_refused_and_the_file_to_delete_is_named(tmp_path: Path) -> None:
    hold(tmp_path, host="another", boot="another", pid=77, since="2024-05-06 07:08:09 UTC")
    with pytest.raises(DsdocsError, match="process 77 on another since 2024-05-06") as refused, Lock(tmp_path):
        pass
    assert str(refused.value).endswith(f"delete {tmp_path / '.lock'}")
    (tmp_path / ".lock").unlink()
    with Lock(tmp_path):
        pass


def test_where_the_system_knows_no_locks_a_living_process_is_told_by_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsdocs.safe.lock._flock", lambda handle: None)
    hold(tmp_path)
    with pytest.raises(DsdocsError, match=f"in use by process {os.getpid()}"), Lock(tmp_path):
        pass
    hold_file = tmp_path / ".lock"
    holder = json.loads(hold_file.read_text(encoding="utf-8"))
    hold_file.write_text(json.dumps({**holder, "started": "1"}), encoding="utf-8")  # the same number, another process
    with Lock(tmp_path):
        pass


def test_a_lock_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as raised, Lock(tmp_path / "new"):
        pass
    assert raised.value.filename == str(tmp_path / "new" / ".lock")
    assert list(tmp_path.iterdir()) == []


def test_only_one_process_at_a_time_has_a_lock(tmp_path: Path) -> None:
    code = (
        "import time\n"
        "from pathlib import Path\n"
        "from dsdocs.errors import DsdocsError\n"
        "from dsdocs.safe import Lock\n"
        "number = Path('number')\ndone = 0\n"
        "while done < 20:\n"
        "    try:\n"
        "        with Lock(Path('folder')):\n"
        "            read = int(number.read_text())\n"
        "            time.sleep(0.001)\n"
        "            number.write_text(str(read + 1))\n"
        "            done += 1\n"
        "    except DsdocsError:\n"
        "        time.sleep(0.001)\n"
    )
    (tmp_path / "number").write_text("0", encoding="utf-8")
    running = [subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path) for _ in range(4)]
    assert [process.wait(timeout=300) for process in running] == [0] * 4
    assert (tmp_path / "number").read_text(encoding="utf-8") == "80"


# ---- files and folders


def write_half(path: Path) -> None:
    with writing(path) as sink:
        sink.write(b"new")
        raise OSError(errno.ENOSPC, "No space left on device")


def test_an_error_while_writing_keeps_the_old_file_and_names_it(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_text(path, "old")
    with pytest.raises(OSError, match="No space") as raised:
        write_half(path)
    assert raised.value.filename == str(path)
    assert [(file.name, file.read_text(encoding="utf-8")) for file in tmp_path.iterdir()] == [("a", "old")]


def test_a_file_in_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        write_text(tmp_path / "no" / "a", "new")
    assert raised.value.filename == str(tmp_path / "no" / "a")


def test_what_a_killed_process_left_is_not_followed_when_it_is_a_link(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine", encoding="utf-8")
    (tmp_path / f".a.{os.getpid()}.partial").symlink_to(mine)
    write_text(tmp_path / "a", "new")
    assert mine.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "a").is_symlink()


def test_cleaning_takes_what_dead_processes_left_and_nothing_else(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    outside = tmp_path / "outside"
    inside = tmp_path / "inside" / "below"
    for folder in (outside, inside):
        folder.mkdir(parents=True)
        for name in (f".a.{dead.pid}.partial", f".a.{os.getpid()}.partial", "a.partial", ".a.b.partial", "a"):
            (folder / name).touch()
    (inside / "link").symlink_to(outside)
    clean(tmp_path / "inside")
    assert len(list(outside.iterdir())) == 5
    assert sorted(path.name for path in inside.iterdir()) == [
        *sorted((f".a.{os.getpid()}.partial", ".a.b.partial")), "a", "a.partial", "link",
    ]  # fmt: skip


def test_files_are_copied_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("new1", "new2", "old1"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    sources = {tmp_path / "old1": tmp_path / "new1", tmp_path / "old2": tmp_path / "new2"}
    replace, numbers = os.replace, count()

    def failing_replace(source: Path, target: Path) -> None:
        if next(numbers) == 1:
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing_replace)
    with pytest.raises(OSError, match="Input/output"):
        copy_together(sources)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new1", "new2", "old1"]
    assert (tmp_path / "old1").read_text(encoding="utf-8") == "old1"
    monkeypatch.setattr(os, "replace", replace)
    copy_together(sources)
    assert [path.read_text(encoding="utf-8") for path in sources] == ["new1", "new2"]


@pytest.fixture(params=[True, False], ids=["exchanged", "renamed twice"])
def trees(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an old and a new tree, on a system that can exchange names or that cannot."""
    if not request.param:
        monkeypatch.setattr(files, "_exchanged", lambda new, out: False)
    for name in ("out", "new"):
        (tmp_path / name / "below").mkdir(parents=True)
        (tmp_path / name / "below" / "file").write_text(name, encoding="utf-8")
    return tmp_path


def test_a_tree_takes_the_place_of_another(trees: Path) -> None:
    swap_folder(trees / "new", trees / "out", aside=trees / "aside")
    assert [path.name for path in trees.iterdir()] == ["out"]
    assert (trees / "out" / "below" / "file").read_text(encoding="utf-8") == "new"


def test_a_tree_goes_where_there_is_none(trees: Path) -> None:
    swap_folder(trees / "new", trees / "place" / "site", aside=trees / "aside")
    assert (trees / "place" / "site" / "below" / "file").read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("out", ["out", "first"])
def test_a_swap_that_does_not_reach_the_disk_is_undone(out: str, trees: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests(trees)
    sync = files.sync

    def failing_sync(path: Path) -> None:
        if path == trees:
            raise OSError(errno.EIO, "Input/output error", str(path))
        sync(path)

    monkeypatch.setattr(files, "sync", failing_sync)
    with pytest.raises(OSError, match="Input/output"):
        swap_folder(trees / "new", trees / out, aside=trees / "aside")
    assert digests(trees) == before


def test_the_old_tree_is_put_back_after_an_end_between_two_renames(tmp_path: Path) -> None:
    (tmp_path / "aside").mkdir()
    (tmp_path / "aside" / "file").touch()
    put_back(tmp_path / "out", aside=tmp_path / "aside")
    put_back(tmp_path / "out", aside=tmp_path / "aside")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_error_between_two_renames_puts_the_old_tree_back(trees: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_exchanged", lambda new, out: False)
    before = digests(trees)
    rename, numbers = os.rename, cycle(range(3))

    def failing_rename(source: Path, target: Path) -> None:
        if next(numbers) == 1:
            raise OSError(errno.EIO, "Input/output error")
        rename(source, target)

    monkeypatch.setattr(os, "rename", failing_rename)
    with pytest.raises(OSError, match="Input/output"):
        swap_folder(trees / "new", trees / "out", aside=trees / "aside")
    assert digests(trees) == before
