"""Make a preview in a process of its own with bounds on time and memory, so that no build can hold up the rest.

``python -m dsdocs.publish.preview.apart WORK`` is that process; it reads what it needs from ``WORK/task.json``.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from dsdocs.publish.preview.dress import About
from dsdocs.publish.preview.make import Made, Site, make
from dsdocs.publish.preview.refusal import NoTimeError, RefusedPreviewError
from dsdocs.publish.preview.zips import File

_SECONDS = 120  # of processor time for one preview, and half as much again of the clock: the sample's site takes 5
# Of the clock for all previews: the job ends after 30 minutes, and production has to be published by then.
_TOGETHER = 900
_MEMORY = 6 * 2**30  # bytes, of the 16 GiB that the host's machines have
_TASK = "task.json"
_SAID = "The artifact could not be verified within the bounds of time and memory, or verifying it failed."


class Maker:
    """Makes previews as `make_apart` does, until the time for all of them is over.

    Parameters
    ----------
    seconds
        Of the clock for all of them; one that has begun may take longer.
    """

    def __init__(self, seconds: float = _TOGETHER) -> None:
        self._end = time.monotonic() + seconds

    def __call__(self, archive: Path, work: Path, site: Site, about: About) -> Made:
        """Make a preview.

        Raises
        ------
        NoTimeError
            The time is over.
        RefusedPreviewError
            As `make_apart` does.
        """
        if time.monotonic() >= self._end:
            raise NoTimeError("Newer previews took all the time there is; this one comes back with its next build.")
        return make_apart(archive, work, site, about)


def make_apart(archive: Path, work: Path, site: Site, about: About) -> Made:
    """Do what `make.make` does, in another process.

    Raises
    ------
    RefusedPreviewError
        Something in the preview may not be shown, or it took too much time or memory to tell.
    """
    work.mkdir()
    files = {path: [file.size, file.sha256] for path, file in site.files.items()}
    task = {"archive": str(archive), "site": str(site.folder), "files": files, "about": asdict(about)}
    (work / _TASK).write_text(json.dumps(task), encoding="utf-8")
    command = [sys.executable, "-m", __name__, str(work)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=1.5 * _SECONDS, check=False)
        told = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise RefusedPreviewError(_SAID) from error
    if told["reasons"]:
        raise RefusedPreviewError(*told["reasons"])
    return Made(Path(told["folder"]), {place: Path(path) for place, path in told["data"].items()}, told["changes"])


def _run(work: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    task = json.loads((work / _TASK).read_bytes())
    site = Site.read(Path(task["site"]), {path: File(*file) for path, file in task["files"].items()})
    told: dict[str, object] = {"reasons": []}
    try:
        made = make(Path(task["archive"]), work, site, About(**task["about"]))
        told |= {"folder": str(made.folder), "data": {place: str(path) for place, path in made.data.items()}}
        told["changes"] = made.changes
    except RefusedPreviewError as error:
        told["reasons"] = error.reasons
    print(json.dumps(told))


if __name__ == "__main__":
    _run(Path(sys.argv[1]))
