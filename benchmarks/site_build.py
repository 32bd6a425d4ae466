"""Measure a build against plain ``sphinx-build`` with the cache of MyST-NB, on the same pages in one run.

Each side gets a copy of the project of its own and is run three times per round: cold, without a change, and with
one cell of one page changed. The sides take turns, so that a busy machine is busy for both. One line of JSON is
printed per case: the median seconds of each side and their ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
LIMITS = {"cold": 0.6, "no change": 0.3, "one changed": 1.0}  # seconds of ours to those of plain Sphinx
PLAIN = "{python} -m sphinx -q -j2 book plain-site"
OURS = "{python} {here}/minimal_build.py"
CONF = """from pathlib import Path

from jupyter_cache import get_cache

project = "Benchmark"
extensions = ["myst_nb"]
html_theme = "furo"
nb_execution_mode = "cache"
nb_execution_cache_path = str(Path(__file__).resolve().parents[1] / "plain-cache")
nb_execution_raise_on_error = True
# Two readers that find no database both create its tables, and one of them fails: "table already exists".
get_cache(nb_execution_cache_path).list_cache_records()
"""
PAGE = """---
file_format: mystnb
kernelspec: {{name: python3, display_name: python3}}
dsdocs:
  packages: [dsdocs, pyarrow, matplotlib]
---
# Class {number}

How often does class {number} occur?

```{{code-cell}} ipython3
:tags: [hide-input]
import os
import matplotlib.pyplot as plt
import pyarrow.compute as pc
import pyarrow.parquet as pq

summary = pq.read_table(os.environ["DSDOCS_BENCHMARK_DATA"])
rows = summary.filter(pc.equal(summary["label"], {number}))
```

```{{code-cell}} ipython3
counts = rows.group_by("country").aggregate([("label", "count")]).sort_by("country")
counts
```

```{{code-cell}} ipython3
print("patches of the class:", rows.num_rows)
print("share:", round(rows.num_rows / summary.num_rows, 4))
```

```{{code-cell}} ipython3
figure, axes = plt.subplots(figsize=(6, 3))
axes.barh([str(name) for name in counts["country"].to_pylist()], counts["label_count"].to_pylist())
axes.set_xlabel("patches");
```
"""


def generate(project: Path, pages: int) -> None:
    """Write a project of notebooks that read a table, count in it and draw the counts."""
    book = project / "book"
    book.mkdir(parents=True)
    (book / "conf.py").write_text(CONF)
    names = [f"class{number:02}" for number in range(pages)]
    (book / "index.md").write_text("# Benchmark\n\n```{toctree}\n" + "\n".join(names) + "\n```\n")
    for number, name in enumerate(names):
        (book / f"{name}.md").write_text(PAGE.format(number=number))
    random = np.random.default_rng(7)
    table = {"label": random.integers(0, pages, 500_000), "country": random.integers(0, 12, 500_000)}
    pq.write_table(pa.table(table), project / "summary.parquet")


def measure(command: str, project: Path) -> float:
    """Run a command in the folder of a project and return the seconds it took."""
    words = [word.format(python=sys.executable, here=HERE) for word in shlex.split(command)]
    environment = {**os.environ, "DSDOCS_BENCHMARK_DATA": str(project / "summary.parquet")}
    start = perf_counter()
    result = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)
    seconds = perf_counter() - start
    if result.returncode:
        raise SystemExit(f"{shlex.join(words)} failed with {result.returncode}\n{result.stdout}{result.stderr}")
    return seconds


def change(page: Path, turn: int) -> None:
    """Add a line to the first code cell of a page."""
    before, fence, rest = page.read_text().partition("```{code-cell}")
    code, end, after = rest.partition("\n```")
    if not end:
        raise SystemExit(f"{page.name}: no code cell to change; name another page with --change")
    page.write_text(f"{before}{fence}{code}\nchanged = {turn}{end}{after}")


def compare(project: Path, commands: dict[str, str], changed: str, rounds: int) -> dict[str, dict[str, float]]:
    """Return the median seconds of each case and side."""
    times: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory(prefix="dsdocs-benchmark-") as folder:
        for turn in range(rounds):
            copies = {side: Path(folder) / f"{side}{turn}" for side in commands}
            for copy in copies.values():
                shutil.copytree(project, copy)
            for case in LIMITS:
                # Whoever runs first warms the disk for the other one, so that changes with each round.
                for side in sorted(commands, reverse=bool(turn % 2)):
                    if case == "one changed":
                        change(copies[side] / changed, turn)
                    times[case][side].append(measure(commands[side], copies[side]))
    return {case: {side: statistics.median(all_) for side, all_ in sides.items()} for case, sides in times.items()}


def main() -> int:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, help="folder to build; default: generated notebooks")
    parser.add_argument(
        "--ours", default=OURS, help="command of ours, run in a copy of the project (default: %(default)s)"
    )
    parser.add_argument("--plain", default=PLAIN, help="command of plain Sphinx (default: %(default)s)")
    parser.add_argument("--change", default="book/class00.md", help="page of which a cell is changed")
    parser.add_argument("--pages", type=int, default=12, help="notebooks to generate (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a limit is exceeded")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dsdocs-benchmark-") as folder:
        project = given.project or Path(folder) / "project"
        if given.project is None:
            generate(project, given.pages)
        medians = compare(project, {"ours": given.ours, "plain": given.plain}, given.change, given.rounds)
    within = True
    for case, limit in LIMITS.items():
        ours, plain = medians[case]["ours"], medians[case]["plain"]
        within &= ours <= limit * plain
        seconds = {"ours_s": round(ours, 3), "plain_s": round(plain, 3), "ratio": round(ours / plain, 3)}
        print(json.dumps({"case": case, **seconds, "limit": limit, "rounds": given.rounds}))
    return 0 if within or not given.check else 1


if __name__ == "__main__":
    raise SystemExit(main())
