# SPDX-License-Identifier: Apache-2.0
"""nmscope.show and nmscope.watch on PyTorch's tensors and models, by a raw client."""

import gc
import weakref

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import nmscope  # noqa: E402
import nmscope.torch  # noqa: E402

from test_view import waits_for  # noqa: E402
from view_client import Client  # noqa: E402


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(20260916)


def model():
    return torch.nn.Sequential(torch.nn.Conv2d(4, 8, 3), torch.nn.Flatten(), torch.nn.Linear(8 * 36, 32), torch.nn.LayerNorm(32))


def test_a_model_shows_its_matrices_and_kernels():
    net = model()
    with nmscope.show(net, "2:4", address=":0") as view:
        client = Client(view.address)
        welcome = client.hello(view.token)
        assert welcome["title"] == "Sequential" and welcome["layout"] == "pytorch"
        assert [(one["name"], one["shape"], one["dtype"]) for one in welcome["tensors"]] == [
            ("0.weight", [8, 4, 3, 3], "f32"),
            ("2.weight", [32, 288], "f32"),
        ]
        assert client.get(0)[1] == net[0].weight.detach().numpy().tobytes()
        client.close()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_tensors_of_every_type(dtype):
    tensor = torch.randn(17, 31).to(dtype)
    for shown, expected in ((tensor, tensor), (tensor.t(), tensor.t().contiguous()), (tensor[:, ::3], tensor[:, ::3].contiguous())):
        with nmscope.show(shown, "2:4", address=":0") as view:
            client = Client(view.address)
            client.hello(view.token)
            assert client.get(0)[1] == bytes(expected.contiguous().view(torch.uint8).reshape(-1).numpy())
            client.close()


def test_sparse_tensors_are_refused():
    with pytest.raises(TypeError):
        nmscope.show(torch.eye(4).to_sparse(), "2:4", address=":0")


def train(net, sparsity, steps):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(steps):
        optimizer.zero_grad()
        net(torch.randn(16, 4, 8, 8)).square().mean().backward()
        optimizer.step()
        sparsity.step()


@pytest.mark.parametrize("given", ["model", "sparsity"])
def test_the_masks_of_sparsify_are_followed(given):
    net = model()
    sparsity = nmscope.torch.sparsify_(net, "2:4", every=2)
    names = list(sparsity.masks)
    watch = nmscope.watch(net if given == "model" else sparsity, address=":0")
    client = Client(watch.address)
    welcome = client.hello(watch.token)
    shown = [one["name"] for one in welcome["tensors"]]
    assert [shown[number] for number in welcome["masked"]] == names
    number = shown.index(names[0])
    client.send({"type": "watch", "tensor": number})
    waits_for(lambda: watch._server.wanted() == {number})
    train(net, sparsity, 7)
    refreshes, bits, step = [], None, 0
    while step < 7 or bits is None:
        header, payload = client.receive_type("training")
        refreshes += header["refreshes"]
        step = header["step"]
        if "mask" in header:
            bits = np.unpackbits(np.frombuffer(payload, np.uint8), bitorder="little")
    assert [one["step"] for one in refreshes] == [2, 4, 6]
    for told, known in zip(refreshes, sparsity.history, strict=True):
        assert told["flips"] == pytest.approx([known.flip_rates[name] for name in names])
    assert any(sum(one["flips"]) > 0 for one in refreshes)
    mask = sparsity.masks[names[0]].numpy()
    np.testing.assert_array_equal(bits[: mask.size].reshape(mask.shape), mask)
    weights = np.frombuffer(client.get(number)[1], np.float32)
    original = net[0].parametrizations["weight"].original if names[0] == "0.weight" else net[2].parametrizations["weight"].original
    np.testing.assert_array_equal(weights, original.detach().numpy().reshape(-1))
    with pytest.raises(nmscope.UsageError):
        watch.step()
    watch.close()
    assert sparsity.on_step == []
    train(net, sparsity, 1)
    client.close()


def test_a_mask_is_there_with_the_next_step_even_without_a_refresh():
    net = model()
    sparsity = nmscope.torch.sparsify_(net, "2:4", every=0)
    watch = nmscope.watch(sparsity, address=":0")
    client = Client(watch.address)
    number = client.hello(watch.token)["masked"][0]
    client.send({"type": "watch", "tensor": number})
    waits_for(lambda: watch._server.wanted() == {number})
    sparsity.step()
    while True:
        header, _ = client.receive_type("training")
        if "mask" in header:
            break
    assert header["mask"] == {"tensor": number, "step": 1} and header["refreshes"] == []
    watch.close()
    client.close()


def test_a_model_without_masks_is_refused():
    net = model()
    with pytest.raises(nmscope.UsageError, match="sparsify_"):
        nmscope.watch(net, address=":0")
    nmscope.torch.sparsify_(net, "2:4").finish()
    with pytest.raises(nmscope.UsageError, match="sparsify_"):
        nmscope.watch(net, address=":0")


def test_models_are_not_kept_alive():
    net = torch.nn.Linear(8, 8)
    sparsity = nmscope.torch.sparsify_(net, "2:4")
    gone = weakref.ref(net)
    del net, sparsity
    gc.collect()
    assert gone() is None
