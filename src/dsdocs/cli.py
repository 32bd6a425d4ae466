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

from dsdocs.errors import DsdocsError
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

# Metavars are given, because what typer makes of a type differs between its versions.
ProjectOption = Annotated[
    Path, typer.Option("--project", metavar="FOLDER", help="Folder with dsdocs.toml.", show_default="here")
]
_ARCHIVE_HELP = "Path or URL of the raw archive; again for each part."
ArchiveOption = Annotated[list[str] | None, typer.Option("--archive", metavar="PATH", help=_ARCHIVE_HELP)]
NeededArchiveOption = Annotated[list[str], typer.Option("--archive", metavar="PATH", help=_ARCHIVE_HELP)]
ReaderOption = Annotated[
    str | None, typer.Option("--reader", metavar="NAME", help="Layout of the archive, if it cannot be detected.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder of the site.")]
WorkersOption = Annotated[
    int, typer.Option("--workers", metavar="N", min=1, help="Processes that work at the same time.")
]
EngineOption = Annotated[
    str | None, typer.Option("--engine", metavar="ADDRESS", help="Cluster that reads the archive: dask://HOST:PORT.")
]
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
    engine: EngineOption = None,
    strict: StrictOption = False,
    allow_stale: Annotated[
        bool, typer.Option("--allow-stale", help="Show outdated results of GPU cells, marked as such.")
    ] = False,
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
            typer.echo(f"nothing has changed; the site is in {out}", err=True)
            typer.echo(before.as_json() if as_json else out / "index.html")
            raise typer.Exit(PARTIAL if before.left_out else COMPLETE)
    from dsdocs.console import build_with_progress

    code = build_with_progress(
        found, out, workers=workers, engine=engine, strict=strict, allow_stale=allow_stale, as_json=as_json
    )
    raise typer.Exit(code)


@app.command()
def summarize(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write.")] = Path("summary.parquet"),
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    workers: WorkersOption = 2,
    engine: EngineOption = None,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the GeoParquet summary alone, and report.json beside it."""
    from dsdocs.console import summarize_with_progress
    from dsdocs.locations import find_project

    found = find_project(project, archive=archive, reader=reader)
    code = summarize_with_progress(found, out, workers=workers, engine=engine, strict=strict, as_json=as_json)
    raise typer.Exit(code)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="lmdb, safetensors, zarr, webdataset or parquet.")],
    asset: Annotated[
        list[str] | None, typer.Option("--asset", metavar="KEY", help="Sensor to take; again for more. Default: all.")
    ] = None,
    split: Annotated[str | None, typer.Option("--split", metavar="NAME", help="Only train, val or test.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many patches, spread evenly.")
    ] = None,
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    workers: WorkersOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Write the patches in a format to train from.

    Pixels are stored as the archive has them; labels as a vector of 0 and 1, whose order dataset.json tells.
    """
    from dsdocs.console import export_with_progress
    from dsdocs.locations import find_project

    found = find_project(project, archive=archive, reader=reader)
    code = export_with_progress(
        found, folder, to=to, assets=asset or [], split=split, limit=limit, workers=workers, as_json=as_json
    )
    raise typer.Exit(code)


@app.command()
def embed(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The .parquet or .npz to write.")] = Path(
        "embeddings.parquet"
    ),
    encoder: Annotated[
        str, typer.Option("--encoder", metavar="NAME", help="handmade, onnx:FILE, torch:MODULE:CALLABLE and others")
    ] = "handmade",
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    workers: WorkersOption = 2,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a vector for each patch, to find similar ones.

    In the order of the summary; what was encoded before is not encoded again.
    """
    from dsdocs.console import embed_with_progress
    from dsdocs.locations import find_project

    found = find_project(project, archive=archive, reader=reader)
    code = embed_with_progress(found, out, encoder=encoder, workers=workers, engine=engine, as_json=as_json)
    raise typer.Exit(code)


@app.command()
def split(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The .csv or .parquet to write; recipe.toml lies beside it.")
    ] = Path("split.csv"),
    block: Annotated[
        str, typer.Option("--block", metavar="SIZE", help="Side of a block: 12km, 10p (patches); 0: one place.")
    ] = "10p",
    shares: Annotated[str, typer.Option("--shares", metavar="A,B,C", help="Of train, val and test.")] = "60,20,20",
    stratify: Annotated[
        str, typer.Option("--stratify", metavar="NAMES", help="none, or some of labels, country and season.")
    ] = "labels",
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed, another split.")] = 0,
    buffer: Annotated[
        float, typer.Option("--buffer", metavar="M", help="Leave out patches this near (m) to val and test.")
    ] = 0.0,
    recipe: Annotated[
        Path | None, typer.Option("--recipe", metavar="FILE", help="Make the split of a recipe.toml again.")
    ] = None,
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    workers: WorkersOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Design a split of blocks of neighbouring patches.

    Each split gets its share of every class. Prints how much of the test set leaks from training; the recipe makes the
    same split again, to the byte.
    """
    from dsdocs.console import split_with_progress
    from dsdocs.locations import find_project

    found = find_project(project, archive=archive, reader=reader)
    options = {"block": block, "shares": shares, "stratify": stratify, "seed": seed, "buffer": buffer}
    raise typer.Exit(split_with_progress(found, out, recipe=recipe, options=options, workers=workers, as_json=as_json))


@app.command()
def subset(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe.toml of the site's explorer.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The .csv or .parquet list of the patches to write.")
    ] = None,
    copy: Annotated[
        Path | None, typer.Option("--copy", metavar="FOLDER", help="New folder to copy the files of the patches to.")
    ] = None,
    project: ProjectOption = Path(),
    archive: ArchiveOption = None,
    reader: ReaderOption = None,
    workers: WorkersOption = 2,
    as_json: JsonOption = False,
) -> None:
    """List or copy the patches that were selected on the site.

    The CSV is equal to the byte to the one of the site; copied files keep their paths.
    """
    from dsdocs.console import subset_with_progress
    from dsdocs.locations import find_project

    found = find_project(project, archive=archive, reader=reader)
    raise typer.Exit(subset_with_progress(found, recipe, out=out, copy=copy, workers=workers, as_json=as_json))


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="OLD", help="The older summary.parquet.")],
    after: Annotated[Path, typer.Argument(metavar="NEW", help="The newer summary.parquet.")],
    as_json: JsonOption = False,
) -> None:
    """Tell what changed between two versions of a data set."""
    import json
    from dataclasses import asdict

    from dsdocs.analyses.difference import difference
    from dsdocs.render.text import plain
    from dsdocs.summary.read import read_summary

    found = difference(read_summary(before), read_summary(after))
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        typer.echo("\n\n".join(plain(view) for view in found.views()))


@app.command()
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


@app.command()
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


cache = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Carry and check the results of GPU cells.")
app.add_typer(cache, name="cache")
PackageArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Package of results, a .zip.")]


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
    typer.echo("\n".join(map(plain, findings)) if findings else "no findings")
    raise typer.Exit(REFUSED if findings else COMPLETE)


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
