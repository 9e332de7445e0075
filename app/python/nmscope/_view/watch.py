# SPDX-License-Identifier: Apache-2.0
"""nmscope.watch and its handle."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .. import _arrays
from .._errors import UsageError
from .protocol import Header
from .server import Refresh
from .tensors import Collection, collect
from .view import View, settings_of


class _Sparsity(Protocol):
    """What of nmscope.torch's Sparsity is watched."""

    pattern: str
    method: str
    steps: int
    on_step: list[Callable[[], None]]

    @property
    def masks(self) -> Mapping[str, Any]: ...
    @property
    def history(self) -> list[Any]: ...


def _bits(mask: Any, name: str, entries: int) -> NDArray[np.uint8]:
    """A mask, packed as it is sent."""
    if _arrays.torch_of(mask) is not None:
        mask = mask.detach().cpu().numpy()
    kept = np.asarray(mask)
    if kept.size != entries:
        raise UsageError(f"{name}: the mask has {kept.size} entries, the tensor {entries}")
    return np.packbits(kept.reshape(-1).astype(np.bool_, copy=False), bitorder="little")


class Watch(View):
    """A training that windows look at. As a context manager it ends the watching, and leaves the window open."""

    def __init__(
        self,
        tensors: Collection,
        sparsity: _Sparsity | None,
        masks: Mapping[str, Any],
        every: int,
        address: str | None,
        settings: Header,
    ) -> None:
        self._numbers = {one.name: number for number, one in enumerate(tensors.entries)}
        self._sizes = [int(np.prod(one.shape, dtype=np.int64)) for one in tensors.entries]
        for name in masks:
            if name not in self._numbers:
                raise UsageError(f"{name}: there is a mask, but no tensor of this name")
        self._sparsity = sparsity
        self._masks = dict(masks)
        self._names = list(masks)
        self._every = every
        self._steps = 0
        self._told = 0  # entries of the history of `sparsity`
        self._before: dict[str, NDArray[np.uint8]] = {}
        self._is_watching = True
        if sparsity is None:
            self._before = {name: self._bits_of(name) for name in self._names}
        super().__init__(tensors, address, settings, [self._numbers[name] for name in self._names])
        if sparsity is not None:
            self._told = len(sparsity.history)
            sparsity.on_step.append(self._follow)
        self._publish(None)

    @property
    def steps(self) -> int:
        """Of the training, counted so far."""
        return self._steps if self._sparsity is None else self._sparsity.steps

    def step(self, masks: Mapping[str, Any] | None = None) -> None:
        """Count one training step. Not for what sparsify_() made: its own step() does this.

        Args:
            masks: those that were replaced, by the tensor's name; masks that are changed in place need not be named.
        """
        if self._sparsity is not None:
            raise UsageError("these masks are followed by themselves: call step() of what sparsify_() returned")
        for name, mask in (masks or {}).items():
            if name not in self._masks:
                raise UsageError(f"{name}: watch() was given no mask of this name")
            self._masks[name] = mask
        self._steps += 1
        if not self._is_watching or self._steps % self._every:
            return
        now = {name: self._bits_of(name) for name in self._names}
        flips = [int(np.unpackbits(now[name] ^ self._before[name]).sum()) / max(1, self._sizes[self._numbers[name]]) for name in now]
        self._before = now
        self._publish(Refresh(self._steps, tuple(flips)))

    def _bits_of(self, name: str) -> NDArray[np.uint8]:
        return _bits(self._masks[name], name, self._sizes[self._numbers[name]])

    def _follow(self) -> None:
        """After a step of the sparsity."""
        assert self._sparsity is not None
        if not self._is_watching or self._sparsity.steps % self._every:
            return
        history = self._sparsity.history
        for missed in history[self._told : -1]:
            self._server.publish(missed.step, self._refresh_of(missed), {})
        newest = history[-1] if len(history) > self._told else None
        self._told = len(history)
        if newest is not None:
            self._masks = dict(self._sparsity.masks)
        self._publish(self._refresh_of(newest) if newest is not None else None)

    def _refresh_of(self, refresh: Any) -> Refresh:
        return Refresh(refresh.step, tuple(round(float(refresh.flip_rates[name]), 9) for name in self._names))

    def _publish(self, refresh: Refresh | None) -> None:
        """Masks are packed only where a window looks at them."""
        bits = {}
        for number in self._server.wanted():
            name = next(name for name in self._names if self._numbers[name] == number)
            if self._sparsity is None:
                bits[number] = self._before[name]
            elif refresh is not None or not self._server.has_mask(number):
                bits[number] = self._bits_of(name)
        self._server.publish(self.steps, refresh, bits)

    def finish(self) -> None:
        """End the watching; windows go on showing what was."""
        if not self._is_watching:
            return
        self._is_watching = False
        if self._sparsity is not None and self._follow in self._sparsity.on_step:
            self._sparsity.on_step.remove(self._follow)
        self._server.end()

    def close(self) -> None:
        """End the watching, close the window that was started, and end all connections."""
        if getattr(self, "_server", None) is not None:  # not if it could not be begun
            self.finish()
            super().close()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.finish()


def _sparsity_of(watched: Any) -> tuple[Any, _Sparsity | None]:
    """The model (or its tensors), and what sparsify_() made of it."""
    ours = sys.modules.get("nmscope.torch._sparsify")
    if ours is None:
        return watched, None
    if isinstance(watched, ours.Sparsity):
        return {layer.name: layer.module.parametrizations["weight"].original for layer in watched.layers}, watched
    torch = sys.modules["torch"]
    return watched, ours.sparsity_of(watched) if isinstance(watched, torch.nn.Module) else None


def watch(
    watched: Any,
    masks: Mapping[str, Any] | None = None,
    *,
    every: int = 1,
    pattern: str = "",
    method: str = "exact",
    address: str | None = None,
) -> Watch:
    """Open the window on a training: its step, the flip rate of each layer's mask, the mask of the layer that is open there.

        sparsity = nmscope.torch.sparsify_(model, "2:4").attach(optimizer)
        with nmscope.watch(model):
            train()

    Training never waits for a window: what it does not take in time it misses. A mask is packed only while a window looks at
    it (and comes with the next step); weights are read when they are opened there.

    Args:
        watched: a model that sparsify_() was applied to, or what it returned: steps and masks are followed by themselves.
            Anything else that show() takes, with `masks`: call step() of what is returned once a training step.
        masks: bool arrays of numpy or PyTorch by the names of the tensors, of their shapes.
        every: windows are told of every so manyth step.
        pattern, method: how masks are made, where sparsify_() does not know it.
        address: as of show().

    Returns:
        A Watch: step(), steps, finish(), and what a View has. At the end of `with` the watching ends and the window stays, until
        it is closed, close() is called or the interpreter ends.
    """
    if every < 1:
        raise UsageError("every: is less than 1; give the number of steps between two that are told")
    model, sparsity = _sparsity_of(watched)
    if sparsity is not None:
        if masks is not None:
            raise UsageError("masks: sparsify_() has made them already")
        masks, pattern, method = sparsity.masks, sparsity.pattern, sparsity.method
    elif not masks:
        raise UsageError("masks: there are none; give them, or a model that nmscope.torch.sparsify_() was applied to")
    settings = settings_of(pattern, method) if pattern else {}
    return Watch(collect(model), sparsity, masks, every, address, settings)
