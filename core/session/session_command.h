// SPDX-License-Identifier: Apache-2.0
// The commands of a session, as values for its queue. They are documented at the functions of SolverSession.
#pragma once

#include "core/session/session_types.h"
#include "core/solver/solver_backend.h"

#include <memory>
#include <optional>
#include <variant>

namespace nms {

struct StartCommand {
    std::shared_ptr<SolverBackend> backend;
    std::shared_ptr<const Matrix<float>> score;
    SolveOptions options;
    bool paused = false;
};
struct RestartCommand {
    bool paused = false;
};
struct RunCommand { };
struct PauseCommand { };
struct StepCommand {
    int iterations = 1;
};
struct RunToCommand {
    int iteration = 0;
};
struct CancelCommand { };
struct RewindCommand {
    int iteration = 0;
};
struct BreakpointCommand {
    std::optional<Breakpoint> breakpoint;
};
struct WatchCommand {
    TileRegion region;
};
struct ViewerCommand {
    std::optional<DeviceId> device;
};
struct PaceCommand {
    double iterationsPerSecond = 0;
};

using SessionCommand =
    std::variant<StartCommand, RestartCommand, RunCommand, PauseCommand, StepCommand, RunToCommand, CancelCommand,
                 RewindCommand, BreakpointCommand, WatchCommand, ViewerCommand, PaceCommand>;

/// The work under way when a command arrives.
enum class WorkKind { Start, Iterations, Rounding };

/// True if the command interrupts the work under way; otherwise it waits for the end of that work.
inline bool interrupts(const SessionCommand &command, WorkKind work)
{
    const bool ends = std::holds_alternative<StartCommand>(command) || std::holds_alternative<RestartCommand>(command) ||
        std::holds_alternative<CancelCommand>(command);
    switch (work) {
    case WorkKind::Start: // there is no state yet that another command could act on
        return ends;
    case WorkKind::Rounding:
        return ends || std::holds_alternative<RewindCommand>(command);
    case WorkKind::Iterations: // a moving camera must not interrupt them
        break;
    }
    return !std::holds_alternative<WatchCommand>(command) && !std::holds_alternative<ViewerCommand>(command);
}

} // namespace nms
