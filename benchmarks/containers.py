"""The same metadata out of .tar, .tar.gz and .zip: against the folder, and against streaming the container once."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

from measure import Goal, archive, compare, folder, growth, parser, run, side
from metadata import ours

SCRIPT = Path(__file__).name
FORMS = ("tar", "tar.gz", "zip")
LIMIT = 1.5  # times the cost of the folder
GROWTH = 1.05


def floor(source: Path) -> None:
    """Read all bytes of all members once, with the standard library, from the first to the last."""
    if source.suffix == ".zip":
        with zipfile.ZipFile(source) as members:
            for name in members.namelist():
                members.read(name)
        return
    with tarfile.open(source, "r|*") as members:
        for member in members:
            if (content := members.extractfile(member)) is not None:
                content.read()


def main() -> None:
    """Measure, or be the floor."""
    arguments = parser(__doc__, [2_000, 20_000])
    arguments.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    arguments.add_argument("--source", type=Path, help="(of a side)")
    given = arguments.parse_args()
    if given.side:
        floor(given.source)
        return
    with folder(given.data) as data:
        for form in FORMS:
            lines = []
            for size in given.sizes:
                packed, plain = archive(data, form, size), archive(data, "folders", size)
                sides = {
                    "ours": lambda packed=packed: ours(packed, given.workers),
                    "folder": lambda plain=plain: ours(plain, given.workers),
                    "floor": lambda packed=packed: run(side(SCRIPT, "floor", "--source", packed)),
                }
                goals = [] if form == "zip" else [Goal("folder", LIMIT)]
                lines.append(compare(f"metadata out of .{form}", size, sides, rounds=given.rounds, goals=goals))
            growth(f"metadata out of .{form}", lines, "ours", limit=GROWTH)


if __name__ == "__main__":
    main()
