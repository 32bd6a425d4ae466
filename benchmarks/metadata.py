"""Metadata of an archive of folders to GeoParquet: against a loop of geopandas, and against reading the bytes once.

The peer is the package bigearthnet_gdf_builder in an environment of its own (``--peer-python``). It is of 2022 and
needs ``pip install bigearthnet_gdf_builder "fastcore<1.6" requests click``. Without that, the peer is a plain loop: one
``json.load`` and one shapely box for each patch, one GeoDataFrame for each CRS. Both peers only read and reproject;
ours also finds countries, checks all names, translates labels and sorts along a Hilbert curve.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from measure import Cost, Goal, archive, compare, folder, growth, parser, run, side

SCRIPT = Path(__file__).name
GROWTH = 1.05
GOALS = {20_000: 1 / 80, 100_000: 1 / 300}
FLOOR, MEMORY = 2.5, 300  # times the floor; MB
PACKAGE = """
import sys
from pathlib import Path
import rich.traceback  # the package uses it without importing it
from bigearthnet_gdf_builder.builder import build_raw_ben_s2_parquet
build_raw_ben_s2_parquet(Path(sys.argv[1]), Path(sys.argv[2]), n_workers=2, verbose=False)
"""


def ours(source: Path, workers: int) -> Cost:
    """Run ``dsdocs summarize`` with an empty state folder."""
    with tempfile.TemporaryDirectory() as scratch:
        # A project in the current folder would have a state folder of its own, which is not empty.
        command = ["dsdocs", "summarize", "--project", scratch, "--archive", str(source)]
        options = ["--out", f"{scratch}/summary.parquet", "--workers", str(workers)]
        return run([*command, *options], {"XDG_CACHE_HOME": scratch})


def package(python: Path, source: Path) -> Cost:
    """Run the package on the archive."""
    with tempfile.TemporaryDirectory() as scratch:
        return run([str(python), "-c", PACKAGE, str(source), f"{scratch}/peer.parquet"], {"XDG_DATA_HOME": scratch})


def loop(source: Path) -> None:
    """Read each JSON, build a box, reproject each CRS at once, and write GeoParquet."""
    import geopandas
    import pandas
    import shapely

    rows: dict[str, list[dict[str, object]]] = {}
    for patch in sorted(source.iterdir()):
        with open(patch / f"{patch.name}_labels_metadata.json", encoding="utf-8") as file:
            content = json.load(file)
        corners = content.pop("coordinates")
        box = shapely.box(corners["ulx"], corners["lry"], corners["lrx"], corners["uly"])
        rows.setdefault(content.pop("projection"), []).append({"name": patch.name, **content, "geometry": box})
    frames = [geopandas.GeoDataFrame(found, crs=crs).to_crs("OGC:CRS84") for crs, found in rows.items()]
    with tempfile.TemporaryDirectory() as scratch:
        geopandas.GeoDataFrame(pandas.concat(frames, ignore_index=True)).to_parquet(f"{scratch}/peer.parquet")


def floor(source: Path) -> None:
    """Read all bytes of all files once."""
    pending = [str(source)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    handle = os.open(entry.path, os.O_RDONLY)
                    while os.read(handle, 1 << 16):
                        pass
                    os.close(handle)


def main() -> None:
    """Measure, or be one of the sides."""
    arguments = parser(__doc__, [2_000, 20_000])
    arguments.add_argument("--peer-python", type=Path, help="Python of an environment with bigearthnet_gdf_builder")
    arguments.add_argument("--no-peer", action="store_true", help="leave the peer out, which may take an hour")
    arguments.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    arguments.add_argument("--source", type=Path, help="(of a side)")
    given = arguments.parse_args()
    if given.side:
        {"loop": loop, "floor": floor}[given.side](given.source)
        return
    if not shutil.which("dsdocs"):
        raise SystemExit("dsdocs is not on PATH; install it into the environment that runs this script")
    lines = []
    with folder(given.data) as data:
        for size in given.sizes:
            source = archive(data, "folders", size)
            sides = {
                "ours": lambda source=source: ours(source, given.workers),
                "floor": lambda source=source: run(side(SCRIPT, "floor", "--source", source)),
            }
            if given.peer_python:
                sides["peer"] = lambda source=source: package(given.peer_python, source)
            elif not given.no_peer:
                sides["peer"] = lambda source=source: run(side(SCRIPT, "loop", "--source", source))
            goals = [Goal("floor", FLOOR)]
            if given.peer_python and size in GOALS:
                goals.append(Goal("peer", GOALS[size]))
            lines.append(
                compare("metadata to GeoParquet", size, sides, rounds=given.rounds, goals=goals, goal_peak_mb=MEMORY)
            )
    growth("metadata to GeoParquet", lines, "ours", limit=GROWTH)


if __name__ == "__main__":
    main()
