#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TSENOR (NeurIPS 2025) in tensors, as the paper describes it: the PyTorch peer of `nmscope bench`.

Batched log-domain Dykstra with a stored dual (three KL projections an iteration), greedy by sorted order, swaps; every step is
one tensor operation over all tiles. It shares nothing with nmscope but the tiles that it is given.

Alone:                   torch_baseline.py --tiles TILES.f32 --pattern 8:16 [--threads 1] [--device cuda]
                         (TILES.f32: raw little-endian float32, tile after tile, M×M each, row-major); prints one JSON object.
For nmscope bench:       torch_baseline.py --serve
                         one JSON object a line in, one out, until standard input ends.
"""
import argparse
import json
import sys
import time

try:
    import torch
except ImportError:
    torch = None


def projected_plan(score, n, tau, iterations):
    """The plan's logarithm after `iterations` of Dykstra on max <S, A> + H(S)/tau; score is B×M×M in [0, 1]."""
    log_n = torch.log(torch.tensor(float(n), dtype=score.dtype, device=score.device))
    log_s = tau * score
    log_q = torch.zeros_like(log_s)
    for _ in range(iterations):
        log_s = log_s + (log_n - torch.logsumexp(log_s, dim=2, keepdim=True))  # rows sum to n
        log_s = log_s + (log_n - torch.logsumexp(log_s, dim=1, keepdim=True))  # columns sum to n
        log_y = log_s + log_q
        log_s = torch.clamp(log_y, max=0.0)  # entries at most 1
        log_q = log_y - log_s
    return log_s


def greedy_by_order(plan, n):
    """Takes entries in descending order of the plan while their row and column have room: a B×M×M mask."""
    b, m, _ = plan.shape
    order = torch.argsort(plan.reshape(b, m * m), dim=1, descending=True, stable=True)
    rows, cols = order // m, order % m
    row_room = torch.full((b, m), n, dtype=torch.int64, device=plan.device)
    col_room = torch.full((b, m), n, dtype=torch.int64, device=plan.device)
    mask = torch.zeros((b, m * m), dtype=torch.bool, device=plan.device)
    for k in range(m * m):
        i, j = rows[:, k : k + 1], cols[:, k : k + 1]
        take = (row_room.gather(1, i) > 0) & (col_room.gather(1, j) > 0)
        mask.scatter_(1, order[:, k : k + 1], take)
        row_room.scatter_add_(1, i, -take.to(torch.int64))
        col_room.scatter_add_(1, j, -take.to(torch.int64))
    return mask.reshape(b, m, m)


def fill_by_swaps(score, mask, n):
    """While a row i and a column j keep fewer than n: keep (i, j') and (i', j), drop (i', j'), where that gains most."""
    m = score.shape[1]
    below = torch.finfo(score.dtype).min
    while True:
        row_short = n - mask.sum(dim=2)
        open_tiles = torch.nonzero(row_short.sum(dim=1) > 0).flatten()
        if open_tiles.numel() == 0:
            return mask
        s, a = mask[open_tiles], score[open_tiles]
        each = torch.arange(open_tiles.numel(), device=score.device)
        i = torch.argmax(row_short[open_tiles], dim=1)
        j = torch.argmax(n - s.sum(dim=1), dim=1)
        free_row, free_col = ~s[each, i], ~s[each, :, j]  # (i, j') and (i', j) not kept yet
        gain = a[each, i].unsqueeze(1) + a[each, :, j].unsqueeze(2) - a  # indexed [i', j']
        possible = s & free_row.unsqueeze(1) & free_col.unsqueeze(2)
        direct = free_row[each, j]  # both have room and (i, j) itself is free
        best = torch.argmax(torch.where(possible, gain, torch.full_like(gain, below)).reshape(-1, m * m), dim=1)
        i2, j2 = best // m, best % m
        t, d = open_tiles[~direct], ~direct
        mask[t, i[d], j2[d]] = True
        mask[t, i2[d], j[d]] = True
        mask[t, i2[d], j2[d]] = False
        mask[open_tiles[direct], i[direct], j[direct]] = True


def solve(tiles, n, tau, iterations):
    """Masks (B×M×M, bool) and the relative residuals of their plans (B)."""
    peak = tiles.amax(dim=(1, 2), keepdim=True)
    log_s = projected_plan(tiles / torch.where(peak > 0, peak, torch.ones_like(peak)), n, tau, iterations)
    plan = torch.exp(log_s)
    residual = torch.maximum((plan.sum(dim=2) / n - 1).abs().amax(dim=1), (plan.sum(dim=1) / n - 1).abs().amax(dim=1))
    mask = fill_by_swaps(tiles, greedy_by_order(log_s, n), n)
    return mask, residual


class Job:
    """The tiles of one pattern, where they are solved, and how the time is taken."""

    def __init__(self, path, n, m, tau, iterations, device, threads, cpu_time):
        torch.set_num_threads(threads)
        raw = torch.from_file(path, shared=False, size=_floats_in(path, m), dtype=torch.float32)
        self.tiles = raw.reshape(-1, m, m).clone().to(device)
        self.n, self.tau, self.iterations = n, tau, iterations
        self.device, self.cpu_time = device, cpu_time
        self.answer = None

    def clock(self):
        if self.device.startswith("cuda"):
            torch.cuda.synchronize()
            return time.perf_counter()
        return time.thread_time() if self.cpu_time else time.perf_counter()

    def run(self, count):
        tiles = self.tiles[:count]
        start = self.clock()
        self.answer = solve(tiles, self.n, self.tau, self.iterations)
        return self.clock() - start

    def write(self, path):
        """Masks as bytes 0/1, tile after tile, then one float32 residual for each tile."""
        mask, residual = self.answer
        with open(path, "wb") as out:
            out.write(bytes(mask.to(torch.uint8).cpu().contiguous().untyped_storage()))
            out.write(bytes(residual.to(torch.float32).cpu().contiguous().untyped_storage()))


def _floats_in(path, m):
    with open(path, "rb") as file:
        size = file.seek(0, 2)
    if size == 0 or size % (4 * m * m) != 0:
        raise ValueError(f"{path}: {size} bytes are no whole number of {m}x{m} float32 tiles")
    return size // 4


def serve():
    """{"hello"} → version; {"load": PATH, "n", "m", …} → ok; {"run": COUNT} → seconds; {"write": PATH} → ok."""
    job = None
    for line in sys.stdin:
        try:
            wish = json.loads(line)
            if "hello" in wish:
                answer = {"torch": torch.__version__ if torch else None, "cuda": bool(torch and torch.cuda.is_available())}
            elif "load" in wish:
                job = Job(wish["load"], wish["n"], wish["m"], wish["tau"], wish["iterations"], wish["device"], wish["threads"],
                          wish["clock"] == "cpu")
                answer = {"tiles": job.tiles.shape[0]}
            elif "run" in wish:
                with torch.inference_mode():
                    answer = {"seconds": job.run(wish["run"])}
            else:
                job.write(wish["write"])
                answer = {"written": True}
        except Exception as error:  # the other side decides what a failure means
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--tiles", help="raw float32 tiles")
    parser.add_argument("--pattern", default="8:16", help="keep N of every M")
    parser.add_argument("--tau", type=float, default=100.0)
    parser.add_argument("--iterations", type=int, default=300)
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--masks", help="where to write the masks and residuals")
    arguments = parser.parse_args()
    if arguments.serve:
        return serve()
    if torch is None:
        sys.exit("torch_baseline.py: PyTorch is not installed for this Python: pip install torch")
    if not arguments.tiles:
        parser.error("--tiles is needed")
    n, m = (int(part) for part in arguments.pattern.split(":"))
    cpu_time = arguments.threads == 1 and arguments.device == "cpu"
    job = Job(arguments.tiles, n, m, arguments.tau, arguments.iterations, arguments.device, arguments.threads, cpu_time)
    count = job.tiles.shape[0]
    with torch.inference_mode():
        seconds = sorted(job.run(count) / count for _ in range(arguments.repetitions))
        mask, residual = job.answer
        kept = (job.tiles.double() * mask).sum(dim=(1, 2))
    if arguments.masks:
        job.write(arguments.masks)
    clock = "thread CPU time" if cpu_time else "wall time"
    print(json.dumps({
        "torch": torch.__version__, "device": arguments.device, "threads": arguments.threads, "clock": clock,
        "pattern": arguments.pattern, "tiles": count, "tau": arguments.tau, "iterations": arguments.iterations,
        "microseconds_per_tile": {"median": 1e6 * seconds[len(seconds) // 2], "min": 1e6 * seconds[0], "max": 1e6 * seconds[-1]},
        "objective": kept.sum().item(), "worst_residual": residual.max().item(),
    }))
    return None


if __name__ == "__main__":
    main()
