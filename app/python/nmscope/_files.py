# SPDX-License-Identifier: Apache-2.0
"""What the command line does with files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from . import _arrays, _core
from ._solve import options


def solve_file(
    file: str | os.PathLike[str],
    out: str | os.PathLike[str],
    pattern: str = "2:4",
    method: str = "exact",
    *,
    tensors: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    all: bool = False,  # noqa: A002 (the command line's name)
    axes: Sequence[str] = (),
    format: str = "bytes",  # noqa: A002
    score: str = "",
    tau: float = 100.0,
    iterations: int = 300,
    tolerance: float = 0.0,
    warm_start: str | None = None,
    rounding: str | None = None,
    memory_limit: int = 2 << 30,
    threads: int = 0,
    backend: str = "cpu",
) -> dict[str, Any]:
    """`nmscope solve FILE -o OUT`: the masks of a weights file, in bounded memory.

    Args:
        file: weights (.h5, .keras, .safetensors, .npy, .npz, a folder of shards).
        out: the masks, .h5 or .safetensors; replaced as a whole when all is done, or not at all.
        tensors, exclude: names or globs; all: every matrix, whatever it is for; axes: rules "GLOB=LETTERS".
        format: "bytes", "packed" (a bit for each weight) or "applied" (the whole file again, with masked weights).
        score: "abs", "square" or a file of scores.
        memory_limit: bytes.

    Returns:
        What `nmscope solve --json` prints.
    """
    how = options(pattern, method, tau, iterations, tolerance, warm_start, rounding, threads)
    return _core.solve_file(
        os.fspath(file), os.fspath(out), how, _arrays.texts(tensors), _arrays.texts(exclude), all, list(axes), format, score,
        memory_limit, backend,
    )  # fmt: skip
