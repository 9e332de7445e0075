// SPDX-License-Identifier: Apache-2.0
// Masks of tensors that lie in a device's memory, solved where they lie and on the caller's stream.
#pragma once

#include "core/base/result.h"
#include "core/base/stack_layout.h"
#include "core/methods/solve_options.h"
#include "core/sparsity/metrics.h"
#include "core/tile/figures.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nms {

enum class DeviceElement { F32, F16, BF16, F64 };

/// Weights or scores of a stack, in the device's memory; aligned to an element.
struct DeviceValues {
    const std::byte *data = nullptr;
    DeviceElement type = DeviceElement::F32; // F64 is rounded to F32
    StackLayout layout;
};

/// `matrices` of rows × cols each, and where their mask goes.
struct DeviceProblem {
    std::int64_t matrices = 1;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    DeviceValues weights;
    std::optional<DeviceValues> scores; // ≥ 0; not set: |W|
    std::byte *mask = nullptr; // in the device's memory: one byte, 0 or 1, for each weight
    StackLayout maskLayout;
    bool compare = false; // count the bytes that change
};

/// Bytes of the device's memory that the caller lends, each aligned to 256.
struct DeviceSpace {
    std::int64_t scratch = 0; // until the work on the stream is done
    std::int64_t figures = 0; // until they have been read
};

struct DeviceFigures {
    std::vector<TileResult> tiles; // matrix by matrix, row-major in each
    MaskSums sums; // of the weights
    double scores = 0; // ΣA
    double keptScores = 0; // ΣA∘S
    std::int64_t changed = 0; // bytes of the mask, if compared
    std::optional<std::int64_t> invalidTile =
        {}; // the first with a score that is negative or not finite; its mask has no meaning
};

/// A solve whose work is enqueued. One thread at a time. May outlive the stream and the solver.
class StartedSolve
{
public:
    virtual ~StartedSolve() = default;

    /// Waits for the work. Device error where it failed.
    virtual Result<DeviceFigures> read() = 0;
};

/// Of one device. Thread-safe.
class DeviceSolver
{
public:
    virtual ~DeviceSolver() = default;

    virtual std::string id() const = 0; // "cuda:0"

    /// Unsupported error where the method, its warm start or rounding, or so many dimensions, cannot be done there; Usage
    /// error as SolveOptions::validate().
    virtual Status check(const DeviceProblem &problem, const SolveOptions &options) const = 0;

    virtual DeviceSpace space(const DeviceProblem &problem, const SolveOptions &options) const = 0;

    /// Memory of the device, aligned to 256, for callers who have no allocator of their own; freed with the last copy, which
    /// waits for all work of the device. Resource error if there is not enough.
    virtual Result<std::shared_ptr<std::byte>> take(std::int64_t bytes) = 0;

    /// Enqueues everything on `stream` (a cudaStream_t; 0 is the default stream) and returns without waiting: the mask is
    /// there for whatever is enqueued behind it. Nothing is allocated on the device. Requires check(). Device error where
    /// the device refuses; what was enqueued before then still runs.
    virtual Result<std::unique_ptr<StartedSolve>> start(const DeviceProblem &problem, const SolveOptions &options,
                                                        std::byte *scratch, std::byte *figures, std::uintptr_t stream) = 0;
};

} // namespace nms
