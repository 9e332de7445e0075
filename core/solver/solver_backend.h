// SPDX-License-Identifier: Apache-2.0
// Where tiles are solved: the CPU, a CUDA device, or the naive reference, behind one interface.
#pragma once

#include "core/base/matrix.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/methods/solve_options.h"
#include "core/simd/weights_view.h"
#include "core/solver/snapshot.h"
#include "core/solver/solution.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

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

/// Memory of the host that watching takes, in bytes, beside the scores.
struct LiveMemory {
    std::int64_t solve = 0; // a LiveSolve, looking at any region
    std::int64_t keyFrame = 0; // what it saves
};

/// A solve that can be watched: the batch mathematics with its state kept between iterations.
/// One thread at a time; the session's worker owns it.
class LiveSolve
{
public:
    virtual ~LiveSolve() = default;

    virtual int iteration() const = 0; // done so far; 0 before the first

    /// Iterations it will take, or −1 while that is unknown (exact finds out by finishing).
    virtual int plannedIterations() const = 0;
    virtual bool finished() const = 0;

    /// Does up to `iterations` more, fewer when it finishes or `stop` is requested, and appends one IterationStats for each
    /// done. Where an iteration takes long a stop leaves some of them under way; they are gone on with first, and come on
    /// top of `iterations`, when it is called again, be it with 0.
    virtual Status advance(int iterations, const std::stop_token &stop, std::vector<IterationStats> &stats) = 0;
    /// Those that a stop has left half-done: until they are done, or a key frame is restored, there is no state to capture,
    /// to save or to round.
    virtual int underWay() const { return 0; }

    /// Fills `out` (reusing its memory) with the current state; the region is clipped to the grid.
    virtual Status capture(const TileRegion &region, Snapshot &out) = 0;
    /// Likewise, but it may go on while the solve does: then the answer is false, and `out` holds the state of this call
    /// only after endCapture(), until which it must stay alive and untouched, unless the solve ends before. One at a time;
    /// capture() and another beginCapture() end one that is under way.
    virtual Result<bool> beginCapture(const TileRegion &region, Snapshot &out)
    {
        if (const Status captured = capture(region, out); !captured)
            return fail(captured.error());
        return true;
    }
    virtual Status endCapture() { return {}; } // nothing where nothing is under way

    /// Whoever looks at what is captured draws on that device: if it is this solve's, too, plans may stay there from now on.
    virtual void setViewer(const std::optional<DeviceId> &) { }

    /// A restored solve repeats every later iteration bit for bit. Cancelled when `stop` was requested: then `out` is of no
    /// use, and the state as valid as before.
    virtual Status save(KeyFrame &out, const std::stop_token &stop) const = 0;
    virtual Status restore(const KeyFrame &frame) = 0;

    /// Rounds the current plan to a mask, with certified bounds; the live state is not changed.
    virtual Result<Solution> round(const Progress &progress) const = 0;
};

/// Thread-safe: solve() and startLive() may run concurrently on different data.
class SolverBackend
{
public:
    virtual ~SolverBackend() = default;

    virtual std::string id() const = 0; // "cpu", "cuda:0", "reference"
    virtual std::string description() const = 0; // "CPU · 2 threads", "CUDA · NVIDIA H200"
    virtual bool supports(Method method) const = 0;
    virtual bool supportsLive(Method method) const = 0;
    virtual bool supportsWarmStart() const { return false; }
    virtual bool supportsPaperRounding() const { return false; } // SolveOptions::paperSwaps

    /// Whether solve(), or startLive(), does what `options` ask for: the method, and where it is to start.
    bool canSolve(const SolveOptions &options) const { return supports(options.method) && canDo(options); }
    bool canWatch(const SolveOptions &options) const { return supportsLive(options.method) && canDo(options); }

    /// Solves all tiles of `score` (rows × cols, finite, ≥ 0; the caller has checked it, an Input error tells if not).
    /// Cancelled when progress.stop was requested. The same input gives the same mask whatever the threads; the baselines
    /// give it on every backend, and so does `exact` where the optimum is unique.
    virtual Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) = 0;

    /// Solves weights as they lie in memory. The returned object needs this backend to outlive it. Errors as solve().
    virtual Result<std::unique_ptr<WeightsSolver>> startWeights(const SolveOptions &options);

    /// A = |W|, once.
    Result<Solution> solveWeights(const WeightsView &weights, const SolveOptions &options, const Progress &progress);

    /// At iteration 0, which with a warm start takes as long as the method that it starts from: `progress` tells how far it
    /// is. Cancelled when progress.stop was requested. The returned object shares `score` and needs this backend to outlive
    /// it.
    virtual Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>> score,
                                                         const SolveOptions &options, const Progress &progress) = 0;

    /// What a solve of startLive() takes. The options are such that canWatch().
    virtual LiveMemory liveMemory(const TileGrid &grid, const SolveOptions &options) const = 0;

protected:
    /// What solve() and startLive() begin with: Unsupported where the method does not run here, or not with such options,
    /// then options.validate().
    Status checkSolve(const SolveOptions &options) const { return check(options, supports(options.method), "solve"); }
    Status checkLive(const SolveOptions &options) const { return check(options, supportsLive(options.method), "watch"); }

private:
    bool canStart(const SolveOptions &options) const { return !options.warmStart || supportsWarmStart(); }
    bool canRound(const SolveOptions &options) const { return !options.paperSwaps || supportsPaperRounding(); }
    bool canDo(const SolveOptions &options) const { return canStart(options) && canRound(options); }
    Status check(const SolveOptions &options, bool supported, const char *what) const;
};

} // namespace nms
