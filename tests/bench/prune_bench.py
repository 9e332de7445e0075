#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well and how fast `nmscope prune` prunes, beside the published codes. Markdown on standard output.

Accuracy (the default): every framework on every matrix of a file, errors beside those that the published codes reach
(published_minilm.json). Errors are computed here, in double precision, from the weights that were written and XᵀX; masks are
counted. Exit status 1 where a mask breaks its promise or an error is not the one that the program reports.

    prune_bench.py --calibration X.h5

Time: the pruning call alone, by turns with PyTorch renderings of the published codes (prune_peers.py), on made-up layers.
Peak: what a run takes of memory, in matrices of C_in × C_in float32.

    prune_bench.py --time [--threads 1]
    prune_bench.py --peak
"""
import argparse
import gc
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import prune_program
from prune_program import FRAMEWORKS, KINDS, need, patterns_of, some_of

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = HERE.parents[1] / "assets" / "samples" / "minilm-layer0.h5"
TITLES = {"magnitude": "magnitude", "wanda": "Wanda", "sparsegpt": "SparseGPT", "alps": "ALPS"}


def markdown(header, rows):
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, ["---"] * len(header), *rows])


def note(text):
    print(text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------------------------------------------- accuracy


class Calibration:
    """XᵀX of each tensor in double precision, from X at the tensor's own path or from <path>/hessian."""

    def __init__(self, path):
        import numpy as np
        self.arrays = prune_program.read_tensors(path)
        self.numpy, self.grams = np, []

    def gram(self, name):
        if name + "/hessian" in self.arrays:
            return self.arrays[name + "/hessian"].astype("f8")
        if name not in self.arrays:
            return None
        inputs = self.arrays[name]
        for known, gram in self.grams:  # layers that share their inputs
            if known is inputs or (known.shape == inputs.shape and self.numpy.array_equal(known, inputs)):
                return gram
        double = inputs.astype("f8")
        self.grams.append((inputs, double.T @ double))
        return self.grams[-1][1]


class Published:
    """What others reach on the same matrices, where the activations are theirs."""

    def __init__(self, path, grams):
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        self.errors = {(row["kind"], row["tensor"], row["keep"]): row["error"] for row in data["rows"]}
        self.notes = [f"{what}: {code}" for what, code in data["published"]["codes"].items()]
        self.unstructured, self.reference = data["published"]["unstructured"], data["reference"]["code"]
        squares = {name: value for name, value in data["input_squares"].items() if name in grams}
        other = [name for name, value in squares.items() if abs(grams[name].trace() / value - 1) > 1e-4]
        if other or not squares:
            self.errors = {}
        if other:
            note(f"{other[0]}: not the activations of {path}: its numbers are left out")

    def error(self, kind, name, keep, framework):
        return self.errors.get((kind, name, keep), {}).get(framework)


def keep_label(kind, pattern):
    return f"{100 * pattern[0] / pattern[1]:g}%" if kind == "unstructured" else f"{pattern[0]}:{pattern[1]}"


class Accuracy:
    def __init__(self, options):
        self.options, self.faults, self.differences = options, [], []
        weights = prune_program.read_tensors(options.weights)
        calibration = Calibration(options.calibration)
        grams = {name: calibration.gram(name) for name, array in weights.items() if array.ndim == 2}
        self.grams = {name: gram for name, gram in grams.items() if gram is not None}
        if not self.grams:
            sys.exit(f"{options.calibration} has neither X nor XᵀX of a matrix of {options.weights}")
        self.weights = {name: weights[name].astype("f8") for name in self.grams}
        self.dense = {name: self.squares(name, self.weights[name]) for name in self.grams}
        self.published = Published(options.published, self.grams)
        self.results = {}  # (kind, tensor, keep, framework) → error

    def squares(self, name, matrix):
        """‖X·matrixᵀ‖²"""
        return float(((matrix @ self.grams[name]) * matrix).sum())

    def fault(self, where, text):
        self.faults.append(f"{where}: {text}")
        note(self.faults[-1])

    def run(self, folder, framework, kind, pattern):
        """Prunes the whole file once, then judges each matrix."""
        suffix = pathlib.Path(self.options.weights).suffix
        output, masks = folder / f"pruned{suffix}", folder / f"masks{suffix}"
        report = prune_program.prune(self.options.program, self.options.weights, self.options.calibration, output, framework, kind,
                                     pattern, masks=masks, method=self.options.method, damping=self.options.damping,
                                     tensors=self.options.tensor, threads=self.options.threads)
        pruned, kept = prune_program.read_tensors(output), prune_program.read_tensors(masks)
        keep = keep_label(kind, pattern)
        for name, told in report["by_name"].items():
            where = f"{framework} {kind} {keep} {name}"
            if name not in self.grams:
                self.fault(where, "was pruned without calibration")
                continue
            mask, new, old = kept[name + "/mask"] != 0, pruned[name].astype("f8"), self.weights[name]
            for text in prune_program.faults_of_mask(mask, kind, pattern):
                self.fault(where, text)
            if (new[~mask] != 0).any():
                self.fault(where, f"{int((new[~mask] != 0).sum())} weights that the mask drops are not 0")
            if framework in ("magnitude", "wanda") and (new[mask] != old[mask]).any():
                self.fault(where, "weights that are kept have changed")
            error = self.squares(name, new - old) / self.dense[name]
            difference = abs(told["error"] - error) / max(error, 1e-12)
            self.differences.append(difference)
            if not difference <= 1e-3:
                self.fault(where, f"the program reports {told['error']:.6g}, the file has {error:.6g}")
            self.results[kind, name, keep, framework] = error
        note(f"{framework} {kind} {keep}: {sum(t['seconds'] for t in report['tensors']):.3f} s")

    def run_all(self):
        with tempfile.TemporaryDirectory() as folder:
            for kind in self.options.kinds:
                seen = set()
                for pattern in self.options.patterns:
                    if keep_label(kind, pattern) in seen:
                        continue
                    seen.add(keep_label(kind, pattern))
                    for framework in self.options.frameworks:
                        self.run(pathlib.Path(folder), framework, kind, pattern)

    def cell(self, kind, name, keep, framework):
        error, theirs = self.results[kind, name, keep, framework], self.published.error(kind, name, keep, framework)
        return f"{error:.5f}" if theirs is None else f"{error:.5f} / {theirs:.5f} = {error / theirs:.3f}"

    def table(self, kind):
        rows = [[name.removesuffix("/weight"), keep, *(self.cell(kind, name, keep, f) for f in self.options.frameworks)]
                for name, keep in dict.fromkeys((k[1], k[2]) for k in self.results if k[0] == kind)]
        return markdown(["tensor", "keep", *(TITLES[f] for f in self.options.frameworks)], sorted(rows, key=lambda row: row[0]))

    def worst(self):
        rows = []
        for kind in self.options.kinds:
            cells = []
            for framework in self.options.frameworks:
                ratios = [(error / theirs, theirs, name, keep) for (k, name, keep, f), error in self.results.items()
                          if (k, f) == (kind, framework) and (theirs := self.published.error(k, name, keep, f)) is not None]
                if not ratios:
                    cells.append("–")
                    continue
                ratio, theirs, name, keep = max(ratios)
                mean = math.exp(statistics.fmean(math.log(r[0]) for r in ratios))
                cells.append(f"{ratio:.3f} ± {0.5e-5 / theirs * ratio:.3f} ({name.removesuffix('/weight')}, {keep}); mean {mean:.4f}")
            rows.append([kind, *cells])
        return markdown(["worst ratio", *(TITLES[f] for f in self.options.frameworks)], rows)

    def print(self):
        options, published = self.options, self.published
        about = {"row-nm": ("N of every M along the inputs", f"Beside the published codes ({'; '.join(published.notes)})"),
                 "unstructured": ("A share of all weights", f"Beside the published codes. {published.unstructured}"),
                 "transposable": ("N of every M along rows and columns", published.reference)}
        print(f"## Accuracy of `nmscope prune`\n\n{prune_program.version(options.program)}; {pathlib.Path(options.weights).name} with "
              f"{pathlib.Path(options.calibration).name}; damping {options.damping:g}, tiles by `{options.method}`. "
              f"Relative error ‖X(W−Ŵ)ᵀ‖²/‖XWᵀ‖²{': ours / theirs = ratio' if published.errors else ''}.")
        for kind in options.kinds:
            what, beside = about[kind]
            print(f"\n### {kind}\n\n{what}.{f' {beside}.' if published.errors else ''}\n\n{self.table(kind)}")
        if published.errors:
            print(f"\n### Worst ratios\n\n± is what rounding to five decimals leaves open; means are geometric.\n\n{self.worst()}")
        print()
        if self.faults:
            print(f"{len(self.faults)} FAULTS:\n\n" + "\n".join(f"- {fault}" for fault in self.faults))
        else:
            print(f"{len(self.results)} matrices: every mask keeps what it should, what it drops is 0, and the errors differ from those "
                  f"that the program reports by {max(self.differences):.1g} of them at most.")


# -------------------------------------------------------------------------------------------------------------------- time


def made_up_layer(rows, columns, samples, seed):
    """Gaussian weights; activations with common factors, and channels whose scales are heavy-tailed, some far out."""
    import numpy as np
    random = np.random.default_rng(seed)
    weights = random.standard_normal((rows, columns), dtype="f4") / np.float32(math.sqrt(columns))
    factors = max(columns // 8, 1)
    inputs = random.standard_normal((samples, factors), dtype="f4") @ random.standard_normal((factors, columns), dtype="f4")
    inputs *= np.float32(1 / math.sqrt(factors))
    inputs += random.standard_normal((samples, columns), dtype="f4")
    inputs *= np.exp(random.standard_normal(columns)).astype("f4") * np.where(random.random(columns) < 0.005, 20, 1).astype("f4")
    return weights, inputs


def write_layer(folder, name, weights, inputs):
    """The paths of a file of weights and a file of activations."""
    from safetensors.numpy import save_file
    paths = folder / f"{name}.safetensors", folder / f"{name}-calibration.safetensors"
    save_file({"layer.weight": weights}, paths[0])
    save_file({"layer.weight": inputs}, paths[1])
    return paths


def time_peer(framework, weight, inputs, pattern):
    """Seconds that one pruning call of the peer takes, and what comes before it: XᵀX, or norms."""
    import prune_peers
    import torch
    start = time.perf_counter()
    prepared = None
    if framework == "wanda":
        prepared = torch.linalg.vector_norm(inputs, dim=0)
    elif framework != "magnitude":
        prepared = inputs.t() @ inputs
    middle = time.perf_counter()
    arguments = (weight,) if prepared is None else (weight, prepared)
    getattr(prune_peers, framework)(*arguments, *pattern)
    return {"seconds": time.perf_counter() - middle, "calibration_seconds": middle - start}


def seconds_text(values):
    middle = statistics.median(values)
    return f"{middle:.3g}" if middle >= 0.1 else f"{1000 * middle:.3g}m"


def time_shape(options, folder, rows, columns):
    """A row of the table for each framework."""
    import torch
    pattern = options.patterns[0]
    weights, inputs = made_up_layer(rows, columns, options.samples, options.seed)
    files = write_layer(folder, f"{rows}x{columns}", weights, inputs)
    weight, inputs = torch.from_numpy(weights), torch.from_numpy(inputs)
    kinds = [kind for kind in ("row-nm", "transposable") if kind in options.kinds]
    for framework in options.frameworks:
        repetitions = 1 if framework == "alps" and columns >= 4096 else options.repetitions
        runs = {who: [] for who in ("peer", *kinds)}
        for _ in range(repetitions):
            with torch.inference_mode():
                runs["peer"].append(time_peer(framework, weight, inputs, pattern))
            gc.collect()
            for kind in kinds:
                report = prune_program.prune(options.program, *files, folder / "pruned.safetensors", framework, kind, pattern,
                                             method=options.method, damping=options.damping, threads=options.threads)
                runs[kind].append(report["tensors"][0])
            note(f"{rows}×{columns} {framework}: " + ", ".join(f"{who} {run[-1]['seconds']:.4g} s" for who, run in runs.items()))

        def of(who, what="seconds", runs=runs):
            return [run[what] for run in runs[who]]

        cells = [f"{rows}×{columns}", TITLES[framework], seconds_text(of("peer"))]
        for kind in kinds:
            cells += [seconds_text(of(kind)), f"{statistics.median(of(kind)) / statistics.median(of('peer')):.3f}"]
        tiles = [run.get("tile_seconds") for run in runs.get("transposable", [{}])]
        cells.append("–" if None in tiles else seconds_text(tiles))
        for who in ("peer", kinds[0]):
            cells.append("–" if framework == "magnitude" else seconds_text(of(who, "calibration_seconds")))
        yield cells


def print_times(options):
    need("numpy", "safetensors", "torch")
    import prune_peers
    import torch
    torch.set_num_threads(options.threads)
    load = prune_program.load_average()
    small = torch.randn(64, 64)
    for warm_up in (prune_peers.sparsegpt, prune_peers.alps):  # loads libraries, starts threads
        warm_up(small, small.t() @ small, 2, 4)
    kinds = [kind for kind in ("row-nm", "transposable") if kind in options.kinds]
    header = ["C_out×C_in", "", "PyTorch", *(cell for kind in kinds for cell in (kind, "ratio")), "of it tiles", "PyTorch: XᵀX",
              "nmscope: XᵀX"]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for shape in options.shapes:
            rows += time_shape(options, pathlib.Path(folder), *shape)
    n, m = options.patterns[0]
    runs = f"medians of {options.repetitions} runs (1 of ALPS from 4096 inputs on)" if options.repetitions > 1 else "1 run each"
    print(f"## Time of `nmscope prune`\n\nSeconds (m: milliseconds) of the pruning call alone, keep {n}:{m}; PyTorch's masks are row-wise, "
          "ratios are ours over PyTorch's, below 1 is faster. XᵀX (for Wanda the norms alone in PyTorch) comes before and is apart.\n\n"
          f"{markdown(header, rows)}\n\n{prune_program.version(options.program)}, PyTorch {torch.__version__}, {prune_program.processor()}, "
          f"{options.threads} thread{'s' * (options.threads != 1)}; {options.samples} samples, {runs} by turns; {load} when it began.")


# -------------------------------------------------------------------------------------------------------------------- peak

# A process starts with the peak of the one that it came from, so a small one has to start the program.
LAUNCHER = """import os, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)"""


def peak_bytes(command):
    done = subprocess.run([sys.executable, "-I", "-S", "-c", LAUNCHER, *command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n  ended with {done.returncode}: {done.stderr.strip()}")
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024)


def print_peaks(options):
    need("numpy", "safetensors")
    pattern = options.patterns[0]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def peak(files, framework, kind):
            return peak_bytes(prune_program.prune_command(options.program, *files, folder / "pruned.safetensors", framework, kind, pattern,
                                                          method=options.method, damping=options.damping, threads=options.threads))

        tiny = write_layer(folder, "tiny", *made_up_layer(2 * pattern[1], 2 * pattern[1], 4 * pattern[1], options.seed))
        rows = []
        for shape in options.shapes:
            files = write_layer(folder, "layer", *made_up_layer(*shape, options.samples, options.seed))
            unit = 4 * shape[1] ** 2
            for framework in options.frameworks:
                cells = []
                for kind in options.kinds:
                    above = peak(files, framework, kind) - peak(tiny, framework, kind)
                    cells.append(f"{above / unit:.2f} ({above / 2**20:.0f} MiB)")
                    note(f"{shape[0]}×{shape[1]} {framework} {kind}: {cells[-1]}")
                files_part = 4 * shape[1] * (shape[0] + options.samples) / unit
                rows.append([f"{shape[0]}×{shape[1]}", TITLES[framework], *cells, f"{files_part:.2f}"])
    print("## Peak memory of `nmscope prune`\n\nIn matrices of C_in × C_in float32, above the peak of the same run on a tiny tensor (largest "
          f"resident set; files that are mapped count); {options.samples} samples, keep {pattern[0]}:{pattern[1]}, {options.threads} "
          f"thread{'s' * (options.threads != 1)}.\n\n"
          f"{markdown(['C_out×C_in', '', *options.kinds, 'weights and X alone'], rows)}\n\n{prune_program.version(options.program)}.")


def shapes_of(text):
    shapes = [tuple(int(side) for side in part.split("x")) for part in text.split(",")]
    if any(len(shape) != 2 or min(shape) < 1 for shape in shapes):
        raise ValueError
    return shapes


shapes_of.__name__ = "list of C_OUTxC_IN"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(prune_program.PROGRAM), help="nmscope; default: build/release/nmscope")
    parser.add_argument("--weights", default=str(SAMPLE), help=".h5 or .safetensors; default: the sample")
    parser.add_argument("--calibration", help="the activations, X (samples × C_in) at each tensor's own path")
    parser.add_argument("--published", default=str(HERE / "published_minilm.json"), help="errors of others")
    parser.add_argument("--frameworks", type=some_of(FRAMEWORKS), default=list(FRAMEWORKS))
    parser.add_argument("--kinds", type=some_of(KINDS), help="default: all, with --time and --peak row-nm,transposable")
    parser.add_argument("--patterns", type=patterns_of, help="default: 2:4,4:8,8:16,16:32,4:16, with --time and --peak 8:16")
    parser.add_argument("--tensor", action="append", default=[], metavar="GLOB", help="only these")
    parser.add_argument("--method", default="exact", help="what solves the tiles")
    parser.add_argument("--damping", type=float, default=0.01)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of both sides; default: all")
    parser.add_argument("--time", action="store_true")
    parser.add_argument("--peak", action="store_true")
    parser.add_argument("--shapes", type=shapes_of, default=[(384, 1536), (4096, 4096)], metavar="C_OUTxC_IN,...")
    parser.add_argument("--samples", type=int, default=4096)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    made_up = options.time or options.peak
    options.kinds = options.kinds or (["row-nm", "transposable"] if made_up else list(KINDS))
    options.patterns = options.patterns or ([(8, 16)] if made_up else [(2, 4), (4, 8), (8, 16), (16, 32), (4, 16)])
    if options.time:
        print_times(options)
    if options.peak:
        print_peaks(options)
    if made_up:
        return 0
    if not options.calibration:
        parser.error("--calibration is needed (or --time, or --peak)")
    need("numpy")
    accuracy = Accuracy(options)
    accuracy.run_all()
    accuracy.print()
    return 1 if accuracy.faults else 0


if __name__ == "__main__":
    sys.exit(main())
