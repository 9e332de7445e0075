// SPDX-License-Identifier: Apache-2.0
#include "core/methods/factory.h"

#include <limits>

namespace nms {

namespace {

/// Runs an iterative method from start to end.
class RunToCompletion : public TileSolver
{
public:
    RunToCompletion(std::unique_ptr<IterativeTile> tile, int iterations) : m_tile(std::move(tile)), m_iterations(iterations)
    { }

    TileResult solve(const TileScores &scores, std::int64_t, const std::stop_token &stop, TileMask &out) override
    {
        m_tile->runTo(scores, m_iterations, stop);
        return m_tile->round(out);
    }

private:
    std::unique_ptr<IterativeTile> m_tile;
    int m_iterations;
};

/// Starting a tile runs `source` on it and takes over its potentials; after that it behaves as `method`, and only the
/// iterations of `method` are counted.
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
    void basis(RoundingBasis &out) override { m_method->basis(out); }

    std::size_t stateBytes() const override { return m_method->stateBytes(); }
    void suspend(std::byte *state) const override { m_method->suspend(state); }
    void resume(const TileScores &scores, const std::byte *state) override { m_method->resume(scores, state); }

private:
    std::unique_ptr<StartSource> m_source;
    std::unique_ptr<IterativeTile> m_method;
};

int mostIterations(const SolveOptions &options)
{
    return traitsOf(options.method).provesOptimum ? std::numeric_limits<int>::max() : options.iterations;
}

} // namespace

std::unique_ptr<StartSource> makeStartSource(const SolveOptions &options, SimdLevel level)
{
    SolveOptions source;
    source.pattern = options.pattern;
    source.method = *options.warmStart;
    source.tau = options.tau;
    source.seed = options.seed;
    const MethodTraits &traits = traitsOf(source.method);
    if (traits.makeIterative)
        return makeStartSource(traits.makeIterative(source, level), mostIterations(source));
    return makeStartSource(traits.makeTile(source, level), source.pattern, level);
}

std::unique_ptr<IterativeTile> makeIterativeTile(const SolveOptions &options, SimdLevel level)
{
    const MethodTraits &traits = traitsOf(options.method);
    if (!traits.makeIterative)
        return nullptr;
    std::unique_ptr<IterativeTile> method = traits.makeIterative(options, level);
    if (options.warmStart)
        return std::make_unique<WarmTile>(makeStartSource(options, level), std::move(method));
    return method;
}

std::unique_ptr<RunSolver> makeRunSolver(const SolveOptions &options, SimdLevel level)
{
    const MethodTraits &traits = traitsOf(options.method);
    if (traits.makeRun && !options.warmStart)
        return traits.makeRun(options, level);
    if (traits.makeIterative)
        return std::make_unique<RunToCompletion>(makeIterativeTile(options, level), mostIterations(options));
    return traits.makeTile ? traits.makeTile(options, level) : nullptr;
}

} // namespace nms
