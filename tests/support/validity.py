"""Ask the Nu HTML Checker whether pages are valid; as a script with ``--install``, fetch the Java that it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

VNU = Path(__file__).parents[1] / "vendor" / "vnu-jar" / "vnu.jar"
PACKAGE = "default-jre-headless"  # of Debian and Ubuntu


def find_java() -> str | None:
    """Return the command that runs Java."""
    return shutil.which("java")


def install_java() -> str | None:
    """Return the command, after trying to install it where it is missing; None where that does not work."""
    if (found := find_java()) or not (shutil.which("apt-get") and os.geteuid() == 0):
        return found
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", PACKAGE]):
        print("installing Java for the tests:", *command, flush=True)
        if subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, timeout=900, check=False).returncode:
            return None
    return find_java()


def invalid(pages: Sequence[Path]) -> list[str]:
    """Return the errors of all pages, one line each.

    Warnings are left out: the checker takes a file on disk for one without an address, and finds every style sheet
    against the policy of its page.

    Raises
    ------
    FileNotFoundError
        The checker is not there; ``python hatch_build.py --tests`` fetches it.
    """
    if not VNU.is_file():
        raise FileNotFoundError(f"{VNU} is missing; fetch it with: python hatch_build.py --tests")
    java = find_java()
    assert java is not None
    command = [java, "-jar", str(VNU), "--format", "json", "--stdout", "--errors-only", *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["messages"]
    places = [f"{Path(one.get('url', '')).name}:{one.get('lastLine', 0)}" for one in found]
    return [
        f"{place}: {one['message']}: {one.get('extract', '').strip()!r}"
        for place, one in zip(places, found, strict=True)
    ]


if __name__ == "__main__":
    java = install_java() if "--install" in sys.argv[1:] else find_java()
    print("Java for the tests:", java or "none was found, and none could be installed")
