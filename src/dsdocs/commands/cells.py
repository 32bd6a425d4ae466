"""Commands for GPU cells, whose results are stored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dsdocs.options import ArchiveOption, JsonOption, ProjectOption, ReaderOption

cache = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Carry and check the results of GPU cells.")
PackageArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Package of results, a .zip.")]


def execute(
    pages: Annotated[
        list[str] | None, typer.Argument(metavar="PAGE", help="Pages whose GPU cells run. Default: all.")
    ] = None,
    gpu: Annotated[bool, typer.Option("--gpu", help="Run them on the GPU, which has to be there.")] = False,
    device: Annotated[str | None, typer.Option("--device", metavar="NAME", help="Or on the processor: cpu.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also cells whose results are those of today.")] = False,
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run GPU cells whose results are missing or outdated.

    Results are stored below book/_cache, to be committed.
    """
    from dsdocs.console import execute_with_progress
    from dsdocs.locations import find_project

    if gpu == (device is not None) or device not in (None, "cpu"):
        raise typer.BadParameter("say where: --gpu, or --device cpu")
    found = find_project(project, archive=archive, reader=reader)
    chosen = "cuda" if gpu else "cpu"
    raise typer.Exit(execute_with_progress(found, pages or [], device=chosen, again=again, as_json=as_json))


def status(
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the GPU cells with state, cost and age.

    The exit code is 2 if any has no results of today.
    """
    from dsdocs.console import status_with_progress
    from dsdocs.locations import find_project

    raise typer.Exit(status_with_progress(find_project(project, archive=archive, reader=reader), as_json=as_json))


@cache.command("pack")
def pack_cache(
    file: PackageArgument,
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
) -> None:
    """Write the results of today's GPU cells into one file."""
    from dsdocs.console import pack_with_progress
    from dsdocs.locations import find_project

    raise typer.Exit(pack_with_progress(find_project(project, archive=archive, reader=reader), file))


@cache.command("unpack")
def unpack_cache(
    file: PackageArgument,
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
) -> None:
    """Take results from such a file, all or none."""
    from dsdocs.console import unpack_with_progress
    from dsdocs.locations import find_project

    raise typer.Exit(unpack_with_progress(find_project(project, archive=archive, reader=reader), file))


@cache.command("verify")
def verify_cache(
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find out whether all stored results belong there.

    Every file must be of a GPU cell of today, whole, and of an allowed kind. One finding a line; the exit code is 2 if
    there is any.
    """
    from dsdocs.console import verify_with_progress
    from dsdocs.locations import find_project

    raise typer.Exit(verify_with_progress(find_project(project, archive=archive, reader=reader), as_json=as_json))
