# SPDX-License-Identifier: Apache-2.0
"""Frames of the view protocol (VIEW_PROTOCOL.md): a fixed prefix, a header in JSON, a binary payload.

Nothing that the other side says is believed: each size is compared with a limit before memory is taken, and each wait ends.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import time
from typing import Any

VERSION = 1
MAGIC = b"NMSV"
PREFIX = struct.Struct("<4sIQ")  # magic, bytes of the header, bytes of the payload
LONGEST_HELLO = 4096  # bytes of the header that comes before the token is known
LONGEST_REQUEST = 1 << 16  # bytes of the header of what a window says
LONGEST_SKIPPED = 1 << 20  # bytes of a payload that no message of this version has
_PIECE = 1 << 20

Header = dict[str, Any]


class ProtocolError(Exception):
    """The other side broke the protocol, stalled or is gone; it is not talked to any longer."""


def frame(header: Header, payload_bytes: int = 0) -> bytes:
    """Prefix and header; the payload follows."""
    text = json.dumps(header, separators=(",", ":")).encode()
    return PREFIX.pack(MAGIC, len(text), payload_bytes) + text


def send(sock: socket.socket, header: Header, payload: Any = b"", patience: float = 30.0) -> None:
    """One whole message. `payload` has the buffer protocol. ProtocolError where nothing is taken for `patience` seconds."""
    view = memoryview(payload).cast("B")
    try:
        sock.settimeout(patience)
        sock.sendall(frame(header, view.nbytes))
        for start in range(0, view.nbytes, _PIECE):
            sock.sendall(view[start : start + _PIECE])
    except OSError as error:
        raise ProtocolError(f"sending failed: {error}") from error


def _exactly(sock: socket.socket, count: int, deadline: float) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    done = 0
    while done < count:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ProtocolError("stalled in the middle of a message")
        if not _readable(sock, left):
            continue
        try:
            got = sock.recv_into(view[done:])
        except OSError as error:
            raise ProtocolError(f"receiving failed: {error}") from error
        if got == 0:
            raise ProtocolError("closed" if done == 0 else "closed in the middle of a message")
        done += got
    return data


def _readable(sock: socket.socket, seconds: float | None) -> bool:
    """Whether there is something to read (or an end) within so many seconds; None: however long it takes."""
    poll = select.poll()
    try:
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(None if seconds is None else max(0.0, seconds) * 1000))
    except (OSError, ValueError) as error:  # closed by another thread
        raise ProtocolError("closed") from error


def receive(sock: socket.socket, *, longest: int, wait: float | None, patience: float) -> tuple[Header, int]:
    """The next header, and how many bytes of payload follow it.

    Args:
        longest: bytes that a header may have.
        wait: seconds until its first byte; None: however long it takes.
        patience: seconds from then on until it is complete.

    Raises:
        ProtocolError: it is none, or too long, or does not arrive.
    """
    if not _readable(sock, wait):
        raise ProtocolError("nothing was sent")
    deadline = time.monotonic() + patience
    magic, header_bytes, payload_bytes = PREFIX.unpack(_exactly(sock, PREFIX.size, deadline))
    if magic != MAGIC:
        raise ProtocolError("this is not the view protocol")
    if header_bytes > longest:
        raise ProtocolError(f"a header of {header_bytes} bytes is too long")
    text = _exactly(sock, header_bytes, deadline)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a header is not JSON") from error
    if not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise ProtocolError("a header is not an object with a type")
    return header, payload_bytes


def skip(sock: socket.socket, payload_bytes: int, patience: float) -> None:
    """Read a payload that nobody wants, without keeping it."""
    if payload_bytes > LONGEST_SKIPPED:
        raise ProtocolError(f"a payload of {payload_bytes} bytes is too long")
    deadline = time.monotonic() + patience
    while payload_bytes > 0:
        payload_bytes -= len(_exactly(sock, min(payload_bytes, 1 << 16), deadline))
