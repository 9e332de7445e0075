// SPDX-License-Identifier: Apache-2.0
// An iterative method that starts where another one ended.
#pragma once

#include "core/solver/tile/iterative_tile.h"
#include "core/solver/tile/start_source.h"

#include <memory>

namespace nms {

/// Starting a tile runs `source` on it and takes its potentials over; from then on this is `method`, whose iterations alone
/// are counted.
class WarmTile : public IterativeTile
{
public:
    WarmTile(std::unique_ptr<StartSource> source, std::unique_ptr<IterativeTile> method)
        : m_source(std::move(source)), m_method(std::move(method))
    { }

    void start(const TileScores &scores) override
    {
        TileLine<double> alpha, beta;
        m_source->thresholds(scores, alpha.data(), beta.data());
        m_method->startFrom(scores, alpha.data(), beta.data());
    }
    void startFrom(const TileScores &scores, const double *alpha, const double *beta) override
    {
        m_method->startFrom(scores, alpha, beta);
    }
    void iterate() override { m_method->iterate(); }
    void advance(int iterations) override { m_method->advance(iterations); }
    bool done() const override { return m_method->done(); }

    PlanFigures figures() override { return m_method->figures(); }
    void plan(TileArray<double> &out) override { m_method->plan(out); }
    void thresholds(double *alpha, double *beta) const override { m_method->thresholds(alpha, beta); }
    TileResult round(TileMask &out) override { return m_method->round(out); }

    std::size_t stateBytes() const override { return m_method->stateBytes(); }
    void suspend(std::byte *state) const override { m_method->suspend(state); }
    void resume(const TileScores &scores, const std::byte *state) override { m_method->resume(scores, state); }

private:
    std::unique_ptr<StartSource> m_source;
    std::unique_ptr<IterativeTile> m_method;
};

} // namespace nms
