// SPDX-License-Identifier: Apache-2.0
// What is timed on which data: contenders × patterns × sets of tiles, as `nmscope bench` runs them.
#pragma once

#include "core/base/result.h"
#include "core/bench/machine.h"
#include "core/bench/rounds.h"
#include "core/methods/solve_options.h"
#include "core/solver/solver_backend.h"
#include "core/tensor/tensor_source.h"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace nms::bench {

/// Error against time: entropic methods with every τ and every number of iterations.
struct CurveGrid {
    std::vector<double> taus;
    std::vector<int> iterations;

    /// A tenth of the settings to ten times τ, and a thirtieth of the iterations to ten thirds of them, in steps of about
    /// three: around τ 100 and 300 iterations 10, 30, 100, 300, 1000.
    static CurveGrid around(const SolveOptions &options);
};

struct BenchSetup {
    std::vector<NmPattern> patterns;
    std::vector<Method> methods; // may include the reference
    bool lemon = true;
    bool torch = true;
    std::string python; // the interpreter whose PyTorch is measured
    std::string torchScript; // path of torch_baseline.py, which it runs
    std::vector<std::string> data; // "gaussian", "heavy", "scaled", "sample"
    std::string weights; // the file of "sample"
    std::int64_t tiles = 0; // of each set; 0: the usual number of weights
    double seconds = 60; // approximate time for everything
    int repetitions = 5;
    std::vector<int> threads{1}; // every contender runs with each number
    SolveOptions options; // τ, iterations
    std::optional<CurveGrid> curves; // then entropic methods run at each of its points, and with the paper's rounding, too

    /// The same clock for all, so that numbers of threads can be compared.
    Clock clock() const;
};

/// Something that was requested but is not available.
struct LeftOut {
    std::string what;
    std::string reason;
};

struct BenchResult {
    BenchSetup setup;
    Machine machine;
    std::vector<Record> records;
    std::vector<LeftOut> leftOut;

    /// How many times faster `record` is than the contender `method` ("lemon", "dykstra", …) on the CPU, on the same tiles,
    /// with the same number of threads or with `threads`; none where that was not measured.
    std::optional<double> timesFaster(const Record &record, std::string_view method, int threads = 0) const;
};

/// What is available to run a suite with.
struct BenchResources {
    std::vector<std::shared_ptr<SolverBackend>> backends; // for all methods but the reference
    TensorSource *weights = nullptr; // of the data "sample"; null: left out, for the reason
    std::string noWeights;
    std::function<void(const std::string &step, double share)> onStep; // the next step, and the share done; on this thread
};

/// Where a contender fails its records say so. Cancelled when stopped. Takes approximately `setup.seconds`, on the caller's
/// thread; the contenders use threads of their own.
Result<BenchResult> runBench(const BenchSetup &setup, const BenchResources &means, const std::stop_token &stop);

} // namespace nms::bench
