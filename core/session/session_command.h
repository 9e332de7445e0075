// SPDX-License-Identifier: Apache-2.0
// What can be asked of a session, as values for its queue. SolverSession says what each means.
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

/// What is under way while a command comes.
enum class Turn { Start, Iterations, Rounding };

/// True where the command ends what is under way; otherwise it waits for that.
inline bool interrupts(const SessionCommand &command, Turn turn)
{
    const bool ends = std::holds_alternative<StartCommand>(command) || std::holds_alternative<RestartCommand>(command) ||
        std::holds_alternative<CancelCommand>(command);
    switch (turn) {
    case Turn::Start: // which has nothing to go back to yet
        return ends;
    case Turn::Rounding:
        return ends || std::holds_alternative<RewindCommand>(command);
    case Turn::Iterations: // a camera that moves must not break them up
        break;
    }
    return !std::holds_alternative<WatchCommand>(command) && !std::holds_alternative<ViewerCommand>(command);
}

} // namespace nms
