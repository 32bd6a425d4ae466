"""What workflows install: resolved by pip for their system on any machine, with the digest of every file."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dsdocs.errors import PublishError
from dsdocs.scaffold import lock as module
from dsdocs.scaffold.lock import lock, wanted
from dsdocs.scaffold.render import LOCK, PYTHON

REPOSITORY = Path(__file__).resolve().parents[1]
LINES = re.compile(r"^([\w.-]+)==(\S+) \\\n    --hash=sha256:([0-9a-f]{64})\n", re.MULTILINE)


def wheel(folder: Path, name: str, number: str, needs: Sequence[str] = (), *, tag: str = "py3-none-any") -> Path:
    """Write a wheel without any module."""
    path = folder / f"{name}-{number}-{tag}.whl"
    info = f"{name}-{number}.dist-info"
    extras = sorted(set(re.findall(r"extra == '(\w+)'", " ".join(needs))))
    lines = [f"Provides-Extra: {extra}" for extra in extras] + [f"Requires-Dist: {need}" for need in needs]
    with zipfile.ZipFile(path, "w") as target:
        target.writestr(
            f"{info}/METADATA", "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {number}", *lines])
        )
        target.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: {tag}\n")
        target.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is all that pip knows of."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in ("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def locked(text: str) -> dict[str, tuple[str, str]]:
    return {name: (number, digest) for name, number, digest in LINES.findall(text)}


def test_every_file_has_its_digest_and_no_address_is_named(index: Path) -> None:
    wheel(index, "Outer_One", "1.0", ["inner>=2", "other[more]; python_version >= '3'"])
    inner = wheel(index, "inner", "2.5")
    wheel(index, "inner", "1.0")
    wheel(index, "other", "1", ["deep; extra == 'more'", "never; extra == 'less'"])
    wheel(index, "deep", "3")
    text = lock(["outer-one"], python="3.12")
    found = locked(text)
    assert {name: number for name, (number, _) in found.items()} == {
        "outer-one": "1.0", "inner": "2.5", "other": "1", "deep": "3",
    }  # fmt: skip
    assert found["inner"][1] == sha256(inner.read_bytes()).hexdigest()
    assert text.splitlines()[0] == "# Written by: dsdocs lock --python 3.12 outer-one"
    assert LINES.sub("", text).splitlines() == text.splitlines()[:2]
    assert str(index) not in text


def test_files_are_chosen_for_linux_and_the_version_of_python(index: Path) -> None:
    wheel(index, "fast", "1", tag="cp312-cp312-win_amd64")
    for tag in (
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp313-cp313-manylinux_2_28_x86_64",
        "cp312-cp312-macosx_11_0_arm64",
    ):
        wheel(index, "fast", "1", tag=tag)
    right = sha256((index / "fast-1-cp312-cp312-manylinux_2_28_x86_64.whl").read_bytes()).hexdigest()
    assert locked(lock(["fast"], python="3.12")) == {"fast": ("1", right)}


def test_what_only_the_other_system_needs_is_found_all_the_same(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(
        index,
        "outer",
        "1",
        ["here; sys_platform == 'linux'", "there[x]; sys_platform == 'plan9'", "no; os_name == 'q'"],
    )
    wheel(index, "here", "1")
    wheel(index, "there", "1", ["beyond<2; extra == 'x'", "also; sys_platform == 'plan9' and python_version < '3.12'"])
    for name, number in (("beyond", "1"), ("beyond", "2"), ("also", "1")):
        wheel(index, name, number)
    assert set(locked(lock(["outer"], python="3.11"))) == {"outer", "here"}
    # As if the workflows ran on another system than this machine, which pip asks about markers.
    monkeypatch.setitem(module._MARKERS, "sys_platform", "plan9")
    text = lock(["outer"], python="3.11")
    assert {name: number for name, (number, _) in locked(text).items()} == {
        "outer": "1", "here": "1", "there": "1", "beyond": "1", "also": "1",
    }  # fmt: skip
    assert "also" not in locked(lock(["outer"], python="3.12"))
    assert text.splitlines()[0].endswith("3.11 outer")


def test_what_was_locked_is_what_can_be_installed(index: Path, tmp_path: Path) -> None:
    wheel(index, "outer", "1", ["inner"])
    inner = wheel(index, "inner", "1")
    file = tmp_path / "requirements.txt"
    file.write_text(lock(["outer"], python="3.11"), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--require-hashes",
        "-r",
        str(file),
    ]
    assert "Would install inner-1 outer-1" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    inner.unlink()
    wheel(index, "inner", "1", ["more-than-before; python_version < '3'"])
    changed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert changed.returncode != 0
    assert "DO NOT MATCH THE HASHES" in changed.stderr


@pytest.mark.parametrize(
    ("requirements", "message"),
    [
        (["nobody-has-this"], r"pip finds no files for nobody-has-this on Python 3\.11: .*No matching distribution"),
        (["outer==9"], r"pip finds no files for outer==9 on Python 3\.11"),
        (["./here"], r"'\./here' is no requirement: .*expected for example"),
        (["outer @ https://example.org/outer-1-py3-none-any.whl"], "names an address; expected a package of an index"),
    ],
)
def test_what_cannot_be_locked_is_refused(index: Path, requirements: list[str], message: str) -> None:
    wheel(index, "outer", "1")
    with pytest.raises(PublishError, match=message):
        lock(requirements, python="3.11")


def test_a_guide_needs_this_dsdocs_and_what_reaches_its_archive() -> None:
    number = version("dsdocs")
    assert wanted(["/data/archive"]) == (f"dsdocs=={number}", "pip-audit")
    assert wanted(["https://e.org/a.zip", "s3://b/c", "https://e.org/d.zip", "gs://x/y"]) == (
        f"dsdocs[gcs,http,s3]=={number}", "pip-audit",
    )  # fmt: skip


def test_the_lock_of_this_repository_has_all_that_it_declares() -> None:
    text = (REPOSITORY / LOCK).read_text(encoding="utf-8")
    found = locked(text)
    declared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    for line in [*declared, "hatchling>=1.27", "nox", "build", "pip-audit"]:
        needed = Requirement(line)
        name = canonicalize_name(needed.name)
        assert name in found, f"{name} is not locked; run: nox -s lock"
        assert needed.specifier.contains(found[name][0]), f"{line}: locked is {found[name][0]}; run: nox -s lock"
    assert all(line.startswith("#") for line in LINES.sub("", text).splitlines())
    assert f"--python {PYTHON} " in text.splitlines()[0]
    assert "://" not in text


@pytest.mark.parametrize("python", ["banana", "3", "3.11.2", "-r x"])
def test_a_version_of_python_that_is_none_is_refused(python: str) -> None:
    with pytest.raises(PublishError, match=r"expected a version such as 3\.11"):
        lock(["outer"], python=python)
