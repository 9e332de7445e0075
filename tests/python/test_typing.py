# SPDX-License-Identifier: Apache-2.0
"""The package's own types are what mypy says they are, and the stub is what the extension module has."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nmscope
from nmscope import _core

pytest.importorskip("mypy")
PACKAGE = Path(nmscope.__file__).parent

USE = """
import numpy as np
import nmscope
solution = nmscope.solve(np.zeros((8, 8)), "2:4", certificate=True)
gap: float = solution.relative_gap
reveal_type(solution.tile_gap)
pruned: nmscope.Pruned = nmscope.prune(np.zeros((8, 8)), np.zeros((16, 8)))
error: float | None = pruned.error
names: list[str] = nmscope.methods()
view: nmscope.View = nmscope.show(np.zeros((8, 8)), wait=True)
with nmscope.watch({"w": np.zeros((8, 8))}, {"w": np.ones((8, 8), bool)}) as w:
    w.step()
"""


def mypy(tmp_path, *arguments):
    environment = {**os.environ, "MYPYPATH": str(PACKAGE.parent)}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )


def test_the_package_is_clean(tmp_path):
    # Without PyTorch its names are Any, and what is derived from them or decorated by them is, too.
    lenient = ["--ignore-missing-imports", "--allow-subclassing-any", "--allow-untyped-decorators"]
    strict = ["--strict"] if importlib.util.find_spec("torch") else ["--strict", *lenient]
    done = mypy(tmp_path, "mypy", *strict, "--cache-dir", str(tmp_path / "cache"), "-p", "nmscope")
    assert done.returncode == 0, done.stdout + done.stderr


def test_users_see_types(tmp_path):
    (tmp_path / "use.py").write_text(USE)
    done = mypy(tmp_path, "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "use.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ndarray" in done.stdout
    (tmp_path / "misuse.py").write_text("import nmscope\nnmscope.solve(0, pattern=3)\n")
    assert mypy(tmp_path, "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "misuse.py").returncode == 1


def arguments(signature):
    plain = re.sub(r"(ndarray|ArrayLike)\[[^]]*\]", "object", signature)
    function = ast.parse(plain + ": ...").body[0]
    return [argument.arg for argument in function.args.args]


def test_the_stub_is_the_modules():
    stub = ast.parse((PACKAGE / "_core.pyi").read_text())
    functions = {node.name: [a.arg for a in node.args.args] for node in stub.body if isinstance(node, ast.FunctionDef)}
    classes = {
        node.name: {member.name for member in node.body if isinstance(member, ast.FunctionDef)}
        for node in stub.body
        if isinstance(node, ast.ClassDef)
    }
    there = {name: value for name, value in vars(_core).items() if not name.startswith("__")}
    assert set(there) == set(functions) | set(classes)
    for name, named in functions.items():
        assert arguments(there[name].__nb_signature__[0][0]) == named, name
    for name, members in classes.items():
        assert {member for member in vars(there[name]) if not member.startswith("_")} == members, name
