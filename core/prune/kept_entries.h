// SPDX-License-Identifier: Apache-2.0
// Which entries of a matrix of scores stay, whatever the kind of mask.
#pragma once

#include "core/prune/prune_options.h"
#include "core/solver/solver_backend.h"

#include <memory>

namespace nms {

struct KeptEntries {
    Mask mask;
    SolutionTotals totals; // of the tiles; where rows compete, of the rows
    double scores = 0; // ΣA, of which totals.objective was kept
};

/// By a backend, as PruneOptions::choice() says, and checked (checkSolution). One thread at a time; the backend outlives it.
class EntryChooser
{
public:
    EntryChooser(SolverBackend &backend, const PruneOptions &options) : m_backend(backend), m_options(options.choice()) { }

    /// The best mask of its kind on scores ≥ 0. `unstructured` ranks all of them at once. Errors as SolverBackend::solve.
    Result<KeptEntries> choose(Span2d<const float> score, const std::stop_token &stop);

    /// Likewise, but `unstructured` keeps the fraction n/m of each row.
    Result<KeptEntries> chooseWithinRows(Span2d<const float> score, const std::stop_token &stop);

    /// True where a part of the rows cannot be chosen by itself.
    bool ranksAllRows() const { return traitsOf(m_options.method).takesWholeMatrix; }
    const SolveOptions &options() const { return m_options; }
    double seconds() const { return m_seconds; } // spent in here
    std::int64_t tiles() const { return m_tiles; } // solved, each as often as it was

private:
    SolverBackend &m_backend;
    const SolveOptions m_options;
    std::unique_ptr<WeightsSolver> m_solver; // made at the first choice; keeps what is costly to make on a device
    double m_seconds = 0;
    std::int64_t m_tiles = 0;
};

} // namespace nms
