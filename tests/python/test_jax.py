# SPDX-License-Identifier: Apache-2.0
"""Arrays of JAX on the CPU. Skipped where it is not installed."""

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import nmscope  # noqa: E402


@pytest.fixture(params=["float32", "float16", "bfloat16"])
def weights(request):
    return jax.random.normal(jax.random.key(0), (67, 96)).astype(request.param)


def test_masks_are_arrays_of_jax(weights):
    solution = nmscope.solve(weights, "8:16", certificate=True)
    assert isinstance(solution.mask, jax.Array)
    assert solution.mask.dtype == bool
    expected = nmscope.solve(np.asarray(weights.astype("float32")), "8:16")
    np.testing.assert_array_equal(np.asarray(solution.mask), expected.mask)
    assert solution.objective == expected.objective
    assert nmscope.verify(solution.mask, weights)["holds"]


def test_views_and_stacks(weights):
    turned = nmscope.solve(weights.T, "3:7").mask
    np.testing.assert_array_equal(np.asarray(turned), nmscope.solve(np.asarray(weights.astype("float32")).T, "3:7").mask)
    stack = weights[:66].reshape(3, 22, 96)
    masks = nmscope.solve(stack, "2:4").mask
    for matrix, mask in zip(stack, masks, strict=True):
        np.testing.assert_array_equal(np.asarray(mask), np.asarray(nmscope.solve(matrix, "2:4").mask))


def test_its_arrays_are_never_written(weights):
    with pytest.raises(TypeError, match="not a numpy array or a tensor"):
        nmscope.solve(weights, "2:4", out=jax.numpy.zeros(weights.shape, bool))


def test_prune_gives_arrays_of_jax():
    weights = jax.random.normal(jax.random.key(0), (32, 48))
    inputs = jax.random.normal(jax.random.key(1), (200, 48))
    pruned = nmscope.prune(weights, inputs, "8:16")
    assert isinstance(pruned.weights, jax.Array)
    w, v, x = (np.asarray(array, np.float64) for array in (weights, pruned.weights, inputs))
    np.testing.assert_allclose(pruned.error, np.square(x @ (w - v).T).sum() / np.square(x @ w.T).sum(), rtol=1e-4)
