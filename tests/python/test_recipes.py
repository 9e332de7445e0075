# SPDX-License-Identifier: Apache-2.0
"""The recipes of app/python/README.md, run as they stand there. Each is skipped where its package is not installed."""

import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from conftest import keeps  # noqa: E402

import nmscope  # noqa: E402
import nmscope.torch  # noqa: E402

README = Path(__file__).resolve().parents[2] / "app" / "python" / "README.md"


def run_recipe(name, model):
    found = re.search(rf"<!-- recipe: {name} -->\n```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert found, f"README has no recipe for {name}"
    namespace = {"torch": torch, "nmscope": nmscope, "model": model}
    exec(compile(found[1], f"recipe {name}", "exec"), namespace)
    return namespace


def network():
    torch.manual_seed(3)
    return torch.nn.Sequential(torch.nn.Linear(64, 96), torch.nn.GELU(), torch.nn.Linear(96, 32), torch.nn.Linear(32, 4))


def expect_transposable(weight, n, m):
    for axis in (0, 1):
        assert keeps(weight != 0, n, m, axis)


def test_model_optimizer_takes_our_masks():
    pytest.importorskip("modelopt.torch.sparsity", exc_type=ImportError)
    model = network()
    dense = {name: layer.weight.detach().clone() for name, layer in model.named_children() if hasattr(layer, "weight")}
    sparse = run_recipe("modelopt", model)["model"]
    for name in ("0", "2"):
        weight = sparse.get_submodule(name).weight
        assert torch.equal(weight, dense[name] * nmscope.solve(dense[name], "8:16").mask)
        expect_transposable(weight, 8, 16)
    x = torch.randn(5, 64)
    hidden = torch.nn.functional.gelu(torch.nn.functional.linear(x, sparse[0].weight, sparse[0].bias))
    torch.testing.assert_close(sparse[0:3](x), torch.nn.functional.linear(hidden, sparse[2].weight, sparse[2].bias))


def test_torchao_projects_onto_our_masks():
    pytest.importorskip("torchao.prototype.pat", exc_type=ImportError)
    model = network()
    recipe = run_recipe("torchao", model)
    optimizer, linear = recipe["optimizer"], recipe["linear"]
    x, y = torch.randn(64, 64), torch.randn(64, 4)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    for weight in linear:
        expect_transposable(weight.detach(), 2, 4)
        latent = optimizer.state[weight]["latent"]
        assert (latent != 0).float().mean() > 0.9  # the optimizer goes on with all of the weights
        assert torch.equal(weight.detach(), latent * nmscope.solve(latent, "2:4").mask)
    assert losses[-1] < losses[0]
