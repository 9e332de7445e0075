# SPDX-License-Identifier: Apache-2.0
"""What a window is shown: named tensors, read when somebody opens them."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _arrays
from .._errors import UsageError

_NUMPY_NAMES = {"float16": "f16", "bfloat16": "bf16", "float32": "f32", "float64": "f64"}


@dataclass(frozen=True)
class Entry:
    """One tensor; `array` is the caller's own, of numpy or PyTorch."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    array: Any

    @property
    def bytes(self) -> int:
        """Of its values, packed."""
        return math.prod(self.shape) * {"f16": 2, "bf16": 2, "f32": 4, "f64": 8}[self.dtype]

    def values(self) -> NDArray[np.uint8]:
        """Its values as they are now, packed, as bytes; the array's own memory where that is packed."""
        array = self.array
        torch = _arrays.torch_of(array)
        if torch is not None:
            array = array.detach().cpu().contiguous()
            array = array.view(torch.int16).numpy() if array.dtype == torch.bfloat16 else array.numpy()
        packed = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        if packed.nbytes != self.bytes:
            raise UsageError(f"{self.name}: has another shape than when it was handed over")
        return packed


@dataclass(frozen=True)
class Collection:
    """The tensors of one thing that is shown."""

    title: str
    layout: str
    """"pytorch": dimensions are told as in PyTorch's files; "plain": as nmscope.solve() tells them."""
    entries: list[Entry]


def _dtype_of(array: Any) -> str | None:
    torch = _arrays.torch_of(array)
    name = str(array.dtype).removeprefix("torch.") if torch is not None else array.dtype.name
    return _NUMPY_NAMES.get(name)


def _entry(name: str, array: Any) -> Entry | None:
    """None for what holds no floating-point weights; TypeError for what is no array at all."""
    torch = _arrays.torch_of(array)
    if torch is None and not isinstance(array, np.ndarray):
        array = np.asarray(array) if hasattr(array, "__array__") or hasattr(array, "__array_interface__") else array
    if torch is None and not isinstance(array, np.ndarray):
        raise TypeError(f"{name}: is a {type(array).__module__}.{type(array).__qualname__}, not an array")
    if torch is not None and array.layout is not torch.strided:
        raise TypeError(f"{name}: is a {array.layout} tensor, not a dense one")
    dtype = _dtype_of(array)
    if dtype is None:
        return None
    if isinstance(array, np.ndarray) and not array.dtype.isnative:
        raise TypeError(f"{name}: has the other byte order; hand over array.astype(array.dtype.newbyteorder('='))")
    return Entry(name, tuple(int(side) for side in array.shape), dtype, array)


def _of_module(module: Any) -> Collection:
    """The matrices and kernels among a model's parameters; a parametrised weight under its own name."""
    entries = []
    for name, parameter in module.named_parameters():
        if parameter.ndim < 2:
            continue
        entry = _entry(name.replace(".parametrizations.weight.original", ".weight"), parameter)
        if entry is not None:
            entries.append(entry)
    return Collection(type(module).__name__, "pytorch", entries)


def collect(shown: Any, name: str = "tensor") -> Collection:
    """What show() and watch() take, as named tensors. UsageError where none holds floating-point weights."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(shown, torch.nn.Module):
        found = _of_module(shown)
    elif isinstance(shown, Mapping):
        named = [_entry(str(key), value) for key, value in shown.items()]
        is_torch = any(_arrays.torch_of(value) is not None for value in shown.values())
        found = Collection("tensors", "pytorch" if is_torch else "plain", [entry for entry in named if entry is not None])
    else:
        entry = _entry(name, shown)
        found = Collection(name, "plain", [] if entry is None else [entry])
    if not found.entries:
        raise UsageError(f"{found.title}: holds no floating-point weights (f16, bf16, f32, f64)")
    if len({entry.name for entry in found.entries}) < len(found.entries):
        raise UsageError(f"{found.title}: has several tensors of one name")
    return found
