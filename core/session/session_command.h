// SPDX-License-Identifier: Apache-2.0
// What can be asked of a session, as values for its queue. SolverSession says what each means.
#pragma once

#include "core/session/solver_session.h"

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

/// True where the command ends a rounding under way; the others wait for it.
inline bool interruptsRounding(const SessionCommand &command)
{
    return std::holds_alternative<StartCommand>(command) || std::holds_alternative<RestartCommand>(command) ||
        std::holds_alternative<CancelCommand>(command) || std::holds_alternative<RewindCommand>(command);
}

/// True where the command ends a chunk of iterations under way. A camera that moves must not break them up.
inline bool interruptsIterations(const SessionCommand &command)
{
    return !std::holds_alternative<WatchCommand>(command) && !std::holds_alternative<ViewerCommand>(command);
}

} // namespace nms
