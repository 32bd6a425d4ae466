"""The command line: parse, call the library, print. Results go to stdout, talk to stderr."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, NoReturn, cast

import typer

from dsdocs.errors import DsdocsError

COMPLETE, REFUSED, PARTIAL, INTERRUPTED = 0, 2, 3, 130
EXIT_CODES = """\b
Exit codes:
  0    complete
  2    refused: wrong use or input; nothing was published or overwritten
  3    done, but some inputs were left out; report.json names them
  130  interrupted"""
# What the machine refuses is no mistake of dsdocs: no rights, no space, a file where a folder is needed.
_MACHINE = {
    errno.EACCES, errno.EDQUOT, errno.EEXIST, errno.EIO, errno.EISDIR, errno.ENAMETOOLONG, errno.ENOSPC, errno.ENOTDIR,
    errno.EPERM, errno.EROFS,
}  # fmt: skip

app = typer.Typer(
    name="dsdocs", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Turn a remote-sensing patch archive into a living documentation site.", epilog=EXIT_CODES,
)  # fmt: skip

# Metavars are given, because what typer makes of a type differs between its versions.
ProjectOption = Annotated[
    Path, typer.Option("--project", metavar="FOLDER", help="Folder with dsdocs.toml.", show_default="here")
]
ArchiveOption = Annotated[Path | None, typer.Option("--archive", metavar="FOLDER", help="The raw archive.")]
NeededArchiveOption = Annotated[Path, typer.Option("--archive", metavar="FOLDER", help="The raw archive.")]
ReaderOption = Annotated[
    str | None, typer.Option("--reader", metavar="NAME", help="Layout of the archive, if it cannot be detected.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder of the site.")]
WorkersOption = Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Pages executed at the same time.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="Refuse to publish if any input was left out.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The new repository.")],
    archive: NeededArchiveOption,
    reader: ReaderOption = None,
) -> None:
    """Write a repository for the guide of a data set.

    It holds dsdocs.toml, filled in with what the archive tells, the pages and a README.
    """
    from dsdocs.console import init_with_progress

    written = init_with_progress(folder, archive, reader=reader)
    typer.echo("\n".join(str(path) for path in written))
    typer.echo(f"now fill in {folder / 'dsdocs.toml'}, and in {folder} run: dsdocs build", err=True)


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
    """Build the site of a project, or of an archive alone.

    A site that is up to date is left as it is.
    """
    from dsdocs.locations import find_project
    from dsdocs.site.stamp import is_current, site_key

    found = find_project(project, archive=archive, reader=reader)
    if not strict and is_current(found.state, out, site_key(found)):
        from dsdocs.site.unchanged import unchanged

        before = unchanged(found.state, out)
        typer.echo(f"nothing has changed; the site is in {out}", err=True)
        typer.echo(before.as_json() if as_json else out / "index.html")
        raise typer.Exit(PARTIAL if before.left_out else COMPLETE)
    from dsdocs.console import build_with_progress

    raise typer.Exit(build_with_progress(found, out, workers=workers, strict=strict, as_json=as_json))


@app.command()
def summarize(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write.")] = Path("summary.parquet"),
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
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port on this machine; 0 takes a free one.")
    ] = 8000,
) -> None:
    """Preview the site; rebuild and reload on every change."""
    from dsdocs.locations import find_project
    from dsdocs.site.serve import serve_site

    serve_site(lambda: find_project(project, archive=archive, reader=reader), out, port=port)


@app.command()
def check(
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    out: OutOption = Path("site"),
) -> None:
    """Report what is wrong with configuration, pages and site.

    One finding a line; the exit code is 2 if there is any.
    """
    from dsdocs.site.inspect import inspect

    findings = inspect(project, archive, out)
    typer.echo("\n".join(findings) if findings else "no findings")
    raise typer.Exit(REFUSED if findings else COMPLETE)


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write.")],
    patches: Annotated[int, typer.Option("--patches", metavar="N", min=1, help="Number of patches.")] = 256,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed, another landscape.")] = 0,
    layout: Annotated[
        str, typer.Option("--layout", metavar="NAME", help="Or bigearthnet-v1-s2, bigearthnet-v1-s1.")
    ] = "bigearthnet-v2",
) -> None:
    """Write a synthetic sample archive.

    Everything in it is invented; the same numbers give the same bytes.
    """
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
    # nbformat loads jsonschema, which builds 39 grammars (a second and more) where it finds this package, to check
    # addresses written in other scripts than Latin; a notebook has none. jsonschema does without where it is missing.
    sys.modules.setdefault("rfc3987_syntax", cast(ModuleType, None))
    try:
        app(prog_name="dsdocs")
    except DsdocsError as error:
        typer.echo(f"dsdocs: {error}", err=True)
        sys.exit(REFUSED)
    except OSError as error:
        if error.errno not in _MACHINE:
            raise
        typer.echo(f"dsdocs: {error.filename or 'a file'}: {error.strerror}", err=True)
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(COMPLETE)
