# SPDX-License-Identifier: Apache-2.0
"""nmscope for PyTorch's models: training under masks, pruning by activations, sparse tensors.

    sparsity = nmscope.torch.sparsify_(model, "2:4").attach(optimizer)   # masks follow the weights
    nmscope.torch.prune(model, batches, "16:32", framework="alps")       # layer by layer
"""

from ._layers import Layer, layers
from ._masks import mask
from ._prune import GramHook, prune
from ._semi_structured import Packed, pack, to_semi_structured
from ._sparsify import Refresh, Sparsity, TransposableMask, sparsify_

__all__ = [
    "GramHook",
    "Layer",
    "Packed",
    "Refresh",
    "Sparsity",
    "TransposableMask",
    "layers",
    "mask",
    "pack",
    "prune",
    "sparsify_",
    "to_semi_structured",
]
