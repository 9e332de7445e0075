// SPDX-License-Identifier: Apache-2.0
// The scores of a matrix in memory, for each choice in the window's menu.
#pragma once

#include "core/base/matrix.h"
#include "core/base/progress.h"
#include "core/prune/linear_algebra.h"
#include "core/tensor/tensor_source.h"

#include <string>

namespace nms::jobs {

struct ScoreChoice {
    enum class Kind {
        Rule, // a function of each weight: "abs", "square"
        Wanda, // |W|·‖X_j‖, with the activations in `file`
        File, // scores in `file`, at the tensors' own paths
    };
    Kind kind = Kind::Rule;
    std::string rule = "abs";
    std::string file;

    bool isMagnitude() const { return kind == Kind::Rule && rule == "abs"; }
    /// Name in legends and mask files: "|W|", "W²", "|W|·|X|", the file's name without its folders.
    std::string title() const;
    friend bool operator==(const ScoreChoice &, const ScoreChoice &) = default;
};

/// Scores of the same shape as the weights, finite and ≥ 0. `tensor` must be a single matrix. Errors as ScoreSource and
/// readInputs.
Result<Matrix<float>> scoreMatrix(const ScoreChoice &choice, const TensorInfo &tensor, Span2d<const float> weights,
                                  LinearAlgebra &algebra, int threads, const Progress &progress);

} // namespace nms::jobs
