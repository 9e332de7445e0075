// SPDX-License-Identifier: Apache-2.0
// H = XᵀX of what goes into a layer: all that pruning has to know of the activations.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/prune/linear_algebra.h"

#include <cstdint>
#include <vector>

namespace nms {

struct Gram {
    Matrix<float> h; // inputs × inputs, symmetric; summed in double (GramSum)
    std::int64_t samples = 0; // rows of X; 0: not known, as H itself was given
    std::int64_t inputs() const { return h.rows(); }
    /// Σx² of each input: 0 for a dead one.
    std::vector<double> squares() const;
    std::int64_t deadInputs() const;
    double meanSquare() const; // of the diagonal
};

/// Rounds the sum. Input error naming the first entry that leaves float32's range.
Result<Gram> gramOf(const Matrix<double> &sum, std::int64_t samples);

/// Whether it can be an XᵀX: Input errors name the first entry that is NaN or Inf, that differs from its mirror image by
/// more than rounding, or that is larger than its diagonal allows (|H_ij|² ≤ H_ii H_jj), and H = 0. What rounding left of
/// asymmetry is evened out.
Status checkGram(Gram &gram);

/// Input error where H is singular without damping, inputs that are always 0 left aside: fewer samples than inputs, or
/// inputs that are combinations of others.
Status checkFullRank(const Gram &gram, LinearAlgebra &algebra, int threads);

/// H + damping · mean(diag H) · I, in double. Positive definite for any H of checkGram() and damping > 0.
Matrix<double> damped(const Gram &gram, double damping);

} // namespace nms
