# SPDX-License-Identifier: Apache-2.0
"""What the tests of the Python package share. NMS_PROGRAM is the command line that masks are compared with; without it, the
one that is installed with the package."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import nmscope


@pytest.fixture
def rng():
    return np.random.default_rng(20260916)


@pytest.fixture
def program(tmp_path):
    """Runs `nmscope ARGS… --json` and gives what it prints."""
    path = os.environ.get("NMS_PROGRAM") or Path(nmscope.__file__).parent / "bin" / "nmscope"
    if not Path(path).exists():
        pytest.skip(f"no program to compare with: {path} does not exist")

    def run(*arguments):
        done = subprocess.run([path, *map(str, arguments), "--json"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def keeps(mask, n, m, axis, exactly=True):
    """Whether every whole group of m along `axis` keeps n; counted by numpy alone."""
    mask = np.moveaxis(np.asarray(mask), axis, -1)
    whole = mask.shape[-1] // m * m
    counts = mask[..., :whole].reshape(*mask.shape[:-1], whole // m, m).sum(-1)
    return bool((counts == n).all() if exactly else (counts <= n).all())


def tile_rows_keep(mask, n, m):
    """Of a matrix: rows and columns of every full tile keep n, those of ragged ones at most n."""
    rows, cols = (size // m * m for size in mask.shape)
    full = mask[:rows, :cols]
    rest = keeps(mask[:rows], n, m, 0, False) and keeps(mask[:, :cols], n, m, 1, False)
    ragged = int(mask[:rows, cols:].sum(1).max(initial=0)) <= n and int(mask[rows:, :cols].sum(0).max(initial=0)) <= n
    return keeps(full, n, m, 0) and keeps(full, n, m, 1) and rest and ragged
