#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Masked weights written by `nmscope solve --apply` in the frameworks that the weights come from.

    check_applied.py NMSCOPE

Makes small models, has some of their weights masked, and loads what was written: with safetensors, h5py, Keras 3 (.keras,
.weights.h5 and the .h5 of Keras 2) and transformers (a sharded folder). Each must load, hold masked weights with the values
that they had, tile by tile, everything else as it was, and predict what the first model predicts with these weights.

A framework that is not installed is SKIPPED, visibly. Exit status: 0 all that could run passed, 1 something failed, 77
nothing could run.
"""
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback
import zipfile

SKIPPED = 77
N, M = 2, 4
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def missing(*modules):
    """The first of these modules that is not installed."""
    return next((name for name in modules if importlib.util.find_spec(name) is None), None)


def solve(program, source, target, *options):
    command = [program, "solve", str(source), "-o", str(target), "--pattern", f"{N}:{M}", "--apply", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}: {done.stderr}"


def require_transposable(matrix, name):
    """N of M in every row and every column of every M × M tile."""
    rows, cols = matrix.shape
    assert rows % M == 0 and cols % M == 0, f"{name}: {matrix.shape} does not divide into tiles"
    kept = (matrix != 0).reshape(rows // M, M, cols // M, M)
    assert (kept.sum(axis=1) == N).all() and (kept.sum(axis=3) == N).all(), f"{name}: a tile is not {N}:{M} both ways"


def require_masked(before, after, name):
    """What is kept has its bits."""
    kept = after != 0
    assert not kept.all(), f"{name}: is not masked"
    assert (after[kept] == before[kept]).all(), f"{name}: a kept weight has changed"


def check_safetensors(program, folder):
    import numpy as np
    from safetensors import safe_open
    from safetensors.numpy import save_file

    random = np.random.default_rng(1)
    tensors = {
        "emb.weight": random.normal(size=(64, 32)).astype(np.float32),
        "l.weight": random.normal(size=(32, 64)).astype(np.float16),
        "l.bias": random.normal(size=32).astype(np.float16),
        "conv.weight": random.normal(size=(16, 8, 3, 3)).astype(np.float32),
        "steps": np.array(7, dtype=np.int64),
    }
    source, target = folder / "model.safetensors", folder / "masked.safetensors"
    save_file(tensors, source, metadata={"format": "pt", "author": "ü"})
    solve(program, source, target)
    with safe_open(target, framework="numpy") as masked, safe_open(source, framework="numpy") as first:
        assert masked.metadata() == first.metadata()
        assert list(masked.keys()) == list(first.keys())
        for name, old in tensors.items():
            new = masked.get_tensor(name)
            assert new.dtype == old.dtype and new.shape == old.shape, name
            if name == "l.weight":
                require_masked(old, new, name)
                require_transposable(new, name)
            elif name == "conv.weight":
                require_masked(old, new, name)
                for y in range(3):
                    for x in range(3):
                        require_transposable(new[:, :, y, x], name)
            else:
                assert new.tobytes() == old.tobytes(), f"{name}: has changed"


def check_h5py(program, folder):
    import h5py
    import numpy as np

    random = np.random.default_rng(2)
    source, target = folder / "weights.h5", folder / "masked.h5"
    layouts = {
        "plain": {},
        "packed": {"chunks": (8, 16), "compression": "gzip", "shuffle": True},
        "checked": {"chunks": (5, 7), "fletcher32": True},
    }
    with h5py.File(source, "w", track_order=True) as file:
        file.attrs["note"] = "stays"
        for name, options in layouts.items():
            values = random.normal(size=(32, 48)).astype(">f4" if name == "checked" else "<f4")
            file.create_dataset(f"z/{name}/kernel", data=values, **options).attrs["unit"] = 3
        file["z/plain/steps"] = np.arange(6)
        file["z/alias"] = h5py.SoftLink("/z/plain/steps")
    solve(program, source, target)
    with h5py.File(source) as first, h5py.File(target) as masked:
        assert dict(masked.attrs) == dict(first.attrs)
        assert list(masked["z"]) == list(first["z"])
        assert (masked["z/plain/steps"][:] == first["z/plain/steps"][:]).all()
        assert isinstance(masked["z"].get("alias", getlink=True), h5py.SoftLink)
        for name in layouts:
            old, new = first[f"z/{name}/kernel"], masked[f"z/{name}/kernel"]
            for what in ("dtype", "chunks", "compression", "shuffle", "fletcher32"):
                assert getattr(old, what) == getattr(new, what), f"{name}: {what} has changed"
            assert dict(old.attrs) == dict(new.attrs), name
            require_masked(old[:], new[:], name)
            require_transposable(new[:], name)


def keras_backend():
    """A backend of Keras that is installed, or nothing."""
    for backend, module in (("torch", "torch"), ("jax", "jax"), ("tensorflow", "tensorflow")):
        if os.environ.get("KERAS_BACKEND", backend) == backend and missing(module) is None:
            return backend
    return None


def check_keras(program, folder):
    os.environ["KERAS_BACKEND"] = keras_backend()
    import keras
    import numpy as np

    keras.utils.set_random_seed(3)
    inputs = keras.Input((12, 12, 8))
    x = keras.layers.Conv2D(16, 3, activation="relu", name="conv")(inputs)
    x = keras.layers.DepthwiseConv2D(3, name="depthwise")(x)
    x = keras.layers.Reshape((64, 16), name="sequence")(x)
    x = keras.layers.MultiHeadAttention(2, 8, name="attention")(x, x)
    x = keras.layers.GlobalAveragePooling1D(name="pool")(x)
    x = keras.layers.Dense(32, name="hidden")(x)
    model = keras.Model(inputs, keras.layers.Dense(8, name="last")(x))
    model.compile("adam", keras.losses.MeanSquaredError())
    random = np.random.default_rng(3)
    pictures = random.normal(size=(4, 12, 12, 8)).astype(np.float32)
    model.train_on_batch(pictures, random.normal(size=(4, 8)).astype(np.float32))  # so that the optimizer has a state
    first = [np.array(weight) for weight in model.get_weights()]
    names = [weight.path for weight in model.weights]

    def loaded(name):
        path = folder / f"masked-{name}"
        if name.endswith(".weights.h5"):
            other = keras.models.clone_model(model)
            other.load_weights(path)
            return other
        return keras.saving.load_model(path)

    def require_matrices(name, new):
        if name.endswith("conv/kernel"):  # (k, k, in, out): one matrix for each position
            for y in range(3):
                for x in range(3):
                    require_transposable(new[y, x], name)
        elif name.endswith(("query/kernel", "key/kernel", "value/kernel")):  # (in, heads, dim): in × heads·dim
            require_transposable(new.reshape(new.shape[0], -1), name)
        elif name.endswith("attention_output/kernel"):  # (heads, dim, out): heads·dim × out
            require_transposable(new.reshape(-1, new.shape[-1]), name)
        else:
            require_transposable(new, name)

    def check(name):
        masked = loaded(name)
        weights = [np.array(weight) for weight in masked.get_weights()]
        touched = set()
        for path, old, new in zip(names, first, weights):
            assert old.shape == new.shape, f"{name}: {path} has another shape"
            if (old == new).all():
                continue
            touched.add(path.split("/", 1)[0])
            require_masked(old, new, f"{name}: {path}")
            require_matrices(path, new)
        assert {"conv", "attention", "hidden"} <= touched, f"{name}: only {sorted(touched)} are masked"
        assert "depthwise" not in touched, f"{name}: depthwise kernels have no matrices"
        other = keras.models.clone_model(model)
        other.set_weights(weights)
        expected, found = other.predict(pictures, verbose=0), masked.predict(pictures, verbose=0)
        assert (expected == found).all(), f"{name}: predicts something else"
        assert not (found == model.predict(pictures, verbose=0)).all(), f"{name}: predicts what the dense model does"

    for name in ("model.keras", "model.weights.h5", "keras2.h5"):
        source = folder / name
        model.save_weights(source) if name.endswith(".weights.h5") else model.save(source)
        solve(program, source, folder / f"masked-{name}")
        check(name)
    with zipfile.ZipFile(folder / "masked-model.keras") as archive:
        assert archive.testzip() is None, "a checksum of the archive is wrong"
    solve(program, folder / "model.keras", folder / "masked-alone.weights.h5")
    check("alone.weights.h5")


def check_transformers(program, folder):
    import numpy as np
    import torch
    import transformers

    torch.manual_seed(4)
    config = transformers.LlamaConfig(vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                                      num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=32)
    model = transformers.LlamaForCausalLM(config).to(torch.bfloat16).eval()
    source, target = folder / "model", folder / "masked"
    model.save_pretrained(source, max_shard_size="20KB")
    (source / "tokenizer.model").write_bytes(b"pieces")
    (source / "pytorch_model.bin").write_bytes(b"the same weights in another format")
    shards = sorted(path.name for path in source.glob("model-*.safetensors"))
    assert len(shards) > 1, "is not sharded"
    solve(program, source, target, "--copy-rest")
    names = {path.name for path in source.iterdir()} - {"pytorch_model.bin"}
    assert {path.name for path in target.iterdir()} == names, "has other files"
    for name in names - set(shards):
        assert (target / name).read_bytes() == (source / name).read_bytes(), f"{name}: has changed"

    masked = transformers.AutoModelForCausalLM.from_pretrained(target, dtype=torch.bfloat16).eval()
    first, new = model.state_dict(), masked.state_dict()
    assert list(first) == list(new)
    for name, old in first.items():
        before, after = old.float().numpy(), new[name].float().numpy()
        if name.endswith("_proj.weight"):
            require_masked(before, after, name)
            require_transposable(after, name)
        else:
            assert np.array_equal(before, after), f"{name}: has changed"
    other = transformers.AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16).eval()
    tokens = torch.arange(8).reshape(1, 8)
    with torch.no_grad():
        found = masked(tokens).logits
        assert not torch.equal(other(tokens).logits, found), "predicts what the dense model does"
        other.load_state_dict(new)
        assert torch.equal(other(tokens).logits, found), "predicts something else"
    # The index as the name of the input, and over what is there.
    solve(program, source / "model.safetensors.index.json", target, "--copy-rest")
    transformers.AutoModelForCausalLM.from_pretrained(target)


CHECKS = (
    ("safetensors", check_safetensors, ("numpy", "safetensors")),
    ("h5py", check_h5py, ("numpy", "h5py")),
    ("keras", check_keras, ("numpy", "keras", "h5py")),
    ("transformers", check_transformers, ("numpy", "torch", "transformers", "safetensors")),
)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    results = []
    for name, check, modules in CHECKS:
        absent = missing(*modules)
        if name == "keras" and absent is None and keras_backend() is None:
            absent = "a backend of Keras (torch, jax or tensorflow)"
        if absent:
            print(f"SKIPPED {name}: {absent} is not installed", flush=True)
            continue
        with tempfile.TemporaryDirectory(prefix="nmscope-frameworks-") as folder:
            try:
                check(program, pathlib.Path(folder))
                print(f"PASSED {name}", flush=True)
                results.append(True)
            except Exception:  # whatever a framework says of such a file
                traceback.print_exc()
                print(f"FAILED {name}", flush=True)
                results.append(False)
    return SKIPPED if not results else 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
