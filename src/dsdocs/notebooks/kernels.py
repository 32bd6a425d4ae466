"""Start kernels: forked from one process that has all imported, or where none can fork, a new Python each."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import EntryPoint
from itertools import count
from pathlib import Path
from queue import Empty
from time import monotonic
from types import TracebackType

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from dsdocs.errors import DsdocsError

CAN_FORK = hasattr(os, "fork") and hasattr(socket, "AF_UNIX")
_PROVISIONER = "dsdocs-fork"
_LONGEST = 80  # bytes for the folder of the sockets: macOS allows 103 for a path with the name of a socket
_START_TIMEOUT = 120.0  # seconds until a kernel must answer


class Kernels:
    """A context in which kernels can be started; leaving it ends them all.

    Parameters
    ----------
    environment
        Variables for the kernels, in addition to those of this process.
    cwd
        Folder in which the kernels run.
    imports
        Pairs of module and name which the pages import; the name is empty for the module alone.
    fork
        Whether to fork. Default: where the system can.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        cwd: Path,
        imports: Iterable[tuple[str, str]] = (),
        fork: bool | None = None,
    ) -> None:
        self.fork = CAN_FORK if fork is None else fork
        self.cwd = cwd.resolve()
        self.imports = sorted(set(imports))
        self.folder = _short_folder()
        self.environment = {
            **os.environ,
            "TZ": "UTC",
            "COLUMNS": "120",  # pandas prints as wide as the terminal that a build happens to run in
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # is read when matplotlib is imported
            "IPYTHONDIR": str(self.folder / "ipython"),  # no start-up files of the user
            **environment,
        }
        self._numbers = count(1)
        self._zygote: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Kernels:
        if self.fork:
            self._start_zygote()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._zygote is not None and self._zygote.stdin is not None:
            self._zygote.stdin.close()  # the sign to end, which it does not see while it still imports
            try:
                self._zygote.wait(timeout=10 if error is None else 1)
            except subprocess.TimeoutExpired:
                self._zygote.kill()
                self._zygote.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_zygote(self) -> None:
        # The socket is bound on this side: a client can connect while the other process still imports.
        with socket.socket(socket.AF_UNIX) as listener, self._log("zygote").open("wb") as log:
            listener.bind(str(self.folder / "zygote"))
            listener.listen(64)
            arguments = [str(listener.fileno()), json.dumps(self.imports)]
            self._zygote = subprocess.Popen(
                [sys.executable, "-P", "-m", "dsdocs.notebooks.zygote", *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.cwd,
                env=self.environment,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # Ctrl-C is for the build, which then ends this process
            )

    @asynccontextmanager
    async def start(self) -> AsyncIterator[Kernel]:
        """Start a kernel, yield it when it answers, and end it.

        Raises
        ------
        DsdocsError
            The kernel did not start.
        """
        name = str(next(self._numbers))
        manager = self._manager(name)
        kernel = Kernel(manager, self._log(name))
        try:
            try:
                with kernel.log.open("wb") as log:
                    await manager.start_kernel(cwd=str(self.cwd), env=self.environment, stdout=log, stderr=log)
                await kernel.connect()
            except (RuntimeError, OSError) as error:
                words = kernel.last_words() or _shortened(self._log("zygote"))
                raise DsdocsError(f"a notebook kernel did not start: {error}\n{words}".rstrip()) from error
            yield kernel
        finally:
            await kernel.end()

    def _manager(self, name: str) -> AsyncKernelManager:
        spec = get_kernel_dict()
        if self.fork:
            factory = KernelProvisionerFactory.instance()
            factory.provisioners[_PROVISIONER] = EntryPoint(
                _PROVISIONER, "dsdocs.notebooks.provisioner:ForkProvisioner", factory.GROUP_NAME
            )
            spec["metadata"]["kernel_provisioner"] = {
                "provisioner_name": _PROVISIONER,
                "config": {"zygote": str(self.folder / "zygote"), "last_words": str(self._log(name))},
            }
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=_OneSpec(KernelSpec(**spec)),
            connection_file=str(self.folder / f"{name}.json"),
        )
        if CAN_FORK:  # sockets in a folder that only this user can enter; ipykernel warns over TCP
            manager.transport = "ipc"
            manager.ip = str(self.folder / name)
        return manager

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


class Kernel:
    """One running kernel."""

    def __init__(self, manager: AsyncKernelManager, log: Path) -> None:
        self.manager = manager
        self.client: AsyncKernelClient | None = None  # until `connect`
        self.log = log

    async def connect(self) -> None:
        """Open the channels and wait until the kernel answers on both.

        ``wait_for_ready`` of jupyter_client does it too, but sleeps at least 0.2 s for each kernel.
        """
        self.client = client = self.manager.client()
        client.start_channels(stdin=False, hb=False, control=False)
        deadline = monotonic() + _START_TIMEOUT
        while True:
            request = client.kernel_info()
            try:
                for receive in (client.get_shell_msg, client.get_iopub_msg):
                    while (await receive(timeout=0.5))["parent_header"].get("msg_id") != request:
                        pass
            except Empty:
                if not await self.manager.is_alive() or monotonic() > deadline:
                    raise RuntimeError("it does not answer") from None
            else:
                return

    async def end(self) -> None:
        """End the kernel at once: what it put out is already here."""
        if self.client is not None:
            self.client.stop_channels()
        if self.manager.has_kernel and self.manager.provisioner is not None:
            await self.manager.provisioner.kill()
            await self.manager.provisioner.wait()
        await self.manager.cleanup_resources()

    def last_words(self) -> str:
        """Return what the kernel wrote past Python's streams, for example in a crash."""
        return _shortened(self.log)


class _OneSpec(KernelSpecManager):
    """Knows one kernel: this Python. A kernel named ``python3`` of the user may be another one."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the one kernel, whatever its name."""
        return self._spec


def _short_folder() -> Path:
    """Make a folder for this user alone, whose path leaves room for the name of a socket."""
    folder = tempfile.mkdtemp(prefix="dsdocs-")
    if CAN_FORK and len(os.fsencode(folder)) > _LONGEST:
        os.rmdir(folder)
        folder = tempfile.mkdtemp(prefix="dsdocs-", dir="/tmp")
    return Path(folder)


def _shortened(path: Path, most: int = 20) -> str:
    """Return the first and the last lines of a file: a crash begins with its reason, a traceback ends with it."""
    if not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines if len(lines) <= 2 * most else [*lines[:most], "...", *lines[-most:]])
