# SPDX-License-Identifier: Apache-2.0
"""Which weights of a model are meant."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch

from .. import _arrays, _core
from .._errors import UsageError

_AXES = {torch.nn.Linear: "oi", torch.nn.Conv1d: "oiw", torch.nn.Conv2d: "oihw", torch.nn.Conv3d: "oidhw"}


class Layer(NamedTuple):
    """A module whose `weight` is a matrix or a stack of them."""

    name: str  # of the weight: "encoder.0.query.weight"
    module: torch.nn.Module
    axes: str

    @property
    def weight(self) -> torch.Tensor:
        """As the module uses it."""
        weight: torch.Tensor = self.module.weight
        return weight


def _of_model(model: torch.nn.Module) -> Iterator[Layer]:
    for name, module in model.named_modules():
        axes = next((axes for kind, axes in _AXES.items() if isinstance(module, kind)), None)
        if axes is not None:
            yield Layer(f"{name}.weight" if name else "weight", module, axes)


def _fits(layer: Layer, m: int) -> bool:
    out, ins = layer.weight.shape[:2]
    return bool(out >= m and ins >= m)


def layers(
    model: torch.nn.Module, pattern: str, include: str | Sequence[str] = (), exclude: str | Sequence[str] = ()
) -> list[Layer]:
    """The linear layers and convolutions of a model, in its order.

    Args:
        pattern: "N:M"; layers smaller than a tile are left out.
        include: names or globs of weights or their modules ("*" also stands for "."). None: all but output heads and
            whatever else the command line leaves out by its name.
        exclude: likewise, of those that are left out.

    Raises:
        UsageError where a name or glob matches nothing, or nothing is left.
    """
    m = int(pattern.partition(":")[2] or 0)
    found = list(_of_model(model))
    chosen = found

    def matching(glob: str) -> list[Layer]:
        hits = [one for one in found if fnmatch.fnmatchcase(one.name, glob) or fnmatch.fnmatchcase(one.name[:-7], glob)]
        if not hits:
            raise UsageError(f"{glob}: matches no linear layer or convolution of the model")
        return hits

    wanted = _arrays.texts(include)
    if wanted:
        names = {one.name for glob in wanted for one in matching(glob)}
        chosen = [one for one in chosen if one.name in names]
    else:
        roles = _core.roles([name for name, _ in model.named_parameters()], [list(p.shape) for p in model.parameters()])
        weights = {name for (name, _), role in zip(model.named_parameters(), roles, strict=True) if role == "weight"}
        chosen = [one for one in chosen if one.name in weights]
    dropped = {one.name for glob in _arrays.texts(exclude) for one in matching(glob)}
    chosen = [one for one in chosen if one.name not in dropped and _fits(one, m)]
    if not chosen:
        raise UsageError(f"no layer is left to keep {pattern}: the model has {len(found)} linear layers and convolutions")
    return chosen
