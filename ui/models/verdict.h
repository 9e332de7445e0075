// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/solver_session.h"

#include <QString>

namespace nms {

enum class VerdictLevel { Neutral, Good, Warning, Bad };

/// The outcome of a run in words.
struct Verdict {
    VerdictLevel level = VerdictLevel::Neutral;
    QString text; // "not converged: residual 22 %"
    QString advice; // "raise the iterations or lower τ"; may be empty
    QString kept = {}; // "the mask keeps 76.77 % of |W|"; empty if nothing is kept yet
};

/// The sum of scores of which Verdict::kept states the share.
struct ScoreSum {
    double total = 0; // Σ over the matrix; 0: no share is stated
    QString title; // "|W|"
};

/// "starting from dykstra: 42 %"; empty once iteration 0 has been made.
QString startText(const SolveOptions &options, const SessionStatus &status);

/// `last` is the newest iteration's scalars, `solution` the finished mask; both may be null.
Verdict verdictOf(const SolveOptions &options, const SessionStatus &status, const IterationStats *last,
                  const Solution *solution, const ScoreSum &score);

} // namespace nms
