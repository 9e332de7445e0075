# SPDX-License-Identifier: Apache-2.0
"""inspect, verify, compare and prune of arrays, held against numpy and the command line."""

import numpy as np
import pytest

import nmscope


def test_verify_counts_and_recomputes(rng):
    weights = rng.standard_normal((67, 53), dtype=np.float32)
    solution = nmscope.solve(weights, "4:8", "greedy")
    verdict = nmscope.verify(solution, weights)
    assert verdict["holds"]
    assert verdict["pattern"] == "4:8"
    assert verdict["objective"] == pytest.approx(solution.objective, rel=1e-9)
    assert verdict["upper_bound"] == pytest.approx(nmscope.solve(weights, "4:8").objective, rel=1e-9)
    assert verdict["kept_magnitude"] == pytest.approx(solution.kept_magnitude, rel=1e-9)


def test_verify_names_the_tile_that_fails(rng):
    mask = nmscope.solve(rng.standard_normal((64, 64), dtype=np.float32), "4:8").mask.copy()
    row, col = np.argwhere(~mask)[1234]
    mask[row, col] = True
    verdict = nmscope.verify(mask, pattern="4:8")
    assert not verdict["holds"]
    assert verdict["violating_tiles"] == 1
    assert verdict["violations"][0].startswith(f"tile ({row // 8}, {col // 8}): row {row} keeps 5")
    assert verdict["along"] == {"rows": False, "columns": False}


def test_verify_finds_the_pattern_itself(rng):
    weights = rng.standard_normal((64, 64), dtype=np.float32)
    mask = nmscope.solve(weights, "4:16").mask
    assert nmscope.verify(mask)["pattern"] == "4:16"
    assert nmscope.verify((weights * mask).astype(np.float16))["pattern"] == "4:16"
    with pytest.raises(nmscope.InputError, match="none holds"):
        nmscope.verify(np.ones((64, 64), bool))


def test_verify_refuses_what_is_no_mask(rng):
    with pytest.raises(nmscope.InputError, match=r"holds 2 at \(3, 5\)"):
        mask = np.zeros((16, 16), np.uint8)
        mask[3, 5] = 2
        nmscope.verify(mask, pattern="2:4")
    with pytest.raises(nmscope.UsageError, match="another shape"):
        nmscope.verify(np.zeros((16, 16), bool), np.zeros((16, 8), np.float32), "2:4")


def test_verify_of_a_stack(rng):
    weights = rng.standard_normal((40, 36, 3, 3), dtype=np.float32)
    solution = nmscope.solve(weights, "2:4")
    verdict = nmscope.verify(solution, weights)
    assert verdict["holds"]
    assert verdict["letters"] == "oihw"
    assert verdict["tiles"] == 9 * 90


def test_inspect_finds_what_holds(rng):
    weights = rng.standard_normal((64, 64), dtype=np.float32)
    mask = nmscope.solve(weights, "2:4").mask
    facts = nmscope.inspect((weights * mask).astype(np.float16), hardware=True)
    assert facts["sparsity"] == 0.5
    assert "2:4" in facts["patterns"]["transposable"]
    assert "2:4 runs forward and backward" in facts["hardware"]["summary"]
    assert nmscope.inspect(np.zeros((64, 32, 3, 3), np.float32), name="conv.weight")["letters"] == "oihw"
    assert nmscope.inspect(np.array([[1.0, np.nan], [np.inf, 0]]))["non_finite"] == 2
    assert nmscope.inspect(np.arange(12).reshape(3, 4))["dtype"] == "i64"


def test_compare_solves_each(rng):
    weights = rng.standard_normal((65, 64), dtype=np.float32)
    rows = nmscope.compare(weights, ["2:4", "8:16"], ["exact", "greedy", "row-nm"])
    assert [(row["pattern"], row["method"]) for row in rows] == [
        (pattern, method) for pattern in ("2:4", "8:16") for method in ("exact", "greedy", "row-nm")
    ]
    for row in rows:
        solution = nmscope.solve(weights, row["pattern"], row["method"])
        assert row["objective"] == pytest.approx(solution.objective, rel=1e-9)
        assert row["transposable"] == (row["method"] != "row-nm")
    assert {row["method"] for row in nmscope.compare(weights, "2:4")} == set(nmscope.methods())
    with pytest.raises(nmscope.UsageError, match="is not a method"):
        nmscope.compare(weights, "2:4", "fastest")


def relative_error(weights, pruned, x):
    return float((((weights - pruned) @ x.T) ** 2).sum() / ((weights @ x.T) ** 2).sum())


@pytest.mark.parametrize("framework", ["magnitude", "wanda", "sparsegpt", "alps"])
@pytest.mark.parametrize("kind", ["transposable", "row-nm", "unstructured"])
def test_prune_says_the_error_that_numpy_finds(rng, framework, kind):
    weights = rng.standard_normal((48, 64), dtype=np.float32)
    x = rng.standard_normal((300, 64)) @ rng.standard_normal((64, 64))
    before = weights.copy()
    pruned = nmscope.prune(weights, x, "4:8", framework=framework, kind=kind)
    np.testing.assert_array_equal(weights, before)
    assert pruned.weights.dtype == weights.dtype
    assert (pruned.weights[~pruned.mask] == 0).all()
    assert pruned.error == pytest.approx(relative_error(weights, pruned.weights, x), rel=1e-3)
    if kind == "transposable":
        assert nmscope.verify(pruned.mask, pattern="4:8")["holds"]
    if framework in ("magnitude", "wanda"):
        np.testing.assert_array_equal(pruned.weights, np.where(pruned.mask, weights, 0))


def test_prune_takes_a_gram_and_other_axes(rng):
    weights = rng.standard_normal((48, 32), dtype=np.float32)
    x = rng.standard_normal((200, 32), dtype=np.float32)
    one = nmscope.prune(weights, x, "2:4")
    two = nmscope.prune(weights, gram=x.T.astype(np.float64) @ x, pattern="2:4")
    np.testing.assert_array_equal(one.mask, two.mask)
    turned = nmscope.prune(weights.T.copy(), x, "2:4", axes="io")
    np.testing.assert_array_equal(turned.mask.T, one.mask)


def test_prune_of_a_stack_has_inputs_for_each(rng):
    weights = rng.standard_normal((3, 16, 24), dtype=np.float32)
    inputs = [rng.standard_normal((100, 24), dtype=np.float32) for _ in range(3)]
    pruned = nmscope.prune(weights, inputs, "2:4", axes="eoi")
    for k in range(3):
        np.testing.assert_array_equal(pruned.mask[k], nmscope.prune(weights[k], inputs[k], "2:4").mask)
    with pytest.raises(nmscope.UsageError, match="there are 2"):
        nmscope.prune(weights, inputs[:2], "2:4", axes="eoi")


def test_prune_says_what_is_wrong(rng):
    weights = rng.standard_normal((16, 32), dtype=np.float32)
    with pytest.raises(nmscope.InputError, match="transpose it"):
        nmscope.prune(weights, rng.standard_normal((32, 100), dtype=np.float32))
    with pytest.raises(nmscope.UsageError, match="needs what goes into each layer"):
        nmscope.prune(weights)
    few = rng.standard_normal((8, 32), dtype=np.float32)
    with pytest.raises(nmscope.InputError):
        nmscope.prune(weights, few)
    assert nmscope.prune(weights, few, damping=0.01).error is not None
    with pytest.raises(nmscope.UsageError, match="framework"):
        nmscope.prune(weights, few, framework="best")
