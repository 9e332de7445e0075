#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python adds to a solve, and what masks that follow the weights add to a training step.

    PYTHONPATH=build/release/python python tests/bench/python_bench.py [--steps N]

The first table needs numpy, the others PyTorch. The overhead is the time of a call of nmscope.solve() less that of the C++
call inside (jobs::solveMemory), both by the clock on the wall, medians of many calls. Training steps with and without a
refresh take turns.
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

    def setup(every):
        torch.manual_seed(0)
        layer = torch.nn.TransformerEncoderLayer(512, 8, 2048, 0.0, batch_first=True, norm_first=True)
        model = torch.nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)
        # The projection of q, k and v is a parameter of its own, no Linear: the four Linears of each layer are masked.
        optimizer = torch.optim.AdamW(model.parameters(), 1e-4)
        sparsity = nmscope.torch.sparsify_(model, pattern, every=every)
        return model, optimizer, sparsity

    for pattern in ("2:4", "8:16"):
        x = torch.randn(8, 128, 512)
        runs = {every: setup(every) for every in (0, 1)}
        seconds = {0: [], 1: []}
        refresh = []
        for step in range(steps + 2):
            for every, (model, optimizer, sparsity) in runs.items():
                start = time.perf_counter()
                optimizer.zero_grad()
                model(x).square().mean().backward()
                optimizer.step()
                middle = time.perf_counter()
                sparsity.step()
                end = time.perf_counter()
                if step >= 2:
                    seconds[every].append(end - start)
                    if every:
                        refresh.append(end - middle)
        weights = sum(mask.numel() for mask in runs[1][2].masks.values())
        never, each = (statistics.median(seconds[every]) for every in (0, 1))
        yield (pattern, f"{weights / 1e6:.1f} M", 1e3 * never, 1e3 * each, 1e3 * statistics.median(refresh),
               f"{100 * statistics.median(refresh) / never:.1f} %", f"{100 * runs[1][2].flip_rate:.4f} %")  # fmt: skip


def tiles_of_pytorch():
    """PyTorch's own choice of 2 of 4 along rows and columns, as its CPU code has it, beside the optimum."""
    import torch
    from torch.sparse._semi_structured_conversions import _sparse_semi_structured_tile

    torch.manual_seed(0)
    weights = torch.randn(256, 256)
    total = float(weights.abs().sum())
    for name, ranked in (("signed values, as it ships", weights.clone()), ("magnitudes", weights.abs())):
        start = time.perf_counter()
        kept = _sparse_semi_structured_tile(ranked) != 0
        seconds = time.perf_counter() - start
        tiles = kept.reshape(64, 4, 64, 4).sum((1, 3))
        yield (name, f"{100 * float((weights.abs() * kept).sum()) / total:.2f} %", f"{100 * float((tiles < 8).float().mean()):.1f} %",
               1e6 * seconds / tiles.numel())  # fmt: skip
    start = time.perf_counter()
    solution = nmscope.solve(weights, "2:4", threads=1)
    seconds = time.perf_counter() - start
    yield "nmscope exact", f"{100 * solution.kept_magnitude:.2f} %", "0.0 %", 1e6 * seconds / solution.tiles


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
    head = ("pattern", "masked", "step, ms", "with refresh, ms", "refresh, ms", "refresh / step", "flips in the last")
    table("A training step of a 4-layer, 512-wide transformer, 8 × 128 tokens", train(steps), head)
    head = ("2:4 of each 4×4 tile by", "kept magnitude", "tiles that keep fewer than 8", "µs a tile")
    table("Side by side with PyTorch's tile selection (its Python code for the CPU), 256 × 256 Gaussian", tiles_of_pytorch(), head)


if __name__ == "__main__":
    main()
