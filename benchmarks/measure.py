"""Run the sides of a comparison in turn, each in a process of its own, and print one line of JSON for each size.

A side is a command. Its CPU seconds are those of the process and of all that it started, in user and in system mode;
where the system is no Linux, of those that it waited for. Memory is the largest sum over its processes that a look
every 50 ms has found; a page that several of them share counts once. A side that measures only a part of its run prints
``{"cpu_s": ..., "wall_s": ...}`` as its last line, which then counts (`timed`).
"""

from __future__ import annotations

import argparse
import ctypes
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import archives

HERE = Path(__file__).resolve().parent
_LOOK = 0.05  # s
_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}  # modules are compiled once, as those of installed packages are
_PR_SET_CHILD_SUBREAPER = 36  # of prctl(2)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a side took."""

    cpu_s: float
    wall_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit: the cost of ours over that of another side must not be larger."""

    other: str
    limit: float


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command and return what it took; its output is shown if it fails."""
    others = {*_children(os.getpid())}
    _adopt(True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile() as output:
        start = perf_counter()
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **_COMPILED, **(environment or {})}
        )
        peak = [0]
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, done))
        watcher.start()
        _, status = os.waitpid(process.pid, 0)
        wall = perf_counter() - start
        while left := {*_children(os.getpid())} - others:
            os.waitpid(left.pop(), 0)
        _adopt(False)
        done.set()
        watcher.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}\n{text}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cost = Cost(cpu, wall, peak[0] / 1e3)
    last = (text.strip().splitlines() or [""])[-1]
    own = json.loads(last) if last.startswith('{"cpu_s"') else {}
    return Cost(own.get("cpu_s", cost.cpu_s), own.get("wall_s", cost.wall_s), cost.peak_mb)


def _adopt(on: bool) -> None:
    """Become the parent of processes whose own parent ends, such as a server that forks workers, and so count them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)


def _watch(root: int, peak: list[int], done: threading.Event) -> None:
    while not done.wait(_LOOK):
        peak[0] = max(peak[0], sum(_kilobytes(pid) for pid in _tree(root)))


def _tree(root: int) -> Iterator[int]:
    yield root
    for child in _children(root):
        yield from _tree(child)


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):  # a process may end between two looks
        for task in os.listdir(f"/proc/{pid}/task"):
            yield from map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())


def _kilobytes(pid: int) -> int:
    """Return the proportional set size of a process; 0 where the system does not tell it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


@contextmanager
def timed() -> Iterator[None]:
    """Measure a block of a side, and print it as the line that counts."""
    cpu, wall = process_time(), perf_counter()
    yield
    print(json.dumps({"cpu_s": process_time() - cpu, "wall_s": perf_counter() - wall}))


def side(script: str, name: str, *arguments: object) -> list[str]:
    """Return the command of a side that is a function of a script."""
    return [sys.executable, str(HERE / script), "--side", name, *map(str, arguments)]


def compare(
    job: str,
    size: int,
    sides: Mapping[str, Callable[[], Cost]],
    *,
    rounds: int,
    goals: Sequence[Goal] = (),
    **more: Any,
) -> dict[str, Any]:
    """Run all sides in turn, several times, and print the medians and ratios of ours, the first side.

    A side is run once only where a round of it takes longer than a minute.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for turn in range(rounds):
        # Whoever runs first warms the disk for the others, so that changes with each round.
        for name in sorted(sides, reverse=bool(turn % 2)):
            if not costs[name] or costs[name][-1].wall_s < 60:
                costs[name].append(sides[name]())
    median = {
        key: {name: statistics.median(getattr(cost, key) for cost in found) for name, found in costs.items()}
        for key in ("cpu_s", "wall_s", "peak_mb")
    }
    ours, *others = sides
    ratios = {other: median["cpu_s"][ours] / median["cpu_s"][other] for other in others}
    line = {
        "job": job,
        "size": size,
        **{f"ratio_to_{other}": round(ratio, 5) for other, ratio in ratios.items()},
        "goals": {goal.other: round(goal.limit, 5) for goal in goals},
        "reached": all(ratios[goal.other] <= goal.limit for goal in goals if goal.other in ratios),
        **{key: {name: round(value, 3) for name, value in values.items()} for key, values in median.items()},
        "rounds": rounds,
        **more,
    }
    print(json.dumps(line), flush=True)
    return line


def growth(job: str, lines: Sequence[Mapping[str, Any]], ours: str, *, limit: float) -> None:
    """Print the exponent with which the CPU seconds of ours grow with the size: the slope of both in logarithms."""
    if len(lines) < 2:
        return
    x, y = (
        [math.log(value) for value in values]
        for values in zip(*((one["size"], one["cpu_s"][ours]) for one in lines), strict=True)
    )
    slope = statistics.linear_regression(x, y).slope
    print(
        json.dumps({"job": job, "growth_exponent": round(slope, 3), "goal": limit, "reached": slope <= limit}),
        flush=True,
    )


def parser(description: str | None, sizes: Sequence[int]) -> argparse.ArgumentParser:
    """Return a parser with what all benchmarks take."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument(
        "--sizes", type=int, nargs="+", default=list(sizes), help="numbers of patches (default: %(default)s)"
    )
    made.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    made.add_argument("--data", type=Path, help="keep generated archives in this folder, and use those that are there")
    made.add_argument("--side", help=argparse.SUPPRESS)
    return made


@contextmanager
def folder(given: Path | None) -> Iterator[Path]:
    """Return a folder for generated archives."""
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="dsdocs-benchmark-") as made:
        yield Path(made)


def archive(data: Path, form: str, patches: int) -> Path:
    """Return a generated archive; it is written if it is not there."""
    path = data / (f"{form}-{patches}" if form in ("folders", "bands") else f"archive-{patches}.{form}")
    if not path.exists():
        unfinished = path.with_name("unfinished-" + path.name)
        archives.WRITERS[form](archives.plan(patches), unfinished)
        unfinished.rename(path)
    return path
