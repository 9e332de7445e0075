// SPDX-License-Identifier: Apache-2.0
#include "core/bench/contender.h"

namespace nms::bench {

namespace {

class SolverContender : public Contender
{
public:
    SolverContender(std::shared_ptr<SolverBackend> backend, Method method, const SolveOptions &options, Clock clock,
                    bool isOnCurve)
        : m_backend(std::move(backend)), m_options(options), m_clock(clock), m_isOnCurve(isOnCurve)
    {
        m_options.method = method;
    }

    std::string method() const override { return std::string(nameOf(m_options.method)); }
    std::string backend() const override { return m_backend->id(); }
    bool transposable() const override { return isTransposable(m_options.method); }
    std::optional<CurvePoint> curvePoint() const override
    {
        if (!m_isOnCurve)
            return std::nullopt;
        return CurvePoint{m_options.tau, m_options.iterations, m_options.paperSwaps.has_value()};
    }
    int threads() const override { return onDevice() ? 0 : m_options.threads; }
    Clock clock() const override { return onDevice() ? Clock::Wall : m_clock; }
    std::int64_t fewestTiles(int m) const override { return onDevice() ? usualTileCount(m) : 1; }

    Status prepare(const TileSet &tiles, NmPattern pattern) override
    {
        m_tiles = &tiles;
        m_options.pattern = pattern;
        return m_options.validate();
    }

    Result<double> run(std::int64_t tiles, const std::stop_token &stop) override
    {
        const double start = secondsOf(clock());
        Result<Solution> solution = m_backend->solve(m_tiles->first(tiles), m_options, {stop, {}});
        const double seconds = secondsOf(clock()) - start;
        if (!solution)
            return fail(solution.error());
        m_solution = std::move(*solution);
        return seconds;
    }

    Result<Answer> answer() override { return Answer{m_solution.mask, m_solution.tiles}; }

private:
    bool onDevice() const { return m_backend->id().starts_with("cuda"); }

    const std::shared_ptr<SolverBackend> m_backend;
    SolveOptions m_options;
    const Clock m_clock;
    const bool m_isOnCurve;
    const TileSet *m_tiles = nullptr;
    Solution m_solution;
};

} // namespace

std::unique_ptr<Contender> makeSolverContender(std::shared_ptr<SolverBackend> backend, Method method,
                                               const SolveOptions &options, Clock clock, bool isOnCurve)
{
    return std::make_unique<SolverContender>(std::move(backend), method, options, clock, isOnCurve);
}

} // namespace nms::bench
