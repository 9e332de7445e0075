# SPDX-License-Identifier: Apache-2.0
"""The listening side: hands tensors, and what happens to their masks, to windows that know the token.

Nobody waits for a window: it has threads of its own, which drop it where it stalls, and of what is published the latest wins.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
import select
import socket
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from .address import Listener
from .protocol import LONGEST_HELLO, LONGEST_REQUEST, VERSION, Header, ProtocolError, receive, send, skip
from .segment import Segment
from .tensors import Collection

MOST_WINDOWS = 4
_MOST_STRANGERS = 16  # connections whose token has not come yet
_MOST_SEGMENTS = 8  # of shared memory that a window was told of and has not taken yet
_MOST_REFRESHES = 1024  # that are remembered for windows that come later
_MOST_RATES = 1 << 14  # numbers in one message
_PAUSE = 0.05  # seconds between two messages about training


@dataclass(frozen=True)
class Refresh:
    """The masks were solved anew."""

    step: int
    flips: tuple[float, ...]
    """Of each masked tensor: entries of the mask that changed, over all of them."""


@dataclass
class _Window:
    """One that knows the token."""

    socket: socket.socket
    sending: threading.Lock = field(default_factory=threading.Lock)
    segments: dict[int, Segment] = field(default_factory=dict)
    wanted: int | None = None
    """The tensor whose mask it shows."""
    shown: tuple[int, int] | None = None
    """The tensor and the step of the mask that it got last."""


class Server:
    """Listens from its making until close(). Any thread may call its members."""

    def __init__(
        self,
        tensors: Collection,
        listener: Listener,
        *,
        settings: Header | None = None,
        masked: Iterable[int] = (),
        hello_patience: float = 5.0,
        patience: float = 30.0,
    ) -> None:
        self.token = secrets.token_urlsafe(24)
        self.address = listener.address
        self.attached = threading.Event()
        """Set when the first window has told the token."""
        self._tensors = tensors
        self._listener = listener
        self._settings = dict(settings or {})
        self._masked = list(masked)
        self._hello_patience = hello_patience
        self._patience = patience
        self._changed = threading.Condition()
        self._windows: list[_Window] = []
        self._strangers: set[socket.socket] = set()
        self._closed = False
        self._ended = False
        self._step = 0
        self._published = 0  # counts what was published
        self._refreshes: deque[tuple[int, Refresh]] = deque(maxlen=_MOST_REFRESHES)
        self._masks: dict[int, tuple[int, NDArray[np.uint8]]] = {}  # step and bits, of tensors that are wanted
        threading.Thread(target=self._accept, name="nmscope view", daemon=True).start()

    # --- what training says ---------------------------------------------------------------------------------------------

    def wanted(self) -> set[int]:
        """Tensors whose masks are looked at, and have to come with publish()."""
        with self._changed:
            return {window.wanted for window in self._windows if window.wanted is not None}

    def has_mask(self, tensor: int) -> bool:
        """Whether a mask of it was published since somebody began to look at it."""
        with self._changed:
            return tensor in self._masks

    def publish(self, step: int, refresh: Refresh | None, masks: dict[int, NDArray[np.uint8]]) -> None:
        """The training is at this step. `masks`: bits of some tensors (np.packbits of all entries, little-endian)."""
        with self._changed:
            self._step = step
            self._published += 1
            if refresh is not None:
                self._refreshes.append((self._published, refresh))
            for tensor, bits in masks.items():
                self._masks[tensor] = (step, bits)
            wanted = {window.wanted for window in self._windows}
            for tensor in [held for held in self._masks if held not in wanted]:
                del self._masks[tensor]
            self._changed.notify_all()

    def end(self) -> None:
        """Nothing is published any more; what was can still be looked at."""
        with self._changed:
            self._ended = True
            self._published += 1
            self._changed.notify_all()

    def close(self) -> None:
        """End all connections; nothing of it is left."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            windows, strangers = list(self._windows), list(self._strangers)
            self._changed.notify_all()
        self.forget()
        for window in windows:
            if window.sending.acquire(timeout=0.2):  # one that stalls gets no farewell
                with contextlib.suppress(ProtocolError):
                    send(window.socket, {"type": "bye"}, patience=0.2)
                window.sending.release()
        for sock in [*(window.socket for window in windows), *strangers]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        with self._changed:  # where the interpreter ends, a thread may be in the middle of making a segment
            self._changed.wait_for(lambda: not self._windows and not self._strangers, timeout=2)

    def forget(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self._listener.socket.shutdown(socket.SHUT_RDWR)
        self._listener.remove()

    # --- windows --------------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        poll = select.poll()
        try:
            poll.register(self._listener.socket, select.POLLIN)
        except (OSError, ValueError):
            return
        while not self._closed:
            try:
                if not poll.poll(500):
                    continue
                sock, _ = self._listener.socket.accept()
            except (OSError, ValueError):
                if self._closed:
                    return
                threading.Event().wait(0.1)  # out of descriptors, for example
                continue
            with self._changed:
                is_welcome = not self._closed and len(self._strangers) < _MOST_STRANGERS
                if is_welcome:
                    self._strangers.add(sock)
            if is_welcome:
                threading.Thread(target=self._talk, args=(sock,), name="nmscope window", daemon=True).start()
            else:
                sock.close()

    def _talk(self, sock: socket.socket) -> None:
        window = None
        try:
            window = self._let_in(sock)
            if window is not None:
                threading.Thread(target=self._tell, args=(window,), name="nmscope training", daemon=True).start()
                while True:
                    self._answer(window)
        except ProtocolError:
            pass  # whoever breaks the protocol is dropped
        finally:
            if window is not None:
                for segment in window.segments.values():
                    segment.remove()
            with self._changed:
                self._strangers.discard(sock)
                if window in self._windows:
                    self._windows.remove(window)
                self._changed.notify_all()
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _let_in(self, sock: socket.socket) -> _Window | None:
        wait = self._hello_patience
        hello, payload_bytes = receive(sock, longest=LONGEST_HELLO, wait=wait, patience=wait)
        token = hello.get("token")
        if hello["type"] != "hello" or payload_bytes or not isinstance(token, str):
            return None
        if not hmac.compare_digest(token.encode("utf-8", "surrogatepass"), self.token.encode()):
            self._refuse(sock, "the token is another one")
            return None
        if hello.get("version") != VERSION:
            self._refuse(
                sock,
                f"this process speaks version {VERSION} of the view protocol, the window version {hello.get('version')!s:.20}: "
                "install the same nmscope on both sides",
            )
            return None
        window = _Window(sock)
        with self._changed:
            is_full = len(self._windows) >= MOST_WINDOWS
            if not is_full and not self._closed:
                self._strangers.discard(sock)
                self._windows.append(window)
        if is_full:
            self._refuse(sock, f"{MOST_WINDOWS} windows are attached already")
            return None
        self._send(window, self._welcome())
        self.attached.set()
        return window

    def _refuse(self, sock: socket.socket, reason: str) -> None:
        """Say why; the connection ends."""
        send(sock, {"type": "refused", "version": VERSION, "reason": reason}, patience=self._hello_patience)

    def _welcome(self) -> Header:
        tensors = [{"name": one.name, "shape": list(one.shape), "dtype": one.dtype} for one in self._tensors.entries]
        return {
            "type": "welcome",
            "version": VERSION,
            "program": _core.__version__,
            "title": self._tensors.title,
            "layout": self._tensors.layout,
            "tensors": tensors,
            "masked": self._masked,
            **self._settings,
        }

    def _send(self, window: _Window, header: Header, payload: Any = b"") -> None:
        with window.sending:
            send(window.socket, header, payload, self._patience)

    def _answer(self, window: _Window) -> None:
        """One request; those that this version does not know are skipped."""
        header, payload_bytes = receive(window.socket, longest=LONGEST_REQUEST, wait=None, patience=self._patience)
        skip(window.socket, payload_bytes, self._patience)
        tensor, request = header.get("tensor"), header.get("id")
        if header["type"] == "get":
            if type(tensor) is not int or type(request) is not int or not 0 <= tensor < len(self._tensors.entries):
                raise ProtocolError("a request for a tensor that there is not")
            self._hand_over(window, request, tensor, header.get("shared") is True and self._listener.is_local)
        elif header["type"] == "got" and type(request) is int:
            segment = window.segments.pop(request, None)
            if segment is not None:
                segment.remove()
        elif header["type"] == "watch":
            with self._changed:
                window.wanted = tensor if type(tensor) is int and tensor in self._masked else None
                window.shown = None
                self._changed.notify_all()

    def _hand_over(self, window: _Window, request: int, tensor: int, shared: bool) -> None:
        answer: Header = {"type": "tensor", "id": request, "tensor": tensor, "step": self._step}
        try:
            values = self._tensors.entries[tensor].values()
        except Exception as error:  # of somebody's array: told, as it concerns this tensor alone
            self._send(window, {"type": "failed", "id": request, "reason": f"{type(error).__name__}: {error}"[:1000]})
            return
        segment = None
        if shared:
            with contextlib.suppress(OSError):  # there is no room, or no shared memory at all
                segment = Segment(values)
        if segment is None:
            self._send(window, answer, values)
            return
        forgotten = [window.segments.pop(request, None)]
        while len(window.segments) >= _MOST_SEGMENTS:
            forgotten.append(window.segments.pop(next(iter(window.segments))))
        for old in forgotten:
            if old is not None:
                old.remove()
        window.segments[request] = segment
        self._send(window, {**answer, "segment": segment.name, "bytes": values.nbytes})

    # --- what windows are told of training ------------------------------------------------------------------------------

    def _tell(self, window: _Window) -> None:
        told = 0
        try:
            while True:
                header: Header = {"type": "training"}
                bits: Any = b""
                with self._changed:
                    while not self._closed and window in self._windows and not self._has_news(window, told):
                        self._changed.wait()
                    if self._closed or window not in self._windows:
                        return
                    header |= {"step": self._step, "ended": self._ended}
                    news = [(number, one) for number, one in self._refreshes if number > told]
                    most = max(1, _MOST_RATES // max(1, len(self._masked)))
                    header["refreshes"] = [{"step": one.step, "flips": one.flips} for _, one in news[:most]]
                    told = news[most - 1][0] if len(news) > most else self._published
                    mask = self._masks.get(window.wanted) if window.wanted is not None else None
                    if mask is not None and window.wanted is not None and window.shown != (window.wanted, mask[0]):
                        window.shown = (window.wanted, mask[0])
                        header["mask"] = {"tensor": window.wanted, "step": mask[0]}
                        bits = mask[1]
                self._send(window, header, bits)
                with self._changed:  # at most so many messages a second
                    self._changed.wait_for(lambda: self._closed, _PAUSE)
        except ProtocolError:
            with contextlib.suppress(OSError):
                window.socket.shutdown(socket.SHUT_RDWR)  # its other thread drops it

    def _has_news(self, window: _Window, told: int) -> bool:
        mask = self._masks.get(window.wanted) if window.wanted is not None else None
        return told < self._published or (mask is not None and window.shown != (window.wanted, mask[0]))
