#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what `nmscope bench --json` measured into Markdown files, so that no figure there was copied by hand.

usage: tables.py BENCH.json FILE.md...
Each file's text between `<!-- bench: NAME -->` and `<!-- bench end -->` is replaced by the table NAME:
  short          a row for each main contender, a column for each square pattern (README.md)
  times          µs per tile of all contenders, a table for each data
  gaps           mean gap to the proven optimum, likewise
  ratios         how many times faster, against what is wanted
  curves         of `nmscope bench --curves --json`: gap and time over τ and iterations (CURVES.md)
"""
import json
import math
import re
import sys

MAIN = ["exact", "lemon", "dykstra", "torch", "reference", "capped", "greedy+swap", "greedy"]
NAMES = {"lemon": "LEMON network simplex", "torch": "PyTorch (the paper's method)", "reference": "naive `dykstra`"}

# (what, method, against, {pattern: at least}); of AVX2 half is wanted.
WANTED = [
    ("`exact` against LEMON", "exact", "lemon", {"2:4": 80, "4:8": 35, "8:16": 50, "16:32": 45}),
    ("`dykstra` against the naive reference", "dykstra", "reference", {"8:16": 40, "16:32": 40}),
    ("`capped` against `dykstra`", "capped", "dykstra", {p: 5 for p in ("2:4", "4:8", "8:16", "16:32")}),
    ("`exact` against `dykstra`", "exact", "dykstra", {p: 20 for p in ("2:4", "4:8", "8:16", "16:32")}),
    ("`exact` against PyTorch", "exact", "torch", {"8:16": 500}),
]


def short_number(value):
    """Three significant digits, never an exponent."""
    before = math.floor(math.log10(value)) if value > 0 else 0
    return f"{value:.{min(max(2 - before, 0), 6)}f}"


def percent(gap):
    if gap is None:
        return "–"
    mean = 100 * gap["mean"]
    return "0" if mean == 0 else "< 0.0001" if 0 < mean < 1e-4 else f"{mean:.{4 if mean < 0.1 else 2}f}"


def name_of(row):
    name = NAMES.get(row["method"], f"`{row['method']}`")
    on = "" if row["backend"] in ("cpu", "reference") or row["method"] in ("lemon", "torch") else f" on {row['backend']}"
    return name + on + (" on cuda" if row["backend"].endswith(", cuda") else "")


def unique(values):
    return list(dict.fromkeys(values))


class Bench:
    def __init__(self, report):
        self.report = report
        self.rows = [row for row in report["rows"] if row["threads"] in (None, report["options"]["threads"][0])]
        self.patterns = unique(row["pattern"] for row in self.rows)
        self.data = unique(row["data"] for row in self.rows)

    def row(self, data, pattern, name):
        return next((r for r in self.rows if r["data"] == data and r["pattern"] == pattern and name_of(r) == name), None)

    def table(self, corner, names, patterns, cell):
        lines = [f"| {corner} | " + " | ".join(patterns) + " |", "|---|" + "---|" * len(patterns)]
        for name in names:
            lines.append(f"| {name} | " + " | ".join(cell(name, pattern) for pattern in patterns) + " |")
        return "\n".join(lines)

    def where(self):
        machine, options = self.report["machine"], self.report["options"]
        clock = "CPU time" if all(row["clock"] == "cpu" for row in self.rows if row["threads"]) else "wall time"
        threads = options["threads"][0]
        return (f"{machine['processor']}, {machine['simd']}, {'one thread' if threads == 1 else f'{threads} threads'}, {clock}, "
                f"medians of {options['repetitions']} rounds; τ {options['tau']:g}, {options['iterations']} iterations; "
                f"{machine['compiler']}, nmscope {self.report['version']}, {machine['date'][:10]}, load average {machine['load']:.1f} when it began.")

    def short(self):
        wanted = [p for p in self.patterns if int(p.split(":")[0]) * 2 == int(p.split(":")[1])]
        names = unique(name_of(r) for m in MAIN for r in self.rows if r["method"] == m)

        def cell(name, pattern):
            row = self.row(self.data[0], pattern, name)
            return "–" if row is None else f"{short_number(row['microseconds_per_tile']['median'])} µs, {percent(row['gap'])} %"

        return self.table("", names, [p for p in wanted], cell) + "\n\n" + self.where()

    def all_data(self, corner, rows, cell):
        names = unique(name_of(r) for r in rows)
        parts = []
        for data in self.data:
            def of_row(name, pattern):
                row = self.row(data, pattern, name)
                return "–" if row is None else cell(row)
            parts.append(self.table(f"{data}, {corner}", names, self.patterns, of_row))
        return "\n\n".join(parts) + "\n\n" + self.where()

    def times(self):
        return self.all_data("µs per tile", self.rows, lambda row: short_number(row["microseconds_per_tile"]["median"]))

    def gaps(self):
        judged = [row for row in self.rows if row["gap"] is not None]
        return self.all_data("mean gap %", judged, lambda row: percent(row["gap"]))

    def ratio_cell(self, data, pattern, method, against, least):
        row = self.row(data, pattern, f"`{method}`")
        ratio = row and row["times_faster_than"].get(against)
        if ratio is None:
            return "–"
        text = f"{short_number(ratio)}×" + ("" if ratio >= least else f" ({100 * (1 - ratio / least):.0f} % short)")
        if method == "capped":
            gaps = [r["gap_on_common_tiles"]["mean"] for r in (row, self.row(data, pattern, "`dykstra`"))]
            text += f", gap {100 * gaps[0]:.4f} % to {100 * gaps[1]:.4f} %"
        return text

    def ratios(self):
        half = self.report["machine"]["simd"] == "avx2"
        lines = ["| | keep | wanted | " + " | ".join(self.data) + " |", "|---|---|---|" + "---|" * len(self.data)]
        for what, method, against, wanted in WANTED:
            for pattern, least in wanted.items():
                least = least / 2 if half and against == "lemon" else least
                cells = [self.ratio_cell(data, pattern, method, against, least) for data in self.data]
                if any(cell != "–" for cell in cells):
                    lines.append(f"| {what} | {pattern} | {least:g}× | " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n\n" + self.where()


    def curves(self):
        """A table for each data set: pattern, method and τ as rows, iterations as columns."""
        points = [row for row in self.rows if "tau" in row]
        steps = unique(row["iterations"] for row in points)
        parts = []
        for data in self.data:
            lines = [f"| {data} | method | τ | " + " | ".join(f"T {t}" for t in steps) + " |", "|---|---|---|" + "---|" * len(steps)]
            for pattern in self.patterns:
                here = [row for row in self.rows if row["data"] == data and row["pattern"] == pattern and row["gap"] is not None]
                for method, rounding, tau in unique((r["method"], r["rounding"], r["tau"]) for r in here if "tau" in r):
                    cells = [next((self.curve_cell(r) for r in here if (r["method"], r.get("rounding"), r.get("tau"), r.get("iterations"))
                                   == (method, rounding, tau, t)), "–") for t in steps]
                    name = f"`{method}`" + (", paper's rounding" if rounding == "paper" else "")
                    lines.append(f"| {pattern} | {name} | {tau:g} | " + " | ".join(cells) + " |")
                for row in here:
                    if "tau" not in row:
                        lines.append(f"| {pattern} | {name_of(row)} | | {self.curve_cell(row)} |" + " |" * (len(steps) - 1))
            parts.append("\n".join(lines))
        return "\n\n".join(parts) + "\n\n" + self.where()

    @staticmethod
    def curve_cell(row):
        return f"{percent(row['gap'])} %, {short_number(row['microseconds_per_tile']['median'])} µs"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        bench = Bench(json.load(file))
    tables = {"short": bench.short, "times": bench.times, "gaps": bench.gaps, "ratios": bench.ratios, "curves": bench.curves}

    def filled(match):
        if match[1] not in tables:
            sys.exit(f"tables.py: there is no table {match[1]}")
        return f"<!-- bench: {match[1]} -->\n{tables[match[1]]()}\n<!-- bench end -->"

    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        text, count = re.subn(r"<!-- bench: (\w+) -->\n.*?<!-- bench end -->", filled, text, flags=re.S)
        if count == 0:
            sys.exit(f"tables.py: {path} has no <!-- bench: NAME --> … <!-- bench end -->")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        print(f"{path}: {count} tables written", file=sys.stderr)


if __name__ == "__main__":
    main()
