"""Put together the whole tree that is published, as a function of files alone: equal inputs give equal bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dsdocs.errors import PublishError
from dsdocs.publish.model import (
    DROPPED,
    PUBLISHED,
    REFUSED,
    Candidate,
    Inputs,
    Main,
    Preview,
    Production,
    Report,
    read_inputs,
)  # fmt: skip
from dsdocs.publish.preview.dress import About
from dsdocs.publish.preview.make import FILE_BYTES, Made, Site, make
from dsdocs.publish.preview.names import OURS
from dsdocs.publish.preview.refusal import NoTimeError, RefusedPreviewError
from dsdocs.publish.preview.zips import Bounds, Files, unpack

MOST = 10  # previews at a time
# Of a published site: https://docs.github.com/pages/getting-started-with-github-pages/github-pages-limits
BUDGET = 1_000_000_000
_DATA = "data"  # beside the previews: what they share
_PRODUCTION = Bounds(files=200_000, bytes=BUDGET, file_bytes=FILE_BYTES)
_HOST = "https://github.com/"
_TO_READ = 2**20  # bytes


def assemble(
    inputs: Path, out: Path, *, most: int = MOST, budget: int = BUDGET, make: Callable[..., Made] = make
) -> Report:
    """Put together production and previews.

    Parameters
    ----------
    inputs
        Folder of ``inputs.json`` and the archives that it names.
    out
        The tree; not there yet, or empty. Production lies at its root, the preview of pull request N below
        ``pr-preview/pr-N/``, and what previews share below ``pr-preview/data/``.
    most
        Previews that are kept, the newest first.
    budget
        Bytes of the whole tree.
    make
        Makes one preview; `preview.apart.Maker` does so within bounds of time and memory.

    Returns
    -------
    Report
        What became of every pull request. A preview that is refused changes nothing else in the tree.

    Raises
    ------
    PublishError
        The inputs cannot be read, or the site of the default branch cannot be published; there is no tree then.
    """
    given = read_inputs(inputs)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise PublishError(f"{out}: is there already; name a folder that is not, or is empty")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        work = Path(folder)
        tree = work / "tree"
        files = _production(inputs, given.main, tree)
        site = Site.read(tree, files)
        size = sum(file.size for file in files.values())
        assembly = _Assembly(given, inputs, work, site, size, most=most, budget=budget, make=make)
        # The newest first: for them there is room, if there is any.
        for candidate in sorted(given.previews, key=lambda one: (one.updated, one.number), reverse=True):
            assembly.add(candidate)
        if assembly.previews.is_dir():
            os.rename(assembly.previews, tree / OURS)
        # Artifacts come without hidden files; hosts that know Jekyll leave out what begins with "_" without this one.
        (tree / ".nojekyll").touch()
        if out.exists():
            out.rmdir()
        os.rename(tree, out)
    left_out = (Preview(one.number, one.sha, one.state, (one.reason,)) for one in given.refused)
    previews = sorted([*assembly.done, *left_out], key=lambda one: one.number)
    return Report(Production(given.main.sha, len(files), size), tuple(previews), assembly.size, budget)


def _production(inputs: Path, main: Main, tree: Path) -> Files:
    """Unpack the site of the default branch, byte for byte."""
    archive = inputs / main.zip
    _expect(archive, main.sha256)
    try:
        files = unpack(archive, tree, _PRODUCTION)
    except RefusedPreviewError as error:
        raise PublishError(
            f"{archive}: the site of the default branch cannot be published: {' '.join(error.reasons)}"
        ) from error
    if "index.html" not in files:
        raise PublishError(f"{archive}: has no index.html, so it is no site; nothing is published")
    return files


class _Assembly:
    """The previews so far, and the room that is left."""

    def __init__(
        self,
        given: Inputs,
        inputs: Path,
        work: Path,
        site: Site,
        size: int,
        *,
        most: int,
        budget: int,
        make: Callable[..., Made],
    ) -> None:
        self.done: list[Preview] = []
        self.size = size  # bytes of the tree
        self.previews = work / OURS
        self._given, self._inputs, self._work, self._site = given, inputs, work, site
        self._most, self._budget, self._make = most, budget, make

    def add(self, candidate: Candidate) -> None:
        """Place the preview of a pull request, or note why it is not."""
        self.done.append(self._added(candidate))

    def _added(self, candidate: Candidate) -> Preview:
        preview = Preview(candidate.number, candidate.sha, REFUSED)
        if sum(one.state == PUBLISHED for one in self.done) >= self._most:
            reason = f"There are {self._most} newer previews already; this one comes back with its next build."
            return replace(preview, state=DROPPED, reasons=(reason,))
        name = f"pr-{candidate.number}"
        work = self._work / f"work-{candidate.number}"
        archive = self._inputs / candidate.zip
        address = f"{_HOST}{self._given.repository.full_name}/pull/{candidate.number}"
        try:
            _expect(archive, candidate.sha256)
            made = self._make(archive, work, self._site, About(candidate.number, candidate.sha, address))
            files, size, new = self._weighed(made)
            if self.size + new > self._budget:
                left = max(0, self._budget - self.size)
                reason = (
                    f"It needs {new:,} bytes, and {left:,} of the {self._budget:,} that the site may have are left."
                )
                return replace(preview, state=DROPPED, reasons=(reason,))
            self._place(made, name)
            self.size += new
        except NoTimeError as error:
            return replace(preview, state=DROPPED, reasons=error.reasons)
        except RefusedPreviewError as error:
            return replace(preview, reasons=error.reasons)
        except PublishError as error:
            return replace(preview, reasons=(f"{error}.",))
        finally:
            shutil.rmtree(work, ignore_errors=True)
        url = f"{self._given.url}{OURS}/{name}/"
        return replace(preview, state=PUBLISHED, url=url, files=files, bytes=size, changes=made.changes)

    def _weighed(self, made: Made) -> tuple[int, int, int]:
        """Return the files and bytes of a preview with the data it shares, and the bytes that it adds to the tree."""
        own = [path.stat().st_size for path in made.folder.rglob("*") if path.is_file()]
        shared = {place: source.stat().st_size for place, source in made.data.items()}
        new = sum(size for place, size in shared.items() if not (self.previews / _DATA / place).exists())
        return len(own) + len(shared), sum(own) + sum(shared.values()), sum(own) + new

    def _place(self, made: Made, name: str) -> None:
        self.previews.mkdir(exist_ok=True)
        os.rename(made.folder, self.previews / name)
        for place, source in made.data.items():
            target = self.previews / _DATA / place
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


def _expect(archive: Path, sha256: str) -> None:
    """Refuse an archive that is not the one that was fetched."""
    digest = hashlib.sha256()
    try:
        with archive.open("rb") as source:
            while data := source.read(_TO_READ):
                digest.update(data)
    except OSError as error:
        raise PublishError(
            f"{archive}: cannot be read: {error.strerror}; dsdocs publish collect writes it beside inputs.json"
        ) from error
    if digest.hexdigest() != sha256:
        raise PublishError(f"{archive.name}: is not the file that was fetched; its sha256 is {digest.hexdigest()[:12]}")
