# SPDX-License-Identifier: Apache-2.0
"""Masks of arrays: the command line's bit for bit, whatever the array's type, strides and axes."""

import copy
import gc
import itertools
import pickle
import resource
import subprocess
import sys
import threading

import numpy as np
import pytest
from conftest import keeps, tile_rows_keep

import nmscope
from nmscope import _core
from nmscope._solve import options

PATTERNS = ["1:2", "2:4", "3:7", "8:16", "5:17", "16:32", "31:63", "32:64"]


def command_line_masks(program, tmp_path, weights, *arguments):
    """By way of an .npy file; the masks come back as safetensors, read by hand."""
    np.save(tmp_path / "w.npy", weights)
    out = tmp_path / "masks.safetensors"
    report = program("solve", tmp_path / "w.npy", "-o", out, *arguments)
    data = out.read_bytes()
    header = int.from_bytes(data[:8], "little")
    mask = np.frombuffer(data[8 + header :], np.bool_).reshape(weights.shape)
    return mask, report["tensors"][0]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("shape", [(64, 64), (131, 97), (67, 193)])
def test_rows_and_columns_keep_n(rng, pattern, shape):
    weights = rng.standard_normal(shape, dtype=np.float32)
    n, m = map(int, pattern.split(":"))
    solution = nmscope.solve(weights, pattern)
    assert solution.mask.dtype == np.bool_
    assert solution.mask.shape == shape
    assert tile_rows_keep(solution.mask, n, m)
    assert solution.relative_gap == 0
    assert solution.objective == pytest.approx(float(np.abs(weights.astype(np.float64))[solution.mask].sum()), rel=1e-9)


@pytest.mark.parametrize("method", nmscope.methods())
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_masks_are_the_command_lines(rng, program, tmp_path, method, dtype):
    weights = rng.standard_normal((131, 97)).astype(dtype)
    expected, report = command_line_masks(
        program, tmp_path, weights, "--pattern", "5:11", "--method", method, "--backend", "cpu"
    )
    solution = nmscope.solve(weights, "5:11", method)
    np.testing.assert_array_equal(solution.mask, expected)
    assert solution.objective == pytest.approx(report["objective"], rel=1e-12)
    assert solution.upper_bound == pytest.approx(report["upper_bound"], rel=1e-12)
    assert solution.tiles == report["tiles"]


@pytest.mark.parametrize(
    ("more", "options"),
    [
        (dict(method="dykstra", tau=30.0, iterations=50), ["--method", "dykstra", "--tau", "30", "--iterations", "50"]),
        (dict(method="dykstra", tolerance=0.05), ["--method", "dykstra", "--tolerance", "0.05"]),
        (dict(method="dykstra", rounding="paper:3"), ["--method", "dykstra", "--rounding", "paper:3"]),
        (dict(method="greedy+swap", warm_start="capped"), ["--method", "greedy+swap", "--warm-start", "capped"]),
        (dict(score="square"), ["--score", "square"]),
    ],
)
def test_options_mean_what_they_mean_there(rng, program, tmp_path, more, options):
    weights = rng.standard_normal((97, 64), dtype=np.float32)
    expected, _ = command_line_masks(program, tmp_path, weights, "--pattern", "8:16", "--backend", "cpu", *options)
    np.testing.assert_array_equal(nmscope.solve(weights, "8:16", **more).mask, expected)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [((5, 33, 32), "erc"), ((33, 32, 3), "oiw"), ((40, 37, 3, 3), "oihw"), ((3, 3, 37, 40), "hwio"), ((40, 6, 7), "ioo")],
)
def test_stacks_are_cut_as_in_files(rng, program, tmp_path, shape, axes):
    weights = rng.standard_normal(shape, dtype=np.float32)
    expected, report = command_line_masks(
        program, tmp_path, weights, "--pattern", "2:4", "--backend", "cpu", "--axes", "*=" + axes
    )
    solution = nmscope.solve(weights, "2:4", axes=axes)
    np.testing.assert_array_equal(solution.mask, expected)
    assert solution.axes == axes
    assert solution.tiles == report["tiles"]


def test_a_stack_is_its_matrices(rng):
    weights = rng.standard_normal((7, 33, 31), dtype=np.float32)
    solution = nmscope.solve(weights, "3:8", certificate=True)
    assert solution.tile_objective.shape == (7, 5, 4)
    for k, matrix in enumerate(weights):
        alone = nmscope.solve(matrix, "3:8", certificate=True)
        np.testing.assert_array_equal(solution.mask[k], alone.mask)
        np.testing.assert_array_equal(solution.tile_objective[k], alone.tile_objective[0])


def views(base):
    """The same values in other orders of memory."""
    rows, cols = base.shape
    yield "fortran", np.asfortranarray(base)
    yield "transposed", base.T.copy().T
    yield "every second column", np.repeat(base, 2, axis=1)[:, ::2]
    yield "part of wider rows", np.pad(base, ((1, 2), (3, 4)))[1 : 1 + rows, 3 : 3 + cols]
    yield "upside down", base[::-1].copy()[::-1]
    yield "mirrored", base[:, ::-1].copy()[:, ::-1]
    unaligned = np.frombuffer(b"\0" + base.tobytes(), np.uint8)[1:].view(base.dtype).reshape(base.shape)
    yield "unaligned, read-only", unaligned
    read_only = base.copy()
    read_only.flags.writeable = False
    yield "read-only", read_only


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_strides_do_not_matter(rng, dtype):
    base = rng.standard_normal((67, 53)).astype(dtype)
    expected = nmscope.solve(base, "4:8").mask
    for name, view in views(base):
        np.testing.assert_array_equal(view, base, err_msg=name)
        np.testing.assert_array_equal(nmscope.solve(view, "4:8").mask, expected, err_msg=name)


def test_the_same_row_again_and_again(rng):
    """Strides of 0."""
    row = rng.standard_normal(64, dtype=np.float32)
    same = np.broadcast_to(row, (32, 64))
    np.testing.assert_array_equal(nmscope.solve(same, "2:4").mask, nmscope.solve(same.copy(), "2:4").mask)


def test_bfloat16_of_ml_dtypes(rng):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    weights = rng.standard_normal((64, 96)).astype(ml_dtypes.bfloat16)
    expected = nmscope.solve(weights.astype(np.float32), "8:16").mask
    np.testing.assert_array_equal(nmscope.solve(weights, "8:16").mask, expected)


def test_out_is_filled_whatever_its_strides(rng):
    weights = rng.standard_normal((37, 45), dtype=np.float32)
    expected = nmscope.solve(weights, "2:4").mask
    for out in (np.ones((37, 45), np.bool_), np.full((45, 37), 7, np.uint8).T, np.ones((37, 90), np.int8)[:, ::2]):
        solution = nmscope.solve(weights, "2:4", out=out)
        assert solution.mask is out
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("cols", [32, 45, 131])
def test_what_changes_in_out_is_counted(rng, cols):
    first, second = rng.standard_normal((2, 37, cols), dtype=np.float32)
    for out in (np.zeros((37, cols), np.bool_), np.zeros((cols, 37), np.bool_).T):
        nmscope.solve(first, "2:4", out=out)
        before = out.copy()
        assert nmscope.solve(first, "2:4", out=out).changed == 0
        assert nmscope.solve(second, "2:4", out=out).changed == (out != before).sum() > 0
    assert nmscope.solve(first, "2:4").changed == 0


def test_scores_of_ones_own(rng):
    weights = rng.standard_normal((48, 40), dtype=np.float32)
    scores = rng.random((48, 40), dtype=np.float32)
    for given in (scores, np.asfortranarray(scores), scores.astype(np.float64)):
        np.testing.assert_array_equal(nmscope.solve(weights, "4:8", score=given).mask, nmscope.solve(scores, "4:8").mask)
    np.testing.assert_array_equal(
        nmscope.solve(weights, "4:8", score="square").mask, nmscope.solve(weights**2, "4:8").mask
    )


def test_doubles_outside_of_floats_range(rng):
    weights = rng.standard_normal((32, 32)) * 1e300
    solution = nmscope.solve(weights, "2:4")
    np.testing.assert_array_equal(solution.mask, nmscope.solve(weights / 2.0**996, "2:4").mask)
    assert solution.objective == pytest.approx(float(np.abs(weights)[solution.mask].sum()), rel=1e-6)


def test_potentials_are_left_for_the_next_solve(rng):
    weights = rng.standard_normal((67, 70), dtype=np.float32)
    kept = nmscope.Potentials()
    assert kept.tiles == 0
    first = nmscope.solve(weights, "8:16", "dykstra", potentials=kept)
    np.testing.assert_array_equal(first.mask, nmscope.solve(weights, "8:16", "dykstra").mask)
    assert kept.tiles == first.tiles == 25
    weights += 0.01 * rng.standard_normal(weights.shape, dtype=np.float32)
    for array in (weights, weights.astype(np.float16)):
        warm = nmscope.solve(array, "8:16", "dykstra", potentials=kept)
        assert tile_rows_keep(warm.mask, 8, 16)
        assert warm.not_converged == 0
        assert warm.worst_residual <= 0.01
        best = nmscope.solve(array, "8:16")
        assert best.objective * 0.98 <= warm.objective <= best.objective <= warm.upper_bound * (1 + 1e-6)
    assert nmscope.solve(weights, "8:16", "dykstra", potentials=kept, tolerance=1e-3, iterations=5000).worst_residual <= 1e-3
    with pytest.raises(nmscope.UsageError, match="potentials"):
        nmscope.solve(weights, "4:8", "dykstra", potentials=kept)
    with pytest.raises(nmscope.UsageError, match="potentials"):
        nmscope.solve(weights[:32], "8:16", "dykstra", potentials=kept)
    assert copy.deepcopy(kept).tiles == pickle.loads(pickle.dumps(kept)).tiles == 0
    other = nmscope.Potentials()
    exact = nmscope.solve(weights, "8:16", potentials=other)
    np.testing.assert_array_equal(exact.mask, nmscope.solve(weights, "8:16").mask)
    assert other.tiles == 0


def test_potentials_are_for_one_solve_at_a_time(rng):
    weights = rng.standard_normal((512, 512), dtype=np.float32)
    kept = nmscope.Potentials()
    outcomes = []

    def work():
        try:
            outcomes.append(nmscope.solve(weights, "16:32", "dykstra", iterations=3000, potentials=kept).tiles)
        except nmscope.UsageError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 256 in outcomes
    assert all(outcome == 256 or "in use" in outcome for outcome in outcomes)


def test_certificates_say_what_each_tile_keeps(rng):
    weights = rng.standard_normal((40, 48), dtype=np.float32)
    solution = nmscope.solve(weights, "4:8", "greedy", certificate=True)
    kept = np.abs(weights.astype(np.float64)) * solution.mask
    by_tile = kept.reshape(5, 8, 6, 8).sum((1, 3))
    np.testing.assert_allclose(solution.tile_objective[0], by_tile, rtol=1e-9)
    assert (solution.tile_upper_bound >= solution.tile_objective - 1e-9).all()
    assert solution.objective == pytest.approx(float(by_tile.sum()), rel=1e-12)
    assert solution.tile_gap.max() == pytest.approx(solution.worst_gap)
    assert nmscope.solve(weights, "4:8").tile_gap is None
    best = nmscope.solve(weights, "4:8").objective
    assert solution.objective <= best <= solution.upper_bound * (1 + 1e-9)


def test_row_methods_keep_n_along_their_own_axis(rng):
    weights = rng.standard_normal((64, 64), dtype=np.float32)
    assert keeps(nmscope.solve(weights, "2:4", "row-nm").mask, 2, 4, 1)
    assert keeps(nmscope.solve(weights, "2:4", "col-nm").mask, 2, 4, 0)


def test_exact_is_the_best_of_all_masks(rng):
    """Against every 2:4 mask there is, by numpy."""
    rows = [r for r in itertools.product((0, 1), repeat=4) if sum(r) == 2]
    masks = np.array([m for m in itertools.product(rows, repeat=4) if (np.sum(m, 0) == 2).all()])
    assert len(masks) == 90
    tiles = np.abs(rng.standard_normal((6, 4, 4)))
    for tile in tiles:
        best = (masks * tile).sum((1, 2)).max()
        assert nmscope.solve(tile, "2:4").objective == pytest.approx(best, rel=1e-6)


MEMORY = """
import resource, sys
import numpy as np
import nmscope
from nmscope import _core
from nmscope._solve import options
weights = np.ones((4096, 8192), np.float16)      # 64 MiB
weights[::2, ::3] = 2
out = np.zeros(weights.shape, np.bool_)
out[:] = True                                    # 32 MiB, touched
nmscope.solve(weights[:64, :64], "8:16")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
nmscope.solve(weights, "8:16", out=out)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_nothing_is_copied_whole():
    """A copy as float32 would be 128 MiB; panels of 4 million weights take 16 MiB and a little."""
    grown = int(subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True).stdout)
    assert grown < 60 * 1024, f"{grown} KiB more than before"


def test_memory_is_given_back(rng):
    weights = rng.standard_normal((512, 512), dtype=np.float32)
    for _ in range(50):
        nmscope.solve(weights, "8:16", certificate=True)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(400):
        nmscope.solve(weights, "8:16", certificate=True)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 * 1024


class Capsule:
    """What numpy takes a capsule of DLPack from."""

    def __init__(self, capsule):
        self._capsule = capsule

    def __dlpack__(self, **_):
        return self._capsule

    def __dlpack_device__(self):
        return 1, 0


@pytest.mark.parametrize("view", ["whole", "transposed", "cut", "stacked", "permuted"])
def test_masks_in_memory_of_the_extension(rng, view):
    base = rng.standard_normal((6, 40, 37), dtype=np.float32)
    weights = {
        "whole": base[0],
        "transposed": base[0].T,
        "cut": base[1, :, 3:30],
        "stacked": base,
        "permuted": base.transpose(0, 2, 1),
    }[view]
    capsule, figures = _core.solve_new(weights, options("2:4", "exact"), "", None, "auto", False, None)
    mask = np.from_dlpack(Capsule(capsule))
    expected = nmscope.solve(weights, "2:4")
    assert mask.dtype == np.bool_
    np.testing.assert_array_equal(mask, expected.mask)
    assert figures.objective == expected.objective
    dense = view != "cut"
    assert mask.strides == (tuple(step // 4 for step in weights.strides) if dense else (27, 1))
