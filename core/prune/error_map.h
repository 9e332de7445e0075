// SPDX-License-Identifier: Apache-2.0
// Where the error of a pruned layer comes from, entry by entry.
#pragma once

#include "core/prune/gram.h"

#include <memory>
#include <vector>

namespace nms {

/// E_ij = Δ_ij (ΔH)_ij / ‖XWᵀ‖² with Δ = W − Ŵ: the entries' parts of ‖XΔᵀ‖². A negative part compensates for others.
struct ErrorMap {
    Matrix<float> entries; // out × in
    std::vector<double> rows; // sums by output: not negative except by rounding
    std::vector<double> cols; // sums by input
    double relative = 0; // sum of all entries: ReconstructionError::relative()
};

/// Holds W, H and ‖XWᵀ‖², to map the errors of many Ŵ of one layer. One thread at a time.
class ErrorMapper
{
public:
    /// `weights` (out × in) must outlive it; `threads` of the CPU, 0: all cores. Resource or Device error.
    static Result<ErrorMapper> make(Span2d<const float> weights, const Gram &gram, LinearAlgebra &algebra, int threads);

    /// Map for Ŵ, out × in. Costs one product of its size with H.
    Result<ErrorMap> of(Span2d<const float> pruned);

private:
    ErrorMapper(Span2d<const float> weights, std::unique_ptr<SymmetricOperator> h)
        : m_weights(weights), m_h(std::move(h)) { }
    Status sum(const Span2d<const float> *pruned, ErrorMap &map);

    Span2d<const float> m_weights;
    std::unique_ptr<SymmetricOperator> m_h; // scaled to a mean diagonal of 1
    double m_whole = 0; // ‖XWᵀ‖² in that scale
};

} // namespace nms
