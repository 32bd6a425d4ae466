"""Write the sample archive into a folder, all of it or nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from dsdocs.errors import DsdocsError
from dsdocs.safe import swap_folder
from dsdocs.sample.labels import SMALLEST_SHARE
from dsdocs.sample.landscape import invent_land
from dsdocs.sample.layouts import LAYOUTS, WRITERS, Layout, PatchData, metadata_row, write_metadata
from dsdocs.sample.optical import digital_numbers, observe
from dsdocs.sample.plan import PIXELS, Block, Patch, plan
from dsdocs.sample.radar import backscatter
from dsdocs.sample.surface import lay_ground

MARKER = "dsdocs-sample.json"
MOST_PATCHES = 100_000  # the tiles have room for this many on some eight dates per season
_UNFINISHED = ".dsdocs-unfinished"
_MARGIN = 2  # px around a block, so that the sensor's blur has neighbours
_SEEN = 0.2  # a pixel counts as hidden from this share of snow, cloud or shadow on
_HIDDEN = 0.01  # share of hidden pixels that puts a patch among the excluded ones

_README = """# A synthetic archive in the layout {layout}

Every pixel, label, date and name in this folder is invented by dsdocs. No satellite has seen any of it.
The grid squares exist, the land in them does not look like this.
Use it to try software, never to learn about the Earth.

- {patches} patches, seed {seed}; the same seed gives the same land in every layout and number of patches.
- Product names carry the processing baseline N0000 or the orbit 000000, which do not exist.
- A class is a label when it covers at least {share:g} % of the patch in the land cover map.
- Each complete block of 2 x 2 neighbouring patches has two for training, one for validation and one for
  testing, the same on every date.
"""


def observe_block(block: Block, seed: int) -> Iterator[PatchData]:
    """Yield the pixels of a block's four patches, row by row."""
    region = block.region
    land = invent_land(region, seed, block.window(_MARGIN))
    surface = lay_ground(region, seed, land)
    scene = observe(region, seed, land, surface, block.view)
    radar = backscatter(region, seed, land, surface, block.view)
    for corner in range(4):
        top, left = _MARGIN + corner // 2 * PIXELS, _MARGIN + corner % 2 * PIXELS
        cut = (slice(top, top + PIXELS), slice(left, left + PIXELS))
        yield PatchData(
            cover=land.cover[cut],
            bands=digital_numbers(scene.reflectance[:, *cut]),
            radar=radar[:, *cut],
            snow=bool((scene.snow[cut] > _SEEN).mean() >= _HIDDEN),
            cloud=bool((scene.cloud[cut] > _SEEN).mean() >= _HIDDEN),
        )


def _is_ours(folder: Path) -> bool:
    try:
        facts = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(facts, dict) and facts.get("name") == "dsdocs-sample"


def _check(folder: Path, patches: int, layout: str) -> None:
    if layout not in LAYOUTS:
        raise DsdocsError(f"layout {layout!r} is unknown; expected one of {', '.join(LAYOUTS)}")
    if not 1 <= patches <= MOST_PATCHES:
        raise DsdocsError(f"{patches} patches: the sample has between 1 and {MOST_PATCHES}")
    if folder.exists() and not folder.is_dir():
        raise DsdocsError(f"{folder} is a file; the sample needs a folder")
    if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder):
        raise DsdocsError(f"{folder} is not empty and holds no {MARKER} of ours; choose a new or empty folder")


def _version() -> str:
    try:
        return metadata.version("dsdocs")
    except metadata.PackageNotFoundError:
        return "from source"


def _describe(root: Path, patches: int, seed: int, layout: Layout) -> None:
    facts = {
        "name": "dsdocs-sample",
        "synthetic": True,
        "statement": "Every pixel, label, date and name in this folder is invented.",
        "layout": layout,
        "patches": patches,
        "seed": seed,
        "generator": f"dsdocs {_version()}",
    }
    (root / MARKER).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8", newline="\n")
    text = _README.format(layout=layout, patches=patches, seed=seed, share=100 * SMALLEST_SHARE)
    (root / "README.md").write_text(text, encoding="utf-8", newline="\n")


def _fill(root: Path, patches: int, seed: int, layout: Layout, progress: Callable[[int, int], None] | None) -> None:
    rows: list[dict[str, object]] = []
    done = 0
    for block, members in plan(patches):
        pairs: Iterator[tuple[Patch, PatchData]] = zip(members, observe_block(block, seed), strict=False)
        for patch, data in pairs:
            WRITERS[layout](root, patch, data)
            rows.append(metadata_row(patch, data))
            done += 1
            if progress is not None:
                progress(done, patches)
    if layout == "bigearthnet-v2":
        write_metadata(root, rows)


def _begin(target: Path) -> Path:
    """Make the folder beside the target that is written first; what a killed run left there goes."""
    partial = target.with_name(f".{target.name}.dsdocs-partial")
    if (partial / _UNFINISHED).exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    (partial / _UNFINISHED).touch()
    return partial


def _swap(partial: Path, target: Path) -> None:
    (partial / _UNFINISHED).unlink()
    swap_folder(partial, target, aside=target.with_name(f".{target.name}.dsdocs-old"))


def write_sample(
    folder: Path,
    *,
    patches: int = 256,
    seed: int = 0,
    layout: Layout = "bigearthnet-v2",
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write a synthetic archive in a layout of BigEarthNet.

    The same arguments give the same bytes, and patch number k is the same however many follow it. The archive
    is written beside its folder and renamed at the end, so that an interrupted run leaves none.

    Parameters
    ----------
    folder
        Where the archive goes: a new or empty folder, or an older sample, which is replaced.
    patches
        How many, 1 to 100,000. The first 16 hold four countries and four seasons, 256 nearly every class.
    seed
        Chooses the land, the weather and the noise. Places, dates and splits stay.
    layout
        ``bigearthnet-v2``, or one sensor of v1: ``bigearthnet-v1-s2`` or ``bigearthnet-v1-s1``.
    progress
        Called with the number of patches written and of all.

    Returns
    -------
    Path
        ``folder``.

    Raises
    ------
    DsdocsError
        The folder holds something else, the layout is unknown or the number is out of range.
    """
    _check(folder, patches, layout)
    target = folder.resolve()
    partial = _begin(target)
    try:
        _fill(partial, patches, seed, layout, progress)
        _describe(partial, patches, seed, layout)
        _swap(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder
