#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small models as their frameworks save them: Keras 3.15 (any backend), h5py, safetensors. Written anew by

    KERAS_BACKEND=torch ./make.py

Element i of every tensor of weights is (i mod 251) / 8, so that a reader can tell where each came from.
"""
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent


def numbered(shape):
    size = int(np.prod(shape))
    return (np.arange(size) % 251 / 8).astype(np.float32).reshape(shape)


def attention():
    tokens = keras.Input((6, 12))
    x = keras.layers.Conv1D(8, 3, padding="same", name="embed")(tokens)
    x = keras.layers.MultiHeadAttention(2, 4, name="heads")(x, x)
    x = keras.layers.LSTM(4, name="memory")(x)
    return keras.Model(tokens, keras.layers.Dense(8, name="last")(x))


def vision():
    pictures = keras.Input((8, 8, 4))
    x = keras.layers.Conv2D(8, 3, name="conv")(pictures)
    x = keras.layers.DepthwiseConv2D(3, name="depthwise")(x)
    x = keras.layers.Conv2DTranspose(4, 2, name="up")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(pictures, keras.layers.Dense(8, name="last")(x))


for name, model in (("attention", attention()), ("vision", vision())):
    model.set_weights([numbered(weight.shape) for weight in model.get_weights()])
    model.save_weights(here / f"{name}.weights.h5")
    model.save(here / f"{name}.keras")
    model.save(here / f"{name}.keras2.h5")

save_file(
    {
        "conv1.weight": numbered((8, 4, 3, 3)),
        "layers.0.mlp.up_proj.weight": numbered((8, 12)),
        "layers.0.mlp.experts.gate_up_proj": numbered((3, 8, 12)),
        "h.0.attn.c_attn.weight": numbered((4, 12)),
        "encoder.conv1d.weight": numbered((8, 4, 5)),
        "layers.0.norm.weight": numbered((12,)),
    },
    here / "torch.safetensors",
    metadata={"format": "pt"},
)
