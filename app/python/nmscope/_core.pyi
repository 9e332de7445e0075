# SPDX-License-Identifier: Apache-2.0
# The extension module (app/python/*.cpp). Arrays are anything with DLPack or a buffer, or a capsule of DLPack.
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__version__: str

class Options:
    @property
    def pattern(self) -> str: ...
    @property
    def method(self) -> str: ...

class Potentials:
    @property
    def tiles(self) -> int: ...

class Figures:
    @property
    def objective(self) -> float: ...
    @property
    def upper_bound(self) -> float: ...
    @property
    def relative_gap(self) -> float: ...
    @property
    def worst_gap(self) -> float: ...
    @property
    def worst_residual(self) -> float: ...
    @property
    def not_converged(self) -> int: ...
    @property
    def kept_magnitude(self) -> float: ...
    @property
    def relative_squared_error(self) -> float: ...
    @property
    def kept_fraction(self) -> float: ...
    @property
    def tiles(self) -> int: ...
    @property
    def changed(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def total_seconds(self) -> float: ...
    @property
    def axes(self) -> str: ...
    @property
    def layout(self) -> str: ...
    @property
    def backend(self) -> str: ...
    @property
    def tile_objective(self) -> NDArray[np.float64] | None: ...
    @property
    def tile_upper_bound(self) -> NDArray[np.float64] | None: ...
    @property
    def tile_gap(self) -> NDArray[np.float64] | None: ...

class DeviceFigures:
    @property
    def objective(self) -> float: ...
    @property
    def upper_bound(self) -> float: ...
    @property
    def relative_gap(self) -> float: ...
    @property
    def worst_gap(self) -> float: ...
    @property
    def worst_residual(self) -> float: ...
    @property
    def not_converged(self) -> int: ...
    @property
    def kept_magnitude(self) -> float: ...
    @property
    def relative_squared_error(self) -> float: ...
    @property
    def kept_fraction(self) -> float: ...
    @property
    def tiles(self) -> int: ...
    @property
    def changed(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def total_seconds(self) -> float: ...
    @property
    def axes(self) -> str: ...
    @property
    def layout(self) -> str: ...
    @property
    def backend(self) -> str: ...
    @property
    def tile_objective(self) -> NDArray[np.float64] | None: ...
    @property
    def tile_upper_bound(self) -> NDArray[np.float64] | None: ...
    @property
    def tile_gap(self) -> NDArray[np.float64] | None: ...

class DeviceSolver: ...

class DeviceSolve:
    @property
    def scratch_bytes(self) -> int: ...
    @property
    def figure_bytes(self) -> int: ...
    def start(self, scratch: Any, figures: Any, stream: int) -> DeviceFigures: ...

def device_solver(device: int) -> DeviceSolver: ...
def bytes_on_device(solver: DeviceSolver, device: int, shape: Sequence[int]) -> Any: ...
def prepare_on_device(
    solver: DeviceSolver,
    device: int,
    weights: Any,
    dtype: str,
    out: Any,
    options: Options,
    axes: str,
    score: Any,
    tiles: bool,
    compare: bool,
) -> DeviceSolve: ...
def options(
    pattern: str,
    method: str,
    tau: float,
    iterations: int,
    tolerance: float,
    warm_start: str | None,
    paper_swaps: int | None,
    threads: int,
) -> Options: ...
def method_names() -> list[str]: ...
def solve(
    weights: Any,
    dtype: str,
    out: Any,
    options: Options,
    axes: str,
    score: Any,
    backend: str,
    tiles: bool,
    compare: bool,
    potentials: Potentials | None,
) -> Figures: ...

# The mask is a new one, in a capsule of DLPack that from_dlpack() of any library takes.
def solve_new(
    weights: Any,
    options: Options,
    axes: str,
    score: Any,
    backend: str,
    tiles: bool,
    potentials: Potentials | None,
) -> tuple[Any, Figures]: ...
def inspect(array: Any, dtype: str, axes: str, name: str, hardware: bool) -> dict[str, Any]: ...
def verify(
    mask: Any,
    mask_dtype: str,
    weights: Any,
    weights_dtype: str,
    pattern: str | None,
    axes: str,
    score: Any,
    backend: str,
) -> dict[str, Any]: ...
def compare(
    array: Any,
    dtype: str,
    patterns: Sequence[str],
    methods: Sequence[str],
    options: Options,
    axes: str,
    score: Any,
    backend: str,
) -> list[dict[str, Any]]: ...
def prune(
    weights: Any,
    dtype: str,
    inputs: Sequence[Any],
    input_dtypes: Sequence[str],
    grams: bool,
    out: Any,
    mask: Any,
    options: Options,
    framework: str,
    kind: str,
    damping: float,
    accept_singular: bool,
    blocks: bool,
    axes: str,
    backend: str,
) -> dict[str, Any]: ...
def inspect_file(file: str, axes: Sequence[str], hardware: bool) -> dict[str, Any]: ...
def solve_file(
    file: str,
    out: str,
    options: Options,
    tensors: Sequence[str],
    exclude: Sequence[str],
    all: bool,
    axes: Sequence[str],
    format: str,
    score: str,
    memory_limit: int,
    backend: str,
) -> dict[str, Any]: ...
def verify_file(masks: str, weights: str, pattern: str) -> dict[str, Any]: ...
def roles(names: Sequence[str], shapes: Sequence[Sequence[int]]) -> list[str]: ...
