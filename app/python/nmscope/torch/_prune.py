# SPDX-License-Identifier: Apache-2.0
"""Pruning a model layer by layer, by what goes into each layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch

from .. import _prune
from .._errors import InputError, UsageError
from ._layers import Layer, layers


class _Enough(Exception):
    """Thrown out of a forward pass once the layer that is looked at has seen its inputs."""


class GramHook:
    """Sums XᵀX of what goes into a linear layer; samples × inputs, of more dimensions the last are the inputs.

    Products are taken in float32 on the inputs' device, their sum is kept in float64 there.
    """

    def __init__(self, layer: torch.nn.Module, *, stop: bool = False) -> None:
        self.gram: torch.Tensor | None = None
        self.samples = 0
        self._stop = stop
        self._handle = layer.register_forward_pre_hook(self._add)

    @torch.no_grad()
    def _add(self, _: torch.nn.Module, arguments: tuple[Any, ...]) -> None:
        x = arguments[0].detach()
        x = x.reshape(-1, x.shape[-1]).float()
        product = (x.t() @ x).double()
        self.gram = product if self.gram is None else self.gram + product
        self.samples += x.shape[0]
        if self._stop:
            raise _Enough

    def remove(self) -> None:
        """Look at the layer's inputs no more."""
        self._handle.remove()


def _run(model: torch.nn.Module, batch: Any) -> None:
    if isinstance(batch, Mapping):
        model(**batch)
    elif isinstance(batch, (list, tuple)):
        model(*batch)
    else:
        model(batch)


@torch.no_grad()
def _grams(model: torch.nn.Module, chosen: Sequence[Layer], batches: Sequence[Any]) -> list[torch.Tensor]:
    """Of all layers at once, or of one alone, whose forward passes then end there."""
    hooks = [GramHook(layer.module, stop=len(chosen) == 1) for layer in chosen]
    try:
        for batch in batches:
            try:
                _run(model, batch)
            except _Enough:
                pass
    finally:
        for hook in hooks:
            hook.remove()
    grams = []
    for layer, hook in zip(chosen, hooks, strict=True):
        if hook.gram is None:
            raise InputError(f"{layer.name}: no batch reached this layer; leave it out with exclude")
        grams.append(hook.gram.cpu())
    return grams


def prune(
    model: torch.nn.Module,
    batches: Iterable[Any],
    pattern: str = "2:4",
    *,
    framework: str = "alps",
    kind: str = "transposable",
    method: str = "exact",
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    sequential: bool = True,
    damping: float | None = 0.01,
    threads: int = 0,
    on_layer: Callable[[str, _prune.Pruned], None] | None = None,
) -> dict[str, _prune.Pruned]:
    """Prune the linear layers of a model in place, by the inputs that the batches bring to each.

    Args:
        model: in the mode in which its inputs are to be taken (eval(), as a rule).
        batches: what the model is called with: a tensor, a tuple of arguments, or a dict of named ones. They are kept, as
            each layer sees all of them.
        pattern, framework, kind, method, damping, threads: as of nmscope.prune(). Damping makes up for a singular H unless
            it is None.
        include, exclude: as of sparsify_(); convolutions are left out.
        sequential: each layer's inputs come from the model as it is pruned so far, one pass over the batches (up to that
            layer) for each layer; False: from the model as it was, one pass for all.
        on_layer: called with each layer's name and result.

    Returns:
        By the weight's name: nmscope.Pruned.
    """
    if framework == "magnitude":
        raise UsageError("framework: magnitude does without batches; take nmscope.prune() on each weight")
    kept = list(batches)
    if not kept:
        raise UsageError("batches: there are none")
    chosen = [one for one in layers(model, pattern, include, exclude) if isinstance(one.module, torch.nn.Linear)]
    if not chosen:
        raise UsageError("no linear layer is left")
    grams = [] if sequential else _grams(model, chosen, kept)
    results = {}
    for i, layer in enumerate(chosen):
        gram = _grams(model, [layer], kept)[0] if sequential else grams[i]
        weight = layer.weight.detach()
        pruned = _prune.prune(
            weight, gram=gram, pattern=pattern, framework=framework, kind=kind, method=method, damping=damping, threads=threads
        )
        with torch.no_grad():
            layer.weight.copy_(pruned.weights)
        results[layer.name] = pruned
        if on_layer is not None:
            on_layer(layer.name, pruned)
    return results
