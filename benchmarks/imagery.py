"""Statistics of all bands, and thumbnails: against a loop of rasterio, and against decoding each band once.

The statistics are mean, standard deviation, extremes and percentiles of each of the twelve bands over all patches.
Both sides print them, and they have to be the same. Python's start and imports are left out on all sides.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from archives import BANDS
from measure import Goal, archive, compare, folder, growth, parser, run, side, timed

SCRIPT = Path(__file__).name
PERCENTILES = (1, 2, 50, 98, 99)
LIMIT = 1 / 15  # of the CPU of the loop
GROWTH = 1.05
Figures = dict[str, list[float]]


def files(source: Path, bands: tuple[str, ...] = tuple(BANDS)) -> Iterator[tuple[str, Path]]:
    """Yield band and file, patch by patch."""
    for patch in sorted(source.iterdir()):
        yield from ((band, patch / f"{patch.name}_{band}.tif") for band in bands)


def ours(source: Path) -> Figures:
    """Count the values of each band."""
    from dsdocs.imagery.quick_tiff import read_pixels
    from dsdocs.imagery.statistics import band_statistics

    found = {}
    with timed():
        for band, path in files(source):
            pixels, nodata = read_pixels(path.read_bytes(), path.name)
            if band not in found:
                found[band] = band_statistics(pixels.dtype)
            found[band].add(pixels, nodata)
        figures = {band: one.figures() for band, one in found.items()}
    return {
        band: [one.mean or 0.0, one.std or 0.0, one.minimum or 0.0, one.maximum or 0.0, *one.percentiles.values()]
        for band, one in figures.items()
    }


def peer(source: Path) -> Figures:
    """Open each file with rasterio, and let numpy describe the values of each band."""
    import rasterio

    values: dict[str, list[np.ndarray]] = {}
    figures = {}
    with timed():
        for band, path in files(source):
            with rasterio.open(path) as raster:
                values.setdefault(band, []).append(raster.read(1))
        for band, arrays in values.items():
            one = np.concatenate([array.ravel() for array in arrays])
            figures[band] = [one.mean(), one.std(), one.min(), one.max(), *np.percentile(one, PERCENTILES)]
    return {band: [float(value) for value in one] for band, one in figures.items()}


def floor(source: Path, bands: tuple[str, ...] = tuple(BANDS)) -> None:
    """Read and decode each band once."""
    from dsdocs.imagery.quick_tiff import read_pixels

    with timed():
        for _, path in files(source, bands):
            read_pixels(path.read_bytes(), path.name)


def thumbnails(source: Path) -> None:
    """Make the thumbnails of all patches in both renderings."""
    from dsdocs.imagery.thumbnails import ThumbnailJob, make_thumbnails
    from dsdocs.sensors import load_sensor

    sensor = load_sensor("sentinel-2-l2a")
    jobs = [
        ThumbnailJob(patch.name, "sentinel-2", f"{patch.name}/{patch.name}_{{band}}.tif", sensor)
        for patch in sorted(source.iterdir())
    ]
    with tempfile.TemporaryDirectory() as out, timed():
        _, errors, _ = make_thumbnails(jobs, lambda path: (source / path).open("rb"), Path(out), budget=10**9)
    if errors:
        raise SystemExit(f"{len(errors)} patches have no picture; the first: {errors[0]}")


def shown(source: Path) -> None:
    """Decode each band that the thumbnails show once."""
    floor(source, ("B02", "B03", "B04", "B08"))


def largest_difference(source: Path) -> float:
    """Return the largest relative difference between the statistics of both sides."""
    sides = []
    for name in ("ours", "peer"):
        command = [*side(SCRIPT, name, "--source", source), "--figures"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        sides.append(json.loads(output.strip().splitlines()[-1]))
    return max(
        abs(one - other) / max(abs(other), 1e-300)
        for band in BANDS
        for one, other in zip(sides[0][band], sides[1][band], strict=True)
    )


def main() -> None:
    """Measure, or be one of the sides."""
    arguments = parser(__doc__, [100, 400])
    arguments.add_argument("--source", type=Path, help="(of a side)")
    arguments.add_argument("--figures", action="store_true", help="(of a side) print what was found")
    given = arguments.parse_args()
    if given.side:
        sides = {"ours": ours, "peer": peer, "floor": floor, "thumbnails": thumbnails, "shown": shown}
        figures = sides[given.side](given.source)
        if given.figures:
            print(json.dumps(figures))
        return
    jobs = {
        "band statistics": ({"ours": "ours", "peer": "peer", "floor": "floor"}, [Goal("peer", LIMIT)]),
        "thumbnails": ({"ours": "thumbnails", "floor": "shown"}, []),
    }
    with folder(given.data) as data:
        sources = {size: archive(data, "bands", size) for size in given.sizes}
        for job, (names, goals) in jobs.items():
            lines = []
            for size, source in sources.items():
                sides = {
                    name: lambda function=function, source=source: run(side(SCRIPT, function, "--source", source))
                    for name, function in names.items()
                }
                lines.append(compare(job, size, sides, rounds=given.rounds, goals=goals))
            growth(job, lines, "ours", limit=GROWTH)
        apart = largest_difference(sources[max(sources)])
        print(
            json.dumps(
                {
                    "job": "band statistics",
                    "size": max(sources),
                    "largest_relative_difference": apart,
                    "goal": 1e-12,
                    "reached": apart <= 1e-12,
                }
            )
        )


if __name__ == "__main__":
    main()
