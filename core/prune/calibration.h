// SPDX-License-Identifier: Apache-2.0
// Activations in files: which of them belong to a layer, and their XᵀX.
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/prune/gram.h"
#include "core/tensor/tensor_source.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

/// One `--map TENSOR=PATH`: where in the calibration file the inputs of the tensors are whose path matches TENSOR,
/// in which each `*` stands for any text. Stars of PATH stand for what those of TENSOR did, in their order.
struct CalibrationRule {
    std::string tensor;
    std::string path;

    /// Usage error for what is no TENSOR=PATH, or has more stars in PATH than in TENSOR.
    static Result<CalibrationRule> parse(std::string_view text);
    /// PATH with its stars filled in; none where the tensor does not match.
    std::optional<std::string> pathOf(std::string_view tensorPath) const;
};

/// What a calibration file has of one layer.
struct CalibrationEntry {
    TensorInfo data;
    bool isGram = false; // H itself, else X
};

/// X at the tensor's own path, or H at `<path>/hessian`; "." and "/" are the same, and a last part "weight" or "kernel" may
/// be missing ("encoder.0.query" has the inputs of encoder/0/query/weight). A rule that matches says the path instead. In a
/// file with one tensor alone (npy) that is the one for whatever is asked, H where its name ends in "hessian". Input error,
/// with near names and the remedy (--map), where there is none.
Result<CalibrationEntry> findCalibration(const TensorSource &file, const std::string &tensorPath,
                                         const std::vector<CalibrationRule> &rules);

/// Input error where its shape does not go with a layer of so many inputs, or it holds no numbers. Nothing is read.
Status checkCalibration(const TensorSource &file, const CalibrationEntry &entry, const std::string &tensorPath,
                        std::int64_t inputs);

/// Reads X panel by panel, or H, and checks it (checkGram). X has samples × inputs; of more dimensions the last are the
/// inputs. `progress` counts rows. Input errors name file, tensor and place.
Result<Gram> readGram(TensorSource &file, const CalibrationEntry &entry, LinearAlgebra &algebra, int threads,
                      const Progress &progress);

} // namespace nms
