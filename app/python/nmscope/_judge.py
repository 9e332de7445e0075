# SPDX-License-Identifier: Apache-2.0
"""What is said of weights and masks: nmscope.inspect, verify and compare. What lies on a CUDA device is copied first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from . import _arrays, _core
from ._solve import Solution, options

_Path = (str, os.PathLike)


def inspect(weights: Any, *, axes: str | Sequence[str] = "", name: str = "weights", hardware: bool = False) -> dict[str, Any]:
    """Tell shape, sparsity and the N:M patterns that hold already.

    Args:
        weights: an array as solve() takes it, or the path of a file or folder that the command line reads.
        axes: as of solve(); of a file rules "GLOB=LETTERS".
        name: the array's name, by which its dimensions are told as in a file ("conv.weight").
        hardware: also what runs the patterns, as `nmscope inspect --hardware`.

    Returns:
        What `nmscope inspect --json` prints: of a file the whole object, of an array its entry of "tensors": "shape",
        "dtype", "sparsity" (zeros over elements), "patterns" {"rows", "columns", "transposable"}, "matrices", "non_finite",
        "dead_rows" and "dead_columns" (that hold nothing but zeros).
    """
    if isinstance(weights, _Path):
        return _core.inspect_file(os.fspath(weights), _arrays.texts(axes) if axes else [], hardware)
    handle, dtype = _arrays.readable(_arrays.on_cpu(weights), name)
    return _core.inspect(handle, dtype, str(axes), name, hardware)


def verify(
    mask: Any,
    weights: Any = None,
    pattern: str | None = None,
    *,
    axes: str = "",
    score: Any = None,
    backend: str = "cpu",
) -> dict[str, Any]:
    """Count every row and column of every tile of a mask; with weights, recompute its objective and its gap.

    Args:
        mask: an array of 0 and 1 of any type, pruned weights (what is not 0 counts as kept), a Solution, or the path of a
            file of masks.
        weights: what the mask was made for, of its shape (of a file: the path of the weights).
        pattern: "N:M" to hold it against; None: a Solution's own, or the sparsest that holds.
        axes, score: as of solve().
        backend: where the optimum is solved anew.

    Returns:
        What `nmscope verify --json` prints of a mask (of a file: all of it): "holds", "along" {"rows", "columns"},
        "violating_tiles", "violations" (the first 16, as texts), and with weights "objective", "upper_bound" (the proven
        optimum), "relative_gap", "kept_magnitude", "relative_squared_error".

    A mask that does not hold is an answer, not an exception.
    """
    if isinstance(mask, _Path):
        return _core.verify_file(os.fspath(mask), "" if weights is None else os.fspath(weights), pattern or "")
    if isinstance(mask, Solution):
        pattern = pattern or mask.pattern
        axes = axes or mask.axes
        mask = mask.mask
    handle, dtype = _arrays.readable(_arrays.on_cpu(mask), "mask")
    of_weights: _arrays.Array = (None, "") if weights is None else _arrays.readable(_arrays.on_cpu(weights), "weights")
    if score is not None and not isinstance(score, str):
        score = _arrays.readable(_arrays.on_cpu(score), "score")[0]
    return _core.verify(handle, dtype, *of_weights, pattern, axes, score, backend)


def compare(
    weights: Any,
    patterns: str | Sequence[str] = ("2:4", "4:8", "8:16", "16:32"),
    methods: str | Sequence[str] = (),
    *,
    axes: str = "",
    score: Any = None,
    tau: float = 100.0,
    iterations: int = 300,
    tolerance: float = 0.0,
    threads: int = 0,
    backend: str = "auto",
) -> list[dict[str, Any]]:
    """Solve by patterns × methods and tell what each costs.

    Args:
        weights, axes, score, tau, iterations, tolerance, threads, backend: as of solve().
        patterns: those that are larger than the matrix are left out.
        methods: none: all of them.

    Returns:
        A list of what `nmscope compare --json` prints of each mask, pattern by pattern: "pattern", "method", "objective",
        "upper_bound", "relative_gap", "kept_magnitude", "relative_squared_error", "seconds", "transposable".
    """
    handle, dtype = _arrays.readable(_arrays.on_cpu(weights), "weights")
    if score is not None and not isinstance(score, str):
        score = _arrays.readable(_arrays.on_cpu(score), "score")[0]
    how = options("1:1", "exact", tau, iterations, tolerance, None, None, threads)
    return _core.compare(handle, dtype, _arrays.texts(patterns), _arrays.texts(methods), how, axes, score, backend)
