# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, by kind. Each message says where it happened, what is wrong and what to do about it."""


class Error(Exception):
    """Every exception of nmscope is one."""


class UsageError(Error, ValueError):
    """Something was asked for that has no meaning."""


class InputError(Error, ValueError):
    """Weights or a file that cannot be used: NaN, Inf, damage."""


class IoError(Error, OSError):
    """The operating system refused."""


class UnsupportedError(Error, NotImplementedError):
    """Legal, but not something that this build can do."""


class ResourceError(Error, MemoryError):
    """Too large for memory, or for a limit."""


class DeviceError(Error, RuntimeError):
    """A GPU or its driver failed, or is not there."""


class Cancelled(Error):
    """Stopped before it was done."""


class InternalError(Error, RuntimeError):
    """A bug in nmscope: please report it."""
