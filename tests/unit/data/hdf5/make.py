#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the files of this folder: what only h5py and Keras 3 write as they do. Needs h5py, numpy, keras and a backend.

KERAS_BACKEND=jax python3 make.py
"""
import os

import h5py
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))


def eighths(*shape):
    """Element k is ((k * 7919) % 2001 - 1000) / 8: halves and floats hold it exactly."""
    return (((np.arange(np.prod(shape)) * 7919) % 2001 - 1000) / 8).reshape(shape)


with h5py.File(os.path.join(here, "lzf.h5"), "w", libver=("v110", "v110")) as file:
    for name, shape, chunk in (
        ("matrix", (37, 50), (8, 16)),
        ("kernel", (5, 3, 12), (2, 3, 7)),
        ("vector", (700,), (64,)),
        ("single", (3, 2), (1, 1)),
    ):
        for shuffle in (False, True):
            for checksum in (False, True):
                file.create_dataset(
                    f"{name}/{int(shuffle)}{int(checksum)}",
                    data=eighths(*shape).astype("f4"),
                    chunks=chunk,
                    compression="lzf",
                    shuffle=shuffle,
                    fletcher32=checksum,
                )
    file.create_dataset("zeros", data=np.zeros((60, 70)), chunks=(60, 70), compression="lzf")
    file.create_dataset("ramp", data=np.arange(4000, dtype="i4").reshape(40, 100) // 9, chunks=(40, 100), compression="lzf")

try:
    import keras
except ImportError:
    print("no keras: keras3.keras stays as it is")
else:
    model = keras.Sequential(
        [
            keras.Input((6, 6, 4)),
            keras.layers.Conv2D(8, 3, name="stem"),
            keras.layers.Flatten(name="flat"),
            keras.layers.Dense(4, use_bias=False, name="head"),
        ]
    )
    model.set_weights([eighths(*w.shape).astype("f4") for w in model.get_weights()])
    model.save(os.path.join(here, "keras3.keras"))
