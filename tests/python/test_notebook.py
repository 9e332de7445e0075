# SPDX-License-Identifier: Apache-2.0
"""The notebook runs from top to bottom: its code cells in order, in one namespace. Needs PyTorch and h5py."""

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("h5py")

NOTEBOOK = Path(__file__).resolve().parents[2] / "assets" / "notebooks" / "transposable_masks.ipynb"


def test_every_cell_runs(monkeypatch, capsys):
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
    assert len(cells) >= 7
    assert not any(cell["outputs"] for cell in cells), "outputs are not kept in the repository"
    monkeypatch.chdir(NOTEBOOK.parent)
    namespace = {"__name__": "__main__"}
    for number, cell in enumerate(cells):
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), namespace)
    said = capsys.readouterr().out
    assert "holds: True" in said
    assert "read back: True" in said
    losses = {name: run[0] for name, run in namespace["runs"].items()}
    assert all(run[-1] < run[0] / 2 for run in losses.values())
    sys.stdout.write(said)
