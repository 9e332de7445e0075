// SPDX-License-Identifier: Apache-2.0
// The scores that masks maximise, as named by --score, tensor by tensor.
#pragma once

#include "core/base/result.h"
#include "core/methods/score.h"
#include "core/tensor/tensor_source.h"

#include <memory>
#include <stop_token>
#include <string>

namespace nms::jobs {

/// A rule ("abs", "square") or a weights file of any format with finite scores ≥ 0 at the tensors' own paths and shapes.
/// One thread at a time.
///
///     Result<ScoreSource> score = ScoreSource::open("square", stop);
///     ScoreRows rows = score->rowsOf(tensor, threads);
class ScoreSource
{
public:
    /// Scores |W|.
    ScoreSource();
    /// An empty `name` means |W|. Usage error if it is neither a rule nor a file; other errors as openWeights.
    static Result<ScoreSource> open(const std::string &name, const std::stop_token &stop);

    /// Scores from a source that is open already: a file, or memory (core/io/memory_source.h).
    static ScoreSource of(std::shared_ptr<TensorSource> scores);

    /// "abs", "square", or the file's name without its folders: recorded in mask files.
    const std::string &name() const { return m_name; }
    bool isMagnitude() const { return m_rule && !m_rule->fill; }

    /// Factor for objectives of this tensor: its scores are computed from weights times 2^-exponent.
    double unit(const TensorInfo &tensor) const;

    /// Input error if the file lacks the tensor or has another shape there. Call it before the work.
    Status check(const TensorInfo &tensor) const;

    /// For solveStreamed and runComparison; refers to this object. Reads panel by panel; errors name the file.
    ScoreRows rowsOf(const TensorInfo &tensor, int threads) const;

private:
    std::string m_name;
    const ScoreRule *m_rule; // null: scores are from the file
    std::shared_ptr<TensorSource> m_file;
};

} // namespace nms::jobs
