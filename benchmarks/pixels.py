"""The pass over all pixels, against decoding every band once: with our own decoder, and with rasterio.

Ours finds the files, decodes each band, counts it (moments, extremes, histogram, checksum, perceptual hash), keeps
parts, and writes figures and tables; summary and description are there before. The floor takes the same files out of
the same archive and decodes them, and does nothing else. Files without compression cost the floor next to nothing, so
they are the hard case; those of most archives are compressed, as by Deflate here. Python's start and imports are left
out on all sides. Some costs do not grow with the archive: the band-order test looks at 32 patches of any.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import tifffile
from measure import Goal, archive, compare, folder, growth, parser, run, side, timed

SCRIPT = Path(__file__).name
FORMS = ("deflate", "raw")
GEO_TAGS = (33550, 33922, 34735)  # size of a pixel, upper left corner, CRS
LIMIT = 1.3  # times the floor
GROWTH = 1.05


def files(source: Path) -> Iterator[Path]:
    """Yield the files of all bands, patch by patch."""
    for patch in sorted(source.iterdir()):
        yield from sorted(patch.glob("*.tif"))


def compressed(source: Path) -> Path:
    """Return the archive with its bands compressed, as most archives have them; made if it is not there."""
    target = source.with_name(f"{source.name}-deflate")
    if not target.is_dir():
        shutil.copytree(source, target)
        for path in files(target):
            with tifffile.TiffFile(path) as source_file:
                page = source_file.pages[0]
                pixels = page.asarray()
                tags = [(tag, page.tags[tag].dtype, page.tags[tag].count, page.tags[tag].value) for tag in GEO_TAGS]
            tifffile.imwrite(
                path,
                pixels,
                compression="zlib",
                predictor=True,
                metadata=None,
                photometric="minisblack",
                extratags=tags,
            )
    return target


def ours(source: Path) -> None:
    """Read the pixels of a project whose summary is there."""
    from dsdocs.config import Config
    from dsdocs.locations import Locations
    from dsdocs.pixels.measure import measure_pixels
    from dsdocs.project import Project
    from dsdocs.summarize import describe, summarize

    state = source.with_name(f"{source.name}-state")
    project = Project(Locations(Config(), None, (str(source),), state))
    if not project.summary_path.is_file():
        summarize(project)
        describe(project)
    shutil.rmtree(state / "pixels", ignore_errors=True)
    (state / "pixels.stamp").unlink(missing_ok=True)
    assert project.summary.num_rows  # opened before, as in a build
    with timed():
        unreadable = measure_pixels(project)
    if unreadable:
        raise SystemExit(f"{len(unreadable)} files cannot be read; the first: {unreadable[0]}")


def peer(source: Path) -> None:
    """Decode each band once with rasterio."""
    import rasterio

    with timed():
        for path in files(source):
            with rasterio.open(path) as raster:
                raster.read()


def floor(source: Path) -> None:
    """Decode each band once with our own decoder."""
    from dsdocs.archive import open_archive
    from dsdocs.imagery.quick_tiff import read_pixels

    wanted = [path.relative_to(source).as_posix() for path in files(source)]
    with timed():
        for member in open_archive(source).fetch(wanted):
            read_pixels(member.read(), member.path)


def main() -> None:
    """Measure, or be one of the sides."""
    arguments = parser(__doc__, [400, 1600])
    arguments.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS), help="default: both")
    arguments.add_argument("--source", type=Path, help="(of a side)")
    given = arguments.parse_args()
    if given.side:
        {"ours": ours, "peer": peer, "floor": floor}[given.side](given.source)
        return
    with folder(given.data) as data:
        for form in given.forms:
            lines = []
            for size in given.sizes:
                source = archive(data, "bands", size)
                source = compressed(source) if form == "deflate" else source
                run(side(SCRIPT, "ours", "--source", source))  # makes the summary
                sides = {
                    name: lambda name=name, source=source: run(side(SCRIPT, name, "--source", source))
                    for name in ("ours", "floor", "peer")
                }
                goals = [Goal("floor", LIMIT)]
                lines.append(compare(f"pixel pass, {form}", size, sides, rounds=given.rounds, goals=goals))
            growth(f"pixel pass, {form}", lines, "ours", limit=GROWTH)


if __name__ == "__main__":
    main()
