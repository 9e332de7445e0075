// SPDX-License-Identifier: Apache-2.0
// Everything that a user sets for a run.
#pragma once

#include "core/jobs/score_matrix.h"
#include "core/methods/solve_options.h"

#include <QString>

namespace nms {

struct RunSettings {
    SolveOptions options;
    jobs::ScoreChoice score;
    QString backend; // id of the chosen one
    friend bool operator==(const RunSettings &, const RunSettings &) = default;
};

} // namespace nms
