"""Options of the command line that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
