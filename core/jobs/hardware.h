// SPDX-License-Identifier: Apache-2.0
// What can run a tensor's zeros: the patterns that it keeps held against the table of hardware_facts.h.
#pragma once

#include "core/jobs/hardware_facts.h"
#include "core/sparsity/pattern_detection.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nms::jobs {

/// How a tensor lies as matrices of a layer.
struct LayerShape {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t dimensions = 2; // that the tensor has in its file
    bool outputsAreRows = true; // PyTorch's (out, in); false: (in, out), as Keras has it
};

/// A pattern that holds and that an engine takes.
struct HardwareVerdict {
    const HardwareEngine *engine = nullptr;
    EnginePattern pattern;
    bool alongRows = true; // groups are of consecutive entries of a row; false: of a column
    bool forward =
        true; // that is along the inputs, which the forward pass sums over; false: along the outputs, the backward one
    std::vector<std::string> missing; // what keeps it from running as it is: "f32, takes f16, bf16 or i8", …

    bool runs() const { return missing.empty(); }
};

struct HardwareFacts {
    std::vector<HardwareVerdict> verdicts; // by engine, along rows before along columns
    std::vector<NmPattern> unknown; // the sparsest along rows and along columns, where somebody chose it (N divides M, or
                                    // (2N−2):2N) and nothing that ships takes it

    /// For a narrow column: "2:4 fwd+bwd", "2:4 fwd"; in brackets where something is missing, empty where nothing holds.
    std::string brief() const;
    /// In one sentence: "2:4 runs forward and backward", "nothing that ships takes 8:16".
    std::string summary() const;
};

/// `patterns` are those of every matrix of the tensor. An engine's pattern holds where it was found, or where one that was
/// found implies it (NmPattern::implies). Along the outputs an engine is asked for the transposed matrix. Any thread.
HardwareFacts hardwareOf(const TensorInfo &tensor, const LayerShape &shape, const DetectedPatterns &patterns);
/// With the shape that TensorInfo tells.
HardwareFacts hardwareOf(const TensorInfo &tensor, const DetectedPatterns &patterns);

} // namespace nms::jobs
