"""Commands that a repository with workflows has use for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dsdocs.options import OutOption, ProjectOption

_COMPLETE, _REFUSED = 0, 2


def lock(
    requirements: Annotated[
        list[str] | None,
        typer.Argument(metavar="REQUIREMENT", help="What to install. Default: what the guide's workflows need."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The file to write.")] = None,
    python: Annotated[str | None, typer.Option("--python", metavar="VERSION", help="Python of the workflows.")] = None,
    project: ProjectOption = Path(),
) -> None:
    """Write down what workflows install, with digests.

    pip resolves it for CPython on Linux (x86_64), from the index that it is set up for; nothing is installed.
    """
    from dsdocs.locations import find_project
    from dsdocs.safe import write_text
    from dsdocs.scaffold.lock import lock as locked
    from dsdocs.scaffold.lock import wanted
    from dsdocs.scaffold.render import LOCK, PYTHON

    asked = tuple(requirements or wanted(find_project(project).archive))
    text = locked(asked, python=python or PYTHON)
    file = out or project / LOCK
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, text)
    typer.echo(file)


def links(
    out: OutOption = Path("site"),
) -> None:
    """Follow the links that leave the site.

    One that leads nowhere is a line; the exit code is 2 if there is any.
    """
    from dsdocs.safe import plain
    from dsdocs.site.external import dead_links

    dead = dead_links(out)
    typer.echo("\n".join(map(plain, dead)) if dead else "no dead links")
    raise typer.Exit(_REFUSED if dead else _COMPLETE)
