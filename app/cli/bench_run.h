// SPDX-License-Identifier: Apache-2.0
// Who is timed on what: the work of `nmscope bench`.
#pragma once

#include "core/base/result.h"
#include "core/bench/machine.h"
#include "core/bench/rounds.h"
#include "core/methods/solve_options.h"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace nms::cli {

struct BenchSetup {
    std::vector<NmPattern> patterns;
    std::vector<Method> methods; // reference included
    bool lemon = true;
    bool torch = true;
    std::string python; // whose PyTorch is measured
    std::vector<std::string> data; // "gaussian", "heavy", "scaled", "sample"
    std::string weights; // the file of "sample"
    std::int64_t tiles = 0; // of each set; 0: as many as make the usual number of weights
    double seconds = 60; // for all, about
    int repetitions = 5;
    std::vector<int> threads{1}; // every contender with each number
    SolveOptions options; // τ, iterations

    /// The same for all, so that numbers of threads can be compared.
    bench::Clock clock() const;
};

/// Something that was wanted and is not there.
struct LeftOut {
    std::string what;
    std::string reason;
};

struct BenchResult {
    BenchSetup setup;
    bench::Machine machine;
    std::vector<bench::Record> records;
    std::vector<LeftOut> leftOut;

    /// How many times faster `record` is than the contender `method` ("lemon", "dykstra", …) on the CPU, on the same tiles,
    /// with as many threads or with `threads`; none where that was not measured.
    std::optional<double> timesFaster(const bench::Record &record, std::string_view method, int threads = 0) const;
};

/// A contender that fails says so in its records. Cancelled when stopped.
Result<BenchResult> runBench(const BenchSetup &setup, const std::stop_token &stop);

} // namespace nms::cli
