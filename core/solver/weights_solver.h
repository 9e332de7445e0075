// SPDX-License-Identifier: Apache-2.0
// From weights as a file keeps them to masks: what a backend makes of A = |W|.
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/methods/solve_options.h"
#include "core/simd/weights_view.h"
#include "core/solver/solution.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace nms {

/// Memory of the host, aligned for any scalar. Frees itself.
using HostMemory = std::unique_ptr<std::byte[], std::function<void(std::byte *)>>;

/// Solves matrices of weights by the same options, one after the other: panels of a large one, the tensors of a file. What
/// is costly to make (scratch, queues, pinned memory) is kept from one to the next. One thread at a time.
class WeightsSolver
{
public:
    virtual ~WeightsSolver() = default;

    /// The masks of A = |W|, as SolverBackend::solve finds them: the same for F16 and BF16 as for what they are in F32.
    virtual Result<Solution> solve(const WeightsView &weights, const Progress &progress) = 0;

    /// Weights to give at once where there are so many: fewer leave devices idle, more gain nothing.
    virtual std::int64_t weightsAtOnce() = 0;

    /// Memory of the host that solve() takes for itself, beside the weights and the solution.
    virtual std::int64_t bytesPerWeight() const = 0;

    /// Memory from which solve() takes weights fastest. Resource error where there is not so much. Must not outlive this
    /// object.
    virtual Result<HostMemory> takeMemory(std::int64_t bytes);
};

} // namespace nms
