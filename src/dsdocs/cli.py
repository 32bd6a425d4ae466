"""The command line: parse, call the library, print. Results go to stdout, talk to stderr."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from dsdocs.errors import DsdocsError

COMPLETE, REFUSED, PARTIAL, INTERRUPTED = 0, 2, 3, 130

app = typer.Typer(
    name="dsdocs", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Turn a remote-sensing patch archive into a living documentation site.",
)  # fmt: skip

ProjectOption = Annotated[Path, typer.Option("--project", help="Folder with dsdocs.toml.", show_default="here")]
ArchiveOption = Annotated[Path | None, typer.Option("--archive", help="Path of the raw archive.")]
ReaderOption = Annotated[str | None, typer.Option("--reader", help="Layout of the archive, if it cannot be detected.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder of the site.")]
WorkersOption = Annotated[int, typer.Option("--workers", min=1, help="Pages executed at the same time.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="Refuse to publish if any input was quarantined.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new repository.")],
    archive: Annotated[Path, typer.Option("--archive", help="Path of the raw archive.")],
    reader: ReaderOption = None,
) -> None:
    """Write a repository for a new data set: dsdocs.toml, pages, README."""
    from dsdocs.scaffold import write_scaffold

    written = write_scaffold(folder, archive, reader=reader)
    typer.echo("\n".join(str(path) for path in written))
    typer.echo(
        f"Now fill in {folder / 'dsdocs.toml'}, and build the site with: dsdocs build --project {folder}", err=True
    )


@app.command()
def build(
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    out: OutOption = Path("site"),
    workers: WorkersOption = 2,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Build the site of a project, or of an archive without any configuration."""
    from dsdocs.locations import find_project
    from dsdocs.site.stamp import is_current, site_key

    found = find_project(project, archive=archive, reader=reader)
    if not strict and is_current(found.state, out, site_key(found)):
        typer.echo(f"nothing has changed; the site is in {out}", err=True)
        typer.echo(out / "index.html")
        return
    from dsdocs.console import build_with_progress

    raise typer.Exit(build_with_progress(found, out, workers=workers, strict=strict, as_json=as_json))


@app.command()
def summarize(
    out: Annotated[Path, typer.Option("--out", help="The GeoParquet file to write.")] = Path("summary.parquet"),
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the GeoParquet summary alone, and report.json beside it."""
    from dsdocs.console import summarize_with_progress
    from dsdocs.locations import find_project

    found = find_project(project, archive=archive, reader=reader)
    raise typer.Exit(summarize_with_progress(found, out, strict=strict, as_json=as_json))


@app.command()
def serve(
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    out: OutOption = Path("site"),
    port: Annotated[int, typer.Option("--port", help="Port on this machine.")] = 8000,
) -> None:
    """Preview the site on this machine; rebuild and reload when a page changes."""
    from dsdocs.locations import find_project
    from dsdocs.site.serve import serve_site

    serve_site(lambda: find_project(project, archive=archive, reader=reader), out, port=port)


@app.command()
def check(
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    out: OutOption = Path("site"),
) -> None:
    """Report what is wrong with configuration, pages and site, one finding a line."""
    from dsdocs.site.inspect import inspect

    findings = inspect(project, archive, out)
    typer.echo("\n".join(findings) if findings else "no findings")
    raise typer.Exit(REFUSED if findings else COMPLETE)


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(help="Folder to write.")],
    patches: Annotated[int, typer.Option("--patches", min=1, help="Number of patches.")] = 256,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another landscape.")] = 0,
    layout: Annotated[
        str, typer.Option("--layout", help="bigearthnet-v2, bigearthnet-v1-s2 or bigearthnet-v1-s1.")
    ] = "bigearthnet-v2",
) -> None:
    """Write a synthetic sample archive."""
    from dsdocs.console import sample_with_progress

    typer.echo(sample_with_progress(folder, patches=patches, seed=seed, layout=layout))


@app.command()
def schema() -> None:
    """Print the JSON Schema of dsdocs.toml."""
    import json

    from dsdocs.config import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


@app.callback(invoke_without_command=True)
def version(
    shown: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Turn a remote-sensing patch archive into a living documentation site."""
    if shown:
        from importlib.metadata import version as installed

        typer.echo(installed("dsdocs"))
        raise typer.Exit


def main() -> NoReturn:
    """Run the program; every error that dsdocs foresees is one message and exit code 2."""
    try:
        app()
    except DsdocsError as error:
        typer.echo(f"dsdocs: {error}", err=True)
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(COMPLETE)
