# SPDX-License-Identifier: Apache-2.0
"""nmscope.prune: a layer with what goes into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import _arrays, _core, _device
from ._solve import options


@dataclass(frozen=True)
class Pruned:
    """A pruned layer."""

    weights: Any
    """Of the shape, type and library of what was handed over; what the mask drops is 0."""
    mask: Any
    """bool, of the same shape: True is kept."""
    report: dict[str, Any]
    """What `nmscope prune --json` prints of a tensor: "error" (‖XW − XŴ‖²/‖XW‖², None without inputs), "kept_magnitude",
    "iterations", "seconds" and more."""

    @property
    def error(self) -> float | None:
        """‖XW − XŴ‖² / ‖XW‖² of the weights as they are; None without inputs."""
        error: float | None = self.report["error"]
        return error


def prune(
    weights: Any,
    inputs: Any = None,
    pattern: str = "2:4",
    *,
    framework: str = "alps",
    kind: str = "transposable",
    method: str = "exact",
    gram: Any = None,
    damping: float | None = None,
    blocks: bool = False,
    axes: str = "oi",
    tau: float = 100.0,
    iterations: int = 300,
    threads: int = 0,
    backend: str = "auto",
) -> Pruned:
    """Prune a layer y = W x so that its outputs change as little as they can.

    Args:
        weights: out × in, or as `axes` says; f16, bf16, f32 or f64 (rounded to f32). Left as they are.
        inputs: X, samples × inputs (of more dimensions the last are the inputs); of a stack a sequence, one for each of its
            matrices. Not for "magnitude", which can do without.
        gram: H = XᵀX, inputs × inputs, instead of X; likewise a sequence of a stack.
        pattern: "N:M".
        framework: "magnitude", "wanda", "sparsegpt" or "alps".
        kind: "transposable", "row-nm" or "unstructured".
        method: the tile method of transposable masks.
        damping: of the mean of H's diagonal, added to it; given, it also makes up for a singular H, which is an error else.
        blocks: N may vary over blocks of M outputs, at the same number of weights kept.
        axes, tau, iterations, threads, backend: as of solve(). Weights on a CUDA device go through the CPU's memory, and come
            back; "auto" then takes their device for the linear algebra and the tiles.

    Returns:
        Pruned: weights, mask, report.
    """
    how = options(pattern, method, tau, iterations, 0.0, None, None, threads)
    place = _device.place_of(weights)
    if place is not None and backend == "auto":
        backend = f"cuda:{place.index}"
    here = _arrays.on_cpu(weights)
    handle, dtype = _arrays.readable(here, "weights")
    given = inputs if gram is None else gram
    each: Sequence[Any] = () if given is None else given if isinstance(given, (list, tuple)) else (given,)
    arrays = [_arrays.readable(_arrays.on_cpu(one), "inputs") for one in each]
    out, out_handle = _arrays.empty_like(here, "weights")
    mask, mask_handle = _arrays.empty_mask(here)
    report = _core.prune(
        handle, dtype, [handle for handle, _ in arrays], [dtype for _, dtype in arrays], gram is not None, out_handle, mask_handle, how,
        framework, kind, 0.01 if damping is None else damping, damping is not None, blocks, axes, backend,
    )  # fmt: skip
    return Pruned(_arrays.back(out, weights), _arrays.back(mask, weights), report)
