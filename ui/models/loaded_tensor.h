// SPDX-License-Identifier: Apache-2.0
// The workspace's open files and tensor, as plain data.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/tensor/overview.h"
#include "core/tensor/row_sample.h"
#include "core/tensor/tensor_source.h"

#include <QString>

#include <memory>
#include <optional>
#include <vector>

namespace nms {

struct OpenFile {
    QString fileName;
    std::vector<TensorInfo> tensors;
};

/// Some 2¹⁷ values at equal distances, for histograms: all threads together read a large matrix from memory no faster than a
/// frame lasts.
std::vector<float> evenSample(const Matrix<float> &values);

/// One tensor in memory with everything that the views need; immutable.
struct LoadedTensor {
    QString file;
    TensorInfo info;
    std::shared_ptr<const Matrix<float>> weights;
    std::shared_ptr<const Matrix<float>> score;
    double scoreTotal = 0; // Σ of the scores
    QString scoreTitle = QStringLiteral("|W|");
    std::optional<ValueSummary> scoreSummary; // empty if the score is |W|
    std::vector<OverviewLevel> scoreOverview; // empty if the score is |W|
    ValueSummary weightSummary;
    std::vector<OverviewLevel> weightOverview;
    std::vector<float> weightSample; // evenSample() of the weights and of the scores
    std::vector<float> scoreSample;
    std::optional<Error> notFinite; // names the first NaN or Inf: such a tensor can be viewed, but not solved
};

/// A large tensor while it is read: what is known of it from a few of its rows; immutable.
struct TensorPreview {
    QString file;
    TensorInfo info;
    RowSample sample;
};

} // namespace nms
