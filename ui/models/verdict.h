// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/solver_session.h"

#include <QString>

namespace nms {

enum class VerdictLevel { Neutral, Good, Warning, Bad };

/// What a run has come to, in words.
struct Verdict {
    VerdictLevel level = VerdictLevel::Neutral;
    QString text; // "not converged: residual 22 %"
    QString advice; // "raise T or lower τ"; may be empty
};

/// "starting from dykstra: 42 %"; empty where iteration 0 is there.
QString startText(const SolveOptions &options, const SessionStatus &status);

/// `last` is the newest iteration's scalars, `solution` the finished mask; both may be null.
Verdict verdictOf(const SolveOptions &options, const SessionStatus &status, const IterationStats *last,
                  const Solution *solution);

} // namespace nms
