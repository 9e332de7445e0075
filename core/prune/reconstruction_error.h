// SPDX-License-Identifier: Apache-2.0
// The error that pruning causes in a layer's outputs, computed from H alone.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/prune/gram.h"

#include <vector>

namespace nms {

struct ReconstructionError {
    double lost = 0; // ‖X(W − Ŵ)ᵀ‖²
    double whole = 0; // ‖XWᵀ‖²
    double relative() const { return whole > 0 ? lost / whole : 0; }
    ReconstructionError &operator+=(const ReconstructionError &other);
};

/// Error for W and Ŵ, both out × in: tr(Δ H Δᵀ) and tr(W H Wᵀ), Δ = W − Ŵ.
Result<ReconstructionError> reconstructionError(Span2d<const float> weights, Span2d<const float> pruned, const Gram &gram,
                                                LinearAlgebra &algebra, int threads);

/// The error of each output separately: Δ H Δᵀ for its row; without H, ‖Δ‖².
Result<std::vector<double>> errorByOutput(Span2d<const float> weights, Span2d<const float> pruned, const Gram *gram,
                                          LinearAlgebra &algebra, int threads);

} // namespace nms
