# SPDX-License-Identifier: Apache-2.0
"""nmscope.solve and its result."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _arrays, _core, _device
from ._core import Potentials
from ._errors import UsageError


@functools.lru_cache(maxsize=256)
def options(
    pattern: str,
    method: str,
    tau: float = 100.0,
    iterations: int = 300,
    tolerance: float = 0.0,
    warm_start: str | None = None,
    rounding: str | None = None,
    threads: int = 0,
) -> _core.Options:
    """The extension module's own form of how tiles are solved; checked."""
    swaps: int | None = None
    if rounding is not None:
        name, _, count = rounding.partition(":")
        if name != "paper" or (count and not count.isdigit()):
            raise UsageError(f"rounding {rounding}: is none; write paper, or paper:L for at most L swaps a tile")
        swaps = int(count or 10)
    return _core.options(pattern, method, tau, iterations, tolerance, warm_start, swaps, threads)


class Solution:
    """A mask and what is known of it. Figures cost nothing until they are read; of weights on a CUDA device reading the first
    one waits for the device, and raises InputError where weights or scores are not fit for a mask."""

    __slots__ = ("_figures", "_options", "mask")

    mask: Any
    """bool, of the weights' shape and library: True is kept."""

    def __init__(self, mask: Any, how: _core.Options, figures: _core.Figures | _core.DeviceFigures) -> None:
        self.mask = mask
        self._options = how
        self._figures = figures

    def __repr__(self) -> str:
        return (
            f"<nmscope.Solution {self.pattern} {self.method}: {'×'.join(str(n) for n in self.mask.shape)}, "
            f"objective {self.objective:.6g}, gap {100 * self.relative_gap:.4g} %>"
        )

    @property
    def pattern(self) -> str:
        """"8:16": 8 of every 16 are kept."""
        return self._options.pattern

    @property
    def method(self) -> str:
        """The tile method, as on the command line."""
        return self._options.method

    @property
    def objective(self) -> float:
        """The sum of the scores that the mask keeps, in the scores' unit."""
        return self._figures.objective

    @property
    def upper_bound(self) -> float:
        """What no mask of this kind exceeds, in the scores' unit."""
        return self._figures.upper_bound

    @property
    def relative_gap(self) -> float:
        """(upper_bound − objective) / upper_bound: 0 where the mask is proven optimal."""
        return self._figures.relative_gap

    @property
    def worst_gap(self) -> float:
        """The largest relative gap of a single tile."""
        return self._figures.worst_gap

    @property
    def worst_residual(self) -> float:
        """The largest |Σ plan − N| / N of a row or column of a tile, of methods with a plan."""
        return self._figures.worst_residual

    @property
    def not_converged(self) -> int:
        """Tiles whose residual stayed above 1 %."""
        return self._figures.not_converged

    @property
    def kept_magnitude(self) -> float:
        """Σ|W|∘S / Σ|W|."""
        return self._figures.kept_magnitude

    @property
    def relative_squared_error(self) -> float:
        """‖W − W∘S‖² / ‖W‖²."""
        return self._figures.relative_squared_error

    @property
    def kept_fraction(self) -> float:
        """Ones of the mask over all weights."""
        return self._figures.kept_fraction

    @property
    def tiles(self) -> int:
        """Tiles of M×M, ragged ones at the edges included."""
        return self._figures.tiles

    @property
    def changed(self) -> int:
        """Entries of `out` that had another value before; 0 where none was given."""
        return self._figures.changed

    @property
    def seconds(self) -> float:
        """Solving alone, by the clock on the wall; 0 on a CUDA device, which nobody waited for."""
        return self._figures.seconds

    @property
    def total_seconds(self) -> float:
        """Solving, checking and writing the mask, by the clock on the wall; likewise."""
        return self._figures.total_seconds

    @property
    def axes(self) -> str:
        """What each dimension was taken for: "oihw"."""
        return self._figures.axes

    @property
    def layout(self) -> str:
        """The same in words: "conv2d kernel, 9 matrices 64 × 32 (out × in)"."""
        return self._figures.layout

    @property
    def backend(self) -> str:
        """Where it was solved: "cpu", "cuda:0"."""
        return self._figures.backend

    @property
    def tile_objective(self) -> NDArray[np.float64] | None:
        """The objective of each tile: matrices × rows of tiles × columns of tiles. None without certificate=True."""
        return self._figures.tile_objective

    @property
    def tile_upper_bound(self) -> NDArray[np.float64] | None:
        """The bound of each tile, likewise."""
        return self._figures.tile_upper_bound

    @property
    def tile_gap(self) -> NDArray[np.float64] | None:
        """The relative gap of each tile, likewise."""
        return self._figures.tile_gap


def solve(
    weights: Any,
    pattern: str = "2:4",
    method: str = "exact",
    *,
    score: Any = None,
    out: Any = None,
    axes: str = "",
    tau: float = 100.0,
    iterations: int = 300,
    tolerance: float = 0.0,
    warm_start: str | None = None,
    rounding: str | None = None,
    threads: int = 0,
    backend: str = "auto",
    certificate: bool = False,
    potentials: Potentials | None = None,
) -> Solution:
    """Find the mask that keeps the most of the scores, N of every M along the rows and the columns of each M×M tile.

    Args:
        weights: an array of f16, bf16, f32 or f64 (which is rounded to f32): a matrix (rows × columns), a stack of them, a
            kernel of a convolution. Of numpy, PyTorch, JAX, CuPy, or any library with DLPack, in the memory of the CPU or of
            a CUDA device. It is read where it lies, and not copied, where the entries of its rows are neighbours.
        pattern: "N:M", keep N of every M; 1 ≤ N ≤ M ≤ 64, and M no more than a side of the matrix.
        method: a tile method (nmscope.methods()): "exact" is the proven optimum.
        score: what is to be kept: None is |W|, "square" W², or an array of the weights' shape, finite and ≥ 0.
        out: where the mask goes: an array of bool or uint8 of the weights' shape. None: a new one.
        axes: one letter for each dimension: o (out) and i (in) make the matrix, or r and c; any other letter counts the
            stack. "" tells it from the shape, as the command line does: two dimensions are rows × columns, three a stack of
            matrices (or, with a last dimension of at most 15 that is the smaller one, PyTorch's conv1d kernel, "oiw"), four
            and five a kernel.
        tau: sharpness of the entropic methods, dimensionless: scores are divided by their tile's maximum first.
        iterations: at most so many, of the entropic methods.
        tolerance: a relative residual of rows and columns at which a tile is done; 0: by the count alone.
        warm_start: another method, whose potentials or mask each tile begins with.
        rounding: "paper" rounds a plan as TSENOR published it, "paper:L" with at most L swaps a tile.
        threads: of the CPU; 0: all cores.
        backend: "auto" is where the weights lie; "cpu", "cuda", "cuda:N".
        certificate: also keep objective, bound and gap of each tile.
        potentials: a Potentials(), the same one at each solve of weights that change a little from one to the next: the tiles
            of dykstra and capped start where they ended, and end at a residual of `tolerance`, or of 1 %. Other methods and
            CUDA devices do without.

    Returns:
        A Solution: mask, objective, upper_bound, relative_gap and what else is known.

    Raises:
        UsageError, InputError (NaN, Inf, a matrix smaller than a tile), TypeError (no array, no floating-point numbers),
        UnsupportedError, ResourceError, DeviceError. KeyboardInterrupt ends a solve within about 50 ms.

    Weights on a CUDA device are solved there, on the stream that is current in their library (PyTorch, CuPy), by the methods
    that `nmscope solve --backend cuda` has; the call returns when the work is enqueued, and the mask lies on the same
    device. The mask of a tile with NaN, Inf or a negative score has no meaning, and reading a figure raises InputError. With
    other libraries the call waits.

    The GIL is not held meanwhile. Several threads may solve at once, also the same weights.
    """
    how = options(pattern, method, tau, iterations, tolerance, warm_start, rounding, threads)
    torch = None if isinstance(weights, np.ndarray) else _arrays.torch_of(weights)
    place = None if torch is not None and weights.is_cpu else _device.place_of(weights)
    if place is not None:
        mask, figures = _device.solve(place, weights, how, axes, score, out, backend, certificate)
        return Solution(mask, how, figures)
    if score is not None and not isinstance(score, str):
        score = _arrays.readable(score, "score")[0]
    if out is not None:
        handle, dtype = _arrays.readable(weights, "weights")
        target = _arrays.writable(out, "out")
        return Solution(out, how, _core.solve(handle, dtype, target, how, axes, score, backend, certificate, True, potentials))
    if torch is not None:
        tensor = _arrays.readable_tensor(torch, weights, "weights")
        capsule, solved = _core.solve_new(tensor, how, axes, score, backend, certificate, potentials)
        return Solution(_arrays.dlpack(torch).from_dlpack(capsule), how, solved)
    handle, dtype = _arrays.readable(weights, "weights")
    mask = np.empty(weights.shape, np.bool_)
    solved = _core.solve(handle, dtype, mask, how, axes, score, backend, certificate, False, potentials)
    return Solution(_arrays.returned(mask, weights), how, solved)


def methods() -> list[str]:
    """The names of the tile methods."""
    return _core.method_names()
