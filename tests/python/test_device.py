# SPDX-License-Identifier: Apache-2.0
"""Arrays on a CUDA device, without one: libraries whose device memory is the CPU's, and the device's kernels on host lanes.
What a GPU alone can show is in test_cuda.py."""

import types

import numpy as np
import pytest

import nmscope
from nmscope import _device

lanes = pytest.importorskip("nms_host_lanes", reason="built with the tests alone: build/…/tests/python in PYTHONPATH")


class Array:
    """An array of a library with DLPack and nothing else, on CUDA device `index`."""

    def __init__(self, values, index=0):
        self.values, self.index, self.streams = values, index, []

    @property
    def shape(self):
        return self.values.shape

    def __dlpack_device__(self):
        return 2, self.index

    def __dlpack__(self, stream=None):
        self.streams.append(stream)
        return lanes.as_cuda(self.values, self.index).__dlpack__()

    def astype(self, dtype):
        return Array(self.values.astype(dtype), self.index)

    def __pow__(self, power):
        return Array(self.values**power, self.index)

    def __array__(self, dtype=None, copy=None):
        return self.values if dtype is None else self.values.astype(dtype)


@pytest.fixture(autouse=True)
def device(monkeypatch):
    asked = []

    def solver_of(index):
        asked.append(index)
        return lanes.solver()

    monkeypatch.setattr(_device, "solver_of", solver_of)
    return asked


@pytest.fixture
def cupy(monkeypatch):
    """CuPy as far as nmscope uses it. Its current stream is number 7."""

    class Device:
        def __init__(self, index):
            self.index = index

        def __enter__(self):
            made.devices.append(self.index)

        def __exit__(self, *_):
            pass

    made = types.SimpleNamespace(
        ndarray=Array,
        bool_=np.bool_,
        uint8=np.uint8,
        float32=np.float32,
        devices=[],
        empty=lambda shape, dtype: Array(aligned(shape, dtype), made.devices[-1]),
        asarray=lambda values: Array(values, made.devices[-1]),
        cuda=types.SimpleNamespace(Device=Device, get_current_stream=lambda: types.SimpleNamespace(ptr=7)),
    )
    monkeypatch.setitem(__import__("sys").modules, "cupy", made)
    return made


def aligned(shape, dtype):
    """As allocators of devices do: at multiples of 256 bytes."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.full(size + 256, 0x5A, np.uint8)
    first = -memory.ctypes.data % 256
    return memory[first : first + size].view(dtype).reshape(shape)


def values_of(mask):
    """A mask on the device as numpy's."""
    return np.asarray(mask.values if isinstance(mask, Array) else np.from_dlpack(lanes.as_cpu(mask)))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(("shape", "pattern"), [((64, 64), "2:4"), ((131, 97), "8:16"), ((67, 193), "3:7")])
def test_masks_and_figures_are_the_cpus(rng, dtype, shape, pattern):
    weights = rng.standard_normal(shape).astype(dtype)
    here, there = nmscope.solve(weights, pattern), nmscope.solve(Array(weights), pattern, certificate=True)
    np.testing.assert_array_equal(values_of(there.mask), here.mask)
    for figure in ("objective", "upper_bound", "kept_magnitude", "relative_squared_error", "kept_fraction"):
        assert getattr(there, figure) == pytest.approx(getattr(here, figure), rel=1e-12), figure
    assert there.relative_gap == 0
    assert (there.tiles, there.axes, there.layout) == (here.tiles, here.axes, here.layout)
    assert there.tile_objective.sum() == pytest.approx(here.objective)
    assert (there.tile_gap == 0).all()
    assert there.backend == "host-warp"


@pytest.mark.parametrize(
    ("shape", "axes"), [((5, 33, 32), "erc"), ((33, 32, 3), "oiw"), ((40, 37, 3, 3), "oihw"), ((3, 3, 37, 40), "hwio")]
)
def test_stacks_and_views(rng, shape, axes):
    weights = rng.standard_normal(shape, dtype=np.float32)
    for view, letters in ((weights, axes), (weights.T, axes[::-1]), (weights[::-1], axes)):
        here, there = nmscope.solve(view, "8:16", axes=letters), nmscope.solve(Array(view), "8:16", axes=letters)
        np.testing.assert_array_equal(values_of(there.mask), here.mask)
        assert there.objective == pytest.approx(here.objective, rel=1e-12)


def test_scores(rng):
    weights = rng.standard_normal((64, 80), dtype=np.float32)
    scores = np.abs(rng.standard_normal((64, 80))).astype(np.float32)
    for score in ("abs", "square"):
        here = nmscope.solve(weights, "4:8", score=score)
        np.testing.assert_array_equal(values_of(nmscope.solve(Array(weights), "4:8", score=score).mask), here.mask)
    here, there = (
        nmscope.solve(weights, "4:8", score=scores),
        nmscope.solve(Array(weights), "4:8", score=Array(scores)),
    )
    np.testing.assert_array_equal(values_of(there.mask), here.mask)
    assert there.objective == pytest.approx(here.objective)
    assert there.kept_magnitude == pytest.approx(here.kept_magnitude)


def test_the_librarys_own_memory_and_stream(rng, cupy, monkeypatch):
    weights = Array(rng.standard_normal((64, 64), dtype=np.float32), 3)
    started = []
    prepare = nmscope._core.prepare_on_device

    def prepare_and_listen(*arguments):
        task = prepare(*arguments)

        def start(scratch, figures, stream):
            started.append(stream)
            return task.start(scratch, figures, stream)

        return types.SimpleNamespace(scratch_bytes=task.scratch_bytes, figure_bytes=task.figure_bytes, start=start)

    monkeypatch.setattr(nmscope._core, "prepare_on_device", prepare_and_listen)
    solution = nmscope.solve(weights, "2:4")
    assert isinstance(solution.mask, Array)
    assert solution.mask.index == 3
    assert solution.mask.values.dtype == np.bool_
    np.testing.assert_array_equal(solution.mask.values, nmscope.solve(weights.values, "2:4").mask)
    assert started == [7]
    assert weights.streams == [7]  # its producer orders its work before that stream's
    assert set(cupy.devices) == {3}


def test_other_libraries_are_waited_for(rng):
    weights = Array(rng.standard_normal((64, 64), dtype=np.float32))
    nmscope.solve(weights, "2:4")
    assert weights.streams == [1]  # the default one


def test_a_mask_that_is_there_is_replaced_and_compared(rng, cupy):
    weights = Array(rng.standard_normal((64, 48), dtype=np.float32))
    out = Array(aligned((64, 48), np.bool_))
    out.values[:] = nmscope.solve(weights.values, "2:4").mask
    out.values[5, 7] ^= True
    solution = nmscope.solve(weights, "2:4", out=out)
    assert solution.mask is out
    assert solution.changed == 1
    np.testing.assert_array_equal(out.values, nmscope.solve(weights.values, "2:4").mask)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_unfit_weights_are_told_when_somebody_asks(rng, cupy, bad):
    weights = rng.standard_normal((3, 64, 48), dtype=np.float32)
    weights[1, 17, 40] = bad
    solution = nmscope.solve(Array(weights), "8:16")
    np.testing.assert_array_equal(solution.mask.values[[0, 2]], nmscope.solve(weights[[0, 2]], "8:16").mask)
    for _ in range(2):
        with pytest.raises(nmscope.InputError, match=r"weights\[1\].*tile at \(16, 32\)"):
            _ = solution.objective


def test_unfit_weights_of_other_libraries_at_once(rng):
    weights = rng.standard_normal((64, 48), dtype=np.float32)
    weights[0, 0] = np.nan
    with pytest.raises(nmscope.InputError, match="tile at"):
        nmscope.solve(Array(weights), "8:16")


def test_what_cannot_be_done_is_refused(rng):
    weights = rng.standard_normal((64, 64), dtype=np.float32)
    on_device = Array(weights)
    with pytest.raises(nmscope.UnsupportedError, match="max1000"):
        nmscope.solve(on_device, "2:4", "max1000")
    with pytest.raises(nmscope.UnsupportedError, match="starts no method"):
        nmscope.solve(on_device, "2:4", "greedy+swap", warm_start="capped")
    with pytest.raises(nmscope.UnsupportedError, match="round"):
        nmscope.solve(on_device, "2:4", "dykstra", rounding="paper")
    for backend in ("cpu", "cuda:1"):
        with pytest.raises(nmscope.UnsupportedError, match=backend):
            nmscope.solve(on_device, "2:4", backend=backend)
    with pytest.raises(nmscope.InputError, match="smaller M"):
        nmscope.solve(Array(weights[:3]), "2:4")
    with pytest.raises(nmscope.UsageError, match="other"):
        nmscope.solve(on_device, "2:4", score="other")
    with pytest.raises(nmscope.UsageError, match="another shape"):
        nmscope.solve(on_device, "2:4", score=Array(weights[:32]))
    with pytest.raises(nmscope.UsageError, match="cuda:0"):
        nmscope.solve(on_device, "2:4", score=weights)
    with pytest.raises(nmscope.UsageError, match="cuda:0"):
        nmscope.solve(on_device, "2:4", out=np.empty((64, 64), np.bool_))
    with pytest.raises(nmscope.UsageError, match="another shape"):
        nmscope.solve(on_device, "2:4", out=Array(np.empty((64, 32), np.bool_)))
    with pytest.raises(nmscope.UsageError, match="holds f32"):
        nmscope.solve(on_device, "2:4", out=Array(np.empty((64, 64), np.float32)))
    with pytest.raises(TypeError, match="i32"):
        nmscope.solve(Array(np.ones((64, 64), np.int32)), "2:4")


def test_what_is_said_of_them_is_said_of_a_copy(rng):
    weights = rng.standard_normal((64, 48), dtype=np.float32)
    mask = nmscope.solve(weights, "2:4").mask
    assert nmscope.inspect(Array(weights)) == nmscope.inspect(weights)
    assert nmscope.verify(Array(mask), Array(weights), "2:4")["holds"]
    here, there = (nmscope.compare(w, ["2:4"], ["exact"], backend="cpu") for w in (weights, Array(weights)))
    assert here[0]["objective"] == there[0]["objective"]


def test_without_a_device_it_is_said(rng, monkeypatch):
    monkeypatch.undo()
    with pytest.raises(nmscope.DeviceError, match="cuda:99"):
        nmscope.solve(Array(rng.standard_normal((64, 64), dtype=np.float32), 99), "2:4")
