// SPDX-License-Identifier: Apache-2.0
// Where tiles are solved: on the CPU, a CUDA device, or by the naive reference, behind one interface.
#pragma once

#include "core/base/matrix.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/methods/solve_options.h"
#include "core/simd/weights_view.h"
#include "core/solver/row_work.h"
#include "core/solver/snapshot.h"
#include "core/solver/solution.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace nms {

/// Host memory, aligned for any scalar. Frees itself.
using HostMemory = std::unique_ptr<std::byte[], std::function<void(std::byte *)>>;

/// Solves matrices of weights with the same options, one after the other: the panels of a large one, or the tensors of a
/// file. Resources that are expensive to create (scratch memory, queues, pinned memory) are reused. One thread at a time.
class WeightsSolver
{
public:
    virtual ~WeightsSolver() = default;

    /// The masks of A = |W|, as from SolverBackend::solve; F16 and BF16 give the same masks as their values in F32.
    virtual Result<Solution> solve(const WeightsView &weights, const Progress &progress) = 0;

    /// The same for weights that `work` fills. Of several errors of filling, the one of the first rows.
    virtual Result<Solution> solveRows(const WeightsView &weights, const RowWork &work, const Progress &progress);
    /// True where solveRows() takes less time than to fill all weights, to solve them, and to use the mask.
    virtual bool gainsFromRows(const TileGrid &) const { return false; }

    /// Solves several matrices: for each, in their order, what solve() returns, mask and figures bit for bit. Where one has
    /// an invalid score the others are solved all the same; an error of the device or its memory, or a stop request, is that
    /// of every matrix that was to be solved together with the one that it met. Progress counts the tiles of all matrices,
    /// with a total of 0. The time of matrices that are solved together is divided among their `seconds` by tiles.
    virtual std::vector<Result<Solution>> solveAll(std::span<const WeightsView> matrices, const Progress &progress);
    /// True where solveAll() takes less time than solve() for each.
    virtual bool gainsFromMany() const { return false; }

    /// Number of weights to pass at once where there are as many: fewer leave devices idle, more gain nothing.
    virtual std::int64_t weightsAtOnce() = 0;

    /// Host memory that solve() allocates, in bytes per weight, in addition to the weights and the solution.
    virtual std::int64_t bytesPerWeight() const = 0;

    /// Memory from which solve() can read weights fastest. Resource error where there is not enough. Must not outlive this
    /// object.
    virtual Result<HostMemory> takeMemory(std::int64_t bytes);
};

/// Host memory that watching needs, in bytes, in addition to the scores.
struct LiveMemory {
    std::int64_t solve = 0; // of a LiveSolve, with any region captured
    std::int64_t keyFrame = 0; // of a saved key frame
};

/// Shows the states that key frames of one solve hold, without that solve. Thread-safe.
class KeyFrameReader
{
public:
    virtual ~KeyFrameReader() = default;

    /// As LiveSolve::capture() after restore(frame).
    virtual Status capture(const KeyFrame &frame, const TileRegion &region, Snapshot &out) const = 0;
};

/// A solve that can be watched: the same computation as in a batch, with its state kept between iterations. One thread at a
/// time; the session's worker owns it.
class LiveSolve
{
public:
    virtual ~LiveSolve() = default;

    virtual int iteration() const = 0; // done so far; 0 before the first

    /// Iterations it will take in all, or −1 while that is unknown (exact knows only when it has finished).
    virtual int plannedIterations() const = 0;
    virtual bool finished() const = 0;

    /// Does up to `iterations` more, fewer when it finishes or `stop` is requested, and appends one IterationStats for each
    /// one done. Where an iteration takes long, a stop may leave some iterations unfinished; the next call, even with 0,
    /// completes them first, in addition to `iterations`.
    virtual Status advance(int iterations, const std::stop_token &stop, std::vector<IterationStats> &stats) = 0;
    /// The number of iterations that a stop has left unfinished: until they are completed, or a key frame is restored,
    /// there is no state to capture, save or round.
    virtual int underWay() const { return 0; }

    /// Copies the current state to `out` (reusing its memory); the region is clipped to the grid.
    virtual Status capture(const TileRegion &region, Snapshot &out) = 0;
    /// The same, but it may continue in parallel with the solve: then the result is false, and `out` holds the state of
    /// this call only after endCapture(), until which it must stay alive and must not be accessed, unless the solve is
    /// destroyed first. One at a time; capture() and another beginCapture() complete an unfinished one.
    virtual Result<bool> beginCapture(const TileRegion &region, Snapshot &out)
    {
        if (const Status captured = capture(region, out); !captured)
            return fail(captured.error());
        return true;
    }
    virtual Status endCapture() { return {}; } // does nothing where no capture is unfinished

    /// The device on which captured plans are drawn: if it is also this solve's device, plans may stay there from now on.
    virtual void setViewer(const std::optional<DeviceId> &) { }

    /// A restored solve repeats every later iteration bit for bit. Cancelled when `stop` was requested: then `out` must not
    /// be used, and the state is as valid as before.
    virtual Status save(KeyFrame &out, const std::stop_token &stop) const = 0;
    virtual Status restore(const KeyFrame &frame) = 0;

    /// Of this solve's key frames; may outlive it. Null where they can only be shown by restoring them.
    virtual std::shared_ptr<const KeyFrameReader> keyFrameReader() const { return nullptr; }

    /// Rounds the current plan to a mask, with certified bounds; does not change the live state.
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

    /// Whether solve(), or startLive(), supports `options`: the method, its warm start and its rounding.
    bool canSolve(const SolveOptions &options) const { return supports(options.method) && canDo(options); }
    bool canWatch(const SolveOptions &options) const { return supportsLive(options.method) && canDo(options); }

    /// Solves all tiles of `score` (rows × cols, finite, ≥ 0; the caller has checked it, otherwise an Input error).
    /// Cancelled when progress.stop was requested. The same input gives the same mask for any number of threads; the
    /// baselines give it on every backend, and so does `exact` where the optimum is unique.
    virtual Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) = 0;

    /// Solves weights as they are stored in memory. This backend must outlive the returned object. Errors as for solve().
    virtual Result<std::unique_ptr<WeightsSolver>> startWeights(const SolveOptions &options);

    /// Solves A = |W| for one matrix.
    Result<Solution> solveWeights(const WeightsView &weights, const SolveOptions &options, const Progress &progress);

    /// Starts a live solve at iteration 0, which with a warm start takes as long as the method that it starts from:
    /// `progress` reports how far that is. Cancelled when progress.stop was requested. The returned object shares `score`;
    /// this backend must outlive it.
    virtual Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>> score,
                                                         const SolveOptions &options, const Progress &progress) = 0;

    /// Memory that a solve of startLive() needs. Requires canWatch(options).
    virtual LiveMemory liveMemory(const TileGrid &grid, const SolveOptions &options) const = 0;

protected:
    /// The first check of solve() and startLive(): Unsupported where the method does not run here, or not with such
    /// options, then options.validate().
    Status checkSolve(const SolveOptions &options) const { return check(options, supports(options.method), "solve"); }
    Status checkLive(const SolveOptions &options) const { return check(options, supportsLive(options.method), "watch"); }

private:
    bool canStart(const SolveOptions &options) const { return !options.warmStart || supportsWarmStart(); }
    bool canRound(const SolveOptions &options) const { return !options.paperSwaps || supportsPaperRounding(); }
    bool canDo(const SolveOptions &options) const { return canStart(options) && canRound(options); }
    Status check(const SolveOptions &options, bool supported, const char *what) const;
};

} // namespace nms
