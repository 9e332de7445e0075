# SPDX-License-Identifier: Apache-2.0
"""From a transposable 2:4 mask to PyTorch's semi-structured tensors: W for the forward product, Wᵀ for the backward one."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch.sparse import SparseSemiStructuredTensorCUSPARSELT, SparseSemiStructuredTensorCUTLASS
from torch.sparse._semi_structured_conversions import (
    _compute_compressed_swizzled_bitmask,
    sparse_semi_structured_from_dense_cutlass,
)

from .._errors import InputError, UsageError


class Packed(NamedTuple):
    """A matrix with 2 of every 4 kept along its rows, as CUTLASS reads it."""

    values: torch.Tensor
    """rows × columns/2, in the order of the columns: what the mask keeps, also where it is 0."""
    metadata: torch.Tensor
    """int16, rows × columns/16, in CUTLASS' order."""


def pack(weights: torch.Tensor, mask: torch.Tensor) -> Packed:
    """Pack what a row-wise 2:4 mask keeps.

    Args:
        weights: f16 or bf16, rows × columns, multiples of 32 and 64.
        mask: bool, of that shape, with exactly 2 of every 4 along the rows.
    """
    if weights.dtype not in (torch.float16, torch.bfloat16) or weights.ndim != 2:
        raise UsageError(f"weights: are {weights.dtype} with {weights.ndim} dimensions; give a matrix of f16 or bf16")
    if mask.shape != weights.shape or mask.dtype != torch.bool:
        raise UsageError("mask: is not bool of the weights' shape")
    rows, cols = weights.shape
    if rows % 32 or cols % 64:
        raise UsageError(f"weights: are {rows} × {cols}; CUTLASS takes multiples of 32 rows and of 64 columns")
    groups = mask.reshape(-1, 4)
    if not bool((groups.sum(1) == 2).all()):
        raise InputError("mask: does not keep exactly 2 of every 4 along the rows")
    kept = (~groups).to(torch.int8).argsort(dim=1, stable=True)[:, :2]  # the columns of what is kept, ascending
    values = weights.reshape(-1, 4).gather(1, kept).reshape(rows, cols // 2)
    _, metadata = sparse_semi_structured_from_dense_cutlass(mask.to(weights.dtype))
    return Packed(values, metadata)


def to_semi_structured(weights: torch.Tensor, mask: torch.Tensor) -> Any:
    """Hand W∘S over to torch.sparse, with a transposable 2:4 mask: both W and Wᵀ are packed.

    Args:
        weights: f16 or bf16, rows × columns, both multiples of 64.
        mask: bool, of that shape, with exactly 2 of every 4 along the rows and along the columns.

    Returns:
        A semi-structured tensor of torch.sparse: x @ W.T and x @ W run sparse on a GPU of compute capability 8 or later. In
        CUTLASS' layout on 8.x, for which PyTorch has that library's kernels, in cuSPARSELt's on later ones (where
        torch.backends.cusparselt.is_available()). On other devices it can be made and read back (to_dense), not multiplied.

    Example:
        >>> mask = nmscope.torch.mask(weights, "2:4")
        >>> y = torch.nn.functional.linear(x, nmscope.torch.to_semi_structured(weights, mask))
    """
    forward = pack(weights, mask)
    backward = pack(weights.t().contiguous(), mask.t().contiguous())
    bitmask = _compute_compressed_swizzled_bitmask(mask.to(weights.dtype))
    if _is_of_cusparselt(weights.device):
        kept = torch.where(mask, weights, weights.new_zeros(()))
        tensor: Any = SparseSemiStructuredTensorCUSPARSELT
        packed, packed_t = (torch._cslt_compress(matrix.contiguous()) for matrix in (kept, kept.t()))
        return tensor(weights.shape, packed, None, packed_t, None, bitmask)
    tensor = SparseSemiStructuredTensorCUTLASS
    return tensor(weights.shape, forward.values, forward.metadata, backward.values, backward.metadata, bitmask)


def _is_of_cusparselt(device: torch.device) -> bool:
    if device.type != "cuda" or torch.cuda.get_device_capability(device)[0] <= 8:
        return False
    return bool(torch.backends.cusparselt.is_available())
