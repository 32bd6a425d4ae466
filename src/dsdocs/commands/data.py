"""Commands that read an archive or its summary, and write tables or patches."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from dsdocs.options import (
    ArchiveOption,
    EngineOption,
    JsonOption,
    ProjectOption,
    ReaderOption,
    StrictOption,
    WorkersOption,
)


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
    # NumPy starts a thread for each core to multiply matrices, which at first waits busily. There are none here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from dsdocs.console import summarize_with_progress
    from dsdocs.locations import find_project

    found = find_project(project, archive=archive, reader=reader)
    code = summarize_with_progress(found, out, workers=workers, engine=engine, strict=strict, as_json=as_json)
    raise typer.Exit(code)


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
