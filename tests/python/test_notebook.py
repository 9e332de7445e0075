# SPDX-License-Identifier: Apache-2.0
"""The notebook runs from top to bottom, at small sizes: its code cells in order, in one namespace. Needs PyTorch and h5py."""

import json
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("h5py")

NOTEBOOK = Path(__file__).resolve().parents[2] / "assets" / "notebooks" / "transposable_masks.ipynb"


@pytest.fixture
def one_thread():
    """Small networks gain nothing from more, and wait for each other where cores are busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_every_cell_runs(monkeypatch, capsys):
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
    assert len(cells) >= 7
    assert not any(cell["outputs"] for cell in cells), "outputs are not kept in the repository"
    monkeypatch.chdir(NOTEBOOK.parent)
    monkeypatch.setenv("NMS_NOTEBOOK_SMALL", "1")
    namespace = {"__name__": "__main__"}
    for number, cell in enumerate(cells):
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), namespace)
    said = capsys.readouterr().out
    assert "holds: True" in said
    assert "read back: True" in said
    table, patterns = namespace["table"], namespace["patterns"]
    assert all(table["exact", pattern][1] == 0 for pattern in patterns)
    assert all(0 <= gap < 0.05 for _, gap in table.values())
    assert all(table["dykstra", pattern][1] < table["greedy", pattern][1] for pattern in patterns)
    chosen = {name: (namespace["block"].abs() * kept).sum() for name, kept in namespace["choices"].items()}
    assert chosen["nmscope exact"] >= chosen["PyTorch, magnitudes"] > chosen["PyTorch, signed values"]
    losses = {name: run[0] for name, run in namespace["runs"].items()}
    assert all(run[-1] < run[0] / 2 for run in losses.values())
    sys.stdout.write(said)
