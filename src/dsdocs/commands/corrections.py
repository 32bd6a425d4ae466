"""Commands for what is wrong with single patches."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from dsdocs.options import ProjectOption

errata = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keep the list of what is wrong with patches.")


@errata.command("add")
def add_erratum(
    patch: Annotated[str, typer.Argument(metavar="PATCH", help="Name of the patch, as in the summary.")],
    what: Annotated[
        str, typer.Option("--what", metavar="KIND", help="label, geometry, pixels, metadata, duplicate or other.")
    ],
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="What is wrong and how it shows, plain text.")],
    status: Annotated[
        str, typer.Option("--status", metavar="STATUS", help="open, confirmed, fixed or rejected.")
    ] = "open",
    since: Annotated[
        str | None, typer.Option("--since", metavar="VERSION", help="Version seen in. Default: dataset.version.")
    ] = None,
    reporter: Annotated[str, typer.Option("--reporter", metavar="NAME", help="Who reported it.")] = "",
    link: Annotated[str, typer.Option("--link", metavar="URL", help="Where it is discussed.")] = "",
    day: Annotated[str | None, typer.Option("--date", metavar="DAY", help="YYYY-MM-DD. Default: today.")] = None,
    project: ProjectOption = Path(),
) -> None:
    """Add an erratum to the table of the guide.

    That is errata.parquet, or the file that dsdocs.toml names. It stays sorted: the same errata are the same bytes.
    """
    from dsdocs.errata.model import Erratum
    from dsdocs.errata.store import add_to_project
    from dsdocs.locations import without_archive

    found = without_archive(project)
    version = found.config.dataset.version or "" if since is None else since
    reported = _day(day) if day else date.today()
    erratum = Erratum(patch, what, reported, text, status, version, reporter, link)
    path, count, looked_up = add_to_project(found, erratum)
    if not looked_up:
        typer.echo("there is no summary yet, so the name of the patch was not looked up", err=True)
    typer.echo(f"{path}: {count} {'erratum' if count == 1 else 'errata'}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day; write it as YYYY-MM-DD", param_hint="--date") from None
