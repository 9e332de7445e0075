# SPDX-License-Identifier: Apache-2.0
"""PyTorch's tensors on a real GPU. Without one everything is skipped; NMS_REQUIRE_GPU=1 makes that a failure."""

import os

import numpy as np
import pytest

import nmscope

torch = pytest.importorskip("torch")
if not torch.cuda.is_available():
    if os.environ.get("NMS_REQUIRE_GPU") == "1":
        pytest.fail("NMS_REQUIRE_GPU=1, and PyTorch finds no GPU", pytrace=False)
    pytest.skip("PyTorch finds no GPU", allow_module_level=True)

import nmscope.torch  # noqa: E402

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(20261127)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("pattern", ["1:2", "2:4", "3:7", "8:16", "16:32", "32:64"])
@pytest.mark.parametrize("shape", [(64, 64), (131, 197), (3, 96, 80)])
def test_masks_and_figures_are_the_cpus(dtype, pattern, shape):
    weights = torch.randn(shape, dtype=torch.float64, device="cuda").to(dtype)
    there, here = nmscope.solve(weights, pattern), nmscope.solve(weights.cpu(), pattern)
    assert there.mask.device == weights.device
    assert there.mask.dtype == torch.bool
    assert there.objective == pytest.approx(here.objective, rel=1e-12)  # masks may differ where weights tie
    assert there.relative_gap == 0
    if dtype in (torch.float32, torch.float64):
        assert torch.equal(there.mask.cpu(), here.mask)
    assert there.kept_magnitude == pytest.approx(here.kept_magnitude, rel=1e-12)


@pytest.mark.parametrize("method", ["exact", "dykstra", "capped", "greedy", "greedy+swap", "row-nm", "col-nm"])
def test_methods_are_those_of_the_cuda_backend(method):
    weights = torch.randn(512, 384, device="cuda")
    there, here = nmscope.solve(weights, "8:16", method), nmscope.solve(weights.cpu(), "8:16", method, backend="cuda:0")
    assert torch.equal(there.mask.cpu(), here.mask)
    assert there.objective == here.objective


def test_views_and_kernels():
    kernel = torch.randn(64, 48, 3, 3, device="cuda")
    for view in (kernel, kernel.to(memory_format=torch.channels_last), kernel[:, ::2]):
        assert torch.equal(nmscope.solve(view, "8:16").mask.cpu(), nmscope.solve(view.cpu(), "8:16").mask)
    matrix = torch.randn(96, 128, device="cuda")
    assert torch.equal(nmscope.solve(matrix.t(), "8:16").mask.cpu(), nmscope.solve(matrix.t().cpu(), "8:16").mask)


def test_the_current_stream_is_used_and_not_waited_for():
    weights = torch.zeros(2048, 2048, device="cuda")
    final = torch.randn(2048, 2048, device="cuda")
    stream = torch.cuda.Stream()

    def enqueue():
        weights.copy_(final)
        solution = nmscope.solve(weights, "8:16")
        return solution, weights * solution.mask

    with torch.cuda.stream(stream):
        enqueue()  # loading a kernel and PyTorch's first memory for a stream wait for the device, whoever asks for them
        torch.cuda.synchronize()
        weights.zero_()
        torch.cuda._sleep(200_000_000)  # cycles: about a tenth of a second
        solution, later = enqueue()
        assert not stream.query(), "the call waited for the device"
    assert solution.relative_gap == 0  # waits
    assert torch.equal(solution.mask.cpu(), nmscope.solve(final.cpu(), "8:16").mask)
    stream.synchronize()
    assert torch.equal(later, final * solution.mask)


def test_memory_is_pytorchs_and_little():
    weights = torch.randn(4096, 4096, device="cuda", dtype=torch.bfloat16)
    nmscope.solve(weights, "8:16")
    torch.cuda.synchronize()
    free = torch.cuda.mem_get_info()[0]
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    solution = nmscope.solve(weights, "8:16")
    _ = solution.objective
    taken = torch.cuda.max_memory_allocated() - before
    assert taken < 4096 * 4096 * 1.3  # a byte for each weight, a bit, and figures; the weights are not copied
    del solution
    assert torch.cuda.memory_allocated() == before
    assert torch.cuda.mem_get_info()[0] == free


def test_unfit_weights():
    weights = torch.randn(64, 64, device="cuda")
    weights[3, 40] = float("nan")
    solution = nmscope.solve(weights, "8:16")
    with pytest.raises(nmscope.InputError, match=r"tile at \(0, 32\)"):
        _ = solution.objective
    with pytest.raises(nmscope.UsageError, match="cuda:0"):
        nmscope.solve(weights, "8:16", out=torch.empty(64, 64, dtype=torch.bool))


def test_threads_have_streams_of_their_own():
    from concurrent.futures import ThreadPoolExecutor

    tensors = [torch.randn(256, 256, device="cuda") for _ in range(16)]
    expected = [nmscope.solve(t.cpu(), "8:16").mask for t in tensors]

    def one(tensor):
        with torch.cuda.stream(torch.cuda.Stream()):
            return nmscope.solve(tensor, "8:16").mask.cpu()

    torch.cuda.synchronize()
    with ThreadPoolExecutor(8) as pool:
        for mask, wanted in zip(pool.map(one, tensors), expected, strict=True):
            assert torch.equal(mask, wanted)


def test_training_on_the_device():
    model = torch.nn.Sequential(torch.nn.Linear(128, 256), torch.nn.ReLU(), torch.nn.Linear(256, 128)).cuda()
    sparsity = nmscope.torch.sparsify_(model, "2:4")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    sparsity.attach(optimizer)
    x = torch.randn(64, 128, device="cuda")
    for _ in range(3):
        optimizer.zero_grad()
        (model(x) - x).square().mean().backward()
        optimizer.step()
    for name, mask in sparsity.masks.items():
        assert mask.is_cuda, name
        weight = dict(model.named_parameters())[name.replace("weight", "parametrizations.weight.original")]
        assert torch.equal(mask.cpu(), nmscope.solve(weight.detach().cpu(), "2:4").mask)
    assert len(sparsity.history) == 3


def test_the_operator_compiles():
    weights = torch.randn(128, 128, device="cuda")
    masked = torch.compile(lambda w: w * torch.ops.nmscope.mask(w, "2:4", "exact", ""), fullgraph=True)
    assert torch.equal(masked(weights), weights * nmscope.solve(weights, "2:4").mask)


@pytest.mark.skipif(torch.cuda.get_device_capability()[0] < 8, reason="sparse products need compute capability 8")
def test_sparse_products():
    weights = torch.randn(256, 128, device="cuda", dtype=torch.float16) / 16
    mask = nmscope.torch.mask(weights, "2:4")
    sparse = nmscope.torch.to_semi_structured(weights, mask)
    uses_cutlass = isinstance(sparse, torch.sparse.SparseSemiStructuredTensorCUTLASS)
    assert uses_cutlass == (torch.cuda.get_device_capability()[0] == 8), "PyTorch's kernels of CUTLASS are for 8.x"
    x, y = (torch.randn(64, n, device="cuda", dtype=torch.float16) for n in (128, 256))
    dense = weights * mask
    torch.testing.assert_close(torch.nn.functional.linear(x, sparse), x @ dense.t(), rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(y @ sparse, y @ dense, rtol=1e-2, atol=1e-2)


def test_pruning_on_the_device():
    layer = torch.nn.Linear(64, 64, bias=False).cuda()
    batches = [torch.randn(128, 64, device="cuda") for _ in range(4)]
    before = layer.weight.detach().clone()
    results = nmscope.torch.prune(torch.nn.Sequential(layer), batches, "8:16")
    pruned = next(iter(results.values()))
    assert layer.weight.is_cuda
    assert pruned.mask.is_cuda
    assert torch.equal(layer.weight != 0, pruned.mask)
    x = torch.cat(batches).double()
    lost = x @ (before - layer.weight.detach()).double().t()
    error = float(lost.square().sum() / (x @ before.double().t()).square().sum())
    assert pruned.error == pytest.approx(error, rel=1e-3)


def test_cupys_arrays():
    cupy = pytest.importorskip("cupy")
    weights = cupy.random.standard_normal((131, 97), dtype=cupy.float32)
    solution = nmscope.solve(weights, "8:16")
    assert isinstance(solution.mask, cupy.ndarray)
    np.testing.assert_array_equal(solution.mask.get(), nmscope.solve(weights.get(), "8:16").mask)
