// SPDX-License-Identifier: Apache-2.0
#include "core/bench/size_bench.h"

#include "core/base/parallel.h"
#include "core/simd/half.h"
#include "core/solver/hand_over.h"
#include "core/solver/tile_loop.h"

#include <algorithm>
#include <random>
#include <span>

namespace nms::bench {

namespace {

/// Gaussian weights in fp16; each row from a seed of its own.
void fillGaussian(std::span<std::byte> memory, std::int64_t side)
{
    constexpr std::int64_t grain = 64;
    auto *halves = reinterpret_cast<std::uint16_t *>(memory.data());
    parallelBlocks(side, grain, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> row(static_cast<std::size_t>(side));
        for (std::int64_t i = begin; i < end; ++i) {
            std::mt19937 generator(static_cast<unsigned>(i));
            std::normal_distribution<float> normal;
            for (float &weight : row)
                weight = normal(generator);
            floatToHalf(row, {halves + i * side, row.size()});
        }
    });
}

/// A backend with the solver that it keeps from size to size.
struct Runner {
    std::shared_ptr<SolverBackend> backend;
    std::unique_ptr<WeightsSolver> solver;
    SizeCurve curve;
    double lastPerWeight = 0; // seconds a weight at the last size
};

class SizeBench
{
public:
    SizeBench(const SizeSetup &setup, const SizeResources &means, const std::stop_token &stop)
        : m_setup(setup), m_means(means), m_stop(stop)
    { }

    Result<SizeResult> run()
    {
        if (const Status started = start(); !started)
            return fail(started.error());
        for (std::size_t k = 0; k < m_setup.sides.size(); ++k)
            if (const Status measured = measure(k); !measured)
                return fail(measured.error());
        SizeResult result{m_setup, thisMachine(), {}};
        for (Runner &runner : m_runners)
            result.curves.push_back(std::move(runner.curve));
        return result;
    }

private:
    /// A backend that still takes part at a size, and its copy of the matrix.
    struct Taking {
        Runner *runner;
        HostMemory memory;
        SizePoint &point() const { return runner->curve.points.back(); }
        WeightsView weights() const { return {memory.get(), WeightType::F16, point().side, point().side}; }
    };

    Status start()
    {
        for (const auto &backend : m_means.backends) {
            if (!backend->canSolve(m_setup.options))
                continue;
            auto solver = backend->startWeights(m_setup.options);
            if (!solver)
                return fail(solver.error());
            m_runners.push_back({backend, std::move(*solver), {backend->id(), backend->description(), {}}});
        }
        if (m_runners.empty())
            return fail(ErrorKind::Unsupported, std::string(nameOf(m_setup.options.method)),
                        "no backend of this machine has it", "choose another method");
        return {};
    }

    /// One solve; the time that it took.
    Result<double> solve(Runner &runner, const WeightsView &weights, bool check)
    {
        const double begun = secondsOf(Clock::Wall);
        const Result<Solution> solution = runner.solver->solve(weights, {m_stop, {}});
        const double seconds = secondsOf(Clock::Wall) - begun;
        if (!solution)
            return fail(solution.error());
        if (check)
            if (const Status right = checkSolution(*solution, weights); !right)
                return fail(right.error());
        return seconds;
    }

    Status measure(std::size_t index)
    {
        const std::int64_t side = m_setup.sides[index];
        const double weightsNow = double(side) * double(side);
        // What is left for each of the remaining sizes and backends; a call has to fit repetitions + 1 times.
        const double share = m_setup.seconds / double(m_setup.sides.size() * m_runners.size());
        std::vector<Taking> taking;
        for (Runner &runner : m_runners) {
            SizePoint &point = runner.curve.points.emplace_back();
            point.side = side;
            if (runner.lastPerWeight * weightsNow * (m_setup.repetitions + 1) > 4 * share) {
                point.failure = "left out, it would take too long (--seconds)";
                point.leftOut = true;
                continue;
            }
            const std::int64_t bytes = side * side * bytesOf(WeightType::F16);
            auto memory = runner.solver->takeMemory(bytes); // from which this backend reads fastest
            if (!memory) {
                point.failure = memory.error().line();
                continue;
            }
            fillGaussian({memory->get(), static_cast<std::size_t>(bytes)}, side);
            taking.push_back({&runner, std::move(*memory)});
        }
        for (int round = -1; round < m_setup.repetitions; ++round) // the first to warm up, and checked
            for (const Taking &one : taking) {
                step(index, *one.runner);
                if (const Status done = measureOnce(one, round < 0); !done)
                    return done;
            }
        for (const Taking &one : taking)
            conclude(one);
        return {};
    }

    Status measureOnce(const Taking &one, bool check)
    {
        SizePoint &point = one.point();
        if (m_stop.stop_requested())
            return fail(ErrorKind::Cancelled, "bench", "stopped before the end");
        if (!point.done())
            return {};
        const Result<double> seconds = solve(*one.runner, one.weights(), check);
        if (!seconds && m_stop.stop_requested())
            return fail(ErrorKind::Cancelled, "bench", "stopped before the end");
        if (!seconds)
            point.failure = seconds.error().line();
        else if (!check)
            point.seconds.push_back(*seconds);
        return {};
    }

    void conclude(const Taking &one)
    {
        SizePoint &point = one.point();
        if (!point.done())
            return;
        std::sort(point.seconds.begin(), point.seconds.end());
        one.runner->lastPerWeight = 1 / point.weightsPerSecond();
        if (!m_means.copySeconds)
            return;
        const Result<double> copied =
            medianSeconds(m_setup.repetitions, [&] { return m_means.copySeconds(*one.runner->backend, one.weights()); });
        if (copied)
            point.copySeconds = *copied;
    }

    void step(std::size_t index, const Runner &runner) const
    {
        if (m_means.onStep)
            m_means.onStep(std::to_string(m_setup.sides[index]) + "² on " + runner.backend->id(),
                           double(index) / double(m_setup.sides.size()));
    }

    const SizeSetup &m_setup;
    const SizeResources &m_means;
    const std::stop_token &m_stop;
    std::vector<Runner> m_runners;
};

} // namespace

const SizeCurve *SizeResult::cpu() const
{
    const auto found = std::find_if(curves.begin(), curves.end(), [](const SizeCurve &one) { return one.backend == "cpu"; });
    return found == curves.end() ? nullptr : &*found;
}

const SizePoint *SizeResult::pointOf(const SizeCurve &curve, std::int64_t side) const
{
    const auto found = std::find_if(curve.points.begin(), curve.points.end(),
                                    [&](const SizePoint &point) { return point.side == side && point.done(); });
    return found == curve.points.end() ? nullptr : &*found;
}

std::optional<std::int64_t> SizeResult::worthwhileFrom(const SizeCurve &curve) const
{
    const SizeCurve *peer = cpu();
    if (peer == nullptr || peer == &curve)
        return std::nullopt;
    std::optional<std::int64_t> from;
    for (const std::int64_t side : setup.sides) {
        const SizePoint *here = pointOf(curve, side), *there = pointOf(*peer, side);
        if (here == nullptr || there == nullptr)
            continue;
        if (here->median() >= there->median())
            from.reset();
        else if (!from)
            from = side;
    }
    return from;
}

Result<SizeResult> runSizes(const SizeSetup &setup, const SizeResources &means, const std::stop_token &stop)
{
    return withMemoryErrors("bench", "give smaller sides", [&] { return SizeBench(setup, means, stop).run(); });
}

} // namespace nms::bench
