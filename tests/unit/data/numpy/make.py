#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the .npy and .npz files beside it. NumPy makes them all; the tests only read them.

Every matrix holds value(i) = i - 7.5, or i where it is of integers, i counting its elements in C order.
"""
import io
import os
import zipfile

import numpy as np
from numpy.lib import format as npy

here = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(here, name)


def numbers(shape, dtype):
    count = int(np.prod(shape, dtype=np.int64))
    values = np.arange(count, dtype=np.float64)
    if np.dtype(dtype).kind == "f":
        values -= 7.5
    return values.reshape(shape).astype(dtype)


def bfloat16(shape):
    """As ml_dtypes' arrays lie on disk: opaque elements of two bytes, described as "<V2"."""
    bits = numbers(shape, "<f4").view("<u4") >> 16  # exact for these values
    array = bits.astype("<u2")
    buffer = io.BytesIO()
    npy.write_array_header_1_0(buffer, {"descr": "<V2", "fortran_order": False, "shape": array.shape})
    return buffer.getvalue() + array.tobytes()


def versioned(array, version):
    buffer = io.BytesIO()
    npy.write_array(buffer, array, version=version)
    return buffer.getvalue()


def write(name, content):
    with open(path(name), "wb") as out:
        out.write(content)


for version in ((1, 0), (2, 0), (3, 0)):
    write("version-%d.npy" % version[0], versioned(numbers((4, 6), "<f4"), version))
np.save(path("big-endian.npy"), numbers((4, 6), ">f4"))
np.save(path("fortran.npy"), np.asfortranarray(numbers((5, 7), "<f2")))
np.save(path("fortran-3d.npy"), np.asfortranarray(numbers((3, 4, 5), ">f8")))
write("bfloat16.npy", bfloat16((4, 6)))

arrays = {
    "block/f2": numbers((3, 8), "<f2"),
    "f4": numbers((4, 6), "<f4"),
    "f4_big": numbers((4, 6), ">f4"),
    "f8": numbers((2, 3, 4), "<f8"),
    "bool": numbers((4, 4), "<f4") > 0,
    "i1": numbers((4, 5), "i1"),
    "u1": numbers((4, 5), "u1"),
    "i2_big": numbers((4, 5), ">i2"),
    "u2": numbers((4, 5), "<u2"),
    "i4": numbers((4, 5), "<i4"),
    "u4": numbers((4, 5), "<u4"),
    "i8_big": numbers((4, 5), ">i8"),
    "u8": numbers((4, 5), "<u8"),
    "fortran": np.asfortranarray(numbers((5, 7), "<f4")),
    "vector": numbers((9,), "<f4"),
    "scalar": np.float32(2.5),
    "empty": np.zeros((0, 4), "<f4"),
    "complex": numbers((2, 2), "<f4").astype("<c8"),
    "texts": np.array(["a", "bcd"]),
    "dates": np.array(["2026-01-01"], dtype="<M8[D]"),
    "structure": np.zeros(3, dtype=[("a", "<f4"), ("b]'", "<i2", (2,))]),
    "objects": np.array([None, "not a number"], dtype=object),
    "opaque1": np.zeros(4, "V1"),
}
np.savez(path("stored.npz"), **arrays)
np.savez_compressed(path("deflated.npz"), **arrays)
np.savez(path("none.npz"))

with zipfile.ZipFile(path("mixed.npz"), "w") as archive:
    archive.writestr("README", "A member that is no array.")
    archive.writestr("w.npy", versioned(numbers((4, 6), "<f4"), (1, 0)), zipfile.ZIP_DEFLATED)
    archive.writestr("bz2.npy", versioned(numbers((4, 6), "<f4"), (1, 0)), zipfile.ZIP_BZIP2)
    archive.comment = b"An archive may end with a comment."


class Pipe(io.BytesIO):
    """Cannot seek: sizes then stand behind each member."""

    def seekable(self):
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation()

    def tell(self):
        raise io.UnsupportedOperation()


pipe = Pipe()
with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
    with archive.open("w.npy", "w", force_zip64=True) as member:
        member.write(versioned(numbers((4, 6), "<f4"), (1, 0)))
write("streamed.npz", pipe.getvalue())

# zip64 throughout without gigabytes: as if nothing fitted into 32 bits.
zipfile.ZIP64_LIMIT = 10
zipfile.ZIP_FILECOUNT_LIMIT = 0
with zipfile.ZipFile(path("zip64.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
    for name in ("a", "b"):
        with archive.open(name + ".npy", "w", force_zip64=True) as member:
            member.write(versioned(numbers((4, 6), "<f4"), (1, 0)))
