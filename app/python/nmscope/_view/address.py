# SPDX-License-Identifier: Apache-2.0
"""Where a process listens for windows, and how a window names that place."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from .._errors import IoError, UsageError


@dataclass
class Listener:
    """A socket that listens."""

    socket: socket.socket
    address: str
    """What `nmscope --attach` takes: "unix:PATH", or "HOST:PORT"."""
    is_local: bool
    """Whoever reaches it is on this machine, and may share memory."""
    remove: Callable[[], None]
    """Closes it, and leaves nothing behind."""


def _local() -> Listener:
    """A Unix socket in a folder of its own, which nobody else may enter."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if not (os.path.isdir(base) and os.access(base, os.W_OK)):
        base = tempfile.gettempdir()
    folder = tempfile.mkdtemp(prefix="nmscope-", dir=base)  # mode 0700
    path = os.path.join(folder, "view")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def remove() -> None:
        listening.close()
        shutil.rmtree(folder, ignore_errors=True)

    try:
        listening.bind(path)
        listening.listen(16)
    except OSError as error:
        remove()
        raise IoError(f"{path}: cannot be listened on: {error}") from error
    return Listener(listening, f"unix:{path}", True, remove)


def _parts(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"address {address!r}: has no port; write HOST:PORT, or :PORT for this machine alone")
    return host.strip("[]") or "127.0.0.1", int(port)


def _tcp(address: str) -> Listener:
    host, port = _parts(address)
    try:
        family, kind, number, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, number)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(where)
            listening.listen(16)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise IoError(f"{address}: cannot be listened on: {error}") from error
    bound = int(listening.getsockname()[1])
    named = f"[{host}]:{bound}" if ":" in host else f"{host}:{bound}"
    return Listener(listening, named, False, lambda: _close(listening))


def _close(listening: socket.socket) -> None:
    with contextlib.suppress(OSError):
        listening.close()


def listen(address: str | None) -> Listener:
    """None: a Unix socket of this user alone. "HOST:PORT", ":PORT" (bound to 127.0.0.1), ":0" (a free port): TCP."""
    return _local() if address is None else _tcp(address)
