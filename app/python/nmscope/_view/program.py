# SPDX-License-Identifier: Apache-2.0
"""The window: found, started, ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .._errors import IoError, UnsupportedError

_OWN = Path(__file__).parent.parent / "bin" / "nmscope"  # where the package has its program
_START = 60.0  # seconds until a window that was started has to be there


def _attaches(program: str) -> bool:
    """Whether it is built with the window, and new enough."""
    try:
        said = subprocess.run([program, "--help"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return b"--attach" in said.stdout


def find_program() -> str:
    """NMSCOPE_PROGRAM, or the program with a window of this package, this environment, the PATH. UnsupportedError without one."""
    named = os.environ.get("NMSCOPE_PROGRAM", "")
    if named:
        if shutil.which(named) is None:
            raise UnsupportedError(f"NMSCOPE_PROGRAM: {named} is no program")
        return named
    candidates = [_OWN, Path(sys.executable).parent / "nmscope"]
    candidates += [Path(folder) / "nmscope" for folder in os.get_exec_path()]
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and _attaches(str(candidate)):
            return str(candidate)
    raise UnsupportedError(
        "nmscope's window is not installed: install it with Qt and Vulkan (README.md), or name the program in NMSCOPE_PROGRAM"
    )


def require_display() -> None:
    """UnsupportedError where no window can be opened."""
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        raise UnsupportedError(
            "there is no display (DISPLAY and WAYLAND_DISPLAY are not set): give address=\":0\", and attach a window of another "
            "machine to what is printed"
        )


class Window:
    """The program, started so that it attaches itself. The token goes through its environment, which others cannot read."""

    def __init__(self, address: str, token: str) -> None:
        require_display()
        program = find_program()
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115: it lives as long as this
        try:
            # In a session of its own: Ctrl-C in the terminal is for Python.
            self._process = subprocess.Popen(
                [program, "--attach", address],
                env={**os.environ, "NMS_TOKEN": token},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._messages,
                start_new_session=True,
            )
        except OSError as error:
            self._messages.close()
            raise IoError(f"{program}: cannot be started: {error}") from error

    def wait_for(self, attached: threading.Event) -> None:
        """Until it is attached. IoError, with what it said, where it ends before or takes too long."""
        end = time.monotonic() + _START
        while not attached.wait(0.02):
            if self.ended:
                self._messages.seek(0)
                said = self._messages.read(2000).decode(errors="replace").strip()
                raise IoError(f"the window did not open: {said or f'it ended with status {self._process.returncode}'}")
            if time.monotonic() > end:
                self.end()
                raise IoError(f"the window did not attach within {_START:.0f} s")

    @property
    def ended(self) -> bool:
        """Whether it was closed."""
        return self._process.poll() is not None

    def wait(self) -> None:
        """Until it is closed."""
        self._process.wait()

    def end(self) -> None:
        """Close it."""
        if not self.ended:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        with contextlib.suppress(OSError):
            self._messages.close()
