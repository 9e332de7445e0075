# SPDX-License-Identifier: Apache-2.0
"""Whatever is handed over: an exception that says so, or the right answer. Never a crash."""

import os
import pickle
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import nmscope

WEIGHTS = np.random.default_rng(1).standard_normal((64, 64), dtype=np.float32)


@pytest.mark.parametrize(
    ("weights", "kind", "text"),
    [
        (np.ones((16, 16), np.int32), TypeError, "holds i32"),
        (np.ones((16, 16), np.bool_), TypeError, "holds bool"),
        (np.ones((16, 16), np.complex64), TypeError, "not floating-point"),
        (np.array([["a"]]), TypeError, None),
        (np.array([[None]]), TypeError, None),
        (np.ones((16, 16), np.longdouble), TypeError, None),
        (np.ones((16, 16), ">f4"), TypeError, "byte order"),
        (np.zeros((16, 16), [("a", "f4")]), TypeError, None),
        ([[1.0, 2.0], [3.0, 4.0]], TypeError, "not an array"),
        (None, TypeError, "not an array"),
        (1.0, TypeError, "not an array"),
        (np.float32(1), nmscope.InputError, "scalar"),
        (np.ones(16, np.float32), nmscope.InputError, "1 dimension"),
        (np.ones((0, 16), np.float32), nmscope.InputError, "no elements"),
        (np.ones((16, 3), np.float32), nmscope.InputError, "3 columns"),
        (np.ones((2,) * 7, np.float32), nmscope.InputError, None),
    ],
)
def test_what_is_no_matrix_of_weights(weights, kind, text):
    with pytest.raises(kind, match=text):
        nmscope.solve(weights, "2:4")


@pytest.mark.parametrize("method", nmscope.methods())
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [(33, 64), (3, 33, 64)])
def test_nan_and_inf_are_named_with_their_place(method, value, shape):
    weights = np.ones(shape, np.float32)
    weights[..., 31, 57] = value
    with pytest.raises(nmscope.InputError, match=r"(NaN|\+Inf|-Inf) at \(31, 57\)"):
        nmscope.solve(weights, "4:8", method)
    with pytest.raises(nmscope.InputError, match=r"at \(31, 57\)"):
        nmscope.solve(weights, "4:8", method, score=np.ones(shape, np.float32))


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_scores_are_finite_and_not_negative(value):
    scores = np.ones((64, 64), np.float32)
    scores[3, 4] = value
    with pytest.raises(nmscope.InputError):
        nmscope.solve(WEIGHTS, "2:4", score=scores)
    with pytest.raises(nmscope.UsageError, match="another shape"):
        nmscope.solve(WEIGHTS, "2:4", score=scores[:32])


@pytest.mark.parametrize(
    "arguments",
    [
        dict(pattern="4"), dict(pattern="5:4"), dict(pattern="2:65"), dict(pattern="0:4"), dict(pattern=""),
        dict(method="best"), dict(method="reference"), dict(tau=0.0), dict(tau=float("nan")), dict(iterations=0),
        dict(tolerance=2.0), dict(threads=-1), dict(warm_start="unstructured"), dict(rounding="mine"), dict(score="cube"),
        dict(backend="tpu"), dict(axes="oihw"), dict(axes="oo"), dict(axes="xy"),
        dict(out=np.ones((64, 63), bool)), dict(out=np.ones((64, 64), np.float32)),
    ],
)  # fmt: skip
def test_what_has_no_meaning(arguments):
    with pytest.raises(nmscope.UsageError):
        nmscope.solve(WEIGHTS, **{"method": "dykstra", **arguments})


def test_out_has_to_be_writable():
    out = np.ones((64, 64), bool)
    out.flags.writeable = False
    with pytest.raises(TypeError, match="read-only"):
        nmscope.solve(WEIGHTS, out=out)
    with pytest.raises(TypeError):
        nmscope.solve(WEIGHTS, out=b"\0" * 4096)


def test_a_device_that_is_not_there():
    with pytest.raises((nmscope.DeviceError, nmscope.UsageError)):
        nmscope.solve(WEIGHTS, backend="cuda:977")


def test_exceptions_are_of_pythons_kinds():
    assert issubclass(nmscope.UsageError, ValueError)
    assert issubclass(nmscope.InputError, ValueError)
    assert issubclass(nmscope.IoError, OSError)
    assert issubclass(nmscope.UnsupportedError, NotImplementedError)
    assert issubclass(nmscope.ResourceError, MemoryError)
    with pytest.raises(nmscope.Error) as caught:
        nmscope.solve(WEIGHTS, "9:8")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


class OnDevice:
    """An array that says it lies on a Metal device."""

    shape = (64, 64)

    def __dlpack_device__(self):
        return (8, 0)

    def __dlpack__(self, **_):
        raise AssertionError("must not be asked")


class Liar:
    def __dlpack_device__(self):
        return (1, 0)

    def __dlpack__(self, **_):
        return 42


def test_memory_that_the_cpu_does_not_reach():
    with pytest.raises(nmscope.UnsupportedError, match="device"):
        nmscope.solve(OnDevice(), "2:4")


def test_an_array_that_lies():
    with pytest.raises((TypeError, BufferError, RuntimeError)):
        nmscope.solve(Liar(), "2:4")


def test_threads_solve_at_once():
    weights = np.random.default_rng(2).standard_normal((1200, 1100), dtype=np.float32)
    expected = nmscope.solve(weights, "8:16").mask
    masks = [None] * 6

    def work(i):
        masks[i] = nmscope.solve(weights, "8:16").mask

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(masks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mask in masks:
        np.testing.assert_array_equal(mask, expected)


def test_the_gil_is_free_meanwhile():
    """Another thread of Python counts while a solve of seconds runs, which is then stopped."""
    weights = np.ones((2048, 2048), np.float32)
    counted = threading.Event()
    ended = threading.Event()

    def count():
        for _ in range(1000):
            pass
        counted.set()
        ended.wait(60)
        os.kill(os.getpid(), signal.SIGINT)

    # Python has no handler of its own where the signal was ignored at its start, as in the background of a script.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=count)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            ended.set()
            nmscope.solve(weights, "32:64", "dykstra", iterations=1_000_000)
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)
    assert counted.is_set()


def test_ctrl_c_goes_on_with_a_handler_that_does_not_raise():
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        solution = nmscope.solve(np.random.default_rng(3).standard_normal((1024, 2048)), "8:16", "dykstra", iterations=2000)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert heard
    assert solution.mask.sum() == solution.mask.size // 2


FORK = """
import os, sys
import numpy as np
import nmscope
weights = np.random.default_rng(4).standard_normal((1200, 1100), dtype=np.float32)
expected = nmscope.solve(weights, "8:16").mask
child = os.fork()
if child == 0:
    same = (nmscope.solve(weights, "8:16").mask == expected).all()
    gram = nmscope.prune(weights[:64, :64], weights[:, :64], "8:16")
    os._exit(0 if same and gram.error < 1 else 1)
_, status = os.waitpid(child, 0)
assert (nmscope.solve(weights, "8:16").mask == expected).all()
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_forked_child_solves_too():
    assert subprocess.run([sys.executable, "-c", FORK], timeout=120, check=False).returncode == 0


def test_weights_that_go_meanwhile():
    """The array is held while it is read, whoever lets go of it."""
    holder = [np.random.default_rng(5).standard_normal((1024, 1024), dtype=np.float32)]
    expected = nmscope.solve(holder[0], "8:16").mask
    masks = []
    thread = threading.Thread(target=lambda: masks.append(nmscope.solve(holder[0], "8:16").mask))
    thread.start()
    while not masks and thread.is_alive():
        holder[0] = holder[0] if not masks else None
    holder.clear()
    thread.join()
    np.testing.assert_array_equal(masks[0], expected)
