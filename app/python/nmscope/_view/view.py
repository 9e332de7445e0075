# SPDX-License-Identifier: Apache-2.0
"""nmscope.show and its handle."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import weakref
from collections.abc import Iterable
from types import TracebackType
from typing import Any, TypeVar

from .. import _solve
from .address import listen
from .program import Window, find_program, require_display
from .protocol import Header
from .server import Server
from .tensors import Collection, collect

_open: weakref.WeakSet[View] = weakref.WeakSet()
_Self = TypeVar("_Self", bound="View")


@atexit.register
def _close_all() -> None:
    for view in list(_open):
        view.close()


class View:
    """Tensors that windows look at. Ends with close(), as a context manager, or with the interpreter."""

    address: str
    """What `nmscope --attach` takes: "unix:PATH", or "HOST:PORT"."""
    token: str
    """What a window has to tell first."""

    def __init__(self, tensors: Collection, address: str | None, settings: Header, masked: Iterable[int] = ()) -> None:
        if address is None:  # before anything is begun
            require_display()
            find_program()
        self._process = os.getpid()
        self._closed = threading.Event()
        self._server = Server(tensors, listen(address), settings=settings, masked=masked)
        self.address, self.token = self._server.address, self._server.token
        self._window: Window | None = None
        try:
            if address is None:
                self._window = Window(self.address, self.token)
                self._window.wait_for(self._server.attached)
            else:
                print(f"nmscope --attach {self.address}    token: {self.token}", file=sys.stderr, flush=True)
        except BaseException:
            self.close()
            raise
        _open.add(self)

    def __repr__(self) -> str:
        return f"<nmscope {type(self).__name__} {'closed' if self.closed else self.address}>"

    @property
    def closed(self) -> bool:
        """Whether it was closed, here or by closing the window that was started for it."""
        return self._closed.is_set() or (self._window is not None and self._window.ended)

    def wait(self) -> None:
        """Until it is closed. Ctrl-C ends the waiting."""
        if self._window is not None:
            self._window.wait()
        else:
            self._closed.wait()

    def close(self) -> None:
        """Close the window that was started, and end all connections. In a forked child: nothing."""
        if os.getpid() != self._process or self._closed.is_set():
            return
        self._closed.set()
        self._server.close()
        if self._window is not None:
            self._window.end()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()


def settings_of(pattern: str, method: str) -> Header:
    """What a window is to begin with; checked."""
    _solve.options(pattern, method)
    return {"pattern": pattern, "method": method}


def show(
    weights: Any,
    pattern: str = "8:16",
    method: str = "exact",
    *,
    name: str = "tensor",
    address: str | None = None,
    wait: bool = False,
) -> View:
    """Open the window on tensors in memory.

    Nothing is written to disk and nothing is sent before the window asks for it: a tensor is read when it is opened there,
    with the values that it has then, and passed through shared memory on this machine, through the socket elsewhere.

    Args:
        weights: an array of numpy or PyTorch, a dict of them by name, or a model (torch.nn.Module): its matrices and kernels.
            f16, bf16, f32 or f64. They are referenced, not copied, until the view is closed.
        pattern, method: what the window begins with; as of nmscope.solve().
        name: of a single array.
        address: None opens a window here, over a Unix socket that only this user reaches. "HOST:PORT", or ":PORT" for
            127.0.0.1, opens none but listens there (port 0: a free one) and prints what a window elsewhere needs: `nmscope
            --attach HOST:PORT` and the token, in NMS_TOKEN. Nothing is encrypted: across a network use a tunnel (ssh -L).
        wait: return when the window is closed. Without it a script that ends closes the window.

    Returns:
        A View: address, token, closed, wait(), close(); also a context manager.

    Raises:
        UnsupportedError: the window is not installed, or there is no display.
        IoError: the window does not open, or the address cannot be listened on.
        TypeError: what is given is no array of numpy or PyTorch.
    """
    view = View(collect(weights, name), address, settings_of(pattern, method))
    if wait:
        try:
            view.wait()
        finally:
            view.close()
    return view
