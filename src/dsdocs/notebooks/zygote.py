"""The process that has the imports of the pages done and forks a kernel for each page.

Started by `dsdocs.notebooks.kernels` as ``python -m dsdocs.notebooks.zygote LISTENER IMPORTS``. One
connection to the listening socket is one kernel: the client sends one line of JSON (``connection_file``,
``cwd``, ``log``), the kernel answers ``{"pid": ...}`` once its sockets are bound, and this process sends
``{"exit": ...}`` when the kernel has ended. A client that hangs up ends its kernel; the end of standard input
ends everything. So nothing is left behind, however the build ends.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from typing import NoReturn

# What a kernel imports until its first cell has run; it takes no harm from a name that a later version lacks.
_KERNEL = (
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "pdb",
    "sqlite3",
    "tornado.platform.asyncio",
)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# What a package imports only when it is first used: 0.2 s for a table that is read, 0.1 s for a figure.
_LATE = {
    "matplotlib": ("matplotlib.backends.backend_agg",),
    "pyarrow": ("pandas", "pyarrow.dataset", "pyarrow.pandas_compat"),
}


def main(arguments: Sequence[str]) -> None:
    """Import, then fork kernels until standard input ends."""
    listener = socket.socket(fileno=int(arguments[0]))
    # Without a debugger: its import takes longer than all of the kernel, and it patches what starts threads.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    _import_all(_KERNEL)
    _import_for_pages(json.loads(arguments[1]))
    _import_all([name for package, late in _LATE.items() if package in sys.modules for name in late])
    if threading.active_count() > 1:
        # A fork copies the locks of these threads, but not the threads: start again without those imports.
        os.execv(sys.executable, [sys.executable, "-P", "-m", __spec__.name, arguments[0], "[]"])
    gc.collect()
    gc.freeze()  # a collection in a kernel would otherwise write to, and so copy, every shared page of memory
    _Zygote(listener).serve()


def _import_all(names: Sequence[str]) -> None:
    """Import what there is of the named modules."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _import_for_pages(imports: Sequence[tuple[str, str]]) -> None:
    """Do ``from module import name`` for each pair; what fails here fails again in its cell, and is shown."""
    for module, name in imports:
        with contextlib.suppress(Exception):
            loaded = importlib.import_module(module)
            if name and not hasattr(loaded, name):
                importlib.import_module(f"{module}.{name}")
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib_inline"]:
        del sys.modules[name]  # it ties matplotlib to the running kernel once, when it is imported


class _Zygote:
    """The running kernels and the connections of their clients."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.kernels: dict[int, socket.socket] = {}  # process id -> connection of its client
        self.selector = selectors.DefaultSelector()
        self.wake, self.woken = socket.socketpair()
        self.wake.setblocking(False)
        self.woken.setblocking(False)

    def serve(self) -> None:
        """Answer the clients until standard input ends; then end all kernels."""
        signal.signal(signal.SIGCHLD, lambda number, frame: None)  # with a handler, the byte below is written
        signal.set_wakeup_fd(self.wake.fileno(), warn_on_full_buffer=False)
        for source in (self.listener, self.woken, 0):
            self.selector.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in self.selector.select():
                if key.fileobj == 0:
                    return self._end_all()
                if key.fileobj is self.listener:
                    self._accept()
                elif key.fileobj is self.woken:
                    self.woken.recv(4096)
                    self._reap()
                else:
                    self._hung_up(key.data)

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        with connection.makefile("rb") as file:
            line = file.readline()
        if not line:
            return connection.close()
        process = os.fork()
        if process == 0:
            self._become_kernel(connection, json.loads(line))
        self.kernels[process] = connection
        self.selector.register(connection, selectors.EVENT_READ, process)

    def _become_kernel(self, connection: socket.socket, request: dict[str, str]) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()  # a group of its own, which ends as a whole
            _end_with_parent()
            _redirect(request["log"])
            self.selector.close()
            for other in (self.listener, self.wake, self.woken, *self.kernels.values()):
                other.close()
            os.chdir(request["cwd"])
            _run_kernel(connection, request["connection_file"])
            status = 0
        except BaseException:
            # sys.stderr may be the kernel's already, and nobody reads it any more.
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(status)  # never back into the loop of the parent

    def _reap(self) -> None:
        while self.kernels:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            connection = self.kernels.pop(process, None)
            if connection is None:
                continue  # a process that an import of the pages had started
            with contextlib.suppress(KeyError):
                self.selector.unregister(connection)
            with contextlib.suppress(OSError):
                connection.sendall(json.dumps({"exit": os.waitstatus_to_exitcode(status)}).encode() + b"\n")
            connection.close()

    def _hung_up(self, process: int) -> None:
        if process in self.kernels:
            self.selector.unregister(self.kernels[process])
            _end(process)

    def _end_all(self) -> None:
        for process in self.kernels:
            _end(process)
        for process in self.kernels:
            os.waitpid(process, 0)
        # The client removes this folder, too, unless it was killed.
        shutil.rmtree(os.path.dirname(self.listener.getsockname()), ignore_errors=True)


def _end(process: int) -> None:
    for end in (os.killpg, os.kill):  # a kernel which was just forked has no group of its own yet
        with contextlib.suppress(ProcessLookupError):
            end(process, signal.SIGKILL)


def _end_with_parent() -> None:
    """Let the system kill this process when its parent ends; elsewhere a kernel looks for its parent each second."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _redirect(log: str) -> None:
    """Send what is written past Python's streams, such as the last words of a crash, to a file."""
    null = os.open(os.devnull, os.O_RDONLY)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((null, 0), (file, 1), (file, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(file)


def _run_kernel(connection: socket.socket, connection_file: str) -> None:
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", "-f", connection_file]
    app = IPKernelApp.instance()
    app.initialize(
        [
            *sys.argv[1:],
            f"--IPKernelApp.parent_handle={os.getppid()}",  # ends the kernel when this process is killed
            "--HistoryManager.hist_file=:memory:",
        ]
    )
    connection.sendall(json.dumps({"pid": os.getpid()}).encode() + b"\n")
    connection.close()
    app.start()


if __name__ == "__main__":
    main(sys.argv[1:])
