"""Where and when a GPU cell ran: device, driver, versions, commit."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from dsdocs.errors import CacheError

_SECONDS = 30  # in which a small program has to answer
_CUDA = """
import torch
print(torch.version.cuda or "")
print(torch.cuda.get_device_name(0) if torch.cuda.is_available() else "")
"""


def device_facts(device: str) -> dict[str, str]:
    """Describe what cells run on: ``kind`` is cuda or cpu, ``name`` the model, ``driver`` that of the GPU.

    Raises
    ------
    CacheError
        A GPU is asked for, and there is none that CUDA can use.
    """
    if device == "cpu":
        return {"kind": "cpu", "name": _processor()}
    smi = shutil.which("nvidia-smi")
    if smi is None:
        raise _no_gpu("there is no nvidia-smi, so no driver for CUDA")
    line = _said(smi, "--query-gpu=name,driver_version", "--format=csv,noheader").splitlines()
    if not line:
        raise _no_gpu("nvidia-smi finds no device")
    name, _, driver = line[0].rpartition(",")
    return {"kind": "cuda", "name": name.strip(), "driver": driver.strip()}


def check_torch() -> str:
    """Return the version of CUDA that torch was built for.

    Raises
    ------
    CacheError
        The torch that is installed cannot use the GPU.
    """
    version = metadata.version("torch")
    match _said(sys.executable, "-c", _CUDA).splitlines():
        case [str(cuda), str(name)] if cuda and name:
            return cuda
        case ["", _]:
            raise _no_gpu(f"torch {version} is a build without CUDA")
        case [_, ""]:
            raise _no_gpu(f"torch {version} finds no GPU")
        case _:
            raise _no_gpu(f"torch {version} cannot be imported")


def _no_gpu(reason: str) -> CacheError:
    return CacheError(f"--gpu: {reason}; run it where there is a GPU, or on the processor: --device cpu")


def check_pins(packages: Mapping[str, str], where: str) -> None:
    """Refuse to run a cell with other versions than it declares; ``+cu126`` and the like may differ.

    Raises
    ------
    CacheError
        A package is missing, or of another version.
    """
    for name, pin in packages.items():
        found = installed(name)
        if found is None:
            raise CacheError(f"{where}: declares {name}=={pin}, which is not installed: pip install {name}=={pin}")
        if pin not in (found, found.partition("+")[0]):
            raise CacheError(f"{where}: declares {name}=={pin}, but {found} is installed: pip install {name}=={pin}")


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of Python, dsdocs and the named packages."""
    found = {name: installed(name) for name in ("dsdocs", "numpy", *packages)}
    return {"python": platform.python_version(), **{name: version for name, version in found.items() if version}}


def installed(name: str) -> str | None:
    """Return the version of a distribution; None: it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def commit(folder: Path) -> str | None:
    """Return the commit of the repository that a folder is in, with a plus where files differ; None: it is in none."""
    git = shutil.which("git")
    head = _said(git, "-C", str(folder), "rev-parse", "HEAD").strip() if git else ""
    if not re.fullmatch(r"[0-9a-f]{40,64}", head):
        return None
    return head + ("+" if _said(str(git), "-C", str(folder), "status", "--porcelain").strip() else "")


def _processor() -> str:
    """Return the model of the processor, as the system names it."""
    file = Path("/proc/cpuinfo")
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()


def _said(*command: str) -> str:
    """Return what a program prints; nothing where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
