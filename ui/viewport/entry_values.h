// SPDX-License-Identifier: Apache-2.0
// The values of single entries that a view shows, and weights or scores from farther away: made from immutable data, on any
// thread.
#pragma once

#include "ui/viewport/field_part.h"
#include "ui/viewport/view_sources.h"

#include <map>
#include <memory>
#include <mutex>

namespace nms {

/// Weights and scores of one tensor at its levels of detail, made when they are first wanted: of each block of cells the
/// value of largest magnitude, which a pruner would keep first. Means of signed weights would cancel. Thread-safe.
class DetailLevels
{
public:
    explicit DetailLevels(std::shared_ptr<const LoadedTensor> tensor) : m_tensor(std::move(tensor)) { }

    const std::shared_ptr<const LoadedTensor> &tensor() const { return m_tensor; }
    /// `cellsPerTexel`: 1, or a level of the tensor's overview.
    std::shared_ptr<const Matrix<float>> weights(std::int64_t cellsPerTexel);
    std::shared_ptr<const Matrix<float>> scores(std::int64_t cellsPerTexel);
    bool isMade(bool ofWeights, std::int64_t cellsPerTexel);

private:
    using Levels = std::map<std::int64_t, std::shared_ptr<const Matrix<float>>>; // by cells per texel
    std::shared_ptr<const Matrix<float>> levelOf(Levels &made, const std::vector<OverviewLevel> &levels,
                                                 std::int64_t cellsPerTexel, bool ofMagnitudes);

    const std::shared_ptr<const LoadedTensor> m_tensor;
    std::mutex m_mutex; // not while a level is made: the GUI thread does not wait for another thread's level
    Levels m_weights;
    Levels m_scores;
};

/// True if the values of `part` are made from data that is not a plan: everything but the plan and its errors.
bool hasEntryValues(const ViewSources &sources);

/// Requires hasEntryValues(); `part` is of the matrix, or of a level of detail for weights and scores.
std::shared_ptr<const Matrix<float>> entryValues(const ViewSources &sources, const FieldPart &part, DetailLevels &levels);

/// What is lost of each entry that the plan in `sources` covers.
Matrix<float> planErrors(const ViewSources &sources);

} // namespace nms
