// SPDX-License-Identifier: Apache-2.0
#include "core/methods/start_source.h"

namespace nms {

namespace {

class IterativeSource : public StartSource
{
public:
    IterativeSource(std::unique_ptr<IterativeTile> method, int iterations)
        : m_method(std::move(method)), m_iterations(iterations)
    { }

    TileResult mask(const TileScores &scores, const std::stop_token &stop, TileMask &out) override
    {
        m_method->runTo(scores, m_iterations, stop);
        return m_method->round(out);
    }

    void thresholds(const TileScores &scores, double *alpha, double *beta) override
    {
        m_method->runTo(scores, m_iterations, {});
        m_method->thresholds(alpha, beta);
    }

private:
    std::unique_ptr<IterativeTile> m_method;
    int m_iterations;
};

class MaskSource : public StartSource
{
public:
    MaskSource(std::unique_ptr<TileSolver> method, NmPattern pattern, SimdLevel level)
        : m_method(std::move(method)), m_start(pattern, level)
    { }

    TileResult mask(const TileScores &scores, const std::stop_token &stop, TileMask &out) override
    {
        constexpr std::int64_t unknownTile = 0;
        return m_method->solve(scores, unknownTile, stop, out);
    }

    void thresholds(const TileScores &scores, double *alpha, double *beta) override
    {
        TileMask kept;
        mask(scores, {}, kept);
        m_start.complete(scores, kept, Rounding::Choice::Best);
        m_start.thresholds(scores, kept, alpha, beta);
    }

private:
    std::unique_ptr<TileSolver> m_method;
    MaskStart m_start;
};

} // namespace

std::unique_ptr<StartSource> makeStartSource(std::unique_ptr<IterativeTile> method, int iterations)
{
    return std::make_unique<IterativeSource>(std::move(method), iterations);
}

std::unique_ptr<StartSource> makeStartSource(std::unique_ptr<TileSolver> method, NmPattern pattern, SimdLevel level)
{
    return std::make_unique<MaskSource>(std::move(method), pattern, level);
}

} // namespace nms
