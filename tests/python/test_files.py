# SPDX-License-Identifier: Apache-2.0
"""Files: the command line's reports, and the helper process that reads HDF5 from inside the package."""

from pathlib import Path

import numpy as np
import pytest

import nmscope

SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "samples" / "minilm-layer0.h5"


def without_times(report):
    for tensor in report["tensors"]:
        tensor.pop("seconds", None)
    return report


def test_inspect_says_what_the_command_line_says(program):
    assert nmscope.inspect(SAMPLE) == program("inspect", SAMPLE)


def test_solve_file_writes_what_the_command_line_writes(program, tmp_path):
    ours = nmscope.solve_file(SAMPLE, tmp_path / "a.h5", "8:16", tensors="*query*")
    theirs = program("solve", SAMPLE, "-o", tmp_path / "b.h5", "--pattern", "8:16", "--tensor", "*query*", "--backend", "cpu")
    ours.pop("output"), theirs.pop("output")
    assert without_times(ours) == without_times(theirs)
    report = nmscope.verify(tmp_path / "a.h5", SAMPLE)
    assert report["holds"]
    assert report["tensors"][0]["relative_gap"] == 0
    h5py = pytest.importorskip("h5py")
    with h5py.File(SAMPLE) as weights, h5py.File(tmp_path / "a.h5") as masks:
        path = report["tensors"][0]["path"]
        np.testing.assert_array_equal(masks[path + "/mask"][:], nmscope.solve(weights[path][:], "8:16").mask)


def test_what_is_not_there(tmp_path):
    with pytest.raises(nmscope.IoError, match="nowhere.h5"):
        nmscope.inspect(tmp_path / "nowhere.h5")
    (tmp_path / "page.h5").write_text("<!DOCTYPE html><html></html>")
    with pytest.raises(nmscope.InputError, match="HTML"):
        nmscope.inspect(tmp_path / "page.h5")
