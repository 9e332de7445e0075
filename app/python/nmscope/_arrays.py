# SPDX-License-Identifier: Apache-2.0
"""Arrays of any library on their way to the extension module and back. Nothing is copied but by on_cpu() and back().

NumPy is the one library that is imported; PyTorch, JAX and CuPy are recognised where somebody else has imported them.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _device
from ._errors import UnsupportedError

_CPU_DEVICES = (1, 3)  # DLPack's kDLCPU and kDLCUDAHost


Array = tuple[Any, str]
"""What the extension module takes: something that it can import, and its element type where that cannot say it."""


def torch_of(array: Any) -> Any:
    """PyTorch where `array` is one of its tensors, else None."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and isinstance(array, torch.Tensor) else None


@functools.cache
def dlpack(torch: Any) -> Any:
    """PyTorch's module of that name."""
    return torch.utils.dlpack


def _not_here(name: str, device: str) -> UnsupportedError:
    return UnsupportedError(f"{name}: lies on {device}, where nothing is solved in place; hand over a copy in the CPU's memory")


def _refuse_torch(torch: Any, tensor: Any, name: str) -> None:
    distributed = sys.modules.get("torch.distributed.tensor")
    if distributed is not None and isinstance(tensor, distributed.DTensor):
        raise TypeError(f"{name}: is a DTensor, which lies on several devices; nmscope.torch.mask() solves its shards")
    if tensor.layout is not torch.strided:
        raise TypeError(f"{name}: is a {tensor.layout} tensor, not a dense one")
    if tensor.device.type != "cpu":
        raise _not_here(name, str(tensor.device))


def readable(array: Any, name: str) -> Array:
    """An array to read. TypeError for what is none, UnsupportedError for one that the CPU does not reach."""
    if isinstance(array, np.ndarray):
        dtype = array.dtype
        if dtype.kind == "V" and dtype.name == "bfloat16":  # ml_dtypes': known to neither DLPack nor the buffer protocol
            return array.view(np.uint16), "bf16"
        if dtype.isnative:
            return array, ""
        raise TypeError(f"{name}: has the other byte order; hand over array.astype(array.dtype.newbyteorder('='))")
    torch = torch_of(array)
    if torch is not None:
        return readable_tensor(torch, array, name), ""
    device = getattr(array, "__dlpack_device__", None)
    if device is None or not hasattr(array, "shape"):
        if hasattr(array, "__array_interface__") or hasattr(array, "__buffer__"):
            return readable(np.asarray(array), name)
        raise TypeError(f"{name}: is a {type(array).__module__}.{type(array).__qualname__}, not an array")
    if device()[0] not in _CPU_DEVICES:
        raise _not_here(name, f"a device of DLPack's type {int(device()[0])}")
    return array, ""


def readable_tensor(torch: Any, tensor: Any, name: str) -> Any:
    """What the extension module takes of a tensor; likewise."""
    if not tensor.is_cpu or tensor.layout is not torch.strided or "torch.distributed.tensor" in sys.modules:
        _refuse_torch(torch, tensor, name)
    return dlpack(torch).to_dlpack(tensor)


def writable(array: Any, name: str) -> Any:
    """An array to write to. TypeError for one that cannot be written."""
    torch = torch_of(array)
    if torch is not None:
        _refuse_torch(torch, array, name)
        return dlpack(torch).to_dlpack(array)
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name}: is a {type(array).__module__}.{type(array).__qualname__}, not a numpy array or a tensor")
    if not array.flags.writeable:
        raise TypeError(f"{name}: is read-only")
    return array


def empty_mask(like: Any) -> tuple[Any, Any]:
    """An array of bool of that shape, of its own library, to be filled, and what the extension module takes of it. A tensor is
    also laid out like the other one, where that is dense."""
    torch = torch_of(like)
    if torch is not None:
        mask = torch.empty_like(like, dtype=torch.bool)
        return mask, dlpack(torch).to_dlpack(mask)
    mask = np.empty(like.shape, np.bool_)
    return mask, mask


def empty_like(like: Any, name: str) -> tuple[Any, Any]:
    """A packed array of that shape and type, to be filled, and what the extension module takes of it."""
    torch = torch_of(like)
    if torch is not None:
        out = torch.empty(like.shape, dtype=like.dtype)
        return out, dlpack(torch).to_dlpack(out)
    out = np.empty(like.shape, np.asarray(like).dtype if not isinstance(like, np.ndarray) else like.dtype)
    return out, readable(out, name)[0]


def returned(result: Any, like: Any) -> Any:
    """A result in numpy's memory as an array of the library of `like`: JAX's, without a copy where it can."""
    jax = sys.modules.get("jax")
    if jax is not None and isinstance(like, jax.Array):
        return jax.numpy.asarray(result)
    return result


def on_cpu(array: Any) -> Any:
    """The array, or of one on a device a copy in the CPU's memory."""
    place = _device.place_of(array)
    return array if place is None else place.copy(array)


def back(result: Any, like: Any) -> Any:
    """A result in the CPU's memory where `like` lies, and in its library."""
    place = _device.place_of(like)
    return returned(result, like) if place is None else place.moved(result)


def texts(value: str | Sequence[str]) -> list[str]:
    """One text or several, as a list."""
    return [value] if isinstance(value, str) else list(value)
