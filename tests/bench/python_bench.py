#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python adds to a solve, and what masks that follow the weights add to a training step.

    PYTHONPATH=build/release/python python tests/bench/python_bench.py [--steps N]

The first table needs numpy, the others PyTorch, that of tensors on a device a GPU. The overhead is the time of a call of
nmscope.solve() less that of the C++ call inside (jobs::solveMemory), both by the clock on the wall, medians of many calls.
Training runs take turns, step by step; the refresh is timed by itself, as steps vary by more than it. With
OMP_WAIT_POLICY=passive PyTorch's threads take no processor time while they wait.
"""

import argparse
import statistics
import time

import numpy as np

import nmscope


def overhead(make, sizes, pattern="2:4", calls=3000):
    for size in sizes:
        weights = make(size)
        outside, inside = [], []
        for _ in range(calls if size <= 256 else calls // 20):
            start = time.perf_counter()
            solution = nmscope.solve(weights, pattern, threads=1)
            outside.append(time.perf_counter() - start)
            inside.append(solution.total_seconds)
        added = statistics.median(o - i for o, i in zip(outside, inside))
        yield size, 1e6 * statistics.median(inside), 1e6 * added


def table(title, rows, head):
    print(f"\n{title}\n\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(f"{x:.3g}" if isinstance(x, float) else str(x) for x in row) + " |")


def train(steps):
    import torch

    import nmscope.torch

    def setup(pattern, every, method, warm):
        torch.manual_seed(0)
        layer = torch.nn.TransformerEncoderLayer(512, 8, 2048, 0.0, batch_first=True, norm_first=True)
        model = torch.nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)
        # The projection of q, k and v is a parameter of its own, no Linear: the four Linears of each layer are masked.
        optimizer = torch.optim.AdamW(model.parameters(), 1e-4)
        return model, optimizer, nmscope.torch.sparsify_(model, pattern, every=every, method=method, warm_start=warm)

    def tiles_that_change(before, after, m):
        changed = [
            (before[name] != mask).reshape(mask.shape[0] // m, m, mask.shape[1] // m, m).any(3).any(1).flatten()
            for name, mask in after.items()
        ]
        return torch.cat(changed).float().mean().item()

    kinds = (("exact", False), ("capped", True), ("capped", False), ("dykstra", True), ("dykstra", False))
    for pattern in ("2:4", "8:16"):
        x = torch.randn(8, 128, 512)
        runs = {kind: setup(pattern, 1, *kind) for kind in kinds}
        runs["never"] = setup(pattern, 0, "exact", False)
        seconds = {kind: [] for kind in runs}
        refresh = {kind: [] for kind in runs}
        cpu = {kind: [] for kind in runs}
        step_cpu = []
        for step in range(steps + 2):
            for kind, (model, optimizer, sparsity) in runs.items():
                held = {name: mask.clone() for name, mask in sparsity.masks.items()} if kind == kinds[0] else {}
                start, begun_step = time.perf_counter(), time.process_time()
                optimizer.zero_grad()
                model(x).square().mean().backward()
                optimizer.step()
                middle, begun = time.perf_counter(), time.process_time()
                sparsity.step()
                if step >= 2:
                    cpu[kind].append(time.process_time() - begun)
                    refresh[kind].append(time.perf_counter() - middle)
                    seconds[kind].append(middle - start)
                    step_cpu.append(begun - begun_step)
                if held:
                    changed = tiles_that_change(held, sparsity.masks, int(pattern.partition(":")[2]))
        never = statistics.median(seconds["never"])
        for kind in kinds:
            sparsity = runs[kind][2]
            name = kind[0] + (", from its own potentials" if kind[1] else "")
            took = statistics.median(refresh[kind])
            of_cpu = statistics.median(cpu[kind])
            yield (pattern, name, 1e3 * never, 1e3 * statistics.median(step_cpu), 1e3 * took, 1e3 * of_cpu,
                   f"{100 * took / never:.1f} %", f"{100 * of_cpu / statistics.median(step_cpu):.1f} %",
                   f"{100 * sparsity.flip_rate:.3f} %", f"{100 * changed:.1f} %" if kind == kinds[0] else "")  # fmt: skip


def short_tiles(kept):
    """Share of the 4×4 tiles that keep fewer than 8 entries, and of those with a row or column that does not keep 2."""
    tiles = kept.reshape(kept.shape[0] // 4, 4, kept.shape[1] // 4, 4)
    wrong = (tiles.sum(3) != 2).any(1) | (tiles.sum(1) != 2).any(2)
    return float((tiles.sum((1, 3)) < 8).float().mean()), float(wrong.float().mean())


def choosers():
    """Who chooses 2 of 4 on this machine: (name, function of a matrix to the entries that are kept)."""
    import torch

    try:  # the program of torch.sparse on a GPU, or its Python code for the CPU, which ranks equal values otherwise
        from torch.sparse._semi_structured_conversions import _sparse_semi_structured_tile

        yield "PyTorch, signed values, as it ships", lambda w: _sparse_semi_structured_tile(w.clone()) != 0
        yield "PyTorch, magnitudes", lambda w: _sparse_semi_structured_tile(w.abs()) != 0
    except ImportError as error:
        print(f"PyTorch's tile selection is left out: {error}")
    try:
        from torchao.prototype.pat.group import KElementGrouper
        from torchao.prototype.pat.optim import NMSparseConstraint
        from torchao.prototype.pat.optim.prox_executor import apply_prox

        def torchao(w):
            w = w.clone()
            apply_prox(KElementGrouper(w, k=4), NMSparseConstraint(0.0, n_nonzero=2), w, gamma=1.0, gamma_index_slope=0.0,
                       disable_vmap=False, is_svd_grouper=False, zero_elts_are_counts=True)  # fmt: skip
            return w != 0

        yield "torchao, NMSparseConstraint (rows alone)", torchao
    except ImportError as error:
        print(f"torchao's prox map is left out: {error}")
    try:
        from modelopt.torch.sparsity.weight_sparsity.magnitude import create_asp_mask

        yield "Model-Optimizer, magnitude (rows alone)", lambda w: create_asp_mask(w, "2:4 sparsity") != 0
    except (ImportError, AttributeError) as error:
        print(f"Model-Optimizer's mask is left out: {error}")
    try:
        from xformers.ops import sp24

        sp24.sparsify24(torch.randn(128, 128).half(), algo="largest_abs_values_greedy")
        yield "xFormers, magnitudes", lambda w: sp24.sparsify24(w.half(), algo="largest_abs_values_greedy").to_dense() != 0
    except Exception as error:  # whatever it says of a machine without a GPU
        print(f"xFormers is left out: {type(error).__name__}: {str(error).splitlines()[0][:120]}")
    for method in ("exact", "greedy", "row-nm"):
        name = f"nmscope {method}" + (" (rows alone)" if method == "row-nm" else "")
        yield name, lambda w, method=method: nmscope.solve(w, "2:4", method, threads=1).mask


def side_by_side(size=256, repetitions=3):
    import torch

    torch.manual_seed(0)
    weights = torch.randn(size, size)
    total = float(weights.abs().sum())
    for name, chooser in choosers():
        seconds = []
        for _ in range(repetitions):
            start = time.perf_counter()
            kept = chooser(weights)
            seconds.append(time.perf_counter() - start)
        short, wrong = short_tiles(kept)
        yield (name, f"{100 * float((weights.abs() * kept).sum()) / total:.2f} %", f"{100 * short:.1f} %", f"{100 * wrong:.1f} %",
               1e6 * statistics.median(seconds) / (size // 4) ** 2)  # fmt: skip


def on_device(size=8192, calls=20):
    """Of tensors on the GPU: by events, and what the call itself takes of the host's time."""
    import torch

    for dtype, pattern, method in (
        (torch.bfloat16, "8:16", "exact"),
        (torch.float32, "8:16", "exact"),
        (torch.bfloat16, "2:4", "exact"),
        (torch.bfloat16, "4:8", "exact"),
        (torch.bfloat16, "16:32", "exact"),
        (torch.bfloat16, "8:16", "greedy"),
        (torch.bfloat16, "8:16", "capped"),
        (torch.bfloat16, "8:16", "dykstra"),
    ):
        weights = torch.randn(size, size, device="cuda", dtype=dtype)
        out = torch.empty(size, size, device="cuda", dtype=torch.bool)
        device, host = [], []
        for call in range(calls + 3):
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            torch.cuda.synchronize()
            begin.record()
            start = time.perf_counter()
            nmscope.solve(weights, pattern, method, out=out)
            host.append(time.perf_counter() - start)
            end.record()
            torch.cuda.synchronize()
            device.append(begin.elapsed_time(end))
        yield str(dtype), pattern, method, statistics.median(device[3:]), 1e6 * statistics.median(host[3:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=12)
    steps = parser.parse_args().steps
    sizes = (64, 256, 1024)
    head = ("size", "C++ call, µs", "added, µs")
    random = np.random.default_rng(0)
    table("numpy, f32, 2:4", overhead(lambda n: random.standard_normal((n, n), dtype=np.float32), sizes), head)
    try:
        import torch
    except ImportError:
        print("\nno PyTorch: the rest is left out")
        return
    table("PyTorch, f32, 2:4", overhead(lambda n: torch.randn(n, n), sizes), head)
    head = ("pattern", "method", "step, ms", "CPU, ms", "refresh, ms", "CPU, ms", "refresh / step", "of CPU time", "flips", "tiles with one")
    table("A training step of a 4-layer, 512-wide transformer, 8 × 128 tokens, 9.4 M masked weights", train(steps), head)
    head = ("2:4 of each 4×4 tile by", "kept magnitude", "fewer than 8 kept", "not 2 of 4 both ways", "µs a tile")
    if torch.cuda.is_available():
        head = ("weights", "pattern", "method", "by events, ms", "the call, µs")
        table(f"8192 × 8192 on {torch.cuda.get_device_name()}, the mask replaced", on_device(), head)
    table("Side by side, 256 × 256 Gaussian weights (of tiles)", side_by_side(), head)


if __name__ == "__main__":
    main()
