// SPDX-License-Identifier: Apache-2.0
// Pruning one tensor of a file, matrix by matrix. Private to core/jobs.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_writer.h"
#include "core/io/weights_copy.h"
#include "core/jobs/pruned_tensor.h"
#include "core/prune/calibration.h"
#include "core/prune/prune_layer.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nms::jobs {

/// An open calibration file. Caches the last H, which several tensors may share.
class CalibrationFile
{
public:
    explicit CalibrationFile(const std::vector<CalibrationRule> &rules) : m_rules(rules) { }
    Status open(const std::string &file, const std::stop_token &stop);
    /// Activations that somebody has open already.
    void use(std::unique_ptr<TensorSource> source) { m_source = std::move(source); }

    bool isOpen() const { return m_source != nullptr; }
    /// Errors as findCalibration and checkCalibration.
    Status check(const std::string &tensor, std::int64_t inputs) const;
    /// Errors as readGram.
    Result<const Gram *> gramOf(const std::string &tensor, LinearAlgebra &algebra, int threads, const Progress &progress);

private:
    const std::vector<CalibrationRule> &m_rules;
    std::unique_ptr<TensorSource> m_source;
    std::string m_path; // of m_gram
    Gram m_gram;
};

struct PruneTensorParts {
    TensorSource &weights;
    CalibrationFile &calibration;
    const PruneOptions &options;
    PruneParts pruning;
};

/// A pruned tensor, in the type and order of the file.
struct FinishedLayer {
    PrunedTensor report;
    std::vector<std::byte> weights; // raw, whole
    Mask mask; // of the stacked view
};

/// The name under which the activations of one matrix of a tensor are looked up.
std::string inputsNameOf(const TensorInfo &tensor, std::int64_t matrix);

/// Checks everything that can be checked without reading data: types, activations and their shapes.
Status checkPrunable(const TensorSource &weights, const TensorInfo &tensor, const CalibrationFile &calibration,
                     const PruneOptions &options);

/// Progress counts weights.
Result<FinishedLayer> pruneTensor(const PruneTensorParts &parts, const TensorInfo &tensor, const Progress &progress);

/// Writes a layer to the pruned model and, if there is one, to the file of masks.
Status writeLayer(const FinishedLayer &layer, const TensorInfo &tensor, const PruneOptions &options,
                  const std::string &source, WeightsCopy &copy, MaskWriter *masks);

} // namespace nms::jobs
