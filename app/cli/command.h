// SPDX-License-Identifier: Apache-2.0
// What the subcommands share with the dispatcher in cli.cpp.
#pragma once

#include "core/base/result.h"

#include <functional>
#include <stop_token>

namespace CLI {
class App;
}

namespace nms::cli {

struct ProgramDescription;

enum class ExitCode { Done = 0, Failed = 1, Misused = 2 };

/// Runs a subcommand after its options have been parsed. `stop` is requested by Ctrl-C.
using Action = std::function<Result<ExitCode>(const std::stop_token &stop)>;

// Each registers one subcommand; parsing that subcommand stores its action in `chosen`.
void addInspect(CLI::App &app, Action &chosen);
void addSolve(CLI::App &app, Action &chosen);
void addCompare(CLI::App &app, Action &chosen);
void addVerify(CLI::App &app, Action &chosen);
void addPrune(CLI::App &app, Action &chosen);
void addRender(CLI::App &app, Action &chosen);
void addConvert(CLI::App &app, Action &chosen);
void addBench(CLI::App &app, Action &chosen);
void addLesson(CLI::App &app, Action &chosen);
/// `completion` and `reference`; `describe` is called when one of them runs.
void addDescriptions(CLI::App &app, Action &chosen, const std::function<ProgramDescription()> &describe);

} // namespace nms::cli
