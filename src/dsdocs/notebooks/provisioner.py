"""How jupyter_client starts and watches a kernel that `dsdocs.notebooks.zygote` forks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import suppress
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Unicode


class ForkProvisioner(KernelProvisionerBase):
    """One forked kernel, known by the connection over which it was asked for."""

    zygote = Unicode(help="Path of the socket of the process that forks.").tag(config=True)
    last_words = Unicode(help="Path of the file for what bypasses Python's streams.").tag(config=True)

    _pid: int | None = None
    _exit: asyncio.Task[int] | None = None
    _writer: asyncio.StreamWriter | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started and not yet waited for."""
        return self._exit is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Write the connection file, which also chooses the names of the sockets."""
        manager: Any = self.parent
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        file = manager.connection_file
        self._request = {"connection_file": file, "log": self.last_words, "cwd": kwargs["cwd"]}
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Ask for a kernel and wait until its sockets are bound.

        Raises
        ------
        RuntimeError
            The kernel, or the process that forks, ended before that.
        """
        reader, self._writer = await asyncio.open_unix_connection(self.zygote)
        self._writer.write(json.dumps(self._request).encode() + b"\n")
        answer = await _message(reader)
        self._pid = answer.get("pid")
        if self._pid is None:
            raise RuntimeError(f"it ended with {describe_exit(answer.get('exit', 1))}")
        self._exit = asyncio.create_task(_exit_code(reader))
        return self.connection_info

    async def poll(self) -> int | None:
        """Return the exit code, or None while the kernel runs."""
        if self._exit is None:
            return 0
        return self._exit.result() if self._exit.done() else None

    async def wait(self) -> int | None:
        """Wait for the end of the kernel and return its exit code."""
        if self._exit is None:
            return 0
        code = await asyncio.shield(self._exit)
        self._exit = None
        await self.cleanup()
        return code

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel and the processes that it started."""
        if self._pid is not None and self._exit is not None and not self._exit.done():
            with suppress(ProcessLookupError):
                os.killpg(self._pid, signum)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel at once."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """Ask the kernel to end."""
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        """Hang up, which ends a kernel that still runs."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def describe_exit(code: int) -> str:
    """Say what an exit code means; negative ones are signals."""
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        name = signal.Signals(-code).name
        return f"signal {name} (out of memory?)" if name == "SIGKILL" else f"signal {name}"
    return f"signal {-code}"


async def _message(reader: asyncio.StreamReader) -> dict[str, int]:
    """Read one message; an empty one where the other side has hung up."""
    with suppress(ConnectionError):
        line = await reader.readline()
        if line:
            message: dict[str, int] = json.loads(line)
            return message
    return {}


async def _exit_code(reader: asyncio.StreamReader) -> int:
    return (await _message(reader)).get("exit", 1)
