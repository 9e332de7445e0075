# SPDX-License-Identifier: Apache-2.0
"""The program that comes with the package: `nmscope` and `python -m nmscope`, as it is installed or staged."""

import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

import nmscope

SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "samples" / "minilm-layer0.h5"
QUERY = "encoder/layer/0/attention/self/query/weight"
INSTALLED = Path(nmscope.__file__).parent / "bin" / "nmscope"

pytestmark = pytest.mark.skipif(not INSTALLED.exists(), reason="the package was built without the program")


def run(*arguments, status=0, **more):
    done = subprocess.run([sys.executable, "-m", "nmscope", *map(str, arguments)], capture_output=True, text=True, check=False, **more)
    assert done.returncode == status, done.stderr
    return done


def pixels_of(file):
    """Width, height and bytes of a PNG of 8-bit RGB, decoded here: chunks, zlib, filters."""
    data = file.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, head, packed = 8, None, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0]
        head, packed = (body if kind == b"IHDR" else head), packed + (body if kind == b"IDAT" else b"")
        at += 12 + length
    width, height, depth, colour = struct.unpack(">IIBB", head[:10])
    assert (depth, colour) == (8, 2)
    raw = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + 3 * width)
    rows = np.zeros((height + 1, 3 * width + 3), np.int64)  # a row above and a pixel to the left of zeros
    for y, line in enumerate(raw):
        above = rows[y]
        for x in range(3 * width):
            a, b, c = int(rows[y + 1, x]), int(above[x + 3]), int(above[x])
            p = a + b - c
            nearest = a if abs(p - a) <= abs(p - b) and abs(p - a) <= abs(p - c) else b if abs(p - b) <= abs(p - c) else c
            predicted = (0, a, b, (a + b) // 2, nearest)[line[0]]
            rows[y + 1, x + 3] = (int(line[x + 1]) + predicted) % 256
    return rows[1:, 3:].reshape(height, width, 3)


def test_it_says_which_version_it_is():
    assert run("--version").stdout.startswith(f"nmscope {nmscope.__version__}\n")


@pytest.mark.parametrize("method", ["exact", "dykstra", "greedy+swap"])
def test_masks_are_pythons_bit_for_bit(tmp_path, method):
    h5py = pytest.importorskip("h5py")
    weights = np.random.default_rng(5).standard_normal((67, 129), dtype=np.float32)
    np.save(tmp_path / "w.npy", weights)
    run("solve", tmp_path / "w.npy", "-o", tmp_path / "m.h5", "--pattern", "8:16", "--method", method, "--backend", "cpu")
    masks = []
    with h5py.File(tmp_path / "m.h5") as file:
        file.visititems(lambda name, item: masks.append(item[:]) if name.endswith("mask") else None)
    assert len(masks) == 1
    np.testing.assert_array_equal(masks[0], nmscope.solve(weights, "8:16", method).mask)


def test_every_subcommand_runs(tmp_path):
    # HDF5 is read by the helper process, which the program finds in the package.
    assert json.loads(run("inspect", SAMPLE, "--json").stdout) == nmscope.inspect(SAMPLE)
    run("solve", SAMPLE, "-o", tmp_path / "m.h5", "--pattern", "2:4", "--tensor", QUERY)
    assert json.loads(run("verify", tmp_path / "m.h5", "--weights", SAMPLE, "--json").stdout)["holds"]
    compared = json.loads(run("compare", SAMPLE, "--tensor", QUERY, "--patterns", "2:4,8:16", "--json").stdout)
    assert compared["tensors"]
    run("convert", SAMPLE, tmp_path / "w.safetensors")
    np.save(tmp_path / "w.npy", np.random.default_rng(1).standard_normal((32, 48), dtype=np.float32))
    np.savez(tmp_path / "x.npz", w=np.random.default_rng(2).standard_normal((100, 48), dtype=np.float32))
    pruned = run("prune", tmp_path / "w.npy", "--calibration", tmp_path / "x.npz", "--framework", "wanda", "--pattern", "8:16",
                 "-o", tmp_path / "p.safetensors", "--map", "*=w", "--json")  # fmt: skip
    assert json.loads(pruned.stdout)
    bench = run("bench", "--patterns", "2:4", "--methods", "exact,greedy", "--data", "gaussian", "--tiles", "64", "--seconds", "1", "--json")
    assert json.loads(bench.stdout)


def test_pictures_show_the_mask(tmp_path):
    """Of one tile of 16 × 16 at 8:16: half of the cells have the colour of what is kept."""
    mask = nmscope.solve(np.random.default_rng(3).standard_normal((16, 16), dtype=np.float32), "8:16").mask
    np.save(tmp_path / "w.npy", np.random.default_rng(3).standard_normal((16, 16), dtype=np.float32))
    run("render", tmp_path / "w.npy", "--tensor", "*", "--view", "mask", "--method", "exact", "--pixels", "64", "-o", tmp_path / "m.png")
    pixels = pixels_of(tmp_path / "m.png")
    cell = pixels.shape[0] // 16
    middles = pixels[cell // 2 :: cell, cell // 2 :: cell][:16, :16].sum(2)
    assert middles[mask].min() > middles[~mask].max()


def test_what_needs_the_window_says_so(tmp_path):
    if "built without its window" not in run("--help").stdout:
        pytest.skip("the program has its window")
    for arguments in ([], [SAMPLE]):
        done = run(*arguments, status=1)
        assert done.stdout == ""
        assert done.stderr == "nmscope: this nmscope is built without its window; the command line works, see nmscope --help\n"
    film = ["render", SAMPLE, "--tensor", QUERY, "--view", "plan", "--animate", "-o", tmp_path / "f.gif"]
    for refused in (film, ["bench", "--plot", tmp_path / "b.png"]):
        done = run(*refused, status=1)
        assert "drawn with Qt" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())
