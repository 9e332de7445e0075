// SPDX-License-Identifier: Apache-2.0
// What is in a file, and which N:M patterns hold already.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_file.h"
#include "core/jobs/hardware.h"
#include "core/jobs/job.h"
#include "core/sparsity/pattern_detection.h"
#include "core/tensor/tensor_role.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nms::jobs {

struct InspectSettings {
    std::string file;
    std::vector<AxesRule> axes = {}; // which dimensions form the matrix, if names and shapes do not determine it
    bool hardware = false; // what can run each tensor's patterns
};

struct TensorFacts {
    TensorInfo tensor;
    std::optional<DetectedPatterns> patterns = {}; // for matrices only
    std::int64_t nonFinite = 0; // number of NaN and Inf; for matrices only
    std::int64_t deadRows = 0; // number of rows that hold nothing but zeros; for matrices only
    std::int64_t deadColumns = 0; // the same of columns; of a stack, of all its matrices below each other
    std::optional<MaskEntry> mask = {}; // if the tensor is a mask, or masked weights, that describes itself
    TensorRole role = TensorRole::Weight;
    std::optional<HardwareFacts> hardware = {}; // for matrices only, if requested
};

struct InspectReport {
    std::string file;
    std::string format; // "HDF5", "safetensors"
    std::vector<TensorFacts> tensors; // in the file's order
    std::vector<SkippedEntry> skipped;
    bool hardware = false; // whether it was requested
};

/// Reads every matrix once, panel by panel. Progress counts entries of matrices. Errors: those of openWeights and of
/// reading; Resource if a single row is too long to be read.
Result<InspectReport> inspectFile(const InspectSettings &settings, const Progress &progress, const Events &events = {});

/// Sparsity, patterns and NaNs of one tensor; only the description for a tensor that is not a matrix. Progress counts
/// entries; after each panel of at most `panelCells` entries progress is reported and a stop request is checked.
Result<TensorFacts> inspectTensor(TensorSource &source, const TensorInfo &tensor, const Progress &progress,
                                  std::int64_t panelCells = std::int64_t(4) << 20);

} // namespace nms::jobs
