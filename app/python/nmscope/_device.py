# SPDX-License-Identifier: Apache-2.0
"""Arrays in the memory of a CUDA device: whose stream is used, and who allocates. The solver itself allocates nothing there.

PyTorch's and CuPy's arrays are solved on the stream that is current in that library, in memory of its own allocator, so that
everything is in the order in which the program says it. Of other libraries with DLPack (JAX) neither is known: they are
solved on the default stream, and waited for.
"""

from __future__ import annotations

import functools
import sys
from typing import Any, Protocol

import numpy as np

from . import _core
from ._errors import UnsupportedError, UsageError

_CUDA = 2  # DLPack's kDLCUDA
_LEGACY_STREAM = 1  # the default stream, as DLPack and CUDA both number it


class Place(Protocol):
    """Where an array lies."""

    index: int
    waits: bool
    """Whether a solve has to be waited for."""

    def stream(self) -> int:
        """What work is enqueued on."""

    def handle(self, array: Any) -> Any:
        """What the extension module takes of an array of that library, ordered before the stream's further work."""

    def empty(self, shape: tuple[int, ...], mask: bool) -> Any:
        """An array of bool, for a mask, or of uint8."""

    def returned(self, mask: Any) -> Any:
        """A mask as users get it."""

    def squares(self, array: Any) -> Any:
        """W² in float32."""

    def copy(self, array: Any) -> Any:
        """In the CPU's memory: a tensor of PyTorch's, else numpy's."""

    def moved(self, array: Any) -> Any:
        """The way back, of a tensor or of numpy's."""


class _Torch:
    waits = False

    def __init__(self, torch: Any, device: Any) -> None:
        self._torch, self._device = torch, device
        self.index: int = device.index

    def stream(self) -> int:
        stream: int = self._torch.cuda.current_stream(self._device).cuda_stream
        return stream

    def handle(self, array: Any) -> Any:
        return self._torch.utils.dlpack.to_dlpack(array.detach())

    def empty(self, shape: tuple[int, ...], mask: bool) -> Any:
        return self._torch.empty(shape, dtype=self._torch.bool if mask else self._torch.uint8, device=self._device)

    def returned(self, mask: Any) -> Any:
        return mask

    def squares(self, array: Any) -> Any:
        return array.detach().float().square()

    def copy(self, array: Any) -> Any:
        return array.detach().cpu()

    def moved(self, array: Any) -> Any:
        return array.to(self._device)


class _CuPy:
    waits = False

    def __init__(self, cupy: Any, index: int) -> None:
        self._cupy, self.index = cupy, index

    def stream(self) -> int:
        with self._cupy.cuda.Device(self.index):
            stream: int = self._cupy.cuda.get_current_stream().ptr
        return stream

    def handle(self, array: Any) -> Any:
        return array.__dlpack__(stream=self.stream() or _LEGACY_STREAM)

    def empty(self, shape: tuple[int, ...], mask: bool) -> Any:
        with self._cupy.cuda.Device(self.index):
            return self._cupy.empty(shape, self._cupy.bool_ if mask else self._cupy.uint8)

    def returned(self, mask: Any) -> Any:
        return mask

    def squares(self, array: Any) -> Any:
        return array.astype(self._cupy.float32) ** 2

    def copy(self, array: Any) -> Any:
        return array.get()

    def moved(self, array: Any) -> Any:
        with self._cupy.cuda.Device(self.index):
            return self._cupy.asarray(array)


class _Other:
    waits = True

    def __init__(self, index: int, jax: Any) -> None:
        self.index, self._jax = index, jax

    def stream(self) -> int:
        return _LEGACY_STREAM

    def handle(self, array: Any) -> Any:
        return array.__dlpack__(stream=_LEGACY_STREAM) if hasattr(array, "shape") else array

    def empty(self, shape: tuple[int, ...], mask: bool) -> Any:
        return _core.bytes_on_device(solver_of(self.index), self.index, list(shape))

    def returned(self, mask: Any) -> Any:
        return self._jax.dlpack.from_dlpack(mask).astype(bool) if self._jax is not None else mask

    def squares(self, array: Any) -> Any:
        return array.astype("float32") ** 2

    def copy(self, array: Any) -> Any:
        return np.asarray(array)

    def moved(self, array: Any) -> Any:
        return self._jax.numpy.asarray(array) if self._jax is not None else array


@functools.cache
def solver_of(index: int) -> _core.DeviceSolver:
    """The solver of a CUDA device. DeviceError where there is none."""
    return _core.device_solver(index)


def place_of(array: Any) -> Place | None:
    """Where an array lies; None for the CPU's memory, and for what is no array of a device."""
    if isinstance(array, np.ndarray):
        return None
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(array, torch.Tensor):
        # What is sharded, sparse or on other devices is refused, or solved, by who reads it.
        plain = array.is_cuda and array.layout is torch.strided and not hasattr(array, "placements")
        return _Torch(torch, array.device) if plain else None
    where = getattr(array, "__dlpack_device__", None)
    if where is None:
        return None
    kind, index = where()
    if kind != _CUDA:
        return None
    cupy, jax = sys.modules.get("cupy"), sys.modules.get("jax")
    if cupy is not None and isinstance(array, cupy.ndarray):
        return _CuPy(cupy, index)
    return _Other(index, jax if jax is not None and isinstance(array, jax.Array) else None)


def _handle(place: Place, array: Any, name: str) -> Any:
    """What the extension module takes of an array that has to lie at that place, of whatever library."""
    own = place_of(array)
    if own is None or own.index != place.index:
        raise UsageError(f"{name}: does not lie on cuda:{place.index}, as the weights do; move it to their device first")
    return place.handle(array) if type(own) is type(place) else array.__dlpack__(stream=place.stream() or _LEGACY_STREAM)


def solve(
    place: Place, weights: Any, how: _core.Options, axes: str, score: Any, out: Any, backend: str, certificate: bool
) -> tuple[Any, _core.DeviceFigures]:
    """Enqueue a solve; the mask, and figures that wait for it when they are read."""
    if backend not in ("auto", "cuda", f"cuda:{place.index}"):
        raise UnsupportedError(
            f"weights: lie on cuda:{place.index}; for backend {backend} hand over a copy that lies there, or take backend auto"
        )
    if isinstance(score, str):
        if score not in ("abs", "square"):
            raise UsageError(f'score: "{score}" is no rule; give "abs", "square" or an array of the weights\' shape')
        score = place.squares(weights) if score == "square" else None
    solver = solver_of(place.index)
    mask = place.empty(tuple(weights.shape), True) if out is None else out
    target = place.handle(mask) if out is None else _handle(place, out, "out")
    scores = None if score is None else _handle(place, score, "score")
    task = _core.prepare_on_device(
        solver, place.index, place.handle(weights), "", target, how, axes, scores, certificate, out is not None
    )
    scratch, kept = place.empty((task.scratch_bytes,), False), place.empty((task.figure_bytes,), False)
    figures = task.start(place.handle(scratch), place.handle(kept), place.stream())
    if place.waits:
        _ = figures.objective
    return (place.returned(mask) if out is None else out), figures
