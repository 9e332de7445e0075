// SPDX-License-Identifier: Apache-2.0
// Where the error of a pruned layer comes from, entry by entry.
#pragma once

#include "core/prune/gram.h"

#include <memory>
#include <vector>

namespace nms {

/// E_ij = Δ_ij (ΔH)_ij over ‖XWᵀ‖², Δ = W − Ŵ: the parts whose sum is ‖XΔᵀ‖². One below 0 makes up for others.
struct ErrorMap {
    Matrix<float> entries; // out × in
    std::vector<double> rows; // sums by output: never below 0, but for rounding
    std::vector<double> cols; // sums by input
    double relative = 0; // of all: ReconstructionError::relative()
};

/// Holds W, H and ‖XWᵀ‖² ready to look at many Ŵ of one layer. One thread at a time.
class ErrorMapper
{
public:
    /// `weights` (out × in) outlive it; `threads` of the CPU, 0: all cores. Resource or Device error.
    static Result<ErrorMapper> make(Span2d<const float> weights, const Gram &gram, LinearAlgebra &algebra, int threads);

    /// Of Ŵ, out × in. One product of its size with H.
    Result<ErrorMap> of(Span2d<const float> pruned);

private:
    ErrorMapper(Span2d<const float> weights, std::unique_ptr<SymmetricOperator> h)
        : m_weights(weights), m_h(std::move(h)) { }
    Status sum(const Span2d<const float> *pruned, ErrorMap &map);

    Span2d<const float> m_weights;
    std::unique_ptr<SymmetricOperator> m_h; // scaled to a mean diagonal of one
    double m_whole = 0; // in that scale
};

} // namespace nms
