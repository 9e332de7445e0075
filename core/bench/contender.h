// SPDX-License-Identifier: Apache-2.0
// Something that makes masks and can be timed: a method on a backend, or a peer outside nmscope.
#pragma once

#include "core/base/result.h"
#include "core/bench/tile_set.h"
#include "core/bench/timing.h"
#include "core/solver/solver_backend.h"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace nms::bench {

/// What is claimed about the masks of an answer.
enum class Proof {
    None,
    Bounds, // an upper bound for each tile
    Optimal, // each mask is claimed to be optimal
};

/// The result of a contender for the tiles of its last run.
struct Answer {
    Mask mask; // of TileSet::first(tiles)
    std::vector<TileResult> tiles; // objectives are ignored: judge() computes them from the mask
    Proof proof = Proof::Bounds;
};

/// The settings of an entropic method at one point of the curves of error against time.
struct CurvePoint {
    double tau = 0;
    int iterations = 0;
    bool paperRounding = false; // as TSENOR published it; otherwise nmscope's

    friend bool operator==(const CurvePoint &, const CurvePoint &) = default;
};

/// One thread at a time.
class Contender
{
public:
    virtual ~Contender() = default;

    virtual std::string method() const = 0; // "exact", …; for a peer its own name: "lemon", "torch"
    virtual std::string backend() const = 0; // "cpu", "cuda:0", "reference", "LEMON 1.3.1", "PyTorch 2.1, cpu"
    virtual bool transposable() const { return true; }
    virtual std::optional<CurvePoint> curvePoint() const { return std::nullopt; } // none: not one of a curve
    virtual int threads() const = 0; // of the CPU; 0 where a device does the work
    virtual Clock clock() const = 0;
    /// The smallest number of tiles at which timing it is fair: batched tensor operations and devices need many.
    virtual std::int64_t fewestTiles(int) const { return 1; }

    /// Everything that is not solving: buffers, graphs. `tiles` must outlive the following runs.
    virtual Status prepare(const TileSet &tiles, NmPattern pattern) = 0;
    /// Seconds that the first `tiles` tiles (a wholePrefix()) took, from scores to masks. Cancelled when stopped.
    virtual Result<double> run(std::int64_t tiles, const std::stop_token &stop) = 0;
    virtual Result<Answer> answer() = 0;
};

/// `options`: all but pattern and method. Devices are timed in wall time, whatever `clock` says. `isOnCurve`: its settings
/// are a curvePoint().
std::unique_ptr<Contender> makeSolverContender(std::shared_ptr<SolverBackend> backend, Method method,
                                               const SolveOptions &options, Clock clock, bool isOnCurve = false);

/// LEMON's network simplex on the same integers as `exact`; graph and simplex are built once, outside the measured time.
/// Null where it is not built in.
std::unique_ptr<Contender> makeLemonContender(int threads, Clock clock);

} // namespace nms::bench
