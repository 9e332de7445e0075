# SPDX-License-Identifier: Apache-2.0
"""Tensors of PyTorch. Skipped, with exit status 77, where there is none."""

import gc
import subprocess
import sys

try:
    import torch
except ImportError:
    print("skipped: this Python has no PyTorch (cmake -DNMS_TORCH_PYTHON=… names one)")
    sys.exit(77)

import numpy as np
import pytest

import nmscope
from nmscope import _arrays, _core

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(20260916)


@pytest.mark.parametrize("dtype", DTYPES)
def test_masks_are_those_of_numpy(dtype):
    weights = torch.randn(67, 96).to(dtype)
    solution = nmscope.solve(weights, "8:16")
    assert isinstance(solution.mask, torch.Tensor)
    assert solution.mask.dtype == torch.bool
    assert solution.mask.shape == weights.shape
    expected = nmscope.solve(weights.double().numpy(), "8:16").mask
    np.testing.assert_array_equal(solution.mask.numpy(), expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_extension_reads_the_tensors_own_memory(dtype):
    """What is handed over is a capsule around the tensor's memory, and stays the same memory there and back."""
    weights = torch.randn(64, 96).to(dtype)[:, 3:70]
    handle = _arrays.readable(weights, "weights").handle
    again = torch.utils.dlpack.from_dlpack(handle)
    assert again.data_ptr() == weights.data_ptr()
    assert again.stride() == weights.stride()
    mask = torch.zeros(weights.shape, dtype=torch.bool)
    pointer = mask.data_ptr()
    assert nmscope.solve(weights, "2:4", out=mask).mask.data_ptr() == pointer
    assert mask.any()


MEMORY = """
import resource, torch, nmscope
weights = torch.ones(4096, 8192, dtype=torch.bfloat16)     # 64 MiB
weights[::2, ::3] = 2
out = torch.ones(weights.shape, dtype=torch.bool)          # 32 MiB, touched
nmscope.solve(weights[:64, :64], "8:16")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
nmscope.solve(weights, "8:16", out=out)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_nothing_is_copied_whole():
    grown = int(subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True).stdout)
    assert grown < 60 * 1024, f"{grown} KiB more than before"


def test_views_gradients_and_kernels():
    base = torch.randn(40, 37, 3, 3)
    expected = nmscope.solve(base.numpy(), "2:4").mask
    for weights in (
        base,
        torch.nn.Parameter(base.clone()),
        base.to(memory_format=torch.channels_last),
        base.permute(1, 0, 2, 3).contiguous().permute(1, 0, 2, 3),
    ):
        np.testing.assert_array_equal(nmscope.solve(weights, "2:4").mask.numpy(), expected)


@pytest.mark.parametrize(
    "weights",
    [
        torch.ones(16, 16, dtype=torch.int32),
        torch.ones(16, 16, dtype=torch.complex64),
        torch.ones(16, 16).to_sparse(),
        torch.quantize_per_tensor(torch.ones(16, 16), 0.1, 0, torch.qint8),
    ],
)
def test_other_tensors(weights):
    with pytest.raises(TypeError):
        nmscope.solve(weights, "2:4")


def test_tensors_that_have_no_memory():
    with pytest.raises(nmscope.UnsupportedError, match="meta"):
        nmscope.solve(torch.empty(16, 16, device="meta"), "2:4")
    freed = torch.randn(64, 64)
    freed.untyped_storage().resize_(0)
    with pytest.raises((nmscope.InputError, RuntimeError)):
        nmscope.solve(freed, "2:4")


def test_a_tensor_that_goes_while_it_is_read():
    weights = torch.randn(64, 64)
    expected = nmscope.solve(weights, "2:4").mask
    handle = _arrays.readable(weights, "weights").handle
    out = torch.empty(64, 64, dtype=torch.bool)
    del weights
    gc.collect()
    from nmscope._solve import options

    _core.solve(handle, "", _arrays.writable(out, "out"), options("2:4", "exact"), "", None, "auto", False)
    assert torch.equal(out, expected)


def test_prune_gives_tensors():
    weights, x = torch.randn(48, 64, dtype=torch.bfloat16), torch.randn(256, 64)
    pruned = nmscope.prune(weights, x, "4:8")
    assert pruned.weights.dtype == torch.bfloat16
    assert (pruned.weights[~pruned.mask] == 0).all()
    assert nmscope.verify(pruned.mask, pattern="4:8")["holds"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_tensors_are_refused_clearly():
    with pytest.raises(nmscope.UnsupportedError, match="cuda"):
        nmscope.solve(torch.randn(64, 64, device="cuda"), "2:4")


if __name__ == "__main__":
    sys.exit(pytest.main(["-q", __file__]))
