# SPDX-License-Identifier: Apache-2.0
"""Tensors of PyTorch. Skipped, with exit status 77, where there is none."""

import copy
import gc
import resource
import subprocess
import sys

try:
    import torch
except ImportError:
    print("skipped: this Python has no PyTorch (cmake -DNMS_TORCH_PYTHON=… names one)")
    sys.exit(77)

import numpy as np
import pytest

from conftest import keeps

import nmscope
import nmscope.torch
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
    handle = _arrays.readable(weights, "weights")[0]
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
    with pytest.raises((TypeError, BufferError)):
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
    handle = _arrays.readable(weights, "weights")[0]
    out = torch.empty(64, 64, dtype=torch.bool)
    del weights
    gc.collect()
    from nmscope._solve import options

    _core.solve(handle, "", _arrays.writable(out, "out"), options("2:4", "exact"), "", None, "auto", False, False, None)
    assert torch.equal(out, expected)


def layouts():
    base = torch.randn(48, 32, 3, 3)
    matrix = torch.randn(37, 53)
    yield "matrix", matrix
    yield "transposed", matrix.t()
    yield "columns cut off", matrix[:, 3:40]
    yield "every second row", matrix[::2]
    yield "kernel", base
    yield "channels last", base.to(memory_format=torch.channels_last)
    yield "permuted", base.permute(2, 3, 0, 1)
    yield "one column of kernels", base[:, :, :, :1]
    yield "dimensions of one entry", torch.randn(1, 32, 1, 48).permute(0, 2, 3, 1)
    yield "repeated without copies", torch.randn(1, 48).expand(32, 48)


@pytest.mark.parametrize(("name", "weights"), list(layouts()))
def test_masks_are_laid_out_like_torch_empty_like(name, weights):
    mask = nmscope.solve(weights, "2:4", axes="oi" if weights.dim() == 2 else "").mask
    like = torch.empty_like(weights, dtype=torch.bool)
    for size, ours, theirs in zip(weights.shape, mask.stride(), like.stride(), strict=True):
        assert ours == theirs or size == 1
    assert mask.is_contiguous() == like.is_contiguous()
    packed = nmscope.solve(weights.contiguous(), "2:4", axes="oi" if weights.dim() == 2 else "").mask
    assert torch.equal(mask, packed)


def test_a_mask_is_a_tensor_like_any_other():
    weights = torch.randn(64, 96)
    expected = torch.empty_like(weights, dtype=torch.bool)
    nmscope.solve(weights, "8:16", out=expected)
    mask = nmscope.solve(weights, "8:16").mask  # neither the solution nor the weights are kept
    del weights
    gc.collect()
    noise = [torch.zeros(64, 96, dtype=torch.bool) for _ in range(64)]  # would be given memory that was freed
    assert torch.equal(mask, expected)
    assert not any(one.any() for one in noise)
    assert torch.equal(copy.deepcopy(mask), expected)
    view = mask[3:5]
    mask.logical_not_()
    assert torch.equal(view, ~expected[3:5])
    assert torch.equal(mask.clone().share_memory_(), ~expected)


def test_a_capsule_that_nobody_takes_frees_its_memory():
    from nmscope._solve import options

    weights = torch.randn(2048, 2048)  # 4 MiB a mask
    how = options("2:4", "row-nm")
    _core.solve_new(_arrays.readable(weights, "weights")[0], how, "", None, "auto", False, None)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(64):
        _core.solve_new(_arrays.readable(weights, "weights")[0], how, "", None, "auto", False, None)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_prune_gives_tensors():
    weights, x = torch.randn(48, 64, dtype=torch.bfloat16), torch.randn(256, 64)
    pruned = nmscope.prune(weights, x, "4:8")
    assert pruned.weights.dtype == torch.bfloat16
    assert (pruned.weights[~pruned.mask] == 0).all()
    assert nmscope.verify(pruned.mask, pattern="4:8")["holds"]


def small_model(width=64):
    return torch.nn.Sequential(
        torch.nn.Linear(width, 2 * width), torch.nn.ReLU(), torch.nn.Linear(2 * width, width), torch.nn.ReLU(),
        torch.nn.Linear(width, 3),
    )  # fmt: skip


def test_the_operator_is_whole_under_compile():
    weights = torch.randn(32, 48)
    torch.library.opcheck(torch.ops.nmscope.mask.default, (weights, "2:4", "exact", ""))

    @torch.compile(fullgraph=True, backend="aot_eager")
    def masked(w):
        return w * torch.ops.nmscope.mask(w, "2:4", "exact", "")

    torch.testing.assert_close(masked(weights), weights * nmscope.solve(weights, "2:4").mask)


def test_sparsify_masks_what_the_model_computes():
    model = small_model()
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    sparsity = nmscope.torch.sparsify_(model, "8:16")
    assert set(sparsity.masks) == {"0.weight", "2.weight"}  # the last layer is smaller than a tile
    for name, mask in sparsity.masks.items():
        assert torch.equal(mask, nmscope.solve(before[name], "8:16").mask)
        assert torch.equal(model.get_submodule(name[0]).weight, before[name] * mask)
    sparsity.finish()
    assert torch.equal(model[0].weight, before["0.weight"] * nmscope.solve(before["0.weight"], "8:16").mask)
    assert not hasattr(model[0], "parametrizations")


def test_gradients_go_straight_through():
    layer = torch.nn.Linear(16, 16, bias=False)
    dense = layer.weight.detach().clone()
    mask = nmscope.torch.sparsify_(layer, "2:4").masks["weight"]
    x = torch.randn(5, 16)
    layer(x).square().sum().backward()
    expected = 2 * (x @ (dense * mask).t()).t() @ x  # of W∘S, for all of W
    torch.testing.assert_close(layer.parametrizations.weight.original.grad, expected)


def test_masks_follow_the_weights_every_k_steps():
    model = small_model()
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    sparsity = nmscope.torch.sparsify_(model, "2:4", every=3)
    optimizer.add_param_group({"params": []})
    sparsity.attach(optimizer)
    for step in range(1, 8):
        held = {name: mask.clone() for name, mask in sparsity.masks.items()}
        optimizer.zero_grad()
        model(torch.randn(32, 64)).square().mean().backward()
        optimizer.step()
        for index, (name, mask) in enumerate(sparsity.masks.items()):
            original = sparsity.layers[index].module.parametrizations.weight.original
            if step % 3:
                assert torch.equal(mask, held[name])
            else:
                assert torch.equal(mask, nmscope.solve(original, "2:4").mask)
                assert sparsity.history[-1].flip_rates[name] == (mask != held[name]).float().mean().item()
    assert [refresh.step for refresh in sparsity.history] == [3, 6]
    assert sparsity.flip_rate >= 0


@pytest.mark.parametrize("method", ["dykstra", "capped"])
def test_entropic_masks_start_from_their_own_potentials(method):
    def after(steps, **how):
        torch.manual_seed(7)
        model = small_model()
        sparsity = nmscope.torch.sparsify_(model, "2:4", method=method, **how)
        for _ in range(steps):
            with torch.no_grad():
                for layer in sparsity.layers:
                    original = layer.module.parametrizations.weight.original
                    original.add_(0.01 * original.std() * torch.randn(original.shape))
            sparsity.step()
        return sparsity

    warm, cold = after(3), after(3, warm_start=False)
    for layer in cold.layers:
        original = layer.module.parametrizations.weight.original
        alone = nmscope.solve(original, "2:4", method)
        assert torch.equal(cold.masks[layer.name], alone.mask)
        mask = warm.masks[layer.name]
        assert keeps(mask, 2, 4, 0)
        assert keeps(mask, 2, 4, 1)
        best = nmscope.solve(original, "2:4")
        kept = float((original.abs().double() * mask).sum())
        assert best.objective * 0.99 <= kept <= best.objective * (1 + 1e-9)
    assert {name: potentials.tiles for name, potentials in warm._potentials.items()} == {
        name: mask.numel() // 16 for name, mask in warm.masks.items()
    }
    assert not cold._potentials
    copy.deepcopy(warm._potentials)


def test_training_under_compile_sees_new_masks():
    model = small_model()
    sparsity = nmscope.torch.sparsify_(model, "2:4")
    compiled = torch.compile(model, backend="eager")
    x = torch.randn(4, 64)
    compiled(x)
    with torch.no_grad():
        for layer in sparsity.layers:
            layer.module.parametrizations.weight.original.normal_()
    sparsity.step()
    torch.testing.assert_close(compiled(x), model(x))
    assert sparsity.flip_rate > 0.1


def test_which_layers_are_taken():
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embed_tokens = torch.nn.Embedding(64, 32)
            self.conv = torch.nn.Conv2d(32, 32, 3)
            self.mlp = torch.nn.ModuleDict({"up": torch.nn.Linear(32, 64), "down": torch.nn.Linear(64, 32)})
            self.lm_head = torch.nn.Linear(32, 64)

    def names(**arguments):
        return [layer.name for layer in nmscope.torch.layers(Model(), "2:4", **arguments)]

    assert names() == ["conv.weight", "mlp.up.weight", "mlp.down.weight"]
    assert names(include="mlp.*") == ["mlp.up.weight", "mlp.down.weight"]
    assert names(include=["lm_head", "mlp.up"]) == ["mlp.up.weight", "lm_head.weight"]
    assert names(exclude="*.up") == ["conv.weight", "mlp.down.weight"]
    with pytest.raises(nmscope.UsageError, match="matches no"):
        names(include="mpl.*")
    with pytest.raises(nmscope.UsageError, match="no layer is left"):
        nmscope.torch.layers(Model(), "32:64", exclude="*")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_semi_structured_tensors_are_the_masked_matrix(dtype):
    weights = torch.randn(128, 192).to(dtype)
    weights[5] = 0  # kept zeros have their places, too
    mask = nmscope.solve(weights.abs() + 1, "2:4").mask
    unpack = torch.sparse._semi_structured_conversions.sparse_semi_structured_to_dense_cutlass
    for w, s in ((weights, mask), (weights.t().contiguous(), mask.t().contiguous())):
        packed = nmscope.torch.pack(w, s)
        assert torch.equal(unpack(packed.values, packed.metadata), w * s)
        reference = torch.sparse._semi_structured_conversions.sparse_semi_structured_from_dense_cutlass((w.abs() + 1) * s)
        assert torch.equal(packed.metadata, reference[1])
    tensor = nmscope.torch.to_semi_structured(weights, mask)
    assert torch.equal(tensor.to_dense(), weights * mask)
    x = torch.randn(64, 192).to(dtype)
    forward = x.float() @ unpack(tensor.packed, tensor.meta).float().t()
    torch.testing.assert_close(forward, x.float() @ (weights * mask).float().t())
    y = torch.randn(64, 128).to(dtype)
    backward = y.float() @ unpack(tensor.packed_t, tensor.meta_t).float().t()
    torch.testing.assert_close(backward, y.float() @ (weights * mask).float())
    if torch.cuda.is_available() and torch.cuda.get_device_capability() >= (8, 0):
        on_card = nmscope.torch.to_semi_structured(weights.cuda(), mask.cuda())
        torch.testing.assert_close((on_card @ x.t().cuda()).cpu(), (weights * mask) @ x.t(), rtol=2e-2, atol=2e-1)


def test_pack_refuses_other_masks():
    weights = torch.randn(64, 64, dtype=torch.float16)
    with pytest.raises(nmscope.InputError, match="exactly 2 of every 4"):
        nmscope.torch.pack(weights, torch.ones(64, 64, dtype=torch.bool))
    rows_only = nmscope.solve(weights, "2:4", "row-nm").mask
    with pytest.raises(nmscope.InputError):
        nmscope.torch.to_semi_structured(weights, rows_only)
    with pytest.raises(nmscope.UsageError, match="multiples"):
        nmscope.torch.pack(weights[:30], rows_only[:30])


def test_prune_goes_layer_by_layer():
    torch.manual_seed(1)
    model, batches = small_model(), [torch.randn(128, 64) for _ in range(3)]
    dense = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    x = torch.cat(batches)
    results = nmscope.torch.prune(model, batches, "8:16", framework="alps")
    assert list(results) == ["0.weight", "2.weight"]
    first = nmscope.prune(dense["0.weight"], gram=(x.t() @ x).double(), pattern="8:16", damping=0.01)
    assert torch.equal(results["0.weight"].mask, first.mask)
    with torch.no_grad():
        inside = model[:2](x)  # the second layer's inputs come from the pruned first one
    second = nmscope.prune(dense["2.weight"], gram=(inside.t() @ inside).double(), pattern="8:16", damping=0.01)
    assert (results["2.weight"].mask != second.mask).float().mean() < 0.02  # sums of float32 in another order
    for name, result in results.items():
        weight = model.get_submodule(name[0]).weight
        assert torch.equal(weight, result.weights)
        assert keeps(result.mask, 8, 16, 0) and keeps(result.mask, 8, 16, 1)
    lost = (model(x) - small_model_with(dense)(x)).square().sum() / small_model_with(dense)(x).square().sum()
    assert lost < 0.5


def small_model_with(weights):
    model = small_model()
    model.load_state_dict(weights)
    return model


def test_hooks_gather_what_goes_in():
    layer = torch.nn.Linear(24, 8)
    hook = nmscope.torch.GramHook(layer)
    x = torch.randn(2, 7, 24)
    layer(x)
    layer(x)
    hook.remove()
    layer(x)
    assert hook.samples == 28
    rows = x.reshape(-1, 24).double()
    torch.testing.assert_close(hook.gram, 2 * rows.t() @ rows, rtol=1e-5, atol=1e-4)


def test_a_layer_that_no_batch_reaches():
    model = torch.nn.ModuleDict({"used": torch.nn.Linear(16, 16), "unused": torch.nn.Linear(16, 16)})
    model.forward = lambda x: model["used"](x)
    with pytest.raises(nmscope.InputError, match="unused.weight: no batch"):
        nmscope.torch.prune(model, [torch.randn(64, 16)], "2:4")


def test_shards_are_solved_where_tiles_do_not_cross(tmp_path):
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.tensor import Shard, distribute_tensor

        mesh = init_device_mesh("cpu", (1,))
        weights = torch.randn(64, 48)
        sharded = distribute_tensor(weights, mesh, [Shard(0)])
        assert torch.equal(nmscope.torch.mask(sharded, "8:16").to_local(), nmscope.solve(weights, "8:16").mask)
        with pytest.raises(TypeError, match="DTensor"):
            nmscope.solve(sharded, "8:16")
    finally:
        torch.distributed.destroy_process_group()


SHARDS = """
import sys, torch, nmscope, nmscope.torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor
rank = int(sys.argv[1])
torch.distributed.init_process_group("gloo", init_method="file://" + sys.argv[2], rank=rank, world_size=2)
mesh = init_device_mesh("cpu", (2,))
torch.manual_seed(0)
weights = torch.randn(64, 48)
for dim in (0, 1):
    mask = nmscope.torch.mask(distribute_tensor(weights, mesh, [Shard(dim)]), "4:8").full_tensor()
    assert torch.equal(mask, nmscope.solve(weights, "4:8").mask), dim
try:
    nmscope.torch.mask(distribute_tensor(weights, mesh, [Shard(1)]), "8:16")   # 24 columns on each
except nmscope.UsageError as error:
    assert "cuts through tiles of 16" in str(error), error
else:
    raise AssertionError("tiles cross the shards")
"""


def test_two_ranks_solve_their_shards(tmp_path):
    ranks = [subprocess.Popen([sys.executable, "-c", SHARDS, str(rank), str(tmp_path / "store")]) for rank in range(2)]
    assert [rank.wait(120) for rank in ranks] == [0, 0]


if __name__ == "__main__":
    sys.exit(pytest.main(["-q", __file__]))
