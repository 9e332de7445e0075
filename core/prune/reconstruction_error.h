// SPDX-License-Identifier: Apache-2.0
// What pruning costs a layer's outputs, from H alone.
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

/// Of W and Ŵ, out × in, from H alone: tr(Δ H Δᵀ) and tr(W H Wᵀ), Δ = W − Ŵ.
Result<ReconstructionError> reconstructionError(Span2d<const float> weights, Span2d<const float> pruned, const Gram &gram,
                                                LinearAlgebra &algebra, int threads);

/// The same of each output by itself: Δ H Δᵀ of a row; with no H its ‖Δ‖².
Result<std::vector<double>> errorByOutput(Span2d<const float> weights, Span2d<const float> pruned, const Gram *gram,
                                          LinearAlgebra &algebra, int threads);

} // namespace nms
