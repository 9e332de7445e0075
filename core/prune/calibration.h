// SPDX-License-Identifier: Apache-2.0
// Activations in files: which of them belong to a layer, and XᵀX of them.
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

/// One `--map TENSOR=PATH`: the inputs of every tensor whose path matches TENSOR are at PATH in the calibration file. Each
/// `*` in TENSOR matches any text; the stars of PATH are replaced by these texts, in the same order.
struct CalibrationRule {
    std::string tensor;
    std::string path;

    /// Usage error if the text is not TENSOR=PATH, or PATH has more stars than TENSOR.
    static Result<CalibrationRule> parse(std::string_view text);
    /// PATH with its stars filled in; none if the tensor does not match.
    std::optional<std::string> pathOf(std::string_view tensorPath) const;
};

/// The data of one layer in a calibration file.
struct CalibrationEntry {
    TensorInfo data;
    bool isGram = false; // H itself; otherwise X
};

/// X is looked for at the tensor's own path, or H at `<path>/hessian`; "." and "/" are equivalent, and a final "weight" or
/// "kernel" may be missing ("encoder.0.query" has the inputs of encoder/0/query/weight). A rule that matches gives the path
/// instead. If the file holds a single tensor (npy), that tensor is used for every path; it is H if its name ends in
/// "hessian". Input error, with similar names and the remedy (--map), if nothing is found.
Result<CalibrationEntry> findCalibration(const TensorSource &file, const std::string &tensorPath,
                                         const std::vector<CalibrationRule> &rules);

/// Input error if its shape does not fit a layer with this number of inputs, or if its type is not numeric. Reads no data.
Status checkCalibration(const TensorSource &file, const CalibrationEntry &entry, const std::string &tensorPath,
                        std::int64_t inputs);

/// Reads X panel by panel, or H, and checks it (checkGram). X is samples × inputs; if it has more dimensions, the last one
/// is the inputs. `progress` counts rows. Input errors name file, tensor and place.
Result<Gram> readGram(TensorSource &file, const CalibrationEntry &entry, LinearAlgebra &algebra, int threads,
                      const Progress &progress);

} // namespace nms
