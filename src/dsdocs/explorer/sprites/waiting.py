"""Files of a stream that wait until all files of their patch have come by."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from types import TracebackType

from dsdocs.archive import Member
from dsdocs.errors import MemberError
from dsdocs.explorer.sprites.cells import Content

HELD = 2**27  # bytes in memory; beyond it, files wait on disk
Place = tuple[int, int]  # first byte and number of bytes in the file on disk


class Waiting:
    """Collects files by patch.

    Parameters
    ----------
    counts
        Number of files of each patch.
    """

    def __init__(self, counts: Sequence[int]) -> None:
        self._missing = list(counts)
        self._paths: dict[int, list[str]] = {}  # of patches that wait or are complete
        self._files: dict[str, Content | Place] = {}
        self._users: dict[str, int] = {}  # patches that a file is kept for
        self._held = 0
        self._disk = tempfile.TemporaryFile()  # noqa: SIM115  (closed by __exit__)
        self.complete: list[int] = []  # patches that have all their files

    def __enter__(self) -> Waiting:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._disk.close()

    def add(self, member: Member, patches: Collection[int]) -> None:
        """Read a file that some patches need; all bands of a patch may lie in one."""
        content: Content
        try:
            content = member.read()
            self._held += len(content)
        except MemberError as error:
            content = error
        self._files[member.path] = content
        for patch in set(patches):
            self._users[member.path] = self._users.get(member.path, 0) + 1
            self._paths.setdefault(patch, []).append(member.path)
            self._missing[patch] -= 1
            if self._missing[patch] == 0:
                self.complete.append(patch)
        if self._held > HELD:
            self._spill()

    def take(self, patches: Collection[int]) -> dict[str, Content]:
        """Hand out the files of patches, which wait no longer."""
        found: dict[str, Content] = {}
        for patch in patches:
            for path in self._paths.pop(patch, ()):
                found[path] = self._content(path)
                self._users[path] -= 1
                if self._users[path] == 0:
                    gone = self._files.pop(path)
                    self._held -= len(gone) if isinstance(gone, bytes) else 0
                    del self._users[path]
        taken = set(patches)
        self.complete = [patch for patch in self.complete if patch not in taken]
        return found

    def rest(self) -> list[int]:
        """Return all patches that were not handed out, complete or not."""
        return sorted({*self.complete, *(patch for patch, count in enumerate(self._missing) if count > 0)})

    def _content(self, path: str) -> Content:
        content = self._files[path]
        if isinstance(content, tuple):
            self._disk.seek(content[0])
            return self._disk.read(content[1])
        return content

    def _spill(self) -> None:
        for path, content in self._files.items():
            if isinstance(content, bytes):
                start = self._disk.seek(0, 2)
                self._disk.write(content)
                self._files[path] = (start, len(content))
        self._held = 0
