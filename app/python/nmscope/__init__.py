# SPDX-License-Identifier: Apache-2.0
"""Transposable N:M sparse masks: found, proven, compared, and used to prune.

    import nmscope, numpy as np
    w = np.random.default_rng(0).standard_normal((512, 512), dtype=np.float32)
    solution = nmscope.solve(w, "8:16")
    pruned = w * solution.mask          # 8 of every 16, along rows and along columns

A mask keeps N of every M along the rows and the columns of each M×M tile. nmscope.torch is for PyTorch's models.
"""

from ._core import Potentials, __version__
from ._errors import (
    Cancelled,
    DeviceError,
    Error,
    InputError,
    InternalError,
    IoError,
    ResourceError,
    UnsupportedError,
    UsageError,
)
from ._files import solve_file
from ._judge import compare, inspect, verify
from ._prune import Pruned, prune
from ._solve import Solution, methods, solve
from ._view import View, Watch, show, watch

__all__ = [
    "Cancelled",
    "DeviceError",
    "Error",
    "InputError",
    "InternalError",
    "IoError",
    "Potentials",
    "Pruned",
    "ResourceError",
    "Solution",
    "UnsupportedError",
    "UsageError",
    "View",
    "Watch",
    "__version__",
    "compare",
    "inspect",
    "methods",
    "prune",
    "show",
    "solve",
    "solve_file",
    "verify",
    "watch",
]
