"""The command line: parse, call the library, print. Results go to stdout, talk to stderr."""

from __future__ import annotations

import errno
import gc
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Annotated, NoReturn, cast

import typer

from dsdocs.commands import cells, corrections, data, publish, repository
from dsdocs.errors import DsdocsError
from dsdocs.options import (
    ArchiveOption,
    EngineOption,
    JsonOption,
    NeededArchiveOption,
    OutOption,
    ProjectOption,
    ReaderOption,
    StrictOption,
    WorkersOption,
)
from dsdocs.safe import Interrupted, guard_streams, interruptible, plain

COMPLETE, REFUSED, PARTIAL, INTERRUPTED = 0, 2, 3, 130
EXIT_CODES = """\b
Exit codes:
  0    complete
  2    refused: wrong use or input; nothing was published or overwritten
  3    done, but some inputs were left out; report.json names them
  130  interrupted; 143: ended by SIGTERM"""
_FULL = {errno.ENOSPC, errno.EDQUOT}
_settings = {"debug": False}  # what `main` has to know of the command line, which typer reads

app = typer.Typer(
    name="dsdocs", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Turn a remote-sensing patch archive into a living documentation site.", epilog=EXIT_CODES,
)  # fmt: skip


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The new repository.")],
    archive: NeededArchiveOption,
    reader: ReaderOption = None,
) -> None:
    """Write a repository for the guide of a data set.

    It holds dsdocs.toml, filled in with what the archive tells, the pages, and workflows that publish the site.
    """
    from dsdocs.console import init_with_progress

    written = init_with_progress(folder, archive, reader=reader)
    typer.echo("\n".join(str(path) for path in written))
    typer.echo(f"now fill in {folder / 'dsdocs.toml'}, and in {folder} run: dsdocs build", err=True)
    typer.echo(f"to publish it: dsdocs lock, then the steps of {folder / 'README.md'}", err=True)


@app.command()
def build(
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    out: OutOption = Path("site"),
    workers: WorkersOption = 2,
    engine: EngineOption = None,
    strict: StrictOption = False,
    allow_stale: Annotated[
        bool, typer.Option("--allow-stale", help="Show outdated results of GPU cells, marked as such.")
    ] = False,
    packed: Annotated[bool, typer.Option("--zip", help="Also write it as OUT.zip, which opens from disk.")] = False,
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
        if before is not None:
            _pack(out, packed)
            typer.echo(f"nothing has changed; the site is in {out}", err=True)
            typer.echo(before.as_json() if as_json else out / "index.html")
            raise typer.Exit(PARTIAL if before.left_out else COMPLETE)
    from dsdocs.console import build_with_progress

    code = build_with_progress(
        found, out, workers=workers, engine=engine, strict=strict, allow_stale=allow_stale, as_json=as_json
    )
    _pack(out, packed)
    raise typer.Exit(code)


def _pack(out: Path, wanted: bool) -> None:
    if wanted:
        from dsdocs.site.packed import pack_site

        target = out.resolve().with_name(f"{out.resolve().name}.zip")
        typer.echo(f"zip          {target}, {pack_site(out, target) / 1e6:,.1f} MB", err=True)


app.command()(data.summarize)
app.command()(data.export)
app.command()(data.embed)
app.command()(data.split)
app.command()(data.subset)
app.command()(data.diff)
app.command()(cells.execute)
app.command()(cells.status)
app.add_typer(cells.cache, name="cache")
app.add_typer(corrections.errata, name="errata")
app.add_typer(publish.publish, name="publish")
app.command()(repository.lock)
app.command()(repository.links)


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
    tree: Annotated[bool, typer.Option("--tree", help="Check the published tree in --out alone.")] = False,
    browser: Annotated[bool, typer.Option("--browser", help="Also open its pages in Chromium.")] = False,
    form: Annotated[str, typer.Option("--format", metavar="NAME", help="text, github or json.")] = "text",
) -> None:
    """Report what is wrong with configuration, pages and site.

    One finding a line; the exit code is 2 if there is any.
    """
    from dsdocs.site.check.command import checked

    said, report, found = checked(project, archive, out, alone=tree, browser=browser, form=form)
    typer.echo(said)
    if report:
        typer.echo(report, err=True)
    raise typer.Exit(REFUSED if found else COMPLETE)


@app.command()
def verify(out: OutOption = Path("site"), as_json: JsonOption = False) -> None:
    """Find out whether a site is still what was published.

    Every file is compared with the manifest; one finding a line, and the exit code is 2 if there is any.
    """
    import json
    from dataclasses import asdict

    from dsdocs.site.verify import verify_site

    found = verify_site(out)
    lines = [plain(f"{finding.path}: {finding.problem}") for finding in found.findings]
    whole = f"{found.n_files:,} files, {found.n_bytes / 1e6:,.1f} MB: all as they were published"
    typer.echo(json.dumps({**asdict(found), "out": str(out)}, sort_keys=True) if as_json else "\n".join(lines) or whole)
    raise typer.Exit(REFUSED if lines else COMPLETE)


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
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
) -> None:
    """Turn a remote-sensing patch archive into a living documentation site."""
    _settings["debug"] = debug
    if shown:
        from importlib.metadata import version as installed

        typer.echo(installed("dsdocs"))
        raise typer.Exit


def main() -> NoReturn:
    """Run the program; whatever happens is one message and one of its exit codes."""
    # nbformat loads jsonschema, which builds 39 grammars (a second and more) where it finds this package, to check
    # addresses written in other scripts than Latin; a notebook has none. jsonschema does without where it is missing.
    sys.modules.setdefault("rfc3987_syntax", cast(ModuleType, None))
    # A look into every installed package for plug-ins of pydantic, of which nothing here makes use.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # What modules define as they are loaded is no garbage; to look for some among it is a sixth of the time to start.
    gc.set_threshold(10_000, *gc.get_threshold()[1:])
    guard_streams()
    with interruptible() as interruption:
        code = _run()
    gc.freeze()  # at the end Python looks for garbage among all that there is, which takes it 0.1 s
    sys.exit(interruption.code or code)


def _run() -> int:
    """Run a command and return its exit code."""
    try:
        try:
            app(prog_name="dsdocs")
        finally:
            sys.stdout.flush()
    except Interrupted:
        return INTERRUPTED
    except SystemExit as end:  # typer ends every command so, also after the one error that it takes for its own
        if not isinstance(end.__context__, BrokenPipeError):
            return REFUSED if end.code == 1 else int(end.code or COMPLETE)
        return _refuse(end.__context__)
    except Exception as error:
        return _refuse(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    return COMPLETE


def _refuse(error: Exception) -> int:
    if _settings["debug"]:
        traceback.print_exception(error)
    typer.echo(plain(f"dsdocs: {_message(error)}"), err=True)
    if os.environ.get("GITHUB_ACTIONS") == "true" and isinstance(error, DsdocsError):
        from dsdocs.site.check.raised import as_annotations

        for line in as_annotations(error):
            typer.echo(line)
    return REFUSED


def _message(error: Exception) -> str:
    """Say what went wrong, and what to do."""
    if isinstance(error, DsdocsError):
        return str(error)
    if isinstance(error, OSError) and error.errno is not None:
        hint = "; make room and run it again, what was there before is untouched" if error.errno in _FULL else ""
        return f"{error.filename or 'a file'}: {error.strerror}{hint}"
    if isinstance(error, MemoryError):
        return "there is not enough memory; close other programs, or work on a machine with more"
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
    return f"internal error: {what}{notes}; dsdocs --debug with the same command shows where; please report that"
