"""Run example code in a folder, and keep what it printed and drew."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dsdocs.imagery.geokeys import ALONE
from dsdocs.views import Code, View


@dataclass(frozen=True, slots=True)
class Loading:
    """Snippets with what they printed and drew."""

    snippets: tuple[Code, ...]

    def views(self) -> tuple[View, ...]:
        """Return the snippets."""
        return self.snippets


def run(title: str, source: str, folder: Path, names: dict[str, object], *, shows: str = "") -> Code:
    """Run code in a folder and keep what it printed and drew; what it raises is raised.

    Parameters
    ----------
    title
        Of the snippet.
    source
        Our own code, into which paths of the archive have been put as literals only.
    folder
        The current folder of the code.
    names
        Its global names; what it defines is there for the next piece.
    shows
        What its drawing shows; empty if it draws nothing.
    """
    import rasterio  # type: ignore[import-untyped]  # most code needs it anyway

    with rasterio.Env(**ALONE, GDAL_PAM_ENABLED="NO"), inside(folder):
        printed = executed(source, names)
    return Code(title, source, "python", printed, _drawing() if shows else "", shows)


def executed(source: str, names: dict[str, object]) -> str:
    """Run code and return what it printed.

    What libraries warn of (no georeference, no widgets, what is deprecated) is about this machine and them, not about
    the data, and would put a path on the page.
    """
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(source, "<example>", "exec"), names)
    return printed.getvalue().rstrip()


def run_or_say(title: str, source: str, folder: Path, names: dict[str, object], needs: Sequence[str]) -> Code:
    """Run code where the packages that it needs are installed, else say that it was not run here."""
    missing = [package for package in needs if find_spec(package) is None]
    if not missing:
        return run(title, source, folder, names)
    # Such code is run by the tests of dsdocs, over every kind of archive.
    verb = "is" if len(missing) == 1 else "are"
    return Code(
        title, source, "python", f"Not run while this site was built: {' and '.join(missing)} {verb} not installed."
    )


def string_lines(path: str) -> str:
    """Write a path as string literals, one for each folder, which Python joins; long names stay readable so."""
    *folders, last = path.split("/")
    return "\n".join(f"    {part!r}" for part in (*(f"{folder}/" for folder in folders), last))


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Make a folder the current one for a while."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _drawing() -> str:
    """Return the current figure as a PNG in base64, without the date and version that matplotlib would add."""
    import matplotlib.pyplot as plt

    target = io.BytesIO()
    plt.savefig(target, format="png", dpi=120, transparent=True, metadata={"Software": None})
    plt.close()
    return base64.b64encode(target.getvalue()).decode()
