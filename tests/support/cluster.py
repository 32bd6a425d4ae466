"""A real Dask cluster on loopback: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START = 60  # s, until a process must have come up


@dataclass
class Cluster:
    """Processes of a cluster."""

    address: str  # dask://host:port
    workers: list[subprocess.Popen[bytes]]

    def kill_a_worker(self) -> None:
        """End a worker as a machine that fails would."""
        worker = self.workers.pop()
        worker.send_signal(signal.SIGKILL)
        worker.wait()


@contextmanager
def cluster(folder: Path, *, workers: int = 2, environment: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Start a scheduler and workers with one thread each; end them all."""
    variables = {**os.environ, **(environment or {}), "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__GIL__ENABLED": "false"}
    file = folder / "scheduler.json"
    scheduler = _start(
        ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show"],
        ["--scheduler-file", str(file)], folder, variables,
    )  # fmt: skip
    running: list[subprocess.Popen[bytes]] = []
    try:
        address = _address(file, scheduler)
        running = [
            _start(
                ["worker", address, "--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--no-nanny"],
                ["--local-directory", str(folder / f"worker-{number}")], folder, variables,
            )
            for number in range(workers)
        ]  # fmt: skip
        yield Cluster(address.replace("tcp://", "dask://"), running)
    finally:
        for process in [*running, scheduler]:
            process.kill()
            process.wait()


def _start(
    command: list[str], places: list[str], folder: Path, variables: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    log = (folder / f"{command[0]}.log").open("ab")
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:], *places],
            cwd=folder, env=dict(variables), stdout=log, stderr=log,
        )  # fmt: skip


def _address(file: Path, scheduler: subprocess.Popen[bytes]) -> str:
    import json

    end = time.monotonic() + START
    while time.monotonic() < end and scheduler.poll() is None:
        if file.is_file() and (text := file.read_text()):
            return str(json.loads(text)["address"])
        time.sleep(0.1)
    raise RuntimeError(f"the scheduler did not start: {(file.parent / 'scheduler.log').read_text()}")
