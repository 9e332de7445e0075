# SPDX-License-Identifier: Apache-2.0
"""Training under a mask: a parametrisation whose mask follows the weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary, ref

import torch
from torch.nn.utils import parametrize

from .._core import Potentials
from .._errors import UsageError
from .._solve import solve
from ._layers import Layer, layers
from ._masks import mask as mask_of


class _StraightThrough(torch.autograd.Function):
    """W∘S forwards; the gradient of W∘S for W backwards, so that weights which are masked now go on learning."""

    @staticmethod
    def forward(ctx: Any, weight: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return weight * mask

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0], None


class TransposableMask(torch.nn.Module):
    """The parametrisation that sparsify_() puts on a weight: W∘S, with a straight-through gradient."""

    mask: torch.Tensor

    def __init__(self, mask: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mask", mask)

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """W∘S."""
        masked: torch.Tensor = _StraightThrough.apply(weight, self.mask)
        return masked


def _solve_into(
    held: torch.Tensor, weight: torch.Tensor, pattern: str, method: str, axes: str, potentials: Potentials | None
) -> Callable[[], float]:
    """Solve in place. What comes back tells the share of the entries that changed, for which it waits for a device."""
    if type(held) is torch.Tensor:
        solution = solve(weight.detach(), pattern, method, axes=axes, out=held, potentials=potentials)
        return lambda: float(solution.changed / held.numel())
    new = mask_of(weight, pattern, method, axes)  # of shards
    changed = (new != held).sum()
    held.copy_(new)
    return lambda: float(changed.full_tensor() / new.numel())


@dataclass(frozen=True)
class Refresh:
    """One refresh of all masks."""

    step: int
    flip_rates: dict[str, float]
    """By the weight's name: entries of the mask that changed, over all of them."""


@dataclass
class Sparsity:
    """What sparsify_() did to a model. Call step() after the optimizer's, or attach() it once."""

    pattern: str
    method: str
    every: int
    layers: list[Layer]
    warm_start: bool = True
    steps: int = 0
    history: list[Refresh] = field(default_factory=list)
    """One entry for each refresh."""
    on_step: list[Callable[[], None]] = field(default_factory=list)
    """Called at the end of each step()."""
    _potentials: dict[str, Potentials] = field(default_factory=dict, repr=False)

    def _parametrisation(self, layer: Layer) -> TransposableMask:
        lists: Any = layer.module.parametrizations
        return next(one for one in lists["weight"] if isinstance(one, TransposableMask))

    @property
    def masks(self) -> dict[str, torch.Tensor]:
        """By the weight's name: bool, of its shape."""
        return {layer.name: self._parametrisation(layer).mask for layer in self.layers}

    @property
    def flip_rate(self) -> float:
        """Of the last refresh, over all weights; 0 before the first."""
        if not self.history:
            return 0.0
        rates = self.history[-1].flip_rates
        sizes = {layer.name: layer.weight.numel() for layer in self.layers}
        return float(sum(rates[name] * size for name, size in sizes.items()) / sum(sizes.values()))

    @torch.no_grad()
    def refresh(self) -> Refresh:
        """Solve the masks of the weights as they are now; with warm_start from the potentials of the last refresh."""
        started = {}
        for layer in self.layers:
            lists: Any = layer.module.parametrizations
            held = self._parametrisation(layer).mask
            kept = self._potentials.setdefault(layer.name, Potentials()) if self.warm_start else None
            started[layer.name] = _solve_into(held, lists["weight"].original, self.pattern, self.method, layer.axes, kept)
        done = Refresh(self.steps, {name: rate() for name, rate in started.items()})
        self.history.append(done)
        return done

    def step(self) -> None:
        """Count one training step, and refresh the masks where `every` of them have gone by. With every=0 never."""
        self.steps += 1
        if self.every and self.steps % self.every == 0:
            self.refresh()
        for heard in list(self.on_step):
            heard()

    def attach(self, optimizer: torch.optim.Optimizer) -> Sparsity:
        """Have step() called after each step of the optimizer."""
        optimizer.register_step_post_hook(lambda *_: self.step())
        return self

    def finish(self) -> None:
        """Make the masked weights the model's own; the parametrisations go."""
        for layer in self.layers:
            parametrize.remove_parametrizations(layer.module, "weight", leave_parametrized=True)
        self.layers = []


_known: WeakKeyDictionary[torch.nn.Module, ref[Sparsity]] = WeakKeyDictionary()


def sparsity_of(model: torch.nn.Module) -> Sparsity | None:
    """What sparsify_() returned for this model; None where it was not applied, or is finished."""
    known = _known.get(model)
    found = known() if known is not None else None
    return found if found is not None and found.layers else None


def sparsify_(
    model: torch.nn.Module,
    pattern: str = "2:4",
    *,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    method: str = "exact",
    every: int = 1,
    warm_start: bool = True,
) -> Sparsity:
    """Put masks on the weights of a model, in place; they follow the weights while it is trained.

    Args:
        pattern, method: as of nmscope.solve().
        include, exclude: names or globs of weights or modules; without include all linear layers and convolutions but
            output heads.
        every: the masks are solved anew after so many steps; 0: never.
        warm_start: at a refresh the tiles of dykstra and capped start from their potentials at the last one, which is many
            times faster. The masks then also depend on the steps before; False: on the weights alone, as of
            nmscope.solve(). Other methods need no start, and shards of DTensors have none.

    Returns:
        A Sparsity: step() after each step of the optimizer (or attach(optimizer) once), masks, flip_rate, history, finish().
    """
    if every < 0:
        raise UsageError("every: is negative; give the number of steps between two refreshes, or 0")
    chosen = layers(model, pattern, include, exclude)
    for layer in chosen:
        if parametrize.is_parametrized(layer.module, "weight"):
            raise UsageError(f"{layer.name}: is parametrised already")
    for layer in chosen:
        mask = mask_of(layer.weight, pattern, method, layer.axes)
        parametrize.register_parametrization(layer.module, "weight", TransposableMask(mask), unsafe=True)
    sparsity = Sparsity(pattern, method, every, chosen, warm_start)
    _known[model] = ref(sparsity)
    return sparsity
