# SPDX-License-Identifier: Apache-2.0
"""Shared memory by which one tensor goes to a window on this machine."""

from __future__ import annotations

import contextlib
import os
import secrets

import numpy as np
from numpy.typing import NDArray

_FOLDER = "/dev/shm"  # where shm_open() of Linux has its objects
_PIECE = 1 << 26


class Segment:
    """An object of POSIX shared memory that only this user may read. OSError where there is no room for it.

    It is written, not mapped: where the file system is full (64 MB are usual in containers), writing to a mapping would end
    the process.
    """

    def __init__(self, values: NDArray[np.uint8]) -> None:
        self.name = f"/nmscope-{secrets.token_hex(16)}"
        descriptor = os.open(_FOLDER + self.name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            if values.nbytes:
                os.posix_fallocate(descriptor, 0, values.nbytes)
            done = 0
            while done < values.nbytes:
                done += os.write(descriptor, values[done : done + _PIECE].data)
        except BaseException:
            self.remove()
            raise
        finally:
            os.close(descriptor)

    def remove(self) -> None:
        """Take its name away: the memory lives on in those who have opened it."""
        with contextlib.suppress(OSError):
            os.unlink(_FOLDER + self.name)
