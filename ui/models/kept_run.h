// SPDX-License-Identifier: Apache-2.0
// A run that has ended, as the list of runs keeps it.
#pragma once

#include "core/solver/snapshot.h"
#include "core/solver/solution.h"
#include "ui/models/run_settings.h"
#include "ui/models/verdict.h"

#include <QDateTime>
#include <QString>

#include <cstdint>
#include <memory>
#include <vector>

namespace nms {

/// What a run was made from. Solving is deterministic: the same setup gives the same mask.
struct RunSetup {
    QString file;
    QString tensor; // path in the file
    RunSettings settings;
    friend bool operator==(const RunSetup &, const RunSetup &) = default;
};

/// Immutable in the list, which shares it.
struct KeptRun {
    int id = 0; // unique in the window, from 1 on
    QString name;
    bool isPinned = false; // is not dropped to save memory
    bool isTicked = false; // is drawn in the convergence chart, and can be compared

    RunSetup setup;
    QString scoreTitle; // "|W|"
    bool isFinished = false; // false: it was stopped after `iteration`, without a mask
    int iteration = 0; // number of iterations done; 0 for methods without any
    int plannedIterations = -1; // −1: unknown
    double seconds = 0; // spent solving
    QDateTime ended;

    /// Σ of the tensor's scores, summed by tiles. It differs if the file has changed since.
    double scoreTotal = 0;
    double keptShare = 0; // of scoreTotal, by the mask, or else by the plan; NaN if neither is meaningful
    double gap = 0; // relative, of the mask, or else of the plan; NaN if no bound is known
    Verdict verdict;

    /// Figures of the iterations, thinned out; never null.
    std::shared_ptr<const std::vector<IterationStats>> statistics = std::make_shared<std::vector<IterationStats>>();
    /// Null if the run was stopped, or if its mask was dropped to save memory.
    std::shared_ptr<const Solution> solution;

    std::int64_t solutionBytes() const; // of the mask and the figures of its tiles
    std::int64_t bytes() const; // of everything
};

/// At most this many iterations of a kept run are kept.
inline constexpr std::size_t mostKeptIterations = 2048;

/// Evenly thinned out, the newest eighth complete.
std::vector<IterationStats> thinned(const std::vector<IterationStats> &statistics, std::size_t most);

} // namespace nms
