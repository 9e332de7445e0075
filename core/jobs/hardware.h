// SPDX-License-Identifier: Apache-2.0
// Which libraries can run a tensor's sparsity: its patterns compared with the table of hardware_facts.h.
#pragma once

#include "core/jobs/hardware_facts.h"
#include "core/sparsity/pattern_detection.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nms::jobs {

/// How a tensor is laid out as matrices of a layer.
struct LayerShape {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t dimensions = 2; // number of dimensions in the file
    bool outputsAreRows = true; // (out, in) as in PyTorch; false: (in, out) as in Keras
};

/// A pattern that holds and that an engine supports.
struct HardwareVerdict {
    const HardwareEngine *engine = nullptr;
    EnginePattern pattern;
    bool alongRows = true; // groups are of consecutive entries of a row; false: of a column
    bool forward = true; // along the inputs, over which the forward pass sums; false: backward
    std::vector<std::string> missing; // what prevents it from running unchanged: "f32, takes f16, bf16 or i8", …

    bool runs() const { return missing.empty(); }
};

struct HardwareFacts {
    std::vector<HardwareVerdict> verdicts; // by engine, along rows before along columns
    std::vector<NmPattern> unknown; // the sparsest along rows and along columns, if it looks intended (N divides M, or
                                    // (2N−2):2N) and no product supports it

    /// For a narrow column: "2:4 fwd+bwd", "2:4 fwd"; in brackets if something is missing, empty if no pattern holds.
    std::string brief() const;
    /// In one sentence: "2:4 runs forward and backward", "no released library supports 8:16".
    std::string summary() const;
};

/// `patterns` are those that hold in every matrix of the tensor. An engine's pattern holds if it was detected, or if a
/// detected one implies it (NmPattern::implies). For groups along the outputs the engine's shape rules apply to the
/// transposed matrix. Any thread.
HardwareFacts hardwareOf(const TensorInfo &tensor, const LayerShape &shape, const DetectedPatterns &patterns);
/// With the shape from TensorInfo.
HardwareFacts hardwareOf(const TensorInfo &tensor, const DetectedPatterns &patterns);

} // namespace nms::jobs
