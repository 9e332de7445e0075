# SPDX-License-Identifier: Apache-2.0
"""Masks of PyTorch's tensors, as an operator that torch.compile leaves whole."""

from __future__ import annotations

import sys
from typing import Any

import torch

from .. import _solve
from .._errors import UnsupportedError, UsageError


@torch.library.custom_op("nmscope::mask", mutates_args=())
def _mask(weights: torch.Tensor, pattern: str, method: str, axes: str) -> torch.Tensor:
    mask: torch.Tensor = _solve.solve(weights, pattern, method, axes=axes).mask
    return mask


@_mask.register_fake
def _(weights: torch.Tensor, pattern: str, method: str, axes: str) -> torch.Tensor:
    return torch.empty(weights.shape, dtype=torch.bool, device=weights.device)


def _shard_mask(weights: Any, pattern: str, method: str, axes: str) -> torch.Tensor:
    """Of a DTensor: each rank solves what it holds."""
    from torch.distributed.tensor import DTensor, Shard
    from torch.distributed.tensor._utils import compute_local_shape_and_global_offset

    m = int(pattern.partition(":")[2])
    local = weights.to_local()
    _, offset = compute_local_shape_and_global_offset(weights.shape, weights.device_mesh, weights.placements)
    for placement in weights.placements:
        if not placement.is_shard() and not placement.is_replicate():
            raise UnsupportedError(f"weights: are placed as {placement}, whose values are on no rank; redistribute them first")
    if any(type(placement) is not Shard for placement in weights.placements if placement.is_shard()):
        raise UnsupportedError("weights: are sharded in turns (strided), so that tiles cross shards; redistribute them first")
    for dim, begin in enumerate(offset):
        end = begin + local.shape[dim]
        letter = (axes or "rc")[dim] if len(axes or "rc") == weights.ndim else "?"
        is_stack = letter not in "oirc?"
        if not is_stack and (begin % m or (end % m and end != weights.shape[dim])):
            raise UsageError(
                f"weights: the shard of dimension {dim} is {begin} to {end}, which cuts through tiles of {m}; "
                "shard them at multiples of M, or gather them first"
            )
    mask = _mask(local, pattern, method, axes)
    return DTensor.from_local(
        mask, weights.device_mesh, weights.placements, run_check=False, shape=weights.shape, stride=weights.stride()
    )


def mask(weights: torch.Tensor, pattern: str = "2:4", method: str = "exact", axes: str = "") -> torch.Tensor:
    """The mask of a tensor, bool and of its shape: `torch.ops.nmscope.mask`, which torch.compile does not look into.

    Args:
        weights: f16, bf16, f32 or f64, on the CPU or a CUDA device. Of a DTensor each rank solves its own shard.
        pattern, method, axes: as of nmscope.solve().

    Raises:
        UsageError where a DTensor's shards cut through tiles; others as nmscope.solve().
    """
    distributed = sys.modules.get("torch.distributed.tensor")
    if distributed is not None and isinstance(weights, distributed.DTensor):
        return _shard_mask(weights.detach(), pattern, method, axes)
    result: torch.Tensor = _mask(weights.detach(), pattern, method, axes)
    return result
