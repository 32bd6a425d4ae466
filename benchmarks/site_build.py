"""Measure ``dsdocs build`` against plain ``sphinx-build`` with the cache of MyST-NB, on the same pages in one run.

Both sides get a copy of the guide of a sample archive and run three times per round: cold, without a change, and with
one cell of one page changed. The sides take turns, so that a busy machine is busy for both. One line of JSON is
printed per case: the median seconds of each side and their ratio. Both sides find the summary and the pictures made,
which plain Sphinx cannot make; the last line says what ours takes from the archive alone, beside plain Sphinx's cold
build of the pages. Ours also checks every link.
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

ROOT = Path(__file__).resolve().parents[1]
LIMITS = {"cold": 0.6, "no change": 0.3, "one changed": 1.0}  # seconds of ours to those of plain Sphinx
COLD = (
    "cells",
    "site.json",
    "doctrees",
    "src",
)  # what a build leaves in the state folder, besides summary and pictures
COMMANDS = {"ours": "{python} -m dsdocs build", "plain": "{python} -m sphinx -q -j2 plain plain-site"}
CHANGED = {"ours": "book/labels.md", "plain": "plain/labels.md"}
STATE = ".dsdocs"
WHOLE = "from the archive"
CONF = """from pathlib import Path

from docutils import nodes
from jupyter_cache import get_cache

project = "Benchmark"
extensions = ["myst_nb", "sphinxcontrib.bibtex", "sphinx_copybutton"]
bibtex_bibfiles = ["references.bib"]
html_theme = "furo"
nb_execution_mode = "cache"
nb_execution_cache_path = str(Path(__file__).resolve().parents[1] / "plain-cache")
nb_execution_raise_on_error = True
# Two readers that find no database both create its tables, and one of them fails: "table already exists".
get_cache(nb_execution_cache_path).list_cache_records()


def setup(app):
    for name in ("fact", "dataset"):
        app.add_role(name, lambda kind, raw, text, line, inliner, options=None, content=None: ([nodes.Text(text)], []))
    return {"parallel_read_safe": True}
"""


def prepare(project: Path, patches: int) -> None:
    """Write the sample archive, its guide for dsdocs, and the same pages for plain Sphinx."""
    run(f"{{python}} -m dsdocs sample {project / 'archive'} --patches {patches}", project.parent)
    text = (ROOT / "dsdocs.toml").read_text(encoding="utf-8")
    (project / "dsdocs.toml").write_text(text.replace("demo/archive", "archive"), encoding="utf-8")
    for folder in ("book", "plain"):
        shutil.copytree(ROOT / "book", project / folder, ignore=shutil.ignore_patterns("_build", "_*", "myst.yml"))
    (project / "book" / "_toc.yml").write_bytes((ROOT / "book" / "_toc.yml").read_bytes())
    (project / "plain" / "conf.py").write_text(CONF, encoding="utf-8")
    index = project / "plain" / "index.md"
    names = sorted(path.stem for path in index.parent.glob("*.md") if path != index)
    toctree = "\n".join(["", "```{toctree}", *names, "```", ""])
    index.write_text(index.read_text(encoding="utf-8") + toctree, encoding="utf-8")
    run(COMMANDS["ours"], project)  # plain Sphinx needs the summary that this writes


def run(command: str, folder: Path) -> float:
    """Run a command in a folder and return the seconds it took."""
    words = [word.format(python=sys.executable) for word in shlex.split(command)]
    start = perf_counter()
    result = subprocess.run(words, cwd=folder, env=os.environ, capture_output=True, text=True, check=False)
    seconds = perf_counter() - start
    if result.returncode:
        raise SystemExit(f"{shlex.join(words)} failed with {result.returncode}\n{result.stdout}{result.stderr}")
    return seconds


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def change(page: Path, turn: int) -> None:
    """Add a line to the first code cell of a page."""
    before, fence, rest = page.read_text(encoding="utf-8").partition("```{code-cell}")
    code, end, after = rest.partition("\n```")
    page.write_text(f"{before}{fence}{code}\nchanged = {turn}{end}{after}", encoding="utf-8")


def compare(project: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Return the median seconds of each case and side."""
    times: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for turn in range(rounds):
        copies = {side: project.parent / f"{side}{turn}" for side in COMMANDS}
        for copy in copies.values():
            shutil.copytree(project, copy, ignore=shutil.ignore_patterns("site"))
            for name in COLD:
                remove(copy / STATE / name)
        for case in LIMITS:
            # Whoever runs first warms the disk for the other one, so that changes with each round.
            for side in sorted(COMMANDS, reverse=bool(turn % 2)):
                if case == "one changed":
                    change(copies[side] / CHANGED[side], turn)
                times[case][side].append(run(COMMANDS[side], copies[side]))
        for name in (STATE, "site"):
            remove(copies["ours"] / name)
        times[WHOLE]["ours"].append(run(COMMANDS["ours"], copies["ours"]))
        times[WHOLE]["plain"].append(times["cold"]["plain"][-1])
    return {case: {side: statistics.median(all_) for side, all_ in sides.items()} for case, sides in times.items()}


def main() -> int:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patches", type=int, default=64, help="size of the sample archive (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a limit is exceeded")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dsdocs-benchmark-") as folder:
        project = Path(folder) / "project"
        prepare(project, given.patches)
        medians = compare(project, given.rounds)
    within = True
    for case, sides in medians.items():
        ours, plain, limit = sides["ours"], sides["plain"], LIMITS.get(case)
        within &= limit is None or ours <= limit * plain
        seconds = {"ours_s": round(ours, 3), "plain_s": round(plain, 3), "ratio": round(ours / plain, 3)}
        print(json.dumps({"case": case, **seconds, "limit": limit, "rounds": given.rounds}))
    return 0 if within or not given.check else 1


if __name__ == "__main__":
    raise SystemExit(main())
