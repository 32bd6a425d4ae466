"""What an archive of metadata costs at several sizes: the state folder, the summary, and the site made from them.

First ``dsdocs summarize`` with an empty state folder, then ``dsdocs build`` with what that has kept. The lines are what
``extrapolate.py`` computes larger archives from; those in ``growth.jsonl`` are the ones that the documentation shows:

    python benchmarks/growth.py --data /tmp/archives > benchmarks/growth.jsonl
    python benchmarks/map_page.py --sizes 10000 100000 590326 --data /tmp/archives >> benchmarks/growth.jsonl
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from pathlib import Path

from archives import WHOLE
from measure import archive, folder, parser, run

JOBS = {"summarize": ["summarize", "--out", "summary.parquet"], "build": ["build", "--out", "site"]}


def held(path: Path) -> tuple[float, int]:
    """Return the megabytes and the number of the files below a folder."""
    sizes = [file.stat().st_size for file in path.rglob("*") if file.is_file()]
    return sum(sizes) / 1e6, len(sizes)


def costs(source: Path) -> dict[str, dict[str, float]]:
    """Run both jobs once, the second with the state of the first."""
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        for job, (command, option, name) in JOBS.items():
            out = Path(scratch) / name
            # A project in the current folder would have a state folder of its own, which is not empty.
            line = ["dsdocs", command, "--project", scratch, "--archive", str(source), option, str(out)]
            cost = run(line, {"XDG_CACHE_HOME": f"{scratch}/cache"})
            found[job] = {"cpu_s": cost.cpu_s, "wall_s": cost.wall_s, "peak_mb": cost.peak_mb}
            if job == "summarize":
                found[job]["state_mb"], found[job]["state_files"] = held(Path(scratch) / "cache")
                found[job]["summary_mb"] = out.stat().st_size / 1e6
            else:
                found[job]["site_mb"] = held(out)[0]
    return found


def main() -> None:
    """Measure."""
    given = parser(__doc__, [10_000, 100_000, WHOLE]).parse_args()
    if not shutil.which("dsdocs"):
        raise SystemExit("dsdocs is not on PATH; install it into the environment that runs this script")
    with folder(given.data) as data:
        for size in given.sizes:
            source = archive(data, "tar", size)
            rounds = [costs(source) for _ in range(given.rounds)]
            for job in JOBS:
                line = {key: round(statistics.median(one[job][key] for one in rounds), 3) for key in rounds[0][job]}
                print(json.dumps({"job": job, "size": size, **line, "rounds": given.rounds}), flush=True)


if __name__ == "__main__":
    main()
