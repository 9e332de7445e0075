// SPDX-License-Identifier: Apache-2.0
// Options that several subcommands share, and the conversion of their text to values.
#pragma once

#include "core/base/result.h"
#include "core/jobs/tensor_selection.h"
#include "core/methods/solve_options.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace nms::cli {

/// How tiles are solved, as text from the command line.
struct RunArguments {
    double tau = SolveOptions().tau;
    int iterations = SolveOptions().iterations;
    double tolerance = SolveOptions().tolerance;
    std::string warmStart; // a method's name, or empty
    std::string rounding; // "paper", "paper:L" or empty
    int threads = 0;
    std::string backend = "auto";
};

/// --tau, --iterations, --tolerance, --backend, --threads.
void addRunOptions(CLI::App &command, RunArguments &arguments);
/// --warm-start.
void addWarmStartOption(CLI::App &command, RunArguments &arguments);
/// --rounding.
void addRoundingOption(CLI::App &command, RunArguments &arguments);
/// --score.
void addScoreOption(CLI::App &command, std::string &score);
/// --tensor, --exclude, --all, --axes.
void addTensorOptions(CLI::App &command, jobs::TensorChoice &choice);
/// --axes.
void addAxesOption(CLI::App &command, std::vector<AxesRule> &rules);
/// --skip-invalid.
void addSkipInvalidOption(CLI::App &command, jobs::TensorChoice &choice);
/// --memory-limit SIZE; `text` holds its default.
void addMemoryLimitOption(CLI::App &command, std::string &text);
/// An option that takes one value each time it is given, so that it never consumes the positional argument after it.
CLI::Option *addListOption(CLI::App &command, const std::string &name, std::vector<std::string> &values,
                           const std::string &description);

/// "2G", "512M", "1.5g", "4096", with K, M, G or T in powers of 1024 (also as "2GB" or "2GiB"). Usage error otherwise.
Result<std::int64_t> parseByteSize(std::string_view text);

/// Usage errors name the option. A method's name as on the command line ("greedy+swap").
Result<Method> parseMethod(std::string_view name);
Result<NmPattern> parsePattern(std::string_view text);
Result<SolveOptions> makeSolveOptions(const RunArguments &arguments, NmPattern pattern, Method method);
/// "exact, dykstra, …"
std::string listOfMethods();

} // namespace nms::cli
