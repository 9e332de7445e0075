// SPDX-License-Identifier: Apache-2.0
// Which entries of a matrix of scores are kept, for any kind of mask.
#pragma once

#include "core/prune/prune_options.h"
#include "core/solver/solver_backend.h"
#include "core/solver/warm_tiles.h"

#include <memory>

namespace nms {

struct KeptEntries {
    Mask mask;
    SolutionTotals totals; // of the tiles; where entries compete within rows, of the rows
    double scores = 0; // ΣA; totals.objective is the part of it that was kept
};

/// Chooses with a backend as PruneOptions::choice() says, and checks the result (checkSolution). One thread at a time; the
/// backend must outlive it.
class EntryChooser
{
public:
    EntryChooser(SolverBackend &backend, const PruneOptions &options) : m_backend(backend), m_options(options.choice()) { }

    /// The best mask of its kind for scores ≥ 0. `unstructured` ranks all entries together. Errors as SolverBackend::solve.
    Result<KeptEntries> choose(Span2d<const float> score, const std::stop_token &stop);

    /// The same for rows that begin with tile `firstTile` of a layer of `tiles` tiles, when a mask was already chosen for
    /// similar scores: each tile starts from its last potentials if that makes its method faster.
    Result<KeptEntries> chooseAgain(Span2d<const float> score, std::int64_t firstTile, std::int64_t tiles,
                                    const std::stop_token &stop);
    TilePotentials &potentials() { return m_potentials; } // part of a run's state
    const TilePotentials &potentials() const { return m_potentials; }

    /// As choose(), but `unstructured` keeps the fraction n/m of each row.
    Result<KeptEntries> chooseWithinRows(Span2d<const float> score, const std::stop_token &stop);

    /// True if a part of the rows cannot be chosen separately.
    bool ranksAllRows() const { return traitsOf(m_options.method).takesWholeMatrix; }
    bool keepsPotentials() const { return m_backend.supportsWarmStart() && gainsFromPotentials(m_options); }
    const SolveOptions &options() const { return m_options; }
    double seconds() const { return m_seconds; } // time spent in these functions
    std::int64_t tiles() const { return m_tiles; } // number of tile solves; a tile counts each time that it is solved

private:
    Result<KeptEntries> judged(Result<Solution> solution, Span2d<const float> score);

    SolverBackend &m_backend;
    const SolveOptions m_options;
    TilePotentials m_potentials;
    std::unique_ptr<WeightsSolver> m_solver; // made at the first choice; holds what is expensive to create on a device
    double m_seconds = 0;
    std::int64_t m_tiles = 0;
};

} // namespace nms
