// SPDX-License-Identifier: Apache-2.0
// Which entries of a matrix of scores stay, whatever the kind of mask.
#pragma once

#include "core/prune/prune_options.h"
#include "core/prune/warm_tiles.h"
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

    /// Likewise of rows that begin with tile `firstTile` of a layer with so many tiles, which has been chosen from before by
    /// scores that were not far from these: each tile goes on from its potentials where that makes its method faster.
    Result<KeptEntries> chooseAgain(Span2d<const float> score, std::int64_t firstTile, std::int64_t tiles,
                                    const std::stop_token &stop);
    TilePotentials &potentials() { return m_potentials; } // part of a run's state
    const TilePotentials &potentials() const { return m_potentials; }

    /// Likewise, but `unstructured` keeps the fraction n/m of each row.
    Result<KeptEntries> chooseWithinRows(Span2d<const float> score, const std::stop_token &stop);

    /// True where a part of the rows cannot be chosen by itself.
    bool ranksAllRows() const { return traitsOf(m_options.method).takesWholeMatrix; }
    bool keepsPotentials() const { return m_backend.supportsWarmStart() && gainsFromPotentials(m_options); }
    const SolveOptions &options() const { return m_options; }
    double seconds() const { return m_seconds; } // spent in here
    std::int64_t tiles() const { return m_tiles; } // solved, each as often as it was

private:
    Result<KeptEntries> judged(Result<Solution> solution, Span2d<const float> score);

    SolverBackend &m_backend;
    const SolveOptions m_options;
    TilePotentials m_potentials;
    std::unique_ptr<WeightsSolver> m_solver; // made at the first choice; keeps what is costly to make on a device
    double m_seconds = 0;
    std::int64_t m_tiles = 0;
};

} // namespace nms
