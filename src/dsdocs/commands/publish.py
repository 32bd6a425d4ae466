"""The group ``publish``: what the workflow of that name calls, one command for each of its jobs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dsdocs.safe import plain

if TYPE_CHECKING:
    from dsdocs.publish.github import Api

_COMPLETE, _PARTIAL = 0, 3
publish = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Put together the site and the previews of pull requests."
)


@publish.command()
def collect(
    out: Annotated[Path, typer.Option("--out", metavar="INPUTS", help="New folder for inputs.json and the sites.")],
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Where the site is published. Default: as GitHub Pages does.")
    ] = "",
) -> None:
    """Fetch the newest sites of main and of each open pull request.

    Reads GITHUB_REPOSITORY, GITHUB_TOKEN and GITHUB_API_URL. Which site belongs to which pull request is decided by
    what GitHub says alone.
    """
    from dsdocs.publish.collect import collect as fetch

    api, name = _api()
    fetch(api, name, out, url=url, tell=lambda line: typer.echo(plain(line), err=True))
    typer.echo(out / "inputs.json")


@publish.command()
def assemble(
    inputs: Annotated[Path, typer.Argument(metavar="INPUTS", help="The folder of dsdocs publish collect.")],
    out: Annotated[Path, typer.Option("--out", metavar="TREE", help="New folder for the tree to be deployed.")],
    report: Annotated[
        Path, typer.Option("--report", metavar="FILE", help="What came of each preview, as JSON.")
    ] = Path("report.json"),
) -> None:
    """Put the site of main and the previews into one tree.

    Asks nobody: equal inputs give equal bytes. A preview is verified as data; one that is refused is left out, with the
    reasons in the report.
    """
    from dsdocs.publish.assemble import assemble as put_together
    from dsdocs.publish.model import DROPPED, REFUSED, write_json
    from dsdocs.publish.preview.apart import Maker

    done = put_together(inputs, out, make=Maker())
    write_json(report, done)
    for preview in done.previews:
        typer.echo(f"pull request {preview.number}: {preview.state}", err=True)
        for reason in preview.reasons:
            typer.echo(f"  {plain(reason)}", err=True)
    typer.echo(out)
    raise typer.Exit(_PARTIAL if any(one.state in (REFUSED, DROPPED) for one in done.previews) else _COMPLETE)


@publish.command()
def comment(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="The report.json of dsdocs publish assemble.")],
) -> None:
    """Tell on each pull request what became of its preview.

    Reads GITHUB_REPOSITORY, GITHUB_TOKEN and GITHUB_API_URL. A comment that is right already is left alone.
    """
    from dsdocs.publish.comment import comment as write
    from dsdocs.publish.model import read_report

    api, name = _api()
    failed = write(api, name, read_report(report), tell=lambda line: typer.echo(plain(line), err=True))
    for line in failed:
        typer.echo(plain(line), err=True)
    raise typer.Exit(_PARTIAL if failed else _COMPLETE)


def _api() -> tuple[Api, str]:
    from dsdocs.publish.github import api_of_environment

    return api_of_environment()
