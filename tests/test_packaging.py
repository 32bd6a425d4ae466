"""What is shipped, what it needs, and what the build takes from npm."""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
LOCK = json.loads((REPOSITORY / "package-lock.json").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Needed without being imported: Sphinx loads extensions and theme by name, tifffile asks for imagecodecs,
# a kernel runs the pages, whose examples read the summary with geopandas, and book/ is also built by Jupyter Book.
BY_NAME = {
    "furo", "geopandas", "imagecodecs", "ipykernel", "jupyter-book", "sphinx-copybutton", "sphinxcontrib-bibtex",
}  # fmt: skip


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[<>=!~;\[ ]", requirement)[0]) for requirement in requirements}


def imported() -> set[str]:
    """Return the distributions whose modules src/dsdocs imports, in functions too."""
    modules: set[str] = set()
    for path in (REPOSITORY / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.split(".")[0])
    outside = modules - set(sys.stdlib_module_names) - {"dsdocs", "_typeshed"}
    known = packages_distributions()
    return {normal(known[module][0]) if module in known else module for module in outside}


def test_every_library_that_is_imported_is_declared() -> None:
    extras = [requirement for extra in PROJECT["optional-dependencies"].values() for requirement in extra]
    assert sorted(imported() - declared(PROJECT["dependencies"] + extras)) == []


def test_every_declared_library_is_used() -> None:
    assert sorted(declared(PROJECT["dependencies"]) - imported() - BY_NAME) == []


def test_every_declared_library_has_a_floor() -> None:
    assert [line for line in PROJECT["dependencies"] if ">=" not in line] == []


def test_every_entry_point_loads() -> None:
    ours = distribution("dsdocs").entry_points
    assert {point.group for point in ours} == {"console_scripts", "dsdocs.readers", "myst_nb.mime_renderers"}
    for point in ours:
        assert callable(point.load()), point


def test_the_lock_file_names_no_host_and_pins_every_package() -> None:
    assert re.findall(r"[a-z+]+://[^\"]*|\"resolved\"", json.dumps(LOCK)) == []
    packages = {name: entry for name, entry in LOCK["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []


@pytest.mark.parametrize("folder", ["_static/vendor", "tests/vendor"])
def test_the_manifest_tells_what_lies_beside_it(folder: str) -> None:
    place = REPOSITORY / folder
    packages = json.loads((place / "manifest.json").read_text(encoding="utf-8"))["packages"]
    told = {file["path"]: file["sha256"] for package in packages for file in package["files"]}
    found = {
        path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in place.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert told == found
    for package in packages:
        locked = LOCK["packages"][f"node_modules/{package['name']}"]
        assert (package["version"], package["licence"]) == (locked["version"], locked["license"])


def test_vendored_modules_find_each_other_without_an_import_map() -> None:
    vendor = REPOSITORY / "_static" / "vendor"
    seen = 0
    for path in [*vendor.glob("hyparquet/*.js"), *vendor.glob("hyparquet-writer/*.js")]:
        # At the beginning of a line: comments name types by the package.
        script = path.read_text(encoding="utf-8")
        for target in re.findall(r"^(?:import|export)\b.* from '([^']+)'$", script, re.MULTILINE):
            assert target.startswith("."), (path.name, target)
            assert (path.parent / target).resolve().is_file(), (path.name, target)
            seen += 1
    assert seen > 50


def test_vendored_scripts_need_no_right_to_evaluate_text() -> None:
    vendor = REPOSITORY / "_static" / "vendor"
    # axe-core is for `dsdocs check`, and part of no page.
    scripts = [path for kind in ("js", "mjs") for path in vendor.rglob(f"*.{kind}") if path.name != "axe.min.js"]
    assert {path.name for path in scripts} >= {"geotiff.js", "ort.wasm.min.mjs", "leaflet.js"}
    for path in scripts:
        found = re.findall(r"\bnew Function\b|(?<![\w.$])eval\(", path.read_text(encoding="utf-8"))
        assert found == [], path.name


def test_the_gzipped_program_is_one_of_webassembly() -> None:
    packed = REPOSITORY / "_static" / "vendor" / "onnxruntime-web" / "ort-wasm-simd-threaded.wasm.gz"
    program = gzip.decompress(packed.read_bytes())
    assert program.startswith(b"\0asm")
    assert packed.stat().st_size < len(program) / 3


def checkout(folder: Path) -> Path:
    """Copy what the build hook reads, without the files that it fetches."""
    for name in ("hatch_build.py", "package.json", "package-lock.json"):
        shutil.copy(REPOSITORY / name, folder / name)
    return folder


def run_hook(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(folder / "hatch_build.py")],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_registry_the_build_says_what_is_missing(tmp_path: Path) -> None:
    registry = {"npm_config_registry": "http://127.0.0.1:1/", "npm_config_cache": str(tmp_path / "cache")}
    done = run_hook(checkout(tmp_path), npm_config_fetch_retries="0", **registry)
    assert done.returncode == 1
    assert "npm could not fetch them" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "_static" / "vendor").exists()


def test_without_npm_the_build_says_how_to_get_it(tmp_path: Path) -> None:
    done = run_hook(checkout(tmp_path), PATH=str(tmp_path))
    assert done.returncode == 1
    assert "npm is not on PATH; install node, or run: pip install" in done.stderr


def test_files_that_are_up_to_date_are_not_fetched_again_and_changed_ones_are(tmp_path: Path) -> None:
    vendor = checkout(tmp_path) / "_static" / "vendor"
    shutil.copytree(REPOSITORY / "_static" / "vendor", vendor)
    untouched = run_hook(tmp_path, PATH=str(tmp_path))
    assert untouched.stdout == "_static/vendor: up to date\n"
    (vendor / "leaflet" / "leaflet.js").write_text("changed", encoding="utf-8")
    assert "npm is not on PATH" in run_hook(tmp_path, PATH=str(tmp_path)).stderr


def test_the_readme_and_the_ci_script_run_the_same_command() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^pip install nox && .*$", readme, re.MULTILINE)
    assert commands == ["pip install nox && nox -s demo", "pip install nox && nox -s tests"]
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^pip install nox && .*$", script, re.MULTILINE) == commands[1:]


def test_an_installed_dsdocs_carries_its_pages_and_browser_files() -> None:
    files = {str(path) for path in distribution("dsdocs").files or ()}
    if "dsdocs/__init__.py" not in files:
        pytest.skip("dsdocs is installed in editable form, and reads these files in the checkout")
    for name in ("_static/vendor/manifest.json", "_static/vendor/leaflet/LICENSE", "py.typed"):
        assert f"dsdocs/{name}" in files
    assert [name for name in files if name.startswith("dsdocs/_book/") and name.endswith(".md")]
    assert [name for name in files if "/_build/" in name or "/tests/" in name] == []
