"""Where work runs: in this process, in a pool of processes, or on a Dask cluster. Nothing else knows.

A task is a call of a function that can be imported, with arguments that can be pickled; its result depends on them
alone, so results are the same whatever the engine, the number of workers or their order.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, fields, is_dataclass
from itertools import chain, islice
from multiprocessing.connection import wait
from time import monotonic
from typing import Any, Protocol, TypeVar

from dsdocs.errors import EngineError
from dsdocs.safe import uninterrupted

Task = TypeVar("Task")
Result = TypeVar("Result")
ANSWER = 20  # s that a scheduler has to answer
ALONE = 4.0  # s; to start processes takes about 1 s of work and 100 MB, which small archives are better off without
AHEAD = 1  # tasks for each worker that are made before their results are asked for


class Engine(Protocol):
    """Runs tasks."""

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield the result of each task, in the order of the tasks.

        Tasks are taken from the iterable as they are needed, so that it may be long.

        Raises
        ------
        EngineError
            A worker died, or the cluster cannot be reached.
        """


def open_engine(address: str | None, *, workers: int) -> Engine:
    """Choose the engine.

    Parameters
    ----------
    address
        ``dask://host:port`` of a scheduler; None for processes of this machine.
    workers
        Processes; 1 works in this process.

    Raises
    ------
    EngineError
        The address is of no known kind, or the package for it is missing.
    """
    if address is None:
        return Pool(workers, alone=ALONE) if workers > 1 else InProcess()
    kind, _, place = address.partition("://")
    if kind != "dask" or not place:
        raise EngineError(f"--engine: found {address!r}; expected dask://HOST:PORT")
    return Dask(f"tcp://{place}")


def seconds_here(engine: Engine) -> float:
    """Return for how long an engine does what it is given in this process."""
    match engine:
        case InProcess():
            return math.inf
        case Pool():
            return engine.alone
        case _:
            return 0.0


class InProcess:
    """Does one task after the other, here."""

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield the result of each task."""
        return map(function, tasks)


@dataclass(frozen=True, slots=True)
class Pool:
    """Processes of this machine, which end with this one, however it ends."""

    workers: int
    alone: float = 0.0  # s that tasks are done here before processes are started

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield the result of each task; a single task is done here, because processes take a while to start."""
        iterator = iter(tasks)
        end = monotonic() + self.alone
        while self.alone and monotonic() < end:
            if not (next_one := list(islice(iterator, 1))):
                return
            yield function(next_one[0])
        first = [task for _, task in zip(range(2), iterator, strict=False)]
        if len(first) < 2:
            yield from map(function, first)
            return
        # Not forked from here: threads of this process, such as that of a progress bar, may hold locks.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_modules(function, first[0]))
        executor = ProcessPoolExecutor(self.workers, context, initializer=_worker)

        def submit(task: Task) -> Future[Result]:
            with uninterrupted():  # a worker that is being started would not be known, and outlive this process
                return executor.submit(function, task)

        try:
            yield from _in_order(submit, chain(first, iterator), self.workers)
        except BrokenProcessPool as error:
            raise EngineError("a worker process died, perhaps for want of memory; try fewer --workers") from error
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.kill()
                process.join()


def _modules(function: Callable[[Task], object], task: Task) -> list[str]:
    """Return the modules of dsdocs that a task needs; what is loaded before workers part is in memory once for all."""
    parts = [getattr(task, each.name) for each in fields(task)] if is_dataclass(task) else []
    own = f"{__name__.partition('.')[0]}."
    needed = {type(part).__module__ for part in parts}
    return [function.__module__, *sorted(name for name in needed if name.startswith(own))]


class Dask:
    """An existing cluster; its workers need dsdocs, and the archive under the same address."""

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError as error:
            raise EngineError("--engine dask:// needs a package that is missing: pip install 'dsdocs[dask]'") from error
        try:
            self._client = distributed.Client(address, timeout=ANSWER, set_as_default=False)
        except OSError as error:
            raise EngineError(f"{address}: no Dask scheduler answers there: {error}") from error
        self._workers = max(1, sum(self._client.nthreads().values()))

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield the result of each task; one whose worker is lost is done again by another."""
        submit = lambda task: self._client.submit(function, task, pure=False)  # noqa: E731
        with self._client:
            try:
                yield from _in_order(submit, tasks, self._workers)
            except _lost() as error:
                raise EngineError(f"the Dask cluster lost a task for good: {error}") from error


def _lost() -> tuple[type[Exception], ...]:
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    return (KilledWorker, CommClosedError, FutureCancelledError)


def _in_order(submit: Callable[[Task], Any], tasks: Iterable[Task], workers: int) -> Iterator[Any]:
    waiting: deque[Future[Any]] = deque()
    for task in tasks:
        waiting.append(submit(task))
        if len(waiting) > AHEAD * workers:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _worker() -> None:
    """Leave interrupts to the parent, and end when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
