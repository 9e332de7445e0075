// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/sparsity/nm_pattern.h"

#include <string>
#include <string_view>

namespace nms {

/// Facts about a mask as a whole; stored with it.
struct MaskFacts {
    NmPattern pattern;
    std::string method; // as on the command line: "exact", "dykstra", "greedy+swap"
    double tau = 0; // 0 for methods without one
    int iterations = 0; // maximum over the tiles
    double tolerance = 0; // residual at which tiles were stopped; 0: only the number of iterations stops them
    std::string warmStart; // method whose final state was the starting point of each tile, or empty
    std::string score; // the score that was maximised if it is not |W|: "square" or the name of a file of scores
    std::string rounding; // "paper:10" (the paper's, at most 10 swaps; lines may have fewer than n), or empty
    double objective = 0; // Σ over tiles ⟨S, A⟩, in units of the score
    double upperBound = 0; // Σ of the tiles' certified bounds
    double relativeGap = 0; // (upperBound − objective) / upperBound
    bool transposable = false; // true if every row and column of every tile was counted and satisfies the pattern
    std::string source; // name of the weights file that was solved, without its folders
};

/// How a mask is stored in a file. HDF5 paths and safetensors names are the same; <path> is that of the weights.
enum class MaskFormat {
    Bytes, // <path>/mask, the tensor's own shape, 0 or 1 (HDF5: uint8; safetensors: BOOL)
    Packed, // <path>/mask, uint8, rows × ⌈cols/8⌉ of the stacked view (TensorInfo::rows), column j in bit 7 − j%8 of byte
            // j/8: numpy.unpackbits(x, axis=1, count=cols). Its attributes `shape` and `axes` are those of the tensor
    FlatBits, // only read, never written: <path> or the name of its mask, uint8 with one dimension, the bits of all elements
              // in the file's order, the first in bit 7 of byte 0: numpy.packbits(mask). The shape is known only from the
              // weights
    Applied, // <path>, the weights themselves in their own dtype, zero where the mask is 0
};

/// "bytes", "packed", "bits", "applied".
std::string_view nameOf(MaskFormat format);

} // namespace nms
