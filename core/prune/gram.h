// SPDX-License-Identifier: Apache-2.0
// H = XᵀX of a layer's inputs: all that pruning needs to know of the activations.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/prune/linear_algebra.h"

#include <cstdint>
#include <vector>

namespace nms {

struct Gram {
    Matrix<float> h; // inputs × inputs, symmetric; summed in double (GramSum)
    std::int64_t samples = 0; // rows of X; 0 if unknown, because H itself was given
    std::int64_t inputs() const { return h.rows(); }
    /// Σx² of each input; 0 for a dead one.
    std::vector<double> squares() const;
    std::int64_t deadInputs() const;
    double meanSquare() const; // of the diagonal
};

/// Rounds the sum to float32. Input error that names the first entry outside of float32's range.
Result<Gram> gramOf(const Matrix<double> &sum, std::int64_t samples);

/// Whether H can be an XᵀX. Input errors name the first entry that is NaN or Inf, that differs from its transposed entry by
/// more than rounding, or that is larger than its diagonal allows (|H_ij|² ≤ H_ii H_jj); H = 0 is an error too. Asymmetry
/// that stems from rounding is removed.
Status checkGram(Gram &gram);

/// Input error if H is singular without damping, apart from inputs that are always 0: fewer samples than inputs, or inputs
/// that are linear combinations of others.
Status checkFullRank(const Gram &gram, LinearAlgebra &algebra, int threads);

/// H + damping · mean(diag H) · I, in double. Positive definite for any H that checkGram() accepts and damping > 0.
Matrix<double> damped(const Gram &gram, double damping);

} // namespace nms
