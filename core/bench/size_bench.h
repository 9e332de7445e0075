// SPDX-License-Identifier: Apache-2.0
// Whole matrices of several sizes on every backend: batches that fill a device, and from which size on it is worth it.
#pragma once

#include "core/base/result.h"
#include "core/bench/machine.h"
#include "core/bench/timing.h"
#include "core/methods/solve_options.h"
#include "core/solver/solver_backend.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace nms::bench {

struct SizeSetup {
    std::vector<std::int64_t> sides{128, 256, 512, 1024, 2048, 4096, 8192}; // of square matrices, ascending
    SolveOptions options; // pattern, method, threads of the CPU (0: all)
    int repetitions = 5;
    double seconds = 60; // approximate time for everything: larger sides are left out where they would take longer
};

/// One side on one backend, from fp16 weights in the host's memory to a mask there, in wall time.
struct SizePoint {
    std::int64_t side = 0;
    std::vector<double> seconds; // of each round, ascending
    /// Copying these weights to the device and a mask back, without solving: a part of the time above, or more where a solve
    /// copies and solves at once. None where nothing is copied, or it could not be measured.
    std::optional<double> copySeconds;
    std::string failure; // why there are no figures; otherwise empty
    bool leftOut = false; // then only because it would have taken too long

    bool done() const { return failure.empty(); }
    double median() const { return bench::median(seconds); }
    double weightsPerSecond() const { return double(side) * double(side) / median(); }
};

struct SizeCurve {
    std::string backend; // id
    std::string description;
    std::vector<SizePoint> points; // by side, ascending
};

struct SizeResult {
    SizeSetup setup;
    Machine machine;
    std::vector<SizeCurve> curves;

    const SizeCurve *cpu() const; // null where the CPU was not measured
    const SizePoint *pointOf(const SizeCurve &curve, std::int64_t side) const; // null where it is not done
    /// The smallest side from which on `curve` is faster than the CPU at every side that both did; none where it is not at
    /// the largest of them, or where the CPU was not measured.
    std::optional<std::int64_t> worthwhileFrom(const SizeCurve &curve) const;
};

struct SizeResources {
    std::vector<std::shared_ptr<SolverBackend>> backends; // those that do not support the method are left out
    /// Seconds that copying takes on a backend; an error where nothing is copied. May be empty.
    std::function<Result<double>(const SolverBackend &backend, const WeightsView &weights)> copySeconds;
    std::function<void(const std::string &step, double share)> onStep; // the next step, and the share done; on this thread
};

/// Backends take turns on the same weights, of which each has a copy where it reads fastest, after a call each that is
/// checked (checkSolution) and not counted. A backend that fails at one size is asked for larger ones, too. Unsupported
/// error where no backend has the method; Cancelled when stopped.
Result<SizeResult> runSizes(const SizeSetup &setup, const SizeResources &means, const std::stop_token &stop);

} // namespace nms::bench
