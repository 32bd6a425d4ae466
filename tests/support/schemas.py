"""Schemas of published formats, as packages ship them; as a script with ``--install``, fetch those packages.

Some are parts of packages whose dependencies the tests cannot bear, so the files alone are taken, and each package is
pinned by its digest. They are not committed. Their licences are Apache-2.0 (STAC's extensions), CC-BY-4.0 (Citation
File Format) and BSD-3-Clause (DataCite's, as the package's).
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "schemas"
PINS = "pins.json"
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Package:
    """A package and which of its files are schemas."""

    requirement: str
    sha256: str
    files: dict[str, str]  # file in the package, or an address within a recorded answer -> name below FOLDER
    source: bool = False  # whether the schemas are only in the source distribution, among its recorded answers


_EOPF = "eopf/product/stac_extensions/extensions"
PACKAGES = (
    Package(
        "eopf==2.8.1",
        "f4450ba7fd2cb8f52bfca8aada6e992751c036d059d94ee0f7422637d9ae0307",
        {
            f"{_EOPF}/{name}.json": f"stac-{name}.json"
            for name in ("eo_v2.0.0", "projection_v2.0.0", "scientific_v1.0.0")
        },
    ),
    Package(
        "pystac-ext-version==1.2.1",
        "7ae63cab8440ee7e2da19e2024ecd55a7affb022ba9384eefe5bd98ce85f21da",
        {"https://stac-extensions.github.io/version/v1.2.0/schema.json": "stac-version_v1.2.0.json"},
        source=True,
    ),
    Package(
        "cffconvert==2.0.0",
        "573c825e4e16173d99396dc956bd22ff5d4f84215cc16b6ab05299124f5373bb",
        {"cffconvert/schemas/1.2.0/schema.json": "cff-1.2.0.json"},
    ),
    Package(
        "datacite==1.4.1",
        "782ca32fe423c66bc74d7b4ee39cb22190c128e1e61a188becda12fd6f91d23b",
        {"datacite/schemas/datacite-v4.5.json": "datacite-4.5.json"},
    ),
)


def schema(name: str) -> dict[str, Any]:
    """Return a schema by its name below `FOLDER`.

    Raises
    ------
    FileNotFoundError
        The packages have not been fetched, or others were pinned then.
    """
    if not _installed():
        raise FileNotFoundError(f"{FOLDER}: run: python tests/support/schemas.py --install")
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


def stac_extensions() -> dict[str, dict[str, Any]]:
    """Return the schemas of STAC's extensions by their addresses."""
    names = [name for package in PACKAGES for name in package.files.values() if name.startswith("stac-")]
    found = [schema(name) for name in names]
    return {str(one["$id"]).removesuffix("#"): one for one in found}


def _installed() -> bool:
    pins = FOLDER / PINS
    return pins.is_file() and pins.read_text(encoding="utf-8") == _pins()


def _pins() -> str:
    return json.dumps([asdict(package) for package in PACKAGES], indent=1)


def _fetch(package: Package, folder: Path) -> bytes:
    """Let pip fetch a package, whose digest it compares."""
    listed = folder / "requirement.txt"
    listed.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    name = package.requirement.partition("==")[0]
    kind = [f"--no-binary={name}", "--no-build-isolation"] if package.source else ["--only-binary=:all:"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *kind]
    subprocess.run([*command, f"--dest={folder}", f"--requirement={listed}"], check=True, timeout=SECONDS)
    (file,) = (path for path in folder.iterdir() if path != listed)
    return file.read_bytes()


def _schemas(package: Package, content: bytes) -> dict[str, str]:
    """Return name and text of each schema of a package."""
    if not package.source:
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            return {name: wheel.read(path).decode() for path, name in package.files.items()}
    found: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            if "/cassettes/" not in member.name or found.keys() == set(package.files.values()):
                continue
            file = archive.extractfile(member)
            recorded = yaml.safe_load(file) if file else {"interactions": []}
            for one in recorded["interactions"]:
                name = package.files.get(one["request"]["uri"])
                if name:
                    found[name] = one["response"]["body"]["string"]
    return found


def install() -> None:
    """Fetch the packages, if they are not there as they are pinned, and keep their schemas."""
    if _installed():
        return
    FOLDER.mkdir(exist_ok=True)
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in _schemas(package, _fetch(package, Path(folder))).items():
                (FOLDER / name).write_text(json.dumps(json.loads(text), indent=1) + "\n", encoding="utf-8")
    (FOLDER / PINS).write_text(_pins(), encoding="utf-8")


if __name__ == "__main__":
    if "--install" in sys.argv[1:]:
        install()
    print("schemas for the tests:", FOLDER if _installed() else "not there; add --install")
