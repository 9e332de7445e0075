// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/sparsity/nm_pattern.h"

#include <string>
#include <string_view>

namespace nms {

/// What is known about a mask as a whole; stored beside it.
struct MaskFacts {
    NmPattern pattern;
    std::string method; // as on the command line: "exact", "dykstra", "greedy+swap"
    double tau = 0; // 0 for methods without one
    int iterations = 0; // the most done on one tile
    double tolerance = 0; // at which residual tiles were stopped; 0: by the number of iterations alone
    std::string warmStart; // the method where whose end tiles were started, or empty
    std::string score; // what was kept the most of, where it is not |W|: "square" or the name of a file of scores
    std::string rounding; // "paper:10" (at most 10 swaps, lines may be short of n), or empty
    double objective = 0; // Σ over tiles ⟨S, A⟩, in units of the score
    double upperBound = 0; // Σ of the tiles' certified bounds
    double relativeGap = 0; // (upperBound − objective) / upperBound
    bool transposable = false; // true when every row and column of every tile was counted and holds
    std::string source; // name of the weights file that was solved, without its folders
};

/// How a mask lies in a file. HDF5 paths and safetensors names are the same; <path> is the weights' own.
enum class MaskFormat {
    Bytes, // <path>/mask, the tensor's own shape, 0 or 1 (HDF5: uint8; safetensors: BOOL)
    Packed, // <path>/mask, uint8, rows × ⌈cols/8⌉ of the stacked view (TensorInfo::rows), column j in bit 7 − j%8 of byte
            // j/8: numpy.unpackbits(x, axis=1, count=cols). Its facts `shape` and `axes` are the tensor's
    FlatBits, // read alone: <path> or a mask's name for it, uint8 in one dimension, the bits of all elements in the file's
              // order, the first in bit 7 of byte 0: numpy.packbits(mask). Only the weights tell the shape
    Applied, // <path>, the weights themselves in their own dtype, zero where the mask is 0
};

/// "bytes", "packed", "bits", "applied".
std::string_view nameOf(MaskFormat format);

} // namespace nms
