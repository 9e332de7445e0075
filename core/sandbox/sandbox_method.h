// SPDX-License-Identifier: Apache-2.0
// The methods that solve a tile of the sandbox.
#pragma once

#include "core/methods/method.h"

#include <optional>
#include <span>
#include <string_view>

namespace nms {

/// Those for any sums and caps are written here, in double precision and as plainly as in a textbook. For N:M tiles the
/// program's own methods (core/methods) can be watched, too: the code that solves whole layers. Their names begin with
/// "nm:".
struct SandboxMethod {
    enum class Kind {
        Dykstra, // rows, columns and caps in turn, with a dual for each cap (TSENOR, algorithm 1)
        Alternating, // the same projections without that dual: ends at another plan
        Sinkhorn, // rows and columns alone: the caps are ignored
        Exact, // a linear programme, by shortest augmenting paths
        Greedy, // entry by entry in descending order of the scores; may leave sums unmet
        Program, // `program`, for N:M alone
    };

    Kind kind = Kind::Dykstra;
    std::string_view name; // in lessons and settings: "dykstra", "nm:capped"
    std::string_view title; // in menus
    std::string_view sentence; // what it does
    bool isEntropic = false; // uses τ and the number of iterations
    bool hasPotentials = false;
    std::optional<Method> program; // of Kind::Program
};

/// In the order of the menu. Any thread.
std::span<const SandboxMethod> sandboxMethods();

/// Null where there is none of this name.
const SandboxMethod *sandboxMethodByName(std::string_view name);

} // namespace nms
